/** dist/cli.js in surroundings that are odd: a home that cannot be read, no folder to work in, few open files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { tinyModel } from './sidecar-process.js';

const cli = path.resolve('dist/cli.js');
const model = path.resolve(tinyModel);
const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-surroundings-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const text = path.join(folder, 'a.txt');
writeFileSync(text, 'the king built a city\n');
writeFileSync(path.join(folder, '-b.txt'), 'the king built a city\n');
const windows = process.platform === 'win32';

/** @param env values that are undefined are not set */
function run(args: string[], { cwd = folder, env = {}, input = '' }: Partial<Surroundings> = {}) {
  const all: Record<string, string | undefined> = { ...process.env, FORCE_COLOR: '0', ...env };
  const set = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd,
    env: set as NodeJS.ProcessEnv,
    input,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

interface Surroundings {
  cwd: string;
  env: Record<string, string | undefined>;
  input: string;
}

const tiny = ['-q', 'who built a city', '--model', model, '--engine', 'cpu', '--threads', '1'];

describe('names after two hyphens', () => {
  it('are the files, instead of standard input', () => {
    const { code, out, err } = run(['ask', ...tiny, '--', text], { input: 'the queen slept\n' });
    assert.equal(code, 0, err);
    assert.ok(out.includes(`${text}:1:`) && out.includes('king'), out);
  });

  it('may begin with a hyphen', () => {
    const { code, out, err } = run(['ask', ...tiny, '--', '-b.txt']);
    assert.equal(code, 0, err);
    assert.match(out, /-b\.txt:1:/);
  });
});

describe('more threads than the machine has', () => {
  it('are limited to that number, with a warning', () => {
    const available = os.availableParallelism();
    const { code, out, err } = run(['info', '--json', ...tiny.slice(2, -1), '1024']);
    assert.equal(code, 0, err);
    assert.match(err, new RegExp(`--threads: ${available} of 1024 are used`));
    const { engine, choice } = JSON.parse(out);
    assert.equal(engine.threads, available);
    assert.ok(
      choice.some((reason: string) => reason.startsWith(`threads: ${available} instead of 1024`)),
      out,
    );
  });
});

describe('the home folder', { skip: windows && 'Windows has other variables' }, () => {
  const none = { ASKBERT_MODELS: undefined, ASKBERT_CONFIG: undefined };
  const odd: [string, Record<string, string | undefined>][] = [
    ['an empty HOME', { HOME: '' }],
    ['a relative HOME', { HOME: 'home' }],
    ['relative XDG folders', { XDG_DATA_HOME: 'data', XDG_CONFIG_HOME: 'config', XDG_CACHE_HOME: 'cache' }],
  ];
  for (const [name, env] of odd) {
    it(`${name}: nothing is kept in the working folder, nothing is taken from it`, () => {
      const cwd = mkdtempSync(path.join(folder, 'cwd-'));
      const { code, out, err } = run(['model', 'list', '--json'], { cwd, env: { ...none, ...env } });
      assert.equal(code, 0, err);
      const { folder: store } = JSON.parse(out) as { folder: string };
      assert.ok(path.isAbsolute(store) && !store.startsWith(cwd), store);
      assert.deepEqual(readdirSync(cwd), []);
    });
  }

  it('an unreadable file of the default model: the embedded model answers, and a message says so', () => {
    const config = path.join(folder, 'unreadable');
    mkdirSync(config, { recursive: true });
    const env = { ASKBERT_CONFIG: config };
    const { code, out, err } = run(['ask', text, '-q', 'who built a city', '--threads', '1', '--json'], { env });
    assert.equal(code, 0, err);
    assert.match(
      err,
      /^ask-bert: The file that names the model to use cannot be read \(.*\): the embedded model is used\.\n/,
    );
    assert.equal(JSON.parse(out).answers[0].text, 'the king');
  });

  it('a home that is not a folder contains no files', () => {
    const { code, err } = run(['model', 'list'], { env: { ...none, HOME: text } });
    assert.equal(code, 0);
    assert.equal(err, '');
  });
});

describe('a working folder that was deleted', { skip: windows && 'a folder in use cannot be deleted there' }, () => {
  it('is reported', () => {
    const gone = path.join(folder, 'gone');
    mkdirSync(gone);
    const script = `cd '${gone}' && rmdir '${gone}' && exec '${process.execPath}' '${cli}' info`;
    const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    assert.equal(existsSync(gone), false);
    assert.equal(status, 2);
    assert.match(stderr, /^ask-bert: The folder that this command was started in does not exist any more\. Change to/);
  });
});

describe('few open files', { skip: windows && 'Windows has no such limit' }, () => {
  it('give an answer, or one sentence about the limit', () => {
    const seen = new Set<string>();
    for (let limit = 19; limit < 32; limit += 2) {
      const ask = `exec '${process.execPath}' '${cli}' ask '${text}' -q 'who built a city' --model '${model}' --threads 1`;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', `ulimit -n ${limit} && ${ask}`], { encoding: 'utf8' });
      // Below this, Node itself does not start.
      if (/^node:|node::|FATAL|internal\//m.test(stderr) || status === null || stderr === '') {
        if (status === 0) seen.add('answered');
        continue;
      }
      seen.add('said');
      assert.match(stderr, /^ask-bert: Too many files are open: .*ulimit -n/, `limit ${limit}: ${stderr}${stdout}`);
    }
    assert.ok(seen.has('answered'));
  });
});
