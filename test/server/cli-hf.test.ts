/** `ask --format hf`: the JSON of transformers' pipeline, as a shell meets it, and the examples of the documentation. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { CommandLines } from './command-lines.js';
import { tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-hf-'));
const lines = new CommandLines();
after(() => {
  lines.close();
  rmSync(folder, { recursive: true });
});
const file = path.join(folder, 'city.txt');
const text = '😀 the king built a city in the year 3. the queen of a river\n';
writeFileSync(file, text);

interface Answer {
  score: number;
  start: number;
  end: number;
  answer: string;
}

const question = 'who built a city';
const hf = (...more: string[]) =>
  lines.run(['ask', file, '-q', question, '--format', 'hf', '--model', tinyModel, '--threads', '1', ...more]);

async function answered<T = Answer>(...more: string[]): Promise<T> {
  const { code, out, err } = await hf(...more);
  assert.deepEqual([code, err], [0, '']);
  return JSON.parse(out);
}

test('one answer is an object, several are an array, with the names of the pipeline', async () => {
  const one = await answered();
  assert.deepEqual(Object.keys(one), ['score', 'start', 'end', 'answer']);
  assert.equal([...text].slice(one.start, one.end).join(''), one.answer);
  const three = await answered<Answer[]>('--top_k', '3');
  assert.equal(three.length, 3);
  assert.ok(three[0].score >= three[1].score && three[1].score >= three[2].score);
  assert.deepEqual(await answered<Answer[]>('--top-k', '3'), three);
});

test('"no answer" is one of the answers if that is wanted', async () => {
  const short = path.join(folder, 'short.txt');
  writeFileSync(short, 'the king');
  const args = [
    'ask',
    short,
    '-q',
    question,
    '--format',
    'hf',
    '--model',
    tinyModel,
    '--threads',
    '1',
    '--top_k',
    '20',
  ];
  const empty = async (...more: string[]) => {
    const { out } = await lines.run([...args, ...more]);
    return (JSON.parse(out) as Answer[]).filter(({ answer, start, end }) => answer === '' && start === 0 && end === 0)
      .length;
  };
  assert.deepEqual([await empty(), await empty('--handle_impossible_answer')], [0, 1]);
});

test('options have the names of the pipeline, and those of the command line', async () => {
  const short = await answered<Answer[]>(
    '--max_answer_len',
    '1',
    '--top_k',
    '5',
    '--doc_stride',
    '4',
    '--max_seq_len',
    '16',
  );
  for (const { answer } of short) assert.match(answer, /^\S+$/);
  const other = ['--max-answer-length', '1', '--top-k', '5', '--doc-stride', '4', '--max-seq-len', '16'];
  assert.deepEqual(await answered<Answer[]>(...other), short);
});

test('several questions and files: an array of results; a failure has its place', async () => {
  const missing = path.join(folder, 'none.txt');
  const { code, out, err } = await hf(missing, '-q', 'what year');
  assert.equal(code, 1);
  assert.match(err, /none\.txt: there is no such file/);
  const results = JSON.parse(out) as (Answer & { error?: { code: string } })[];
  assert.deepEqual(
    results.map(({ answer, error }) => error?.code ?? typeof answer),
    ['string', 'string', 'InputUnreadable', 'InputUnreadable'],
  );
  assert.deepEqual(results[0], await answered());
});

test('what does not go together is refused by name', async () => {
  const wrong: [string[], RegExp][] = [
    [['--json'], /--json cannot be used with --format hf\./],
    [['--dir', folder], /--dir cannot be used with --format hf\./],
    [['--budget', '3'], /--budget cannot be used/],
    [['--no-answer-threshold', '1'], /--no-answer-threshold cannot be used/],
    [['--top_k', '0'], /--top-k: found 0, expected an integer from 1 to 20\./],
    [['--max_answer_len', '0'], /--max-answer-length: found 0/],
    [['--max_seq_len', '3'], /--max-seq-len: found 3, expected an integer from 4/],
    [['--max_seq_len', '65'], /max_seq_len is 65, expected at most 64/],
    [['--doc_stride', '60'], /expected more than the overlap of 60/],
  ];
  for (const [flags, expected] of wrong) {
    const { code, err, out } = await hf(...flags);
    assert.deepEqual([code, out], [2, ''], flags.join(' '));
    assert.match(err, expected);
  }
  const others: [string[], RegExp][] = [
    [['--format', 'xml'], /--format: found "xml", expected one of text, json, hf\./],
    [['--max_seq_len', '9'], /--max-seq-len needs --format hf\./],
    [['--handle-impossible-answer'], /--handle-impossible-answer needs --format hf\./],
  ];
  for (const [flags, expected] of others) {
    const { code, err } = await lines.run(['ask', file, '-q', question, ...flags]);
    assert.equal(code, 2);
    assert.match(err, expected);
  }
  const { code, err } = await lines.run(['ask', file, '--format', 'hf']);
  assert.equal(code, 2);
  assert.match(err, /--format hf needs --question\./);
});

test('--format json is --json', async () => {
  const args = ['ask', file, '-q', question, '--model', tinyModel, '--threads', '1'];
  const [json, format] = await Promise.all([lines.run([...args, '--json']), lines.run([...args, '--format', 'json'])]);
  assert.deepEqual(JSON.parse(format.out).answers, JSON.parse(json.out).answers);
});

test('the examples of docs/from-transformers.md are answered as it says', async () => {
  const page = readFileSync('docs/from-transformers.md', 'utf8');
  const examples = [...page.matchAll(/```sh\nnode dist\/cli\.js (.*)\n```\n\n```json\n(.*)\n```/g)];
  assert.equal(examples.length, 4);
  for (const [, command, expected] of examples) {
    const args = [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
    const out = await new Promise<string>((resolve, reject) => {
      const whole = [path.resolve('dist/cli.js'), ...args, '--engine', 'cpu', '--precision', 'fp32'];
      execFile(process.execPath, whole, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    const listed = (json: string) => [JSON.parse(json) as Answer | Answer[]].flat();
    const [found, told] = [listed(out), listed(expected)];
    assert.equal(Array.isArray(JSON.parse(out)), Array.isArray(JSON.parse(expected)));
    assert.equal(found.length, told.length);
    for (const [i, { score, ...where }] of found.entries()) {
      const { score: toldScore, ...toldWhere } = told[i];
      assert.deepEqual(where, toldWhere, command);
      assert.ok(Math.abs(score - toldScore) < 0.005, command);
    }
  }
});
