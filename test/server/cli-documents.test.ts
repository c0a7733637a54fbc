/** Files in binary formats on the command line: their text, the places of answers, and one sentence if nothing can be read. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { AskManyResult, AskResult } from '../../server/protocol.js';
import { smallPdf } from '../unit/helpers/small-pdf.js';
import { tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-cli-documents-'));
after(() => rmSync(folder, { recursive: true }));

const PDF = smallPdf([
  ['one line', 'of a page'],
  ['the king built a city in the year 3', 'and the queen built a road'],
]);
const TEXT = 'one line of a page\nthe king built a city in the year 3 and the queen built a road';
const QUESTION = 'who built a city';

function file(name: string, content: Uint8Array | string): string {
  const where = path.join(folder, name);
  mkdirSync(path.dirname(where), { recursive: true });
  writeFileSync(where, content);
  return where;
}

function cli(args: string[], input?: Uint8Array): Promise<{ code: number | null; out: string; err: string }> {
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], {
    env: { ...env, NO_COLOR: '1', XDG_CACHE_HOME: path.join(folder, 'cache') },
  });
  const run = { code: null as number | null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.err += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...run, code })));
}
const ask = (where: string, ...more: string[]) =>
  cli(['ask', where, '-q', QUESTION, '--model', tinyModel, '--threads', '1', ...more]);

test('text prints what is read, or some of its pages', async () => {
  const pdf = file('lease.pdf', PDF);
  const whole = await cli(['text', pdf]);
  assert.deepEqual(whole, { code: 0, out: whole.out, err: '' });
  assert.equal(whole.out.replace(/\s+/g, ' ').trim(), TEXT.replace(/\s+/g, ' '));
  const second = await cli(['text', pdf, '--pages', '2']);
  assert.match(second.out, /^the king built a city/);
  const piped = await cli(['text', '-', '--json'], PDF);
  const { text, places } = JSON.parse(piped.out);
  assert.equal(`${text.trim()}\n`, `${whole.out.trim()}\n`);
  assert.deepEqual(
    places.map(({ page }: { page: number }) => page),
    [1, 2],
  );
  assert.equal((await cli(['text', file('a.txt', 'plain\ntext\n')])).out, 'plain\ntext\n');
  for (const [pages, message] of [
    ['3', /lease\.pdf has 2 pages; page 3 does not exist\./],
    ['2-1', /--pages: found "2-1", expected a page, or the first and last one: 3-7\./],
    ['x', /--pages: found "x"/],
  ] as const) {
    const { code, err } = await cli(['text', pdf, '--pages', pages]);
    assert.equal(code, 2);
    assert.match(err, message);
  }
});

test('an answer has its page and its boxes, in words "page 2"; the place is that of the text', async () => {
  const pdf = file('lease.pdf', PDF);
  const { code, out, err } = await ask(pdf, '--json');
  assert.deepEqual([code, err], [0, '']);
  const { answers }: AskResult = JSON.parse(out);
  const { text } = JSON.parse((await cli(['text', pdf, '--json'])).out);
  for (const answer of answers) {
    assert.equal(answer.text, text.slice(answer.start, answer.end));
    assert.equal(answer.page, answer.start < text.indexOf('the king') ? 1 : 2);
    for (const { page, x, y, width, height } of answer.boxes ?? assert.fail('boxes')) {
      assert.ok(page <= 2 && x >= 72 && x + width < 540 && y > 690 && y + height < 740, JSON.stringify(answer.boxes));
    }
  }
  assert.match((await ask(pdf)).out, /lease\.pdf, page [12] {2}p=/);
});

test('content decides, not the name: both ways, and it is said', async () => {
  const { code, err, out } = await ask(file('lease.docx', PDF), '--json');
  assert.equal(code, 0);
  assert.match(err, /^ask-bert: .*lease\.docx is read as what it contains, which is not what its name says: PDF\.\n$/);
  assert.equal(JSON.parse(out).notes.length, 1);
  const text = await ask(file('text.pdf', 'the king built a city\n'), '--json');
  assert.deepEqual([text.code, text.err], [0, '']);
  assert.equal(JSON.parse(text.out).answers[0].page, undefined);
});

test('what cannot be read is one line that names the file and the reason', async () => {
  const archive = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');
  for (const [name, content, code, message] of [
    ['cut.pdf', PDF.subarray(0, 30), 1, /cut\.pdf (is damaged|has no text)/],
    [
      'old.doc',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]),
      1,
      /old\.doc .*cannot be read/,
    ],
    ['a.zip', archive, 1, /a\.zip is not a text file, nor a document in a format that can be read\./],
    ['word.docx', Buffer.from('PK\x03\x04 [Content_Types].xml'), 1, /word\.docx/],
  ] as const) {
    const run = await ask(file(name, content));
    assert.equal(run.code, code, run.err);
    assert.match(run.err, message);
    assert.equal(run.err.trim().split('\n').length, 1, run.err);
    assert.equal(run.out, '');
  }
});

test('--password-file: its first line; what is wrong with it is said', async () => {
  const pdf = file('lease.pdf', PDF);
  assert.equal((await ask(pdf, '--password-file', file('password', 'secret\nmore\n'))).code, 0);
  for (const [args, message] of [
    [['--password-file', file('empty', '\n')], /--password-file: the first line of .*empty is empty\./],
    [
      ['--password-file', file('long', 'x'.repeat(70_000))],
      /long is larger than 4096 bytes, the limit for such a file\./,
    ],
    [['--password-file', path.join(folder, 'missing')], /missing: there is no such file\./],
  ] as const) {
    const { code, err } = await ask(pdf, ...args);
    assert.notEqual(code, 0);
    assert.match(err, message);
  }
});

test('--dir and extract read them among others, and say what they could not read', async () => {
  file('many/lease.pdf', PDF);
  file('many/notes.txt', 'the king built a wall\n');
  file('many/cut.pdf', PDF.subarray(0, 30));
  const many = ['--dir', path.join(folder, 'many'), '--model', tinyModel, '--threads', '1'];
  const asked = await cli(['ask', ...many, '-q', QUESTION, '--json']);
  const { read, skipped, answers }: AskManyResult = JSON.parse(asked.out);
  assert.deepEqual([read.ofDocuments, skipped.length], [2, 1]);
  assert.match(skipped[0].message, /cut\.pdf/);
  assert.match(skipped[0].reason, /^(damaged|noText)$/);
  assert.ok(answers.some(({ uri, page }) => uri.endsWith('lease.pdf') && page !== undefined));
  const table = path.join(folder, 'table.csv');
  const questions = file('set.yaml', `- name: builder\n  question: ${QUESTION}\n`);
  const extracted = await cli([
    'extract',
    ...many,
    '--questions',
    questions,
    '--out',
    table,
    '--no-answer-threshold',
    '99',
  ]);
  assert.equal(extracted.code, 0, extracted.err);
  const rows = readFileSync(table, 'utf8').split('\r\n');
  assert.match(rows.find((row) => row.startsWith('lease.pdf')) ?? '', /,page [12],(?:sure|unsure|guess),0\.\d+,read$/);
  assert.match(rows.find((row) => row.startsWith('cut.pdf')) ?? '', /skipped: .*cut\.pdf/);
  assert.match(rows.find((row) => row.startsWith('notes.txt')) ?? '', /,line 1,(?:sure|unsure|guess),0\.\d+,read$/);
});
