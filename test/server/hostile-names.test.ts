/** Whatever a file, a model or a question is called: the terminal shows characters, and every line is ours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { CommandLines } from './command-lines.js';
import { tinyModel } from './sidecar-process.js';

const windows = process.platform === 'win32';
/** A title of the window, a bell, an erased screen, a colour in one byte, a reversed direction, a line of its own. */
const HOSTILE = '\x1b]0;own\x07\x1b[2J\x9b31m\u202etxt.exe\u2066\x7f\r\nFORGED: all is well\u2028FORGED\x1b[31m';
/** Windows allows no control characters in names. */
const NAME = windows ? 'a\u202etxt.exe\u2066' : `a${HOSTILE}`;

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-names-'));
const inside = (...names: string[]) => path.join(folder, ...names);
const store = inside('store');

const documents = inside(`d${NAME}`);
mkdirSync(documents);
writeFileSync(path.join(documents, `${NAME}.txt`), `the king built a city\n${HOSTILE}\n`);
writeFileSync(path.join(documents, `${NAME}.md`), `${HOSTILE}\n\nthe king ${HOSTILE} built a city\n`);
writeFileSync(path.join(documents, `${NAME}.bin.txt`), 'a\0b');

const model = inside(`m${NAME}`);
cpSync(tinyModel, model, { recursive: true });
const configFile = path.join(model, 'config.json');
const config = JSON.parse(readFileSync(configFile, 'utf8'));
writeFileSync(configFile, JSON.stringify({ ...config, ask_bert: { ...config.ask_bert, name: HOSTILE } }));

cpSync(model, path.join(store, 'good'), { recursive: true });
mkdirSync(path.join(store, 'bad'));
writeFileSync(path.join(store, 'bad', 'config.json'), JSON.stringify({ ...config, hidden_act: HOSTILE }));
const manifest = { format: 1, title: HOSTILE, source: HOSTILE, licence: HOSTILE, files: [], installed: HOSTILE };
for (const each of ['good', 'bad'])
  writeFileSync(path.join(store, each, 'ask-bert-model.json'), JSON.stringify(manifest));

const questions = inside(`q${NAME}.json`);
writeFileSync(questions, JSON.stringify([{ name: HOSTILE, question: `who built ${HOSTILE}` }]));
const set = {
  documents: [{ file: `${NAME}.txt`, text: `the king built a city\n${HOSTILE}` }],
  data: [{ title: HOSTILE, paragraphs: [{ context: `the king built a city ${HOSTILE}`, qas: [] as object[] }] }],
  version: '1.1',
};
set.data[0].paragraphs[0].qas.push({
  id: HOSTILE,
  question: `who built ${HOSTILE}`,
  answers: [{ text: 'king', answer_start: 4 }],
});
const squad = inside(`s${NAME}.json`);
writeFileSync(squad, JSON.stringify(set));

interface Run {
  code: number | null;
  out: string;
  err: string;
}

const environment = { ...process.env, ASKBERT_MODELS: store, ASKBERT_CONFIG: inside('config.json') };
const lines = new CommandLines({ ...environment, FORCE_COLOR: '0' });
after(() => {
  lines.close();
  rmSync(folder, { recursive: true, force: true });
});

function cli(args: string[], { input = '', colour = false } = {}): Promise<Run> {
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment, FORCE_COLOR: colour ? '1' : '0' },
  });
  const run: Run = { code: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.err += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...run, code })));
}

/** Characters that a terminal would obey; the line feed is ours. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

function assertOnlyText({ out, err }: Run): void {
  for (const text of [out, err]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours.
    const bare = text.replace(/\x1b\[(?:1;30;43|[012])m/g, '').replaceAll('\n', '');
    assert.doesNotMatch(bare, OBEYED, JSON.stringify(text));
    for (const line of text.split('\n')) assert.doesNotMatch(line, /^\s*FORGED/, JSON.stringify(text));
  }
}

const text = path.join(documents, `${NAME}.txt`);
const other = path.join(documents, `${NAME}.md`);
const tiny = ['--model', model, '--engine', 'cpu', '--threads', '1'];
const who = ['-q', 'who built a city'];
/** Each command with the exit code that it must have: none may fail for another reason than the one meant. */
const commands: [string, string[], number, { input?: string; colour?: boolean }?][] = [
  ['ask a file', ['ask', text, ...who, ...tiny], 0],
  ['ask a file, in colour', ['ask', text, ...who, ...tiny], 0, { colour: true }],
  ['ask files', ['ask', text, other, ...who, '-q', `what is ${HOSTILE}`, ...tiny], 0, { colour: true }],
  ['ask files, one of them missing', ['ask', `${text}.gone`, other, ...who, ...tiny], 1],
  ['questions from standard input', ['ask', text, ...tiny], 0, { input: `who built ${HOSTILE.replace(/\s/g, '')}\n` }],
  ['ask a folder', ['ask', '--dir', documents, ...who, ...tiny], 0, { colour: true }],
  ['ask a folder, as JSON', ['ask', '--dir', documents, ...who, ...tiny, '--json'], 0],
  ['ask a folder without such files', ['ask', '--dir', documents, '--include', `${NAME}.none`, ...who, ...tiny], 3],
  ['a file that is missing', ['ask', inside(`${NAME}.gone`), ...who, ...tiny, '--debug'], 1],
  ['a model that is missing', ['ask', text, ...who, '--model', inside(NAME)], 1],
  ['extract', ['extract', '--dir', documents, '--questions', questions, '--out', inside(`t${NAME}.csv`), ...tiny], 0],
  ['info', ['info', ...tiny], 0],
  ['models', ['model', 'list'], 0],
  ['models as JSON', ['model', 'list', '--json'], 0],
  ['use a model', ['model', 'use', model], 0],
  ['models, with the one in use', ['model', 'list'], 0],
  ['ask the model in use', ['ask', text, ...who, '--threads', '1', '--engine', 'cpu'], 0],
  ['import', ['model', 'import', model, inside(`i${NAME}`)], 0],
  ['remove a model', ['model', 'remove', NAME], 2],
  ['download a model', ['model', 'download', NAME], 2],
  ['engines', ['engines', 'list', '--cache', inside(NAME)], 0],
  ['engines cleared', ['engines', 'clear', '--cache', inside(NAME)], 0],
  ['build without TensorRT', ['build', model, '--tensorrt', inside(NAME), '--cache', inside(NAME)], 1],
  ['serve at a pipe that cannot be', ['serve', '--pipe', inside(NAME, 'x', NAME), ...tiny], 2],
  ['an unknown flag', ['ask', `--x${HOSTILE}`], 2],
  ['an unknown command', [HOSTILE], 2],
  ['a wrong value', ['ask', text, ...who, '--engine', HOSTILE], 2],
  ['squad', ['squad', squad, ...tiny], 0],
  ['evaluate', ['evaluate', squad, ...tiny], 0],
  ['bench', ['bench', model, '--engine', 'cpu', '--lengths', '8', '--batches', '1', '--questions', '1'], 0],
];

describe('hostile names are printed only as text', () => {
  for (const [name, args, code, options] of commands) {
    it(name, async () => {
      // Some as a process, with what libraries write on their own; the rest in one.
      const own = options !== undefined || args[0] === 'serve' || name === 'ask a file' || name === 'bench';
      const run = await (own ? cli(args, options) : lines.run(args));
      assert.equal(run.code, code, run.err);
      assertOnlyText(run);
    });
  }

  it('JSON keeps all of their characters', async () => {
    const { out } = await lines.run(['ask', '--dir', documents, ...who, ...tiny, '--json']);
    const { skipped } = JSON.parse(out) as { skipped: { uri: string; message: string }[] };
    assert.ok(decodeURIComponent(skipped[0].uri).endsWith(`${NAME}.bin.txt`));
    assert.ok(skipped[0].message.includes(path.join(documents, `${NAME}.bin.txt`)));
  });

  it('the table of extract has no control characters, and each row is one line', () => {
    const [table] = readdirSync(folder).filter((name) => name.endsWith('.csv'));
    const csv = readFileSync(inside(table), 'utf8');
    assert.doesNotMatch(csv.replace(/[\r\n]/g, ''), OBEYED);
    const records = csv.match(/(?:[^"\r\n]|"(?:[^"]|"")*")+/g) ?? [];
    assert.equal(records.length, 4, csv);
  });

  it('only print.ts writes to the terminal', () => {
    const writes = /process\.(stdout|stderr)\.write|\bconsole\.\w+\(/;
    const files = ['cli', 'evaluation'].flatMap((part) =>
      readdirSync(path.join('server', part)).map((name) => `server/${part}/${name}`),
    );
    const found = files.filter((file) => writes.test(readFileSync(file, 'utf8')));
    assert.deepEqual(found, ['server/cli/print.ts']);
  });
});
