/** What a request costs besides the model: a server that computes nothing, in another process. Prints JSON. */
import { RemoteEngine } from '../../server/engine/remote/remote-engine.js';

const PIECES = 128;
const ROUNDS = 5;
const REQUESTS = 1000;
const IN_FLIGHT = 64;

const used = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

/** The best of some rounds: what else runs on the machine only adds. */
async function main(url: string): Promise<void> {
  const needed = { maxLength: 384, vocabularySha256: '' };
  // It has no logits to check.
  const engine = await RemoteEngine.connect({ servers: [url], model: 'ask-bert' }, '', needed, {
    check: async () => {},
  });
  const zeros = () => new Int32Array(PIECES);
  const lengths = Int32Array.of(PIECES);
  const batch = { count: 1, length: PIECES, inputIds: zeros(), segmentIds: zeros(), lengths };
  const best = { medianMs: Infinity, processorMs: Infinity, perSecond: 0, processorMsTogether: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    let before = process.cpuUsage();
    for (let i = 0; i < REQUESTS; i++) {
      const began = performance.now();
      await engine.run(batch);
      times.push(performance.now() - began);
    }
    best.processorMs = Math.min(best.processorMs, used(before) / REQUESTS);
    best.medianMs = Math.min(best.medianMs, times.sort((a, b) => a - b)[REQUESTS / 2]);
    let left = REQUESTS;
    const lane = async () => {
      while (left-- > 0) await engine.run(batch);
    };
    before = process.cpuUsage();
    const began = performance.now();
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    best.perSecond = Math.max(best.perSecond, REQUESTS / ((performance.now() - began) / 1000));
    best.processorMsTogether = Math.min(best.processorMsTogether, used(before) / REQUESTS);
  }
  process.stdout.write(JSON.stringify(best));
  await engine.close();
}

void main(process.argv[2]).then(() => process.exit(0));
