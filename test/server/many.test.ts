/** askBert/askMany and askBert/extract: parameters, lanes of the queue, and the real sidecar. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CancellationToken, CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import { checkAskMany, checkExtract } from '../../server/checks/check-many.js';
import {
  AskManyMethod,
  type AskManyParams,
  type AskManyProgress,
  type AskManyResult,
  ConfigureMethod,
  ErrorCodes,
  ExtractMethod,
  type ExtractParams,
  type ExtractProgress,
  type ExtractResult,
  UnloadMethod,
} from '../../server/protocol.js';
import { JobQueue, type Lane } from '../../server/sidecar/queue.js';
import { turn, until } from './fake-worker.js';
import { longText, SidecarProcess } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-many-'));
after(() => rmSync(folder, { recursive: true }));

const started: SidecarProcess[] = [];
afterEach(async () => {
  for (const sidecar of started.splice(0)) await sidecar.kill();
});

async function start(): Promise<SidecarProcess> {
  const sidecar = await SidecarProcess.start();
  started.push(sidecar);
  return sidecar;
}

const askMany = (sidecar: SidecarProcess, params: Partial<AskManyParams>, token?: CancellationToken) => {
  const complete = { question: 'who built a city', documents: [], ...params };
  return sidecar.connection.sendRequest<AskManyResult>(AskManyMethod, complete, token ?? CancellationToken.None);
};

const uriOf = (name: string) => pathToFileURL(path.join(folder, name)).href;

// Parameters

const document = { uri: 'file:///a' };
const many = { question: 'who?', documents: [document] };
const questions = [{ name: 'a', question: 'who?' }];

const refused: [why: string, check: (params: unknown) => unknown, params: unknown, message: RegExp][] = [
  ['no params', checkAskMany, undefined, /^params: found nothing/],
  ['no question', checkAskMany, { documents: [] }, /^question: found nothing, expected a string/],
  ['no documents', checkAskMany, { question: 'who?' }, /^documents: found nothing, expected an array/],
  ['a document as text', checkAskMany, { ...many, documents: ['a'] }, /^documents\[0\]: found "a", expected an object/],
  ['no uri', checkAskMany, { ...many, documents: [document, { text: 'x' }] }, /^documents\[1\]\.uri: found nothing/],
  [
    'another scheme without text',
    checkAskMany,
    { ...many, documents: [{ uri: 'untitled:1' }] },
    /^documents\[0\]\.uri: found the scheme "untitled:"/,
  ],
  [
    'no uri at all',
    checkAskMany,
    { ...many, documents: [{ uri: 'a b', text: '' }] },
    /^documents\[0\]\.uri: found "a b", expected an absolute URI/,
  ],
  [
    'text of another type',
    checkAskMany,
    { ...many, documents: [{ ...document, text: 1 }] },
    /^documents\[0\]\.text: found 1/,
  ],
  [
    'a language of another type',
    checkAskMany,
    { ...many, documents: [{ ...document, languageId: [] }] },
    /^documents\[0\]\.languageId: found an array/,
  ],
  [
    'too many documents',
    checkAskMany,
    { ...many, documents: new Array(100_001) },
    /^documents: found 100001 of them, expected at most 100000/,
  ],
  [
    'a negative budget',
    checkAskMany,
    { ...many, budgetSeconds: -1 },
    /^budgetSeconds: found -1, expected a number from 0 to 86400/,
  ],
  ['an unknown option', checkAskMany, { ...many, options: { topk: 1 } }, /^options\.topk/],
  ['a source of another type', checkAskMany, { ...many, source: 1 }, /^source: found 1/],
  ['a token of another type', checkAskMany, { ...many, progressToken: {} }, /^progressToken/],
  ['no questions', checkExtract, { documents: [] }, /^questions: found nothing, expected an array/],
  [
    'no question in the list',
    checkExtract,
    { documents: [], questions: [] },
    /^questions: found none, expected at least one/,
  ],
  ['too many questions', checkExtract, { documents: [], questions: new Array(201) }, /^questions: found 201 of them/],
  [
    'a question without a name',
    checkExtract,
    { documents: [], questions: [{ question: 'x' }] },
    /^questions\[0\]\.name: found nothing/,
  ],
  [
    'a blank name',
    checkExtract,
    { documents: [], questions: [{ name: ' ', question: 'x' }] },
    /^questions\[0\]\.name: found only/,
  ],
  [
    'a name twice',
    checkExtract,
    { documents: [], questions: [...questions, ...questions] },
    /^questions\[1\]\.name: found "a" again/,
  ],
  [
    'a blank question',
    checkExtract,
    { documents: [], questions: [{ name: 'a', question: '' }] },
    /^questions\[0\]\.question: found only/,
  ],
  [
    'a threshold as text',
    checkExtract,
    { documents: [], questions: [{ ...questions[0], noAnswerThreshold: '1' }] },
    /^questions\[0\]\.noAnswerThreshold: found "1"/,
  ],
];
for (const [why, check, params, message] of refused) {
  test(`refused: ${why}`, () => {
    assert.throws(() => check(params), { code: 'BadRequest', message });
  });
}

test('everything valid is accepted', () => {
  const documents = [document, { uri: 'untitled:1', text: 'x', languageId: 'markdown' }];
  const params = { question: 'who?', documents, options: { topK: 3 }, budgetSeconds: 0 };
  const expected = { ...params, documents: [{ ...document, text: undefined, languageId: undefined }, documents[1]] };
  assert.deepEqual(checkAskMany({ ...params, source: 's', progressToken: 1 }), {
    source: 's',
    progressToken: 1,
    params: expected,
  });
  const checked = checkExtract({ questions: [{ ...questions[0], noAnswerThreshold: 1 }], documents: [document] });
  assert.deepEqual(checked.params.questions, [{ ...questions[0], noAnswerThreshold: 1 }]);
});

// The queue

/** A job of a lane that ends when told to. */
function job(queue: JobQueue, lane: Lane, source?: string) {
  const state = { started: false, end: () => {}, done: undefined as Promise<unknown> | undefined };
  state.done = queue.add(
    (signal) => {
      state.started = true;
      return new Promise<void>((resolve) => {
        state.end = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
    { lane, source },
  );
  return state;
}

test('a question waits neither for a run nor for another question: they take turns in the worker', async () => {
  const queue = new JobQueue();
  const run = job(queue, 'run');
  const question = job(queue, 'question');
  const second = job(queue, 'run');
  const third = job(queue, 'question');
  assert.deepEqual([run.started, question.started, second.started, third.started], [true, true, false, true]);
  assert.equal(queue.waiting, 2, 'the second run, and the question that has no turn');
  run.end();
  await until(() => second.started, 'the next run begins');
  for (const { end } of [question, second, third]) end();
  await Promise.all([question.done, second.done, third.done]);
  assert.equal(queue.busy, false);
});

test('an exclusive job runs after everything before it, and later jobs wait', async () => {
  const queue = new JobQueue();
  const run = job(queue, 'run');
  const question = job(queue, 'question');
  const alone = job(queue, 'alone');
  const later = job(queue, 'question');
  question.end();
  await question.done;
  await turn();
  assert.deepEqual([alone.started, later.started], [false, false]);
  run.end();
  await until(() => alone.started, 'it runs');
  assert.equal(later.started, false);
  alone.end();
  await until(() => later.started, 'the later one runs');
  later.end();
  await later.done;
});

test('a newer job of the same source supersedes the older ones in both lanes', async () => {
  const queue = new JobQueue();
  const ends = [job(queue, 'run', 's'), job(queue, 'run', 's'), job(queue, 'question', 's')].map(({ done }, i) =>
    i < 2 ? assert.rejects(done!, { code: 'Superseded' }) : done,
  );
  const newest = job(queue, 'run', 's');
  await Promise.all(ends.slice(0, 2));
  await assert.rejects(ends[2]!, { code: 'Superseded' });
  await until(() => newest.started, 'it runs');
  newest.end();
  await newest.done;
});

// The sidecar

test('askMany: exact places in files and in given texts, progress, skipped files', async () => {
  const sidecar = await start();
  const text = 'one line\nthe king built a city in the year 3\n';
  writeFileSync(path.join(folder, 'a.md'), text);
  writeFileSync(path.join(folder, 'b.bin'), Buffer.from([0, 1, 2]));
  const unsaved = { uri: 'untitled:1', text: 'the queen of a river saw the cat\n' };
  const seen: AskManyProgress[] = [];
  sidecar.connection.onProgress(new ProgressType<AskManyProgress>(), 'p', (progress) => void seen.push(progress));
  const documents = [{ uri: uriOf('a.md') }, unsaved, { uri: uriOf('b.bin') }, { uri: uriOf('none') }];
  const result = await askMany(sidecar, { documents, options: { topK: 4 }, progressToken: 'p' });
  assert.ok(result.answers.length > 0 && result.answers.length <= 4);
  for (const answer of result.answers.flatMap((one) => [one, ...one.also])) {
    const whole = answer.uri === unsaved.uri ? unsaved.text : text;
    assert.equal(answer.text, whole.slice(answer.start, answer.end));
    const before = whole.slice(0, answer.start).split('\n');
    assert.deepEqual([answer.line, answer.character], [before.length - 1, before.at(-1)?.length]);
  }
  assert.deepEqual(result.skipped.map(({ reason }) => reason).sort(), ['binary', 'unreadable']);
  assert.deepEqual([result.read.documents, result.read.ofDocuments, result.read.ranked], [2, 2, false]);
  assert.equal(result.engine.precision, 'fp32');
  await until(() => seen.length > 0, 'progress');
  assert.ok(seen.every(({ stage }) => stage === 'documents'));
  assert.deepEqual(
    sidecar.statuses.map(({ state }) => state),
    ['loading', 'busy', 'ready'],
  );
});

test('a single question is answered during a run; the run is cancelled at once', async () => {
  const sidecar = await start();
  const documents = Array.from({ length: 100 }, (_, i) => ({ uri: `untitled:${i}`, text: longText }));
  const token = new CancellationTokenSource();
  let ended = false;
  const seen: AskManyProgress[] = [];
  sidecar.connection.onProgress(new ProgressType<AskManyProgress>(), 'p', (progress) => void seen.push(progress));
  const run = askMany(sidecar, { documents, source: 'w', budgetSeconds: 0, progressToken: 'p' }, token.token);
  const cancelled = assert.rejects(run, { code: ErrorCodes.Cancelled }).then(() => {
    ended = true;
  });
  await until(() => seen.length > 0, 'it reads');
  const question = await sidecar.ask({ source: 'editor' });
  assert.ok(question.answers.length > 0);
  assert.equal(ended, false);
  token.cancel();
  await cancelled;
  assert.ok((await sidecar.ask({})).answers.length > 0);
});

test('a newer run of the same source replaces the older one; settings and unload wait for runs', async () => {
  const sidecar = await start();
  const documents = [{ uri: 'untitled:1', text: longText }];
  const old = assert.rejects(askMany(sidecar, { documents, source: 'w', budgetSeconds: 0 }), {
    code: ErrorCodes.Superseded,
  });
  const short = [{ uri: 'untitled:1', text: 'the king built a city' }];
  const newer = askMany(sidecar, { documents: short, source: 'w' });
  await old;
  assert.equal((await newer).read.documents, 1);
  const run = askMany(sidecar, {
    documents: [{ uri: 'untitled:1', text: longText.slice(0, 200_000) }],
    budgetSeconds: 0,
  });
  await sidecar.connection.sendRequest(ConfigureMethod, {
    modelPath: path.resolve('test/fixtures/models/tiny-int8'),
    threads: 1,
  });
  const beside = await sidecar.ask({});
  assert.ok(beside.answers.length > 0);
  const unloaded = sidecar.connection.sendRequest(UnloadMethod);
  assert.ok((await run).answers.length > 0);
  assert.equal(await unloaded, null);
  assert.equal((await sidecar.ask({})).engine.model, 'tiny-int8');
});

test('extract: rows as they are finished, exact cells, null without an answer', async () => {
  const sidecar = await start();
  const texts = ['the king built a city', 'the cat sat on the mat in the river'];
  const params: ExtractParams = {
    questions: [
      { name: 'always', question: 'who built a city', noAnswerThreshold: 1000 },
      { name: 'never', question: 'who built a city', noAnswerThreshold: -1000 },
    ],
    documents: texts.map((text, i) => ({ uri: `untitled:${i}`, text })),
    progressToken: 'rows',
  };
  const seen: ExtractProgress[] = [];
  sidecar.connection.onProgress(new ProgressType<ExtractProgress>(), 'rows', (progress) => void seen.push(progress));
  const result: ExtractResult = await sidecar.connection.sendRequest(ExtractMethod, params);
  assert.equal(result.rows.length, 2);
  for (const [i, { uri, cells }] of result.rows.entries()) {
    assert.equal(uri, `untitled:${i}`);
    assert.ok(cells[0]);
    assert.equal(cells[0].text, texts[i].slice(cells[0].start, cells[0].end));
    assert.equal(cells[1], null);
  }
  await until(() => seen.length === 2, 'both rows');
  assert.deepEqual(
    seen.map(({ row }) => row),
    result.rows,
  );
  assert.equal(result.engine.model, 'tiny-f32');
  await assert.rejects(sidecar.connection.sendRequest(ExtractMethod, { ...params, questions: [] }), {
    code: ErrorCodes.BadRequest,
    message: /^questions: found none/,
  });
});
