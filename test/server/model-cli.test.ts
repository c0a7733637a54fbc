/**
 * `ask-bert model ...` as a shell meets it, with a server and a proxy on this machine; what does not depend on the
 * process runs with the same code in one.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { entryOf } from '../../server/model/store/catalogue.js';
import { cutAt, ForwardProxy, ModelServer, sha256, tinyFiles } from '../unit/model/model-server.js';
import { CommandLines } from './command-lines.js';

const ID = 'minilm-squad2';
const WEIGHTS = 'model.safetensors';
const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-model-cli-'));
const models = path.join(root, 'models');
const part = path.join(models, `.${ID}.download`, `${WEIGHTS}.part`);
const text = path.join(root, 'text.txt');
let server: ModelServer;

before(() => writeFileSync(text, 'one line\nthe king built a city in the year 3\n'));
after(() => {
  lines.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  server = await new ModelServer(tinyFiles(entryOf(ID)!)).start();
});
afterEach(() => {
  server.close();
  rmSync(models, { recursive: true, force: true });
  rmSync(path.join(root, 'config.json'), { force: true });
});

interface Run {
  code: number | null;
  out: string;
  err: string;
}

const places = {
  PATH: process.env.PATH,
  HOME: root,
  ASKBERT_MODELS: models,
  ASKBERT_CONFIG: path.join(root, 'config.json'),
};

const lines = new CommandLines(places);

/** As a process. */
function start(args: string[], env: Record<string, string> = {}): { child: ChildProcess; end: Promise<Run> } {
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], {
    env: { ...places, ASKBERT_MODEL_MIRROR: server.base, ...env },
  });
  const run: Run = { code: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    run.out += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    run.err += piece;
  });
  child.stdin.end();
  return { child, end: new Promise((resolve) => child.once('close', (code) => resolve({ ...run, code }))) };
}

const cli = (args: string[], env: Record<string, string> = {}) =>
  lines.run(args, { ASKBERT_MODEL_MIRROR: server.base, ...env });
const list = async () => JSON.parse((await cli(['model', 'list', '--json'])).out);

test('a model is listed, downloaded, used, and removed', async () => {
  const before = await list();
  assert.equal(before.chosen, 'embedded');
  assert.deepEqual(before.installed, []);
  assert.ok(before.offered.some(({ id, installed }: { id: string; installed: boolean }) => id === ID && !installed));

  const { code, out, err } = await start(['model', 'download', ID, '--json']).end;
  assert.equal(code, 0, err);
  assert.match(err, /MiniLM.*about 133 MB from http:\/\/127\.0\.0\.1:\d+, licence CC-BY-4\.0/);
  const result = JSON.parse(out);
  assert.equal(result.already, false);
  assert.deepEqual(readdirSync(models), [ID]);
  const again = await cli(['model', 'download', ID]);
  assert.match(again.out, /already installed/);
  assert.match(again.out, /length and structure were checked/);

  const used = await cli(['model', 'use', ID]);
  assert.deepEqual([used.code, used.err], [0, '']);
  const { chosen, installed } = await list();
  assert.equal(chosen, ID);
  const hash = sha256(server.files.get(WEIGHTS)!);
  assert.deepEqual([installed[0].inUse, installed[0].sha256, installed[0].fault], [true, hash, null]);
  assert.match(
    (await cli(['model', 'list'])).out,
    new RegExp(`^\\* ${ID} .*\n.*from deepset/.*\n.*SHA-256 ${hash}`, 'm'),
  );

  const ask = ['ask', text, '-q', 'who built a city', '--threads', '1', '--json'];
  const answered = await start(ask).end;
  assert.equal(answered.code, 0, answered.err);
  assert.equal(JSON.parse(answered.out).engine.model, ID);
  assert.match(answered.err, /^Model: minilm-squad2, as chosen by "ask-bert model use"\n$/);

  const refused = await cli(['model', 'remove', ID]);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /minilm-squad2 is in use.*model use embedded/);
  assert.equal((await cli(['model', 'use', 'embedded'])).code, 0);
  const named = await cli([...ask, '--model', ID]);
  assert.deepEqual([JSON.parse(named.out).engine.model, named.err], [ID, '']);
  const removed = await cli(['model', 'remove', ID, '--json']);
  assert.equal(JSON.parse(removed.out).name, ID);
  assert.deepEqual(readdirSync(models), []);
});

test('a checkpoint is imported into the store, and used by its name', async () => {
  const checkpoint = path.resolve('test/fixtures/checkpoints/torch-huggingface');
  const { code, err } = await cli(['model', 'import', checkpoint, '--name', 'mine']);
  assert.equal(code, 0, err);
  const { installed } = await list();
  assert.deepEqual([installed[0].name, installed[0].source], ['mine', checkpoint]);
  const answered = await cli(['ask', text, '-q', 'who', '--model', 'mine', '--threads', '1', '--json']);
  assert.equal(JSON.parse(answered.out).engine.model, 'mine');
});

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`${signal} keeps the part, and the next download continues it`, () => interruptedBy(signal));
}

async function interruptedBy(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  server.behaviour = (asked) => {
    if (asked.file !== WEIGHTS || asked.request.headers.range) return undefined;
    asked.response.writeHead(200, { etag: server.etag, 'content-length': asked.content.length });
    asked.response.write(asked.content.subarray(0, 60_000));
    return true;
  };
  const { child, end } = start(['model', 'download', ID]);
  while (!existsSync(part) || readFileSync(part).length < 60_000) await new Promise((r) => setTimeout(r, 10));
  child.kill(signal);
  const { code, err } = await end;
  if (signal === 'SIGINT') {
    assert.equal(code, 1);
    assert.match(err, /cancelled: the part already downloaded is kept/);
  }
  assert.match((await cli(['model', 'list'])).out, /minilm-squad2.*\n.*already downloaded/);
  assert.equal((await cli(['model', 'download', ID])).code, 0);
  assert.equal(server.asked.at(-1)!.range, 'bytes=60000-');
  assert.deepEqual(readdirSync(models), [ID]);
}

test('a broken connection is reported in one line, and restored', async () => {
  server.behaviour = (asked) =>
    asked.file === WEIGHTS && asked.time === 1 ? cutAt(server, asked, 50_000, part) : undefined;
  const { code, err } = await cli(['model', 'download', ID]);
  assert.equal(code, 0, err);
  assert.match(err, /trying again/);
  assert.ok(err.trim().split('\n').length < 10, err);
});

test('an error is one line, with a remedy', async () => {
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [['download', 'gpt-5'], {}, 2, /no model gpt-5 to download: expected one of minilm-squad2/],
    [['download', ID, '--mirror', 'http://models.example'], {}, 2, /--mirror: found "http:\/\/models\.example"/],
    [['download', ID], { ASKBERT_MODEL_MIRROR: 'x' }, 2, /ASKBERT_MODEL_MIRROR: found "x"/],
    [['download', 'bert-base-squad1'], {}, 1, /config\.json has \d+ bytes|has the SHA-256/],
    [['remove', '../x'], {}, 2, /"\.\.\/x" is not a valid model name/],
    [['remove', 'none'], {}, 2, /no model none/],
    [['use', 'none'], {}, 1, /no model none.*model list/],
    [['use', './nowhere'], {}, 1, /nowhere/],
    [['nothing'], {}, 2, /Unknown argument: nothing/],
    [[], {}, 2, /list, download, import, remove or use/],
  ];
  for (const [i, [args, env, expected, pattern]] of cases.entries()) {
    // One as a process, the rest in one.
    const all = ['model', ...args];
    const { code, out, err } = await (i === 0 ? start(all, env).end : cli(all, env));
    assert.equal(code, expected, `${args}: ${err}`);
    assert.equal(out, '');
    assert.match(err, pattern);
    assert.match(err.trim().split('\n').at(-1)!, /^ask-bert: /);
  }
  assert.deepEqual((await list()).installed, []);
});

test('wrong bytes are refused by the hash in the catalogue', async () => {
  server.files = tinyFiles(entryOf('bert-base-squad2')!);
  const { code, err } = await cli(['model', 'download', 'bert-base-squad2']);
  assert.equal(code, 1);
  assert.match(err, /model\.safetensors has the SHA-256 [0-9a-f]{64}, expected e5c51ef6/);
});

test('a default model that no longer exists is named', async () => {
  writeFileSync(path.join(root, 'config.json'), '{"model": "gone"}');
  const { code, err } = await cli(['ask', text, '-q', 'who']);
  assert.equal(code, 1);
  assert.match(err, /no model gone.*model use/);
  const listed = await cli(['model', 'list']);
  assert.match(listed.out, /^\* gone/m);
});

test('a download goes through the proxy named by the environment', async () => {
  const proxy = await new ForwardProxy().start();
  try {
    const { code, err } = await start(['model', 'download', ID], { HTTP_PROXY: proxy.address }).end;
    assert.equal(code, 0, err);
    assert.equal(proxy.seen.length > 0 && server.asked.length, 4);
    rmSync(models, { recursive: true });
    proxy.seen.length = 0;
    assert.equal((await cli(['model', 'download', ID], { HTTP_PROXY: proxy.address, NO_PROXY: '127.0.0.1' })).code, 0);
    assert.deepEqual(proxy.seen, []);
    rmSync(models, { recursive: true });
    const dead = await cli(['model', 'remove', ID], { HTTP_PROXY: 'http://127.0.0.1:9' });
    assert.equal(dead.code, 2);
  } finally {
    proxy.close();
  }
});

test('two processes at once: one downloads, the other waits', async () => {
  const runs = [1, 2].map(() => start(['model', 'download', ID]));
  const waits = new Promise<void>((resolve) => {
    for (const { child } of runs) {
      let said = '';
      child.stderr!.on('data', (piece: string) => {
        said += piece;
        if (/waiting for another process/.test(said)) resolve();
      });
    }
  });
  server.behaviour = (asked) => {
    if (asked.file !== WEIGHTS) return undefined;
    void waits.then(() => server.serve(asked.request, asked.response, asked.content));
    return true;
  };
  const both = await Promise.all(runs.map(({ end }) => end));
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  );
  assert.equal(server.times(WEIGHTS), 1);
  assert.equal(both.filter(({ err }) => /waiting for another process/.test(err)).length, 1);
  assert.equal(both.filter(({ out }) => /already installed/.test(out)).length, 1);
});
