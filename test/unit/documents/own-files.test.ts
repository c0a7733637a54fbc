/** Which files Ask BERT knows as its own, and how a file is replaced. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fsp from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, type MockTracker, test } from 'node:test';
import { ExtractState } from '../../../server/cli/extract-state.js';
import { checkTarget, targetOf, withTable } from '../../../server/cli/extract-target.js';
import { walkFolder } from '../../../server/documents/find-files.js';
import { isOwnState, isOwnTable, isTable, stateFileOf } from '../../../server/documents/own-files.js';
import { formatOf, TableFile } from '../../../server/documents/table-file.js';
import type { Answer, NamedQuestion } from '../../../server/protocol.js';
import { FileReplacement, replaceTiming, stampOf } from '../../../server/storage/replace-file.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { rounds } from '../helpers/long.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-own-'));
after(() => rmSync(root, { recursive: true }));
const put = (name: string, content: string | Uint8Array) => {
  writeFileSync(path.join(root, name), content);
  return path.join(root, name);
};

const answer = (text: string) =>
  ({ text, start: 0, end: text.length, line: 0, character: 0, probability: 0.5 }) as unknown as Answer;

function tableOf(extension: string, questions: NamedQuestion[], cells: string[]): string {
  const format = formatOf(`x${extension}`);
  const rows = cells.map((text, i) =>
    format.row({ file: `${text}${i}`, cells: questions.map(() => (i % 2 ? answer(text) : null)) }, i === 0),
  );
  return [format.head(questions), ...rows, format.tail([], undefined)].join('');
}

test('a table is recognised by its head, whatever its names and cells contain', async () => {
  const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((each) => each.trim() !== '');
  const odd = fc.oneof(text, fc.constantFrom('=1', '-5', '"', 'a,b', 'a\r\nb', '| x |', '],"rows":[', '---', '+-@'));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('.csv', '.json', '.md'),
      fc.array(odd, { minLength: 1, maxLength: 5 }),
      fc.array(odd, { maxLength: 4 }),
      async (extension, names, cells) => {
        const questions = names.map((name) => ({ name, question: `${name}?` }));
        return isOwnTable(put(`table${extension}`, tableOf(extension, questions, cells)));
      },
    ),
    { numRuns: rounds(60, 3000) },
  );
  const long = Array.from({ length: 200 }, (_, i) => ({ name: `${i}`.padEnd(200, 'n'), question: '"'.repeat(10_000) }));
  for (const extension of ['.csv', '.json', '.md']) {
    assert.ok(await isOwnTable(put(`long${extension}`, tableOf(extension, long, ['a']))), extension);
  }
});

test('a table that another program saved is still recognised: byte order mark, line ends', async () => {
  const questions = [{ name: 'a', question: 'b?' }];
  const own = tableOf('.csv', questions, ['x', 'y']);
  assert.ok(own.startsWith('\uFEFF'));
  assert.ok(await isOwnTable(put('plain.csv', own.slice(1))));
  assert.ok(await isOwnTable(put('earlier.csv', 'file,a,a place,a probability,b,b place,b probability,status\r\n')));
  assert.ok(await isOwnTable(put('git.md', tableOf('.md', questions, ['x', 'y']).replaceAll('\n', '\r\n'))));
});

test('a head that only looks like that of a table is refused in proportion to its length', () => {
  const rule = '| file | a | place | status |\n| --- | --- | --- | --- |\n';
  const names = `| file | a | status |\n| --- | --- | --- |\n`;
  const heads: Record<string, [string, (size: number) => string]> = {
    'separators in a row': ['.md', (size) => `${names}| ${'x | skipped: '.repeat(size / 13)}\n|\n`],
    'a row of skipped files': ['.md', (size) => `${names}| ${' | skipped: '.repeat(size / 12)} |\nx |\n\n`],
    rules: ['.md', (size) => `${rule}${'| --- '.repeat(size / 6)}\n\n`],
    'an open quotation mark': ['.csv', (size) => `file,"${'""'.repeat(size / 2)}`],
    columns: ['.csv', (size) => `file,${'a,'.repeat(size / 2)}\n`],
  };
  for (const [what, [format, make]] of Object.entries(heads)) {
    assertGrowsInProportion(what, 400_000, (size) => assert.notEqual(isTable[format](make(size)), true));
  }
});

test('a file that the user wrote is not recognised as one', async () => {
  const files: Record<string, string> = {
    'questions.json': '{"questions":[{"name":"a","question":"b"}]}',
    'rows.json': '{"rows":[],"questions":[]}',
    'list.csv': 'file,status\r\na.md,read\r\n',
    'near.csv': 'file,a,a place,b probability,status\r\n',
    'more.csv': 'file,a,a place,a probability,status,note\r\n',
    'other.csv': 'file,a,a exact,a sentence,a place,a grade,b probability,status\r\n',
    'readme.md': '| file | a | status |\n| --- | --- | --- |\n| x | y | read |\n\nMore about it.\n',
    'status.md': '| file | a | status |\n| --- | --- | --- |\n| x | y | done |\n| x | y | done |\n',
    'table.txt': tableOf('.csv', [{ name: 'a', question: 'b' }], []),
    'empty.csv': '',
  };
  for (const [name, content] of Object.entries(files)) assert.ok(!(await isOwnTable(put(name, content))), name);
  assert.ok(!(await isOwnState(put('s.jsonl', '{"format":1}\n'))));
  assert.ok(await isOwnState(put('s.jsonl', `{"format":9,"basis":"${'0'.repeat(64)}"}\n{}`)));
});

test('our tables and states are documents only if they are named', async () => {
  const folder = path.join(root, 'documents');
  mkdirSync(folder);
  const table = tableOf('.csv', [{ name: 'a', question: 'b' }], []);
  for (const name of [
    't.csv',
    't.csv.state.jsonl',
    't.csv.state.jsonl.1',
    't.csv.ask-bert-lock',
    't.csv.ask-bert-part',
  ])
    writeFileSync(path.join(folder, name), table);
  writeFileSync(path.join(folder, 'mine.csv'), 'file,status\n');
  writeFileSync(path.join(folder, 'mine.state.jsonl'), '{}');
  const names = async (options = {}) => (await walkFolder(folder, options)).files.map(({ name }) => name);
  assert.deepEqual(await names(), ['mine.csv', 'mine.state.jsonl']);
  assert.deepEqual(await names({ include: ['*.csv'] }), ['mine.csv']);
  assert.deepEqual(await names({ include: ['/t.csv'] }), ['t.csv']);
  assert.equal((await names({ ignored: true })).length, 7);
});

test('a target is refused by name if it is an input, a file of questions, a link to these, or not a table', async () => {
  const folder = path.join(root, 'targets');
  mkdirSync(folder);
  const at = (name: string) => path.join(folder, name);
  const questions = at('q.json');
  writeFileSync(questions, '{"questions":[{"name":"a","question":"b"}]}');
  writeFileSync(at('input.md'), 'text');
  writeFileSync(at('mine.csv'), 'a,b');
  writeFileSync(at('empty.csv'), '');
  writeFileSync(at('own.csv'), tableOf('.csv', [{ name: 'a', question: 'b' }], []));
  mkdirSync(at('folder.csv'));
  writeFileSync(at('odd.csv.state.jsonl'), 'x');
  linkSync(questions, at('hard.json'));
  const cases: [string, RegExp | undefined][] = [
    ['q.json', /q\.json holds the questions/],
    ['hard.json', /hard\.json holds the questions/],
    ['input.md', /input\.md is one of the files to read/],
    ['mine.csv', /mine\.csv exists and is not a table of Ask BERT/],
    ['folder.csv', /folder\.csv is not a regular file/],
    ['none/x.csv', /none\/x\.csv cannot be written: there is no folder/],
    ['empty.csv', undefined],
    ['own.csv', undefined],
    ['new.csv', undefined],
    ['odd.csv', undefined],
  ];
  if (process.platform !== 'win32') {
    symlinkSync('mine.csv', at('link.csv'));
    symlinkSync('own.csv', at('own-link.csv'));
    symlinkSync('later.csv', at('dangling.csv'));
    cases.push(
      ['link.csv', /link\.csv exists and is not a table/],
      ['own-link.csv', undefined],
      ['dangling.csv', undefined],
    );
    assert.equal(await targetOf(at('dangling.csv')), at('later.csv'));
    assert.equal(path.basename(await targetOf(at('own-link.csv'))), 'own.csv');
  }
  const inputs = { questions, documents: [at('input.md')] };
  for (const [name, message] of cases) {
    const out = at(name);
    const checked = checkTarget(out, await targetOf(out), inputs, false);
    if (message) await assert.rejects(checked, { message: new RegExp(message.source.replaceAll('\\/', '[\\\\/]')) });
    else await checked;
  }
  for (const name of ['q.json', 'input.md', 'mine.csv']) await checkTarget(at(name), at(name), inputs, true);
  // The questions in the place of the state.
  const state = { questions: at('odd.csv.state.jsonl'), documents: [] };
  await assert.rejects(
    checkTarget(at('odd.csv'), at('odd.csv'), state, false),
    /odd\.csv\.state\.jsonl holds the questions/,
  );
});

test('a second process is refused at once, and the first one completes', async () => {
  const out = path.join(root, 'locked.csv');
  await withTable('locked.csv', out, async () => {
    await assert.rejects(
      withTable('locked.csv', out, async () => assert.fail('both')),
      { code: 'BadRequest', message: 'locked.csv is being written by another ask-bert.' },
    );
  });
  assert.ok(!existsSync(`${out}.ask-bert-lock`));
  // What a process left that has ended.
  writeFileSync(`${out}.ask-bert-lock`, JSON.stringify({ pid: 2 ** 30, host: os.hostname(), owner: 'x' }));
  assert.equal(await withTable('locked.csv', out, async () => 'done'), 'done');
  await assert.rejects(
    withTable('x', path.join(root, 'a'.repeat(300)), async () => 0),
    { code: 'InputUnreadable', message: /^x cannot be written: / },
  );
});

test('a file is replaced completely, with the permissions of the old one, or not at all', async () => {
  const file = put('kept.csv', 'old');
  chmodSync(file, 0o600);
  const first = await FileReplacement.create(file);
  await first.write('half');
  assert.equal(readFileSync(file, 'utf8'), 'old');
  await first.discard();
  assert.ok(!existsSync(first.part));
  // What a killed process left does not matter.
  writeFileSync(first.part, 'left');
  const second = await FileReplacement.create(file);
  const before = await stampOf(file);
  await second.write('new');
  await second.place();
  await second.discard();
  assert.equal(readFileSync(file, 'utf8'), 'new');
  assert.notEqual(await stampOf(file), before);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(await stampOf(path.join(root, 'none')), undefined);
});

const denied = (code: string) => Object.assign(new Error(`${code}: denied`), { code });
const questions = [{ name: 'a', question: 'b' }];

/** Makes the system deny to open one file for one use. */
function denyOpening(mock: MockTracker, file: string, flags: string | undefined, code: string): void {
  const { open } = fsp;
  mock.method(fsp, 'open', async (...args: Parameters<typeof open>) => {
    const fits = flags === undefined || args[1] === flags;
    if (args[0] === file && fits) throw denied(code);
    return open(...args);
  });
}

test('a table that cannot be replaced is refused before anything is read', async (t) => {
  const file = put('held.csv', 'old');
  denyOpening(t.mock, file, 'r+', 'EBUSY');
  await assert.rejects(TableFile.create(file, questions), {
    code: 'InputUnreadable',
    message: `${file} cannot be written: EBUSY: denied.`,
    remedy: 'Close it in other programs and check its permissions, then run this again.',
  });
  assert.equal(readFileSync(file, 'utf8'), 'old');
  assert.ok(!existsSync(`${file}.ask-bert-part`));
});

test('a rename that is denied is tried again; in the end the error names --resume, and the old table stays', async (t) => {
  const before = replaceTiming.retryMs;
  t.after(() => Object.assign(replaceTiming, { retryMs: before }));
  assert.ok(before.reduce((sum, ms) => sum + ms) >= 3000, 'a scanner takes seconds');
  replaceTiming.retryMs = [0, 0, 0];
  const file = put('renamed.csv', 'old');
  const { rename } = fsp;
  let tries = 0;
  let failing = ['EPERM', 'EBUSY', 'EACCES'];
  t.mock.method(fsp, 'rename', async (...args: Parameters<typeof rename>) => {
    tries++;
    const code = failing.shift();
    if (code) throw denied(code);
    return rename(...args);
  });
  const table = await TableFile.create(file, questions);
  await table.place([], undefined);
  assert.equal(tries, 4);
  const written = readFileSync(file, 'utf8');
  assert.ok(written.startsWith('\ufefffile,a,'));
  const cases: [codes: string[], tries: number, remedy: string | undefined][] = [
    [Array(9).fill('EPERM'), 4, 'Close it in other programs, then run this again with --resume.'],
    [['ENOSPC'], 1, undefined],
  ];
  for (const [codes, times, remedy] of cases) {
    const [code] = codes;
    [tries, failing] = [0, codes];
    const next = await TableFile.create(file, [{ name: 'other', question: 'b' }]);
    await assert.rejects(next.place([], undefined), {
      code: 'InputUnreadable',
      message: `${file} cannot be written: ${code}: denied.`,
      remedy,
    });
    await next.discard();
    assert.equal(tries, times);
    assert.equal(readFileSync(file, 'utf8'), written);
    assert.ok(!existsSync(`${file}.ask-bert-part`));
  }
});

test('a state that cannot be read is a clear error with a remedy, and stays', async (t) => {
  const remedy = 'Check its permissions or move it away, then run this again.';
  const folder = stateFileOf(path.join(root, 'state-folder.csv'));
  mkdirSync(folder);
  const file = put('state-denied.csv.state.jsonl', 'secret');
  denyOpening(t.mock, file, undefined, 'EACCES');
  const cases: [file: string, reason: string][] = [
    [folder, 'it is a folder, not a regular file'],
    [file, 'EACCES: denied'],
  ];
  for (const [state, reason] of cases) {
    for (const resume of [true, false]) {
      await assert.rejects(ExtractState.open(state.replace('.state.jsonl', ''), 'basis', 1, resume), {
        code: 'InputUnreadable',
        message: `${state}, the state of the table, cannot be read: ${reason}.`,
        remedy,
      });
    }
  }
  assert.equal(readFileSync(file, 'utf8'), 'secret');
});
