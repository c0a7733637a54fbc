/**
 * `ask-bert extract` killed, stopped, raced, tampered with and out of disk: in the end every row is there once and is
 * right, and no file of the user has changed.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { tinyModel } from '../server/sidecar-process.js';
import { rounds } from '../unit/helpers/long.js';
import { Random } from './random.js';

const THEMES = ['kill', 'term', 'hup', 'race', 'state', 'table', 'disk', 'document', 'weights', 'folder'] as const;
type Theme = (typeof THEMES)[number];
const ROUNDS = rounds(1, 3) * THEMES.length;
const DOCUMENTS = 10;

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-extractions-'));
const small = path.join(root, 'small');
mkdirSync(small);
/** Room for two tables of ten rows and what is written beside them. */
const ROOM_KB = 256;
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM_KB}k,mode=700`, 'tmpfs', small]).status === 0;
after(() => {
  if (isMounted) spawnSync('umount', ['-l', small]);
  rmSync(root, { recursive: true, force: true });
});

const random = new Random('extractions');

/** Two folders of the same names, sizes and times, two models of the same: nothing but the content tells them apart. */
const TIME = new Date('2026-01-01T00:00:00Z');
const writeAt = (file: string, content: string | Uint8Array) => {
  writeFileSync(file, content);
  utimesSync(file, TIME, TIME);
};
const word = (i: number, variant: string) =>
  `the king built a ${variant} in the year ${i} and the queen of a river sat. `;
const documentOf = (i: number, variant: string) => word(i, variant).repeat(12 + i);
const documents = { city: path.join(root, 'city'), boat: path.join(root, 'boat') };
for (const [variant, folder] of Object.entries(documents)) {
  mkdirSync(folder);
  for (let i = 0; i < DOCUMENTS; i++) writeAt(path.join(folder, `d${i}.txt`), documentOf(i, variant));
}
const models = { a: path.join(root, 'a', 'model'), b: path.join(root, 'b', 'model') };
for (const folder of Object.values(models)) {
  cpSync(tinyModel, folder, { recursive: true });
  rmSync(path.join(folder, 'ask-bert-golden.json'), { force: true });
}
const weightsOf = (model: string) => path.join(model, 'model.safetensors');
const weights = { a: readFileSync(weightsOf(models.a)), b: Buffer.from(readFileSync(weightsOf(models.a))) };
// The signs of the last tensor's bytes: other answers.
for (let i = weights.b.length - 400; i < weights.b.length; i++) weights.b[i] ^= i % 4 === 3 ? 0x80 : 0;
for (const each of ['a', 'b'] as const) writeAt(weightsOf(models[each]), weights[each]);
const work = path.join(root, 'work', 'model');
const questions = path.join(root, 'questions.json');
writeFileSync(
  questions,
  JSON.stringify(
    ['who built it', 'what did the king build', 'which year'].map((question, i) => ({
      name: `q${i}`,
      question,
      threshold: 1000,
    })),
  ),
);
const mine = path.join(root, 'mine.json');
writeFileSync(mine, '{"questions":[{"name":"a","question":"b"}]}');

interface Where {
  dir: string;
  out: string;
  model: string;
}
const argsOf = ({ dir, out, model }: Where) => [
  'extract',
  '--questions',
  questions,
  '--dir',
  dir,
  '--out',
  out,
  '--model',
  model,
  '--threads',
  '1',
];

interface Ended {
  code: number | null;
  signal: string | null;
  err: string;
}
let started = 0;
function start(where: Where, more: string[] = [], env: Record<string, string> = {}) {
  started++;
  const child = spawn(process.execPath, ['dist/cli.js', ...argsOf(where), ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', ...env },
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, err })));
  return { child, ended };
}
const run = (where: Where, more: string[] = []) => start(where, more).ended;

type Row = { file: string; cells: ({ text: string; start: number; probability: number } | null)[]; status: string };
const rowsOf = (out: string): Row[] => JSON.parse(readFileSync(out, 'utf8')).rows;
const plain = (rows: Row[]) => JSON.stringify(rows);

const linesOf = (out: string): number =>
  existsSync(`${out}.state.jsonl`) ? readFileSync(`${out}.state.jsonl`, 'utf8').split('\n').length - 1 : 0;

/** Strikes once, when the process is at work and the state has so many lines; it may have ended before. */
function strikeAt(child: ChildProcess, out: string, lines: number, signal: NodeJS.Signals): void {
  const timer = setInterval(() => {
    if (!existsSync(`${out}.ask-bert-lock`) || linesOf(out) < lines) return;
    clearInterval(timer);
    child.kill(signal);
  }, 2);
  child.once('close', () => clearInterval(timer));
}

/** Damage of one kind to a file of lines. */
function tamper(file: string, lines: boolean): string {
  const bytes = readFileSync(file);
  const at = random.int(1, bytes.length - 1);
  const all = bytes.toString('utf8').split('\n');
  const row = random.int(0, all.length - 2);
  const kinds: Record<string, () => string | Buffer> = {
    'cut off': () => bytes.subarray(0, at),
    'a byte changed': () =>
      Buffer.concat([bytes.subarray(0, at), Buffer.from([bytes[at] ^ 1]), bytes.subarray(at + 1)]),
    'bytes in between': () => Buffer.concat([bytes.subarray(0, at), random.bytes(9), bytes.subarray(at)]),
    ...(lines && {
      'a line missing': () => all.toSpliced(row, 1).join('\n'),
      'a line twice': () => all.toSpliced(row, 0, all[row]).join('\n'),
      'a cell changed': () => bytes.toString('utf8').replace('king', 'cook'),
      'a file renamed': () => bytes.toString('utf8').replace('d3.txt', 'd4.txt'),
      'other types': () => all.toSpliced(row, 0, '{"row":5}', 'null', '[]', '{"placed":7}').join('\n'),
      empty: () => '',
    }),
  };
  const kind = random.pick(Object.keys(kinds));
  writeFileSync(file, kinds[kind]());
  return kind;
}

const userFiles = () =>
  [...Object.values(documents), root].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('t'))
      .map((entry) => path.join(folder, entry.name)),
  );
const contents = () => userFiles().map((file) => `${file} ${readFileSync(file, 'latin1')}`);

test(`${ROUNDS} disturbed extractions: no row lost, repeated or foreign, no file of the user changed`, async () => {
  const expected: Record<string, string> = {};
  for (const [variant, dir] of Object.entries(documents)) {
    for (const [each, model] of Object.entries(models)) {
      const out = path.join(root, `t-${variant}-${each}.json`);
      assert.equal((await run({ dir, out, model })).code, 0);
      expected[`${variant} ${each}`] = plain(rowsOf(out));
    }
  }
  // Otherwise a foreign row would not be noticed.
  assert.equal(new Set(Object.values(expected)).size, 4);
  const before = contents();
  const counts: Record<string, number> = {};
  const counted = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };

  for (let round = 0; round < ROUNDS; round++) {
    const theme: Theme = THEMES[round % THEMES.length];
    const out = path.join(theme === 'disk' ? small : root, `t${round}.json`);
    const dir = path.join(root, 'd');
    const useDocuments = (variant: 'city' | 'boat') =>
      cpSync(documents[variant], dir, { recursive: true, preserveTimestamps: true });
    const useModel = (each: 'a' | 'b') => cpSync(models[each], work, { recursive: true, preserveTimestamps: true });
    useDocuments('city');
    useModel('a');
    const where: Where = { dir, out, model: work };
    const what = `round ${round}, ${theme}`;
    let want = expected['city a'];
    const partly = (more: string[] = []) => {
      const { child, ended } = start(where, more);
      const signal = theme === 'term' ? 'SIGTERM' : theme === 'hup' ? 'SIGHUP' : 'SIGKILL';
      strikeAt(child, out, random.int(1, DOCUMENTS), signal);
      return ended;
    };

    if (theme === 'kill' || theme === 'term' || theme === 'hup') {
      for (const more of [[], ['--resume']]) {
        const { code, signal } = await partly(more);
        counted(code === 0 ? 'ended before' : theme === 'kill' ? 'killed' : 'stopped');
        // The signal of one that was ready anyway ends it at once.
        const isReady = signal !== null && existsSync(out) && plain(rowsOf(out)) === want;
        if (theme !== 'kill') assert.ok(code === 0 || code === 1 || isReady, `${what}: ${code} ${signal}`);
        // Whatever is in place is a whole table, with nothing wrong in it.
        if (existsSync(out)) {
          for (const row of rowsOf(out)) assert.ok(want.includes(JSON.stringify(row)), `${what}: ${row.file}`);
        }
      }
    } else if (theme === 'race') {
      const both = await Promise.all([run(where), run(where)]);
      const codes = both.map(({ code }) => code).sort();
      assert.ok(codes[0] === 0 && (codes[1] === 0 || codes[1] === 2), `${what}: ${JSON.stringify(both)}`);
      counted(codes[1] === 2 ? 'refused the second' : 'one after the other');
      for (const { code, err } of both) if (code === 2) assert.match(err, /is being written by another ask-bert/);
      assert.equal(plain(rowsOf(out)), want, what);
    } else if (theme === 'state' || theme === 'table') {
      assert.equal((await run(where)).code, 0);
      const file = theme === 'state' ? `${out}.state.jsonl` : out;
      counted(`${theme}: ${tamper(file, theme === 'state')}`);
    } else if (theme === 'disk') {
      assert.equal((await run({ ...where, dir: documents.boat })).code, 0);
      const old = readFileSync(out, 'utf8');
      const env: Record<string, string> = {};
      if (!isMounted) {
        Object.assign(env, {
          ASKBERT_FULL: small,
          NODE_OPTIONS: `--require ${path.resolve('test/faults/preload/full.cjs')}`,
        });
      }
      const filled = isMounted ? fillUp(random.int(0, 20_000)) : undefined;
      const { code, err } = await start(where, [], env).ended;
      counted(code === 0 ? 'enough room' : 'disk full');
      if (code !== 0) {
        assert.equal(code, 1, err);
        assert.match(err, /cannot be written: (ENOSPC|.*no space)/, what);
        assert.doesNotMatch(err, /\n\s+at /);
        assert.equal(readFileSync(out, 'utf8'), old, what);
      }
      if (filled) rmSync(filled, { force: true });
    } else {
      assert.equal((await run(where)).code, 0);
      counted(`other ${theme}`);
      if (theme === 'document') {
        useDocuments('boat');
        want = expected['boat a'];
      } else if (theme === 'weights') {
        useModel('b');
        want = expected['city b'];
      } else {
        where.dir = documents.boat;
        want = expected['boat a'];
      }
    }
    const last = await run(where, ['--resume']);
    // Of a table with a damaged head it is not known that it is one.
    if (last.code === 2 && theme === 'table') {
      assert.match(last.err, /exists and is not a table of Ask BERT/, what);
      counted('table: not replaced without --force');
      assert.equal((await run(where, ['--resume', '--force'])).code, 0);
    } else assert.equal(last.code, 0, `${what}: ${last.err}`);
    assert.equal(plain(rowsOf(out)), want, what);
    const left = readdirSync(path.dirname(out)).filter((name) => /\.ask-bert-/.test(name));
    assert.deepEqual(left, [], what);
    // Onto what is the user's: refused by name, nothing is written.
    for (const onto of [questions, mine]) {
      if (round % THEMES.length > 0) break;
      const { code, err } = await run({ ...where, out: onto });
      assert.equal(code, 2, err);
      assert.ok(err.includes(onto), err);
      counted('onto a file of the user: refused');
    }
    for (const name of readdirSync(path.dirname(out))) {
      if (name.startsWith(`t${round}.`)) rmSync(path.join(path.dirname(out), name));
    }
  }
  assert.deepEqual(contents(), before);
  console.log(
    `# extractions: ${ROUNDS} in trouble, ${started} processes, ${isMounted ? 'a real small disk' : 'ENOSPC by a preload'}: ${JSON.stringify(counts)}`,
  );
});

/** Leaves this many bytes on the small disk. @returns the file that fills it */
function fillUp(left: number): string {
  const file = path.join(small, 'full');
  for (let size = ROOM_KB * 1024; size >= 4096; size -= 4096) {
    try {
      writeFileSync(file, Buffer.alloc(size));
      break;
    } catch {
      rmSync(file, { force: true });
    }
  }
  const size = existsSync(file) ? statSync(file).size : 0;
  writeFileSync(file, Buffer.alloc(Math.max(0, size - left)));
  return file;
}
