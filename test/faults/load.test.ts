/** Many questions at once, and storms of cancels and of newer questions. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CancellationTokenSource, ResponseError } from 'vscode-jsonrpc';
import {
  AskManyMethod,
  AskMethod,
  ConfigureMethod,
  ErrorCodes,
  PrepareMethod,
  UnloadMethod,
} from '../../server/protocol.js';
import { until } from '../server/fake-worker.js';
import { runs, SidecarProcess } from '../server/sidecar-process.js';
import { rounds } from '../unit/helpers/long.js';
import { sleep } from './client.js';
import { Random } from './random.js';

let sidecar: SidecarProcess;
test.before(async () => {
  sidecar = await SidecarProcess.start();
});
after(async () => {
  await sidecar.kill();
  assert.ok(!runs(sidecar.child.pid!));
});

const text = 'The king built a city near the old river, and the queen read books in it. ';
const codeOf = (error: unknown) => {
  assert.ok(error instanceof ResponseError, String(error));
  return error.code as number;
};

test('100 questions at once from 100 sources, and without one: all are answered, each with its own answer', async () => {
  const alone = await sidecar.ask({ text });
  for (const source of [(i: number) => `file:///${i}.txt`, () => undefined]) {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        sidecar.ask({ source: source(i), text, question: `who built a city ${i}` }),
      ),
    );
    results.forEach((result, i) => {
      assert.equal(result.question, `who built a city ${i}`);
      for (const { start, end, text: own } of result.answers) assert.equal(text.slice(start, end), own);
    });
  }
  assert.deepEqual((await sidecar.ask({ text })).answers, alone.answers);
});

test('100 questions at once from one source: the last one is answered, the others are superseded', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      sidecar.ask({ source: 's', text: text.repeat(1000), question: `who built a city ${i}` }).then(
        ({ question }) => question,
        (error) => codeOf(error),
      ),
    ),
  );
  assert.equal(outcomes.at(-1), 'who built a city 99');
  for (const outcome of outcomes.slice(0, -1)) {
    assert.ok(outcome === ErrorCodes.Superseded || typeof outcome === 'string');
  }
  assert.ok(outcomes.filter((outcome) => outcome === ErrorCodes.Superseded).length >= 50);
});

const STORM = rounds(250, 1000);

test(`a storm of ${STORM} questions, runs, cancels, loads, unloads and settings: each ends, and the state is right`, async () => {
  const random = new Random('storm');
  const before = await sidecar.ask({ text });
  const allowed = new Set<number>([ErrorCodes.Cancelled, ErrorCodes.Superseded, -32800]);
  const counts: Record<string, number> = {};
  const pending: Promise<void>[] = [];
  for (let i = 0; i < STORM; i++) {
    const cancel = new CancellationTokenSource();
    const source = random.pick(['a', 'b', 'c', undefined]);
    const [method, params] = random.pick<[string, unknown]>([
      [AskMethod, { source, text: text.repeat(random.pick([1, 1, 20, 200])), question: `who built ${i}` }],
      [AskMethod, { source, text, question: `what was built ${i}` }],
      [
        AskManyMethod,
        {
          source,
          documents: [
            { uri: 'a:b', text },
            { uri: 'a:c', text: text.repeat(5) },
          ],
          question: 'who',
        },
      ],
      [PrepareMethod, {}],
      random.int(0, 9) ? [AskMethod, { source, text, question: 'where' }] : [UnloadMethod, null],
      random.int(0, 9)
        ? [AskMethod, { source, text, question: 'when' }]
        : [ConfigureMethod, { modelPath: 'test/fixtures/models/tiny-f32', threads: random.int(1, 2) }],
    ]);
    const request =
      params === null
        ? sidecar.connection.sendRequest(method, cancel.token)
        : sidecar.connection.sendRequest(method, params, cancel.token);
    pending.push(
      request.then(
        () => {
          counts.answered = (counts.answered ?? 0) + 1;
        },
        (error) => {
          const code = codeOf(error);
          assert.ok(allowed.has(code), `${method}: ${code} ${error.message}`);
          counts[code] = (counts[code] ?? 0) + 1;
        },
      ),
    );
    if (random.int(0, 2) === 0) setTimeout(() => cancel.cancel(), random.int(0, 30));
    if (random.int(0, 30) === 0) await sleep(random.int(0, 40));
  }
  await Promise.all(pending);
  assert.deepEqual((await sidecar.ask({ text })).answers, before.answers);
  const last = () => sidecar.statuses.at(-1)!;
  await until(() => last().state === 'ready' && last().queued === 0, 'it is at rest');
  console.log(`# load: storm of ${STORM}: ${JSON.stringify(counts)}`);
});
