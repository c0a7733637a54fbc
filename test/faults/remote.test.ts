/** Servers of the remote engine that fail at random: the right logits, or one clear message; never wrong ones. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { asAskBertError } from '../../server/errors.js';
import { type Asked, json, KServe } from '../unit/engine/kserve-server.js';
import { batchOf, connect, expected, found } from '../unit/engine/remote-fixtures.js';
import { damagedJson } from './mutate.js';
import { Random } from './random.js';

const servers: KServe[] = [];
after(async () => {
  for (const server of servers) await server.close();
});

async function serverWith(): Promise<KServe> {
  const server = new KServe();
  servers.push(server);
  await server.open();
  return server;
}

/** An answer of the right form, whatever it says. */
const outputs = (random: Random, rows: number, length: number) =>
  ['start_logits', 'end_logits'].map((name) => ({
    name,
    datatype: random.pick(['FP32', 'FP32', 'FP64', 'INT64']),
    shape: [rows + random.int(0, 1), length + random.int(0, 1)],
    data: [random.next()],
  }));

const faults: ((random: Random, response: ServerResponse) => void)[] = [
  (random, response) =>
    json(response, random.pick([400, 404, 408, 425, 429, 500, 502, 503, 504]), { error: 'not now' }),
  (_, response) => json(response, 429, {}, { 'retry-after': '0' }),
  (_, response) => response.destroy(),
  (random, response) => {
    response.writeHead(200, { 'content-length': String(random.int(100, 10_000)) });
    response.write(random.bytes(random.int(0, 99)));
    setImmediate(() => response.destroy());
  },
  (random, response) => response.writeHead(200).end(random.bytes(random.int(0, 2000))),
  (random, response) =>
    response.writeHead(200).end(JSON.stringify(damagedJson({ outputs: outputs(random, 1, 32) }, random).value) ?? ''),
  (random, response) => {
    const length = random.pick(['-1', '1e9', '2', 'x', '1099511627776', '']);
    response.writeHead(200, { 'inference-header-content-length': length }).end(random.bytes(100));
  },
  (random, response) => {
    const list = outputs(random, 1, 32).map((each) => ({
      ...each,
      parameters: { binary_data_size: random.int(-5, 500) },
    }));
    const head = Buffer.from(JSON.stringify({ outputs: list }));
    response.writeHead(200, { 'inference-header-content-length': String(head.length) });
    response.end(Buffer.concat([head, random.bytes(random.int(0, 300))]));
  },
];

const isRight = async (lengths: readonly number[], logits: number[][]): Promise<void> => {
  for (const [row, wanted] of (await expected(batchOf(lengths))).entries()) {
    for (const [i, value] of wanted.entries()) assert.ok(Math.abs(logits[row][i] - value) < 1e-4, `${row}, ${i}`);
  }
};

test('200 faults of two servers: every batch is answered right, by a try that worked', async () => {
  const random = new Random('remote');
  const two = [await serverWith(), await serverWith()];
  const engine = await connect(
    two.map(({ url }) => url),
    { firstWaitMs: 1 },
  );
  let failed = 0;
  for (const server of two) {
    server.behaviour = ({ path, response }: Asked) => {
      const isInference = path.endsWith('/infer');
      if (random.next() > (isInference ? 0.4 : 0.1)) return undefined;
      failed++;
      // A server that says something wrong about itself is refused for a minute: see remote-faults.test.ts.
      if (isInference) random.pick(faults)(random, response);
      else if (random.next() < 0.5) json(response, 503, {});
      else response.destroy();
      return true;
    };
  }
  let answered = 0;
  while (failed < 200) {
    const lengths = Array.from({ length: random.int(1, 3) }, () => random.int(4, 40));
    const batch = batchOf(lengths);
    const outcome = await engine.run(batch).catch(asAskBertError);
    if ('start' in outcome) {
      answered++;
      await isRight(lengths, found(batch, outcome));
      continue;
    }
    // All tries failed, one after the other: one sentence that names a server.
    assert.equal(outcome.code, 'EngineRun', outcome.line);
    assert.match(outcome.message, /127\.0\.0\.1:\d+/, outcome.line);
    assert.doesNotMatch(outcome.line, /\n/);
  }
  assert.ok(answered > 0);
  for (const server of two) server.behaviour = () => undefined;
  const batch = batchOf([20]);
  await isRight([20], found(batch, await engine.run(batch)));
});
