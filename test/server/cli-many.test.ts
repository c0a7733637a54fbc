/**
 * `ask-bert ask --dir` and `ask-bert extract`, as a shell meets them; what does not depend on the process runs with the
 * same code in one.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { reportMany, summary } from '../../server/cli/ask-dir.js';
import { styleFor } from '../../server/cli/text.js';
import type { AskManyResult, ReadingEnd } from '../../server/protocol.js';
import { CommandLines } from './command-lines.js';
import { until } from './fake-worker.js';
import { tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-cli-many-'));
const { FORCE_COLOR: _, ...variables } = process.env;
const environment = { ...variables, NO_COLOR: '1' };
const lines = new CommandLines(environment);
after(() => {
  lines.close();
  rmSync(folder, { recursive: true });
});

const texts: Record<string, string> = {
  'a.md': 'one line\n\nthe king built a city in the year 3\n',
  'sub/b.txt': 'the queen of a river, "the cat"\nsat | on a mat\n',
  'sub/ignored.log': 'the king built a city\n',
  '.gitignore': '*.log\n',
};
const dir = path.join(folder, 'documents');
for (const [name, text] of Object.entries(texts)) {
  mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  writeFileSync(path.join(dir, name), text);
}
writeFileSync(path.join(dir, 'c.bin'), Buffer.from([0, 1, 2]));

const questionFile = path.join(folder, 'q.yaml');
writeFileSync(
  questionFile,
  '- {name: "who, exactly", question: who built a city, threshold: 1000}\n- {name: never, question: what year, threshold: -1000}\n',
);

interface Run {
  code: number | null;
  out: string;
  err: string;
}

const withModel = (args: string[]) => [...args, '--model', tinyModel, '--threads', '1'];
const inOne = (args: string[]): Promise<Run> => lines.run(withModel(args));

/** As a process. */
function cli(args: string[], onStart?: (child: ReturnType<typeof spawn>) => void): Promise<Run> {
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...withModel(args)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  const run: Run = { code: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.err += text;
  });
  onStart?.(child);
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...run, code })));
}

const ofFolder = ['ask', '--dir', dir, '-q', 'who built a city'];
const ask = (...more: string[]) => inOne([...ofFolder, ...more]);
const toTable = (out: string) => {
  const where = path.join(folder, out);
  return ['extract', '--questions', questionFile, '--dir', dir, '--out', where];
};
const extract = (out: string, ...more: string[]) => inOne([...toTable(out), ...more]);
const table = (out: string) => readFileSync(path.join(folder, out), 'utf8');

test('ask --dir --json: answers of the files that are not ignored, exact, with what was skipped', async () => {
  const { code, out, err } = await cli([...ofFolder, '--json', '--top-k', '3']);
  assert.deepEqual([code, err], [0, '']);
  const result: AskManyResult = JSON.parse(out);
  assert.ok(result.answers.length > 0 && result.answers.length <= 3);
  for (const { uri, start, end, text } of result.answers) {
    const name = path.relative(dir, fileURLToPath(uri)).split(path.sep).join('/');
    assert.equal(texts[name].slice(start, end), text);
    assert.notEqual(name, 'sub/ignored.log');
  }
  assert.deepEqual(result.read.ofDocuments, 2);
  assert.deepEqual(
    result.skipped.map(({ reason }) => reason),
    ['binary'],
  );
  const all: AskManyResult = JSON.parse((await ask('--json', '--no-ignore')).out);
  assert.equal(all.read.ofDocuments, 4);
  const some: AskManyResult = JSON.parse((await ask('--json', '--include', '*.md', '--include', '*.txt')).out);
  assert.equal(some.read.ofDocuments, 2);
  assert.deepEqual(some.skipped, []);
});

test('ask --dir for people: file by file, places in the form that editors accept, and what was read', async () => {
  const result: AskManyResult = JSON.parse((await ask('--json')).out);
  const { code, out } = await ask('--no-answer-threshold', '1000');
  assert.equal(code, 0);
  for (const { uri, line, character, text } of result.answers) {
    const name = path.relative(dir, fileURLToPath(uri)).split(path.sep).join('/');
    assert.ok(out.includes(`${name}:${line + 1}:${character + 1}  p=`), out);
    assert.ok(out.includes(`«${text.replace(/\s+/g, ' ')}»`), out);
  }
  assert.match(out, /\n2 files, \d+\.\d s · 1 skipped \(1 binary\) · tiny-f32, fp32, /);
  assert.match(
    (await ask('--no-answer-threshold', '-1000')).out,
    /^No answer in these files \(p=\d\.\d\d\); best guesses:/,
  );
});

test('ask --dir: how much was read if there is more than the time allows, and why not more', async () => {
  const large = path.join(folder, 'large');
  mkdirSync(large);
  for (let i = 0; i < 60; i++)
    writeFileSync(path.join(large, `${i}.txt`), 'the king built a city in the year 3\n'.repeat(600));
  const args = ['ask', '--dir', large, '-q', 'who built a city', '--budget', '0.3', '--no-answer-threshold', '1000'];
  const { code, out } = await inOne(args);
  assert.equal(code, 0);
  assert.match(
    out,
    /the best passages by their words, (<1|\d+)% of the text of 60 files, \d+\.\d s · (stopped at the time limit|more passages did not change the answer) · /,
  );

  const engine = { name: 'cpu', device: 'CPU', model: 'tiny', precision: 'fp32' } as const;
  const timing = { tokenizeMs: 0, engineMs: 0, projectMs: 0, totalMs: 2340, windows: 9 };
  const read = { documents: 2, ofDocuments: 90, characters: 10, ofCharacters: 200, ranked: true };
  const told = (ended: ReadingEnd) =>
    summary({ read: { ...read, ended }, skipped: [], timing, engine } as unknown as AskManyResult);
  const how = 'the best passages by their words, 5% of the text of 90 files, 2.3 s';
  assert.equal(told('settled'), `${how} · more passages did not change the answer · tiny, fp32, CPU`);
  assert.equal(told('time'), `${how} · stopped at the time limit · tiny, fp32, CPU`);
  assert.equal(told('all'), `${how} · tiny, fp32, CPU`);

  const little = { ...read, characters: 7, ofCharacters: 20_000, ended: 'time' };
  const noAnswer = { probability: 0.97, chosen: true };
  const none = { question: 'q', answers: [], noAnswer, read: little, skipped: [], timing, engine };
  const said = await reportMany(none as unknown as AskManyResult, new Map(), styleFor(false));
  assert.match(said, /^No answer in the <1% of the text that was read\.\n/);
  const everything = { ...none, read: { ...little, characters: 20_000 } };
  const whole = await reportMany(everything as unknown as AskManyResult, new Map(), styleFor(false));
  assert.match(whole, /^No answer in these files \(p=0\.97\)\.\n/);
  const german = { ...everything, otherLanguage: { found: 'de', languages: ['en'] } };
  const unsure = await reportMany(german as unknown as AskManyResult, new Map(), styleFor(false));
  assert.match(unsure, /^No answer in these files\.\n/);
});

test('extract: CSV by RFC 4180, JSON and Markdown', async () => {
  const { code, out, err } = await cli(toTable('t.csv'));
  assert.deepEqual([code, out], [0, '']);
  assert.match(err, /t\.csv: 3 of 3 files, 1 skipped \(1 binary\)\n$/);
  const csv = table('t.csv').split('\r\n');
  assert.equal(
    csv[0],
    '\ufefffile,"who, exactly","who, exactly exact","who, exactly sentence","who, exactly place","who, exactly grade",' +
      '"who, exactly probability",never,never exact,never sentence,never place,never grade,never probability,status',
  );
  assert.equal(csv.length, 5);
  assert.match(csv[1], /,read$/);
  assert.match(csv[2], /^c\.bin,,,,,,,,,,,,,skipped: .*c\.bin is not a text file/);
  assert.equal(csv[4], '');
  await extract('t.json');
  const json = JSON.parse(table('t.json'));
  assert.deepEqual(
    json.rows.map(({ file }: { file: string }) => file),
    ['a.md', 'c.bin', 'sub/b.txt'],
  );
  const { status, cells: none } = json.rows[1];
  assert.match(status, /^skipped: .*c\.bin is not a text file/);
  assert.deepEqual(none, [null, null]);
  for (const { file, cells, status } of json.rows.filter(({ file }: { file: string }) => file !== 'c.bin')) {
    assert.equal(status, 'read');
    assert.equal(cells[1], null);
    assert.equal(texts[file].slice(cells[0].start, cells[0].end), cells[0].text);
    const { sentence, sentenceText } = cells[0];
    assert.equal(sentenceText, texts[file].slice(sentence.start, sentence.end).replace(/\s+/g, ' '));
  }
  assert.equal(json.engine.model, 'tiny-f32');
  assert.equal(json.skipped[0].reason, 'binary');
  await extract('t.md');
  const md = table('t.md').split('\n');
  assert.deepEqual(md.slice(0, 2), ['| file | who, exactly | never | status |', '| --- | --- | --- | --- |']);
  assert.match(md[2], /^\| a\.md \| .+ \(line \d+, (?:sure|unsure|guess), p=\d\.\d\d\) \| {2}\| read \|$/);
});

test('extract --resume reads only what has changed', async () => {
  await extract('r.json');
  const before = JSON.parse(table('r.json'));
  const again = await cli([...toTable('r.json'), '--resume']);
  assert.match(again.err, /2 from an earlier run/);
  assert.deepEqual(JSON.parse(table('r.json')).rows, before.rows);
  // The content counts: the same with another time is not read again, another with the same size and time is.
  const changed = path.join(dir, 'a.md');
  utimesSync(changed, new Date(0), new Date(0));
  assert.match((await extract('r.json', '--resume')).err, /2 from an earlier run/);
  writeFileSync(changed, texts['a.md'].replace('year 3', 'year 4'));
  utimesSync(changed, new Date(0), new Date(0));
  assert.match((await extract('r.json', '--resume')).err, /1 from an earlier run/);
  writeFileSync(changed, texts['a.md']);
  // Other questions or another model: all again. A truncated state: its complete rows.
  assert.doesNotMatch((await extract('r.json', '--resume', '--raw')).err, /from an earlier run/);
  const state = path.join(folder, 'r.json.state.jsonl');
  const lines = readFileSync(state, 'utf8').trimEnd().split('\n');
  writeFileSync(state, `${lines.slice(0, 2).join('\n')}\n${lines[2].slice(0, 20)}`);
  assert.match((await extract('r.json', '--resume', '--raw')).err, /1 from an earlier run/);
  // A damaged cell: that row again, the others stay.
  await extract('r.json', '--resume');
  const good = readFileSync(state, 'utf8').split('\n');
  writeFileSync(state, [good[0], good[1].replace('start', 'tsart'), ...good.slice(2)].join('\n'));
  assert.match((await extract('r.json', '--resume')).err, /1 from an earlier run/);
  assert.deepEqual(JSON.parse(table('r.json')).rows, before.rows);
  writeFileSync(state, 'no state at all');
  const replaced = await extract('r.json', '--resume');
  assert.equal(replaced.code, 0);
  assert.match(replaced.err, /r\.json\.state\.jsonl is not a state of this table; it is kept as .*\.state\.jsonl\.1/);
  assert.equal(readFileSync(`${state}.1`, 'utf8'), 'no state at all');
});

test('extract: Ctrl-C keeps the finished rows, and --resume continues', {
  skip: process.platform === 'win32',
}, async () => {
  const many = path.join(folder, 'many');
  mkdirSync(many);
  for (let i = 0; i < 60; i++) writeFileSync(path.join(many, `f${100 + i}.txt`), 'the king built a city. '.repeat(300));
  const out = path.join(folder, 'stopped.csv');
  const args = ['extract', '--questions', questionFile, '--dir', many, '--out', out];
  const rows = () => (existsSync(out) ? readFileSync(out, 'utf8').split('\r\n').length - 2 : 0);
  const state = () => (existsSync(`${out}.state.jsonl`) ? readFileSync(`${out}.state.jsonl`, 'utf8').split('\n') : []);
  // Of a closed terminal and of a service manager as of Ctrl-C: each ends in order, and the next one goes on.
  let done = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const stopped = await cli([...args, '--resume'], (child) => {
      void until(() => state().length >= done + 5, 'some rows').then(() => child.kill(signal));
    });
    assert.equal(stopped.code, 1, signal);
    assert.match(
      stopped.err,
      /stopped\.csv: \d+ of 60 files(, \d+ from an earlier run)?\nask-bert: It was stopped\. --resume continues from here\.\n$/,
    );
    assert.ok(rows() > done && rows() < 60, `${signal}: ${done}, then ${rows()}`);
    done = rows();
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('stopped.csv')),
    ['stopped.csv', 'stopped.csv.state.jsonl'],
  );
  const resumed = await inOne([...args, '--resume']);
  assert.equal(resumed.code, 0);
  assert.match(resumed.err, new RegExp(`60 of 60 files, ${done} from an earlier run`));
  assert.equal(rows(), 60);
  // A new run that is stopped leaves the whole table.
  const again = await cli(args, (child) => {
    void until(() => state().length >= 3 && state().length < 60, 'some rows').then(() => child.kill('SIGTERM'));
  });
  assert.match(again.err, /stopped\.csv is left as it was\.\n/);
  assert.equal(rows(), 60);
});

test('the table is not read as a document if it is in the folder', async () => {
  const out = path.join(dir, 'own.md');
  const args = ['extract', '--questions', questionFile, '--dir', dir, '--out', out];
  await inOne(args);
  await inOne(args);
  assert.ok(!readFileSync(out, 'utf8').includes('own'));
  rmSync(out);
  rmSync(`${out}.state.jsonl`);
});

test('nothing read: a message and a separate exit code, never "no answer"', async () => {
  const empty = path.join(folder, 'nothing');
  const binary = path.join(folder, 'binary');
  for (const one of [empty, binary]) mkdirSync(one, { recursive: true });
  writeFileSync(path.join(binary, 'x.bin'), Buffer.from([0, 1]));
  writeFileSync(path.join(binary, 'yarn.lock'), 'who built a city\n');
  const out = path.join(folder, 'nothing.csv');
  const cases: [string[], RegExp][] = [
    [['ask', '--dir', empty, '-q', 'who'], /Nothing was read: .*nothing has no files to read/],
    [
      ['ask', '--dir', binary, '-q', 'who'],
      /Nothing was read: the only file in .*binary was skipped \(.*x\.bin is not a text/,
    ],
    [
      ['ask', '--dir', dir, '--include', '*.pdf', '-q', 'who'],
      /Nothing was read: no file in .*documents matches \*\.pdf/,
    ],
    [['extract', '--questions', questionFile, '--dir', empty, '--out', out], /Nothing was read/],
    [['extract', '--questions', questionFile, '--dir', binary, '--out', out], /Nothing was read/],
  ];
  for (const [i, [args, message]] of cases.entries()) {
    const { code, out: printed, err } = await (i === 0 ? cli : inOne)(args);
    assert.deepEqual([code, printed], [3, ''], `${args.join(' ')}: ${err}`);
    assert.match(err, message);
  }
  // The file that could not be read has its row.
  assert.match(readFileSync(out, 'utf8'), /\r\nx\.bin,.*skipped: /);
  const json = await inOne(['ask', '--dir', binary, '-q', 'who', '--json']);
  assert.equal(json.code, 3);
  assert.equal(JSON.parse(json.out).skipped[0].reason, 'binary');
});

test('several questions about a folder: one after the other; skipped files by name, once', async () => {
  const { code, out, err } = await ask('-q', 'what is on a mat');
  assert.equal(code, 0, err);
  assert.match(out, /^\? who built a city\n[\s\S]*\n\? what is on a mat\n/);
  assert.equal(err.match(/Skipped: .*c\.bin is not a text file/g)?.length, 1);
  const json = JSON.parse((await ask('-q', 'what is on a mat', '--json')).out);
  assert.deepEqual(
    json.map(({ question }: AskManyResult) => question),
    ['who built a city', 'what is on a mat'],
  );
});

test('wrong usage: exit code 2; unreadable or unwritable files: 1; one line each', async () => {
  const bad = path.join(folder, 'bad.yaml');
  writeFileSync(bad, '- name: a\n  qestion: b\n');
  const out = path.join(folder, 'x.csv');
  const cases: [string[], number, RegExp][] = [
    [['ask', 'file.txt', '--dir', dir, '-q', 'x'], 2, /Name a file or --dir, not both/],
    [['ask', '--dir', '', '-q', 'x'], 2, /--dir: the name of the folder is empty/],
    [['ask', '--dir', dir, '-q', 'x', '--budget', '-1'], 2, /--budget: found -1, expected a number/],
    [['ask', '--dir', dir, '-q', 'x', '--include', ' '], 2, /pattern is empty/],
    [['ask', '--dir', path.join(folder, 'none'), '-q', 'x'], 1, /none: there is no such folder/],
    [['ask', '--dir', questionFile, '-q', 'x'], 1, /q\.yaml is not a folder/],
    [['extract', '--questions', questionFile, '--dir', dir], 2, /out/],
    [['extract', '--questions', questionFile, '--out', out], 2, /dir/],
    [
      ['extract', '--questions', questionFile, '--dir', dir, '--out', 'table.xlsx'],
      2,
      /--out: found table\.xlsx, expected a name that ends with one of \.csv, \.json, \.md/,
    ],
    [
      ['extract', '--questions', bad, '--dir', dir, '--out', out],
      2,
      /bad\.yaml:2:3: found qestion, expected one of name, question, threshold/,
    ],
    [
      ['extract', '--questions', path.join(folder, 'none.yaml'), '--dir', dir, '--out', out],
      1,
      /none\.yaml: there is no such file/,
    ],
    [
      ['extract', '--questions', questionFile, '--dir', dir, '--out', path.join(folder, 'no', 'where.csv')],
      1,
      /cannot be written/,
    ],
  ];
  for (const [i, [args, expected, message]] of cases.entries()) {
    // One as a process, the rest in one.
    const { code, out: printed, err } = await (i === 0 ? cli : inOne)(args);
    assert.equal(code, expected, `${args.join(' ')}: ${err}`);
    assert.equal(printed, '');
    assert.match(err, message);
    assert.match(err, /^ask-bert: [^\n]+\n$/);
  }
});
