/** `ask-bert evaluate` as a shell meets it, twice as a process and else with the same code in one. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { CommandLines } from './command-lines.js';
import { tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-evaluate-'));
const lines = new CommandLines();
after(() => {
  lines.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | object): string {
  const where = path.join(folder, name);
  writeFileSync(where, typeof content === 'string' ? content : JSON.stringify(content));
  return where;
}

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

const commandLine = (where: string, more: string[]) => [
  'evaluate',
  where,
  '--model',
  tinyModel,
  '--threads',
  '1',
  ...more,
];
const asProcess = (where: string, ...more: string[]): Promise<Run> =>
  promisify(execFile)(process.execPath, [path.resolve('dist/cli.js'), ...commandLine(where, more)]).then(
    (done) => ({ code: 0, ...done }),
    (failed) => failed,
  );
const evaluate = async (where: string, ...more: string[]): Promise<Run> => {
  const { code, out, err } = await lines.run(commandLine(where, more));
  return { code: code!, stdout: out, stderr: err };
};

const question = (id: string, more: object) => ({
  id,
  file: 'story.txt',
  kind: 'plain',
  split: 'dev',
  question: 'who built a city',
  answerable: true,
  answers: [{ text: 'the king', start: 9 }],
  ...more,
});
const story = 'one line\nthe king built a city in the year 3\n';
const set = [
  question('a', {}),
  question('b', { question: 'where is the cat', answerable: false, answers: [] }),
  question('c', { file: 'other.md', kind: 'markdown', split: 'test', answers: [{ text: 'the cat', start: 2 }] }),
];

test('a question set about files: figures by kind, half and type', async () => {
  file('story.txt', story);
  file('other.md', '# the cat sat');
  const where = file('questions.json', set);
  const out = path.join(folder, 'details.json');
  const all = await asProcess(where, '--json', '--raw', '--out', out);
  assert.equal(all.code, 0, all.stderr);
  const { readAs, overall, groups, engine } = JSON.parse(all.stdout);
  assert.equal(readAs, 'raw');
  assert.equal(engine.model, 'tiny-f32');
  assert.deepEqual(Object.keys(groups), ['plain', 'markdown']);
  assert.deepEqual([overall.questions, overall.answerable], [3, 2]);
  assert.deepEqual([groups.plain.questions, groups.plain.answerable], [2, 1]);
  assert.equal(groups.markdown.noAnswerRecall, null);
  const details = JSON.parse(readFileSync(out, 'utf8'));
  assert.deepEqual(
    details.map(({ id }: { id: string }) => id),
    ['a', 'b', 'c'],
  );
  for (const { text, start } of details[0].answers) assert.equal(story.slice(start, start + text.length), text);

  const dev = JSON.parse((await evaluate(where, '--json', '--split', 'dev', '--by', 'type')).stdout);
  assert.deepEqual(Object.keys(dev.groups), ['who', 'where']);
  assert.equal(dev.overall.questions, 2);
  const never = JSON.parse((await evaluate(where, '--json', '--no-answer-threshold', '-1000')).stdout);
  assert.equal(never.overall.noAnswerRecall, 100);
  assert.equal(never.overall.f1Decided, 100 / 3);

  const { groups: blocks } = JSON.parse((await evaluate(where, '--json', '--by', 'block')).stdout);
  assert.deepEqual(Object.keys(blocks), ['plain: paragraph', 'plain: no answer', 'markdown: heading']);
  const reliable = await evaluate(where, '--reliability');
  assert.match(reliable.stdout, /^\| probability \| answers \| +mean \| +right \|$/m);
  assert.match(reliable.stdout, /^expected calibration error \d+\.\d$/m);

  const { stdout } = await evaluate(where);
  assert.match(stdout, /^\| +\| questions \|.*\n\| -+ \|.*\n\| plain .*\n\| markdown .*\n\| all .*\n\n[\d.]+ s · /);
});

test('among others: its own file and others of its half, answered like ask --dir; the same every time', async () => {
  const names = ['story.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt', 'f.txt'];
  for (const name of names) file(name, name === 'story.txt' ? story : `the queen of ${name} saw the cat\n`);
  file('other.md', '# the cat sat');
  const each = names
    .slice(1)
    .map((name, i) => question(`x${i}`, { file: name, answers: [{ text: 'the queen', start: 0 }] }));
  const where = file('among.json', [...set, ...each]);
  const out = path.join(folder, 'among-details.json');
  const run = async (...more: string[]) => {
    const { code, stdout, stderr } = await evaluate(where, '--json', '--split', 'dev', '--out', out, ...more);
    assert.equal(code, 0, stderr);
    const { seconds: _, ...figures } = JSON.parse(stdout);
    return { figures, details: readFileSync(out, 'utf8') };
  };
  const first = await run('--among', '3');
  assert.deepEqual([first.figures.among.others, first.figures.among.seed, first.figures.among.read], [3, 1, 100]);
  const { overall } = first.figures;
  assert.deepEqual([overall.questions, overall.answerable], [7, 6]);
  assert.ok(overall.elsewhere !== null && overall.place !== null && overall.exact <= overall.place);
  for (const { answers, place, exact } of JSON.parse(first.details)) {
    for (const { file: name } of answers) assert.ok(names.includes(name), name);
    if (answers[0]?.misplaced) assert.deepEqual([place, exact], [0, 0]);
  }
  assert.deepEqual(await run('--among', '3'), first);
  assert.notEqual((await run('--among', '3', '--seed', '2')).details, first.details);
  // Alone, with its own document only; nothing can stand elsewhere.
  assert.equal((await run('--among', '0')).figures.overall.elsewhere, 0);
  assert.equal((await run()).figures.overall.elsewhere, null);
  const ranked = await run('--among', '5', '--ranked');
  assert.deepEqual([ranked.figures.among.ranked, ranked.figures.overall.questions], [true, 7]);
  // Far more windows than are read without a better answer: ranked, the rest of the long one is left unread.
  const long = file('long.txt', `the king built a city\n${'the cat sat on the river\n'.repeat(8000)}`);
  const about = question('long', { file: path.basename(long), answers: [{ text: 'the king', start: 0 }] });
  const { code, stdout, stderr } = await evaluate(
    file('ranked.json', [about]),
    '--json',
    '--split',
    'dev',
    '--among',
    '0',
    '--ranked',
  );
  assert.equal(code, 0, stderr);
  const { read } = JSON.parse(stdout).among;
  assert.ok(read > 0 && read < 100, `${read}% read`);

  // The decision is the workspace's: with a threshold that lets everything pass, the question without an answer is answered.
  const claims = await evaluate(where, '--split', 'dev', '--among', '5', '--no-answer-threshold', '1000');
  assert.match(claims.stdout, /^\| +\| questions .* \| elsewhere \| /m);
  assert.match(claims.stdout, /100\.0% of the text read/);
});

test('a SQuAD file: figures by type of question', async () => {
  const qas = [
    { id: 'q1', question: 'who built a city', answers: [{ text: 'the king', answer_start: 0 }] },
    { id: 'q2', question: 'in what year', answers: [{ text: '3', answer_start: 34 }] },
    { id: 'q3', question: 'how many cats', answers: [] },
  ];
  const context = 'the king built a city in the year 3. '.repeat(40);
  const where = file('squad.json', { version: 'v2.0', data: [{ paragraphs: [{ context, qas }] }] });
  const { code, stdout, stderr } = await evaluate(where, '--json');
  assert.equal(code, 0, stderr);
  const { groups, overall } = JSON.parse(stdout);
  assert.deepEqual(Object.keys(groups), ['who', 'what', 'how many']);
  assert.deepEqual([overall.questions, overall.answerable, overall.place], [3, 2, null]);
});

test('a mistake is reported with its place', async () => {
  file('story.txt', story);
  const cases: [string | object, RegExp][] = [
    ['not json', /is not JSON/],
    ['{}', /data is not a list of objects/],
    ['[]', /has no question/],
    ['[3]', /\[0\] is not an object/],
    [[question('a', { id: 7 })], /\[0\]\.id is not a string/],
    [[question('a', { split: 'train' })], /\[0\]\.split is not dev or test/],
    [[question('a', { answerable: false })], /\[0\]\.answerable is not true exactly when/],
    [[question('a', { answers: [{ text: 'the king', start: '9' }] })], /\[0\]\.answers\[0\]\.start is not an integer/],
    [[question('a', { answers: [{ text: 'the king', start: 8 }] })], /the answer of a is not at 8/],
    [[question('a', { alsoIn: 'story.txt' })], /\[0\]\.alsoIn is not a list of strings/],
    [[question('a', { file: 'gone.txt' })], /gone\.txt/],
  ];
  for (const [content, message] of cases) {
    const { code, stdout, stderr } = await (content === '{}' ? asProcess : evaluate)(file('wrong.json', content));
    assert.equal(code, 1, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
  const flags: [string, string, RegExp][] = [
    ['--split', 'train', /--split: found "train", expected one of dev, test, all/],
    ['--by', 'size', /--by: found "size", expected one of kind, type, file/],
  ];
  const where = file('questions.json', set);
  const wrong: [string[], RegExp][] = [
    [['--seed', '3'], /--seed requires --among/],
    [['--ranked'], /--ranked requires --among/],
    [['--among', '-1'], /--among: found -1, expected an integer from 0 to 1000/],
  ];
  for (const [more, message] of wrong) {
    const { code, stderr } = await evaluate(where, ...more);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
  const squad = file('small.json', { data: [{ paragraphs: [{ context: 'a b', qas: [] }] }] });
  assert.match((await evaluate(squad, '--among', '2')).stderr, /has no question|needs a set of questions about files/);
  for (const [flag, value, message] of flags) {
    const { code, stderr } = await evaluate(where, flag, value);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});
