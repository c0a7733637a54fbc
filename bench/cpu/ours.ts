/**
 * Ask BERT for `npm run bench:cpu`: `node out-bench/cpu/ours.js MODEL THREADS fp32|int8` answers commands, one line of
 * JSON each (described in scripts/bench-cpu.mjs).
 */
import { createInterface } from 'node:readline';
import { CpuEngine } from '../../server/engine/cpu/cpu-engine.js';
import type { WindowBatch } from '../../server/engine/engine.js';
import { readModelConfig } from '../../server/model/config.js';
import { ModelWeights } from '../../server/model/weights.js';
import { Session } from '../../server/session/session.js';

interface Order {
  question?: string;
  text: string;
  count: number;
  length: number;
  warmUps: number;
  calls: number;
}

/** Windows of ids, the same in every process. */
function windows(count: number, length: number): WindowBatch {
  const inputIds = new Int32Array(count * length).map((_, i) => 1000 + ((i * 7919) % 20000));
  const segmentIds = new Int32Array(count * length).map((_, i) => (i % length > 16 ? 1 : 0));
  return { count, length, inputIds, segmentIds, lengths: new Int32Array(count).fill(length) };
}

async function timed<T>({ warmUps, calls }: Order, work: () => Promise<T>): Promise<{ ms: number[]; last: T }> {
  let last!: T;
  const ms: number[] = [];
  for (let i = 0; i < warmUps + calls; i++) {
    const began = performance.now();
    last = await work();
    if (i >= warmUps) ms.push(performance.now() - began);
  }
  return { ms, last };
}

async function main(modelPath: string, threads: number, precision: 'fp32' | 'int8'): Promise<void> {
  const session = new Session({ modelPath, threads, precision, engine: 'cpu' });
  await session.prepare();
  const weights = new ModelWeights(readModelConfig(modelPath));
  const engine = await CpuEngine.create(weights, { precision, threads });
  const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const { name, libraryVersion } = engine.info;
  say({ ready: true, versions: `Ask BERT on ONNX Runtime ${libraryVersion}, Node ${process.version}`, engine: name });
  let asked = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as Order;
    const { question, text } = order;
    if (question === undefined) {
      const batch = windows(order.count, order.length);
      const { ms } = await timed(order, () => engine.run(batch));
      say({ ms });
      continue;
    }
    // A different document each time, so that nothing cached from the last question helps.
    const { ms, last } = await timed(order, () => session.answer({ question, text, key: `${asked++}` }));
    const [best] = last.answers;
    const answer = best && { text: best.text, start: best.start };
    say({ ms, answer, windows: last.timing.windows, engine: last.engine.precision });
  }
  await engine.close();
  weights.close();
  await session.unload();
}

const [modelPath, threads, precision] = process.argv.slice(2);
void main(modelPath, Number(threads), precision as 'fp32' | 'int8');
