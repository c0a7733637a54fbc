/** dist/cli.js as a shell meets it; what does not depend on the process runs with the same code in one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { AskResult } from '../../server/protocol.js';
import { CommandLines } from './command-lines.js';
import { tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-cli-'));
const { FORCE_COLOR: _force, NO_COLOR: _no, ...environment } = process.env;
const lines = new CommandLines(environment);
after(() => {
  lines.close();
  rmSync(folder, { recursive: true });
});

const QUESTION = 'who built a city';
const TEXT = 'one line\nthe king built a city in the year 3\n';

function file(name: string, content: Uint8Array | string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

interface Run {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the CLI as a process. */
function cli(
  args: string[],
  options: { input?: Uint8Array | string; env?: Record<string, string> } = {},
): Promise<Run> {
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment, ...options.env },
  });
  const run: Run = { code: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.err += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...run, code })));
}

const commandLine = (where: string, more: string[]) =>
  ['ask', where, '-q', QUESTION, '--model', tinyModel, '--threads', '1'].concat(more);
const ask = (where: string, ...more: string[]) => lines.run(commandLine(where, more));

function resultOf({ code, out, err }: Run): AskResult {
  assert.equal(err, '');
  assert.equal(code, 0);
  return JSON.parse(out);
}

const askJson = async (where: string, ...more: string[]): Promise<AskResult> =>
  resultOf(await ask(where, '--json', ...more));

test('ask --json: the documented shape, with exact spans', async () => {
  const where = file('a.txt', TEXT);
  const result = resultOf(await cli(commandLine(where, ['--json'])));
  assert.deepEqual((await askJson(where)).answers, result.answers);
  assert.deepEqual(Object.keys(result), ['question', 'answers', 'noAnswer', 'engine', 'timing', 'warnings']);
  assert.equal(result.question, QUESTION);
  assert.deepEqual(Object.keys(result.noAnswer), ['score', 'probability', 'chosen', 'threshold']);
  assert.deepEqual(Object.keys(result.engine), ['name', 'device', 'model', 'precision']);
  assert.deepEqual(Object.keys(result.timing), ['tokenizeMs', 'engineMs', 'projectMs', 'totalMs', 'windows']);
  assert.deepEqual(result.warnings, []);
  assert.ok(result.answers.length > 1);
  for (const answer of result.answers) {
    assert.deepEqual(Object.keys(answer).sort(), [
      'character',
      'end',
      'endCharacter',
      'endLine',
      'grade',
      'line',
      'margin',
      'probability',
      'score',
      'sentence',
      'start',
      'text',
    ]);
    assert.equal(answer.text, TEXT.slice(answer.start, answer.end));
  }
});

test('if the requested engine did not answer, the output says so, with the reasons', async () => {
  const library = file('libnvinfer.so.10', 'no library');
  // A machine with a GPU and TensorRT must not answer as it was asked to: its driver shows no device.
  const cache = ['--cache', path.join(folder, 'no-engines')];
  const { out, err } = await cli(
    ['ask', file('f.txt', TEXT), '-q', QUESTION, '--model', tinyModel, '--json'].concat(
      ['--engine', 'tensorrt', '--tensorrt', library],
      cache,
    ),
    { env: { CUDA_VISIBLE_DEVICES: '-1' } },
  );
  const { engine, warnings }: AskResult = JSON.parse(out);
  assert.equal(engine.name, 'cpu');
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['EngineFallback'],
  );
  assert.equal(err, `ask-bert: ${warnings[0].message}\n`);
  assert.match(warnings[0].message, /tensorrt was requested, but cpu answered: no usable TensorRT/);
  // Why fp32 or int8 is another fact.
  assert.doesNotMatch(warnings[0].message, /fp32|int8|8-bit/);
});

test('if the engine does not have the requested precision, the output says so', async () => {
  const common = ['ask', file('p.txt', TEXT), '-q', QUESTION, '--model', tinyModel, '--json', '--engine', 'cpu'];
  const { out, err } = await lines.run([...common, '--precision', 'fp16']);
  const { engine, warnings }: AskResult = JSON.parse(out);
  assert.equal(engine.precision, 'fp32');
  const message = 'The precision fp16 was requested, but the CPU answers in fp32.';
  assert.deepEqual(warnings, [{ code: 'PrecisionFallback', message }]);
  assert.equal(err, `ask-bert: ${message}\n`);
  const { warnings: none }: AskResult = JSON.parse((await lines.run([...common, '--precision', 'fp32'])).out);
  assert.deepEqual(none, []);
});

test('--raw reads the unchanged characters, whatever the file name says', async () => {
  const text = '# A *city*\n\nthe king built a **city** in the year 3\n';
  const raw = await askJson(file('raw.md', text), '--raw');
  const plain = await askJson(file('plain', text), '--raw');
  assert.ok(raw.answers.length > 0);
  assert.deepEqual(raw.answers, plain.answers);
  assert.ok(raw.answers.every(({ prose, parts }) => prose === undefined && parts === undefined));
});

test('options reach the reader', async () => {
  const where = file('b.txt', TEXT);
  const one = await askJson(where, '--top-k', '1', '--no-answer-threshold', '-100.5', '--precision', 'fp32');
  assert.equal(one.answers.length, 1);
  assert.equal(one.noAnswer.threshold, -100.5);
  assert.equal(one.noAnswer.chosen, true);
  assert.equal(one.engine.precision, 'fp32');
  const long = file('long.txt', TEXT.repeat(30));
  const few = await askJson(long, '--doc-stride', '0');
  const many = await askJson(long, '--doc-stride', '30');
  assert.ok(many.timing.windows > few.timing.windows);
  const short = await askJson(long, '--max-answer-length', '1', '--top-k', '20');
  for (const { text } of short.answers) assert.match(text, /^\S+$/);
});

test('standard input, named - or not named', async () => {
  const args = ['-q', QUESTION, '--model', tinyModel, '--json'];
  const expected = (await askJson(file('c.txt', TEXT))).answers;
  for (const named of [
    ['ask', '-', ...args],
    ['ask', ...args],
  ]) {
    const { code, out } = await cli(named, { input: TEXT });
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out).answers, expected);
  }
});

test('CRLF and UTF-16: the same answers, offsets of the decoded text', async () => {
  const plain = await askJson(file('d.txt', TEXT));
  const windows = TEXT.replaceAll('\n', '\r\n');
  const crlf = await askJson(file('e.txt', windows));
  const utf16 = await askJson(file('f.txt', Buffer.from(`\ufeff${windows}`, 'utf16le')));
  assert.deepEqual(utf16.answers, crlf.answers);
  const places = (result: AskResult) => result.answers.map(({ line, character }) => `${line}:${character}`);
  assert.deepEqual(places(crlf), places(plain));
  for (const { text, start, end } of crlf.answers) assert.equal(text, windows.slice(start, end));
});

test('for people: place, passage with the answer marked, candidates', async () => {
  const where = file('g.txt', TEXT);
  const [best] = (await askJson(where)).answers;
  const { code, out, err } = await ask(where, '--no-answer-threshold', '100');
  assert.equal(code, 0);
  assert.equal(err, '');
  assert.ok(out.includes(`${where}:${best.line + 1}:${best.character + 1}`), out);
  assert.ok(out.includes(`«${best.text.replace('\n', ' ')}»`), out);
  assert.ok(out.includes('Other candidates:'), out);
  assert.ok(!out.includes('\x1b'));
  const coloured = await cli(['ask', where, '-q', QUESTION, '--model', tinyModel, '--no-answer-threshold', '100'], {
    env: { FORCE_COLOR: '1' },
  });
  assert.match(coloured.out, new RegExp(`\\x1b\\[[\\d;]+m${best.text.replace('\n', ' ')}\\x1b\\[0m`));
});

test('no answer is exit code 0, with the best guess; an empty text has none', async () => {
  const guess = await ask(file('h.txt', TEXT), '--no-answer-threshold', '-1000');
  assert.equal(guess.code, 0);
  assert.match(guess.out, /^No answer in this text \(p=\d\.\d\d\); best guess: .+ \(p=\d\.\d\d guess\)/);
  const empty = await ask(file('empty.txt', ''));
  assert.equal(empty.code, 0);
  assert.match(empty.out, /^No answer in this text \(p=1\.00\)\.\n/);
});

test('an unreadable file: exit code 1 and one line that names the file and the cause', async () => {
  const cases: [string, RegExp][] = [
    [path.join(folder, 'missing.txt'), /missing\.txt: there is no such file/],
    [file('binary.bin', Buffer.from([1, 2, 0, 3])), /binary\.bin is not a text file: it has a zero byte at offset 2/],
    [file('mixed.txt', Buffer.from([0x61, 0x02, 0xff, 0x80])), /mixed\.txt is not valid UTF-8: wrong byte at offset 2/],
    [folder, /is a folder/],
  ];
  for (const [i, [where, message]] of cases.entries()) {
    const { code, out, err } = await (i === 0 ? cli(commandLine(where, [])) : ask(where));
    assert.equal(code, 1, err);
    assert.equal(out, '');
    assert.match(err, message);
    assert.match(err, /^ask-bert: [^\n]+\n$/);
  }
});

test('several files and questions: grouped; an array in JSON; a failure does not stop the others', async () => {
  const one = file('one.txt', TEXT);
  const two = file('two.txt', 'the queen built a river\n');
  const args = [one, two, '-q', QUESTION, '-q', 'what did the queen build'];
  const shown = await lines.run(['ask', ...args, '--model', tinyModel, '--no-answer-threshold', '1000']);
  assert.equal(shown.code, 0, shown.err);
  const headings = shown.out.split('\n').filter((line) => /^(==|\?) /.test(line));
  const questions = [`? ${QUESTION}`, '? what did the queen build'];
  assert.deepEqual(headings, [`== ${one}`, ...questions, `== ${two}`, ...questions]);
  const gone = path.join(folder, 'gone.txt');
  const json = await lines.run(['ask', one, gone, ...args.slice(2), '--json', '--model', tinyModel]);
  assert.equal(json.code, 1);
  assert.match(json.err, /gone\.txt: there is no such file[\s\S]*2 of 4 questions failed/);
  const results = JSON.parse(json.out);
  assert.deepEqual(
    results.map(({ file: name, error }: { file: string; error?: { code: string } }) => [
      path.basename(name),
      error?.code,
    ]),
    [
      ['one.txt', undefined],
      ['one.txt', undefined],
      ['gone.txt', 'InputUnreadable'],
    ],
  );
  for (const { answers } of results.slice(0, 2)) {
    for (const { start, end, text } of answers) assert.equal(TEXT.slice(start, end), text);
  }
});

test('a wrong model folder: exit code 1, and the stack only with --debug', async () => {
  const where = file('i.txt', TEXT);
  for (const model of [path.join(folder, 'no model'), folder]) {
    const { code, out, err } = await lines.run(['ask', where, '-q', QUESTION, '--model', model]);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.ok(err.includes(model), err);
    assert.match(err, /^ask-bert: [^\n]+\n$/);
    const debug = await lines.run(['ask', where, '-q', QUESTION, '--model', model, '--debug']);
    assert.match(debug.err, /\n {4}at /);
  }
});

test('wrong usage: exit code 2 and one line that names the flag', async () => {
  const where = file('j.txt', TEXT);
  const cases: [string[], RegExp][] = [
    [[], /Name a command/],
    [['aks'], /aks/],
    [['ask', where], /question/],
    [['ask', where, '-q'], /q/],
    [['ask', where, '-q', ' '], /--question: found only white space/],
    [['ask', '', '-q', 'x'], /name of the file is empty/],
    [['ask', where, '-q', '?!'], /--question: found "\?!", expected a question with at least one word/],
    [['ask', where, where], /Several files need --question/],
    [['ask', where, '-q', 'x', '--topk', '3'], /topk/],
    [['ask', where, '-q', 'x', '--top-k', '0'], /--top-k: found 0, expected an integer from 1 to 20/],
    [['ask', where, '-q', 'x', '--top-k', 'many'], /--top-k: found NaN/],
    [['ask', where, '-q', 'x', '--engine', 'warp'], /--engine: found "warp", expected one of auto, cpu/],
    [['ask', where, '-q', 'x', '--precision', 'fp4'], /--precision: found "fp4"/],
    [['ask', where, '-q', 'x', '--threads', '-1'], /--threads: found -1/],
    [['ask', where, '-q', 'x', '--doc-stride', '1.5'], /--doc-stride: found 1\.5/],
    [['ask', where, '-q', 'x', '--max-answer-length', '0'], /--max-answer-length: found 0/],
    [['ask', where, '-q', 'x', '--no-answer-threshold', 'none'], /--no-answer-threshold: found NaN/],
    [['ask', where, '-q', 'x', '--doc-stride', '63', '--model', tinyModel], /stride/],
    [['squad'], /file|arguments/],
    [['squad', where, '--limit', '0'], /--limit: found 0/],
  ];
  for (const [i, [args, message]] of cases.entries()) {
    // Some as a process, the rest in one.
    const { code, out, err } = await (i < 2 ? cli(args) : lines.run(args));
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.equal(out, '');
    assert.match(err, message);
    assert.match(err, /^ask-bert: [^\n]+\n$/);
  }
});

test('engines: lists engines on disk and libraries found; the engines are gone after clear', async () => {
  const cache = path.join(folder, 'engines');
  const key = 'a'.repeat(32);
  mkdirSync(path.join(cache, key), { recursive: true });
  const manifest = {
    format: 1,
    key,
    model: 'tiny',
    precision: 'fp16',
    buckets: [{ batch: 8, length: 384 }],
    flavour: 'trt10',
    version: '10.6.0',
    device: 'NVIDIA X',
    planBytes: 2_500_000,
    planSha256: '0'.repeat(64),
    built: '2026-01-02T03:04:05.000Z',
    buildMs: 61_000,
  };
  writeFileSync(path.join(cache, key, 'manifest.json'), JSON.stringify(manifest));
  const list = await cli(['engines', 'list', '--cache', cache, '--tensorrt', path.join(folder, 'nowhere')]);
  assert.deepEqual([list.code, list.err], [0, '']);
  assert.match(list.out, /^TensorRT \(setting: .*nowhere\): there is no such file or folder\n/);
  assert.match(list.out, /1 engine in .*engines, 2\.5 MB\n/);
  assert.match(
    list.out,
    /tiny fp16 \(8x384\), TensorRT 10\.6\.0 on NVIDIA X, 2\.5 MB, built 2026-01-02 03:04, in 61 s\n$/,
  );
  const clear = await lines.run(['engines', 'clear', '--cache', cache, '--json']);
  assert.deepEqual(JSON.parse(clear.out), { folder: cache, removed: 1 });
  assert.deepEqual(JSON.parse((await lines.run(['engines', 'list', '--cache', cache, '--json'])).out).engines, []);
  assert.equal((await lines.run(['engines'])).code, 2);
});

test('--help and --version print to standard output', async () => {
  const version = JSON.parse(readFileSync('package.json', 'utf8')).version;
  assert.deepEqual(await cli(['--version']), { code: 0, out: `${version}\n`, err: '' });
  const help = await cli(['ask', '--help']);
  assert.equal(help.code, 0);
  for (const flag of ['--question', '--json', '--top-k', '--no-answer-threshold', '--doc-stride', '--threads']) {
    assert.ok(help.out.includes(flag), flag);
  }
});

test('info names model and engine', async () => {
  const { code, out } = await cli(['info', '--json', '--model', tinyModel]);
  assert.equal(code, 0);
  const info = JSON.parse(out);
  assert.equal(info.model.folder, tinyModel);
  assert.equal(info.engine.name, 'cpu');
  assert.match((await lines.run(['info', '--model', tinyModel])).out, /tiny-f32/);
});

test('a pipe that closes early is not a failure', async () => {
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'ask', '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0);
  assert.equal(err, '');
});

const squad = {
  version: 'test',
  data: [
    {
      title: 'one',
      paragraphs: [
        {
          context: 'the king built a city in the year 3',
          qas: [
            { id: 'q1', question: 'who built a city', answers: [{ text: 'the king', answer_start: 0 }] },
            { id: 'q2', question: 'what year', answers: [{ text: '3', answer_start: 34 }] },
          ],
        },
      ],
    },
    {
      title: 'two',
      paragraphs: [{ context: 'the cat sat on the mat', qas: [{ id: 'q3', question: 'who was king', answers: [] }] }],
    },
  ],
};

test('squad: predictions, details, null odds and metrics', async () => {
  const where = file('squad.json', JSON.stringify(squad));
  const out = path.join(folder, 'predictions.json');
  const odds = path.join(folder, 'odds.json');
  const flags = ['--model', tinyModel, '--json'];
  const v1 = await cli(['squad', where, '--out', out, ...flags]);
  assert.equal(v1.code, 0, v1.err);
  assert.equal(v1.err, '');
  const { metrics, engine } = JSON.parse(v1.out);
  assert.deepEqual(Object.keys(metrics), ['exact_match', 'f1', 'total']);
  assert.equal(metrics.total, 3);
  assert.equal(engine.model, 'tiny-f32');
  const predictions = JSON.parse(readFileSync(out, 'utf8'));
  assert.deepEqual(Object.keys(predictions), ['q1', 'q2', 'q3']);
  for (const text of Object.values(predictions)) assert.notEqual(text, '');

  const v2 = await lines.run(['squad', where, '--version-2', '--out', out, '--details', '--null-odds', odds, ...flags]);
  assert.equal(v2.code, 0, v2.err);
  const second = JSON.parse(v2.out).metrics;
  for (const key of ['exact', 'f1', 'HasAns_f1', 'NoAns_exact', 'best_exact', 'best_f1', 'best_f1_thresh']) {
    assert.equal(typeof second[key], 'number', key);
  }
  assert.equal(second.HasAns_total, 2);
  assert.equal(second.NoAns_total, 1);
  const details = JSON.parse(readFileSync(out, 'utf8'));
  const nullOdds = JSON.parse(readFileSync(odds, 'utf8'));
  for (const id of ['q1', 'q2', 'q3']) {
    const { text, start, end, score } = details[id];
    const { context } = squad.data[id === 'q3' ? 1 : 0].paragraphs[0];
    assert.equal(context.slice(start, end), text);
    assert.equal(text, predictions[id]);
    assert.equal(details[id].null - score, nullOdds[id]);
  }

  const limited = await lines.run(['squad', where, '--limit', '1', ...flags]);
  assert.equal(JSON.parse(limited.out).metrics.total, 1);
  assert.match((await lines.run(['squad', where, '--model', tinyModel])).out, /exact_match +\d+\.\d\d\n/);
});

test('squad: a file of another format is refused, with the place', async () => {
  const cases: [string, RegExp][] = [
    ['not json', /is not JSON/],
    ['[]', /data is not a list of objects/],
    [
      '{"data":[{"paragraphs":[{"context":"x","qas":[{"question":"x"}]}]}]}',
      /data\[0\]\.paragraphs\[0\]\.qas\[0\]\.id is not a string/,
    ],
    ['{"data":[{"paragraphs":[{"qas":[]}]}]}', /data\[0\]\.paragraphs\[0\]\.context is not a string/],
  ];
  for (const [content, message] of cases) {
    const { code, err } = await lines.run(['squad', file('wrong.json', content), '--model', tinyModel]);
    assert.equal(code, 1);
    assert.match(err, message);
  }
  mkdirSync(path.join(folder, 'taken'));
  const where = file('squad2.json', JSON.stringify(squad));
  const { code, err } = await lines.run(['squad', where, '--model', tinyModel, '--out', path.join(folder, 'taken')]);
  assert.equal(code, 1);
  assert.match(err, /taken cannot be written/);
});
