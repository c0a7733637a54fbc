/** Libraries that end the process in the check: once, never in a loop, and not for ever where it was not the library. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
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
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Ledger, ledgerKey } from '../../server/engine/ledger.js';
import type { CrashPlan, CrashReply } from './child-crash.js';
import { damaged } from './mutate.js';
import { Random } from './random.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-crash-'));
after(() => rmSync(root, { recursive: true, force: true }));

interface Life {
  reply: CrashReply | undefined;
  signal: NodeJS.Signals | null;
}

class Processes {
  readonly cacheFolder: string;
  private readonly starts: string;

  constructor(name: string) {
    this.cacheFolder = path.join(root, name);
    this.starts = path.join(root, `${name}-starts`);
  }

  /** One process that asks for 8 bits. */
  run(crashing: string[], signal: NodeJS.Signals = 'SIGSEGV'): Promise<Life> {
    const plan: CrashPlan = { cacheFolder: this.cacheFolder, crashing, signal, starts: this.starts };
    const child = fork(path.join(__dirname, 'child-crash.js'), [], {
      env: { ...process.env, ASKBERT_TEST_CRASH: JSON.stringify(plan) },
      stdio: 'ignore',
    });
    let reply: CrashReply | undefined;
    child.on('message', (message: CrashReply) => {
      reply = message;
    });
    child.send('ask');
    return new Promise((resolve) => child.once('exit', (_, killedBy) => resolve({ reply, signal: killedBy })));
  }

  /** Processes that were started to check apart. */
  get apart(): number {
    return existsSync(this.starts) ? readFileSync(this.starts, 'utf8').split('\n').length - 1 : 0;
  }

  get markers(): string[] {
    return existsSync(this.cacheFolder)
      ? readdirSync(this.cacheFolder).filter((name) => name.startsWith('checking-'))
      : [];
  }
}

for (const signal of ['SIGSEGV', 'SIGILL'] as const) {
  test(`8 bits crash the process by ${signal}: the next one checks in a child process, and FP32 answers from then on`, async () => {
    const processes = new Processes(signal);
    const first = await processes.run(['int8'], signal);
    assert.deepEqual([first.signal, first.reply, processes.apart], [signal, undefined, 0]);
    assert.equal(processes.markers.length, 1);
    for (let i = 0; i < 3; i++) {
      const { reply } = await processes.run(['int8'], signal);
      assert.equal(reply?.precision, 'fp32', reply?.message);
      assert.match(
        reply!.choice[2],
        new RegExp(`int8 was refused: its check crashed the process \\(ended by ${signal}\\)`),
      );
      // FP32 of the same library is tried apart, too.
      assert.equal(processes.apart, 2 + i);
      assert.deepEqual(processes.markers, []);
    }
    // The way back.
    const { EngineCache } = await import('../../server/engine/tensorrt/cache.js');
    await new EngineCache(processes.cacheFolder).clear();
    assert.equal((await processes.run([])).reply?.precision, 'int8');
  });
}

test('every engine crashes the process: one crash, then an error', async () => {
  const processes = new Processes('all');
  assert.equal((await processes.run(['int8', 'fp32'], 'SIGABRT')).signal, 'SIGABRT');
  for (let i = 0; i < 2; i++) {
    const { signal, reply } = await processes.run(['int8', 'fp32'], 'SIGABRT');
    assert.equal(signal, null);
    assert.equal(reply?.code, 'EngineBuild');
    assert.match(
      reply!.message!,
      /fp32 was refused: its check crashed the process \(ended by SIGABRT\)\. .*`ask-bert engines clear`/,
    );
  }
});

test('a user ends the process during a check: nothing is refused', async () => {
  const processes = new Processes('ended');
  assert.equal((await processes.run(['int8'], 'SIGKILL')).signal, 'SIGKILL');
  assert.equal(processes.markers.length, 1);
  for (const apart of [1, 1]) {
    const { reply } = await processes.run([]);
    assert.deepEqual([reply?.precision, processes.apart], ['int8', apart]);
    assert.deepEqual(processes.markers, []);
  }
});

test('the system kills the checking child process as well: not enough memory, and nothing is refused', async () => {
  const processes = new Processes('memory');
  assert.equal((await processes.run(['int8'], 'SIGKILL')).signal, 'SIGKILL');
  const { reply } = await processes.run(['int8'], 'SIGKILL');
  assert.equal(reply?.code, 'OutOfMemory');
  assert.equal((await processes.run([])).reply?.precision, 'int8');
});

test('a check still running in another process is not an abandoned one; one of another day is', () => {
  const folder = path.join(root, 'markers');
  const ledger = new Ledger(folder);
  const key = ledgerKey('x');
  const end = ledger.begin(key);
  assert.deepEqual(ledger.abandoned(key), []);
  const [name] = readdirSync(folder);
  const file = path.join(folder, name);
  utimesSync(file, new Date(1e12), new Date(1e12));
  assert.deepEqual(ledger.abandoned(key), [file]);
  assert.deepEqual(ledger.abandoned(ledgerKey('y')), []);
  end();
  assert.deepEqual(ledger.abandoned(key), []);
  // Cut short, since its process ended while it was writing.
  writeFileSync(file, '{"pid":');
  assert.deepEqual(ledger.abandoned(key), [file]);
  ledger.forget([file]);
  assert.deepEqual(readdirSync(folder), []);
});

test('refusals expire after two weeks, and at most 32 are kept', () => {
  let now = 1e12;
  const ledger = new Ledger(path.join(root, 'refusals'), () => now);
  const keys = Array.from({ length: 40 }, (_, i) => ledgerKey(i));
  for (const key of keys) ledger.refuse(key, { reason: `r ${key}`, crashed: false, library: 'l' });
  assert.equal(keys.filter((key) => ledger.refusal(key) !== undefined).length, 32);
  assert.equal(ledger.refusal(keys[39]), `r ${keys[39]}`);
  assert.equal(ledger.hasCrashed('l'), false);
  ledger.refuse('k', { reason: 'r', crashed: true, library: 'l' });
  assert.equal(ledger.hasCrashed('l'), true);
  now += 15 * 24 * 3600_000;
  assert.equal(ledger.refusal('k'), undefined);
  assert.equal(ledger.hasCrashed('l'), false);
});

test('300 damaged ledgers, and a folder in the place of the ledger', () => {
  const random = new Random('ledger');
  const folder = path.join(root, 'damaged');
  const ledger = new Ledger(folder);
  const key = ledgerKey('x');
  ledger.refuse(key, { reason: 'r', crashed: true, library: 'l' });
  const file = path.join(folder, 'refused.json');
  const bytes = readFileSync(file);
  for (let i = 0; i < 300; i++) {
    writeFileSync(file, damaged(bytes, random).bytes);
    const reason = ledger.refusal(key);
    assert.ok(reason === undefined || typeof reason === 'string');
    ledger.hasCrashed('l');
  }
  ledger.refuse(key, { reason: 'new', crashed: false, library: 'l' });
  assert.equal(ledger.refusal(key), 'new');
  rmSync(file);
  mkdirSync(file);
  ledger.refuse(key, { reason: 'lost', crashed: false, library: 'l' });
  assert.equal(ledger.refusal(key), undefined);
  const none = new Ledger(path.join(file, '..', 'refused.json', 'x\0y'));
  none.begin(key)();
  assert.deepEqual(none.abandoned(key), []);
});
