/** Two processes that build one engine, locks that nobody holds, clocks that jump. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { EngineCache } from '../../server/engine/tensorrt/cache.js';
import type { Status } from '../../server/protocol.js';
import { Service } from '../../server/sidecar/service.js';
import { RestartLimit } from '../../src/sidecar/restart-limit.js';
import { FakeWorker, turn } from '../server/fake-worker.js';
import { sleep } from './client.js';
import { folderMaker } from './folders.js';
import { Random } from './random.js';

const newFolder = folderMaker('locks');
const key = '0123456789abcdef0123456789abcdef';
const timing = { staleMs: 1500, heartbeatMs: 100, pollMs: 10 };

function builder(folder: string, ms: number, name: string, crash?: 'crash'): Promise<number | null> {
  const child = fork(path.join(__dirname, 'child-builder.js'), [
    folder,
    key,
    String(ms),
    name,
    ...(crash ? [crash] : []),
  ]);
  return new Promise((resolve) => child.once('exit', resolve));
}

const logOf = (folder: string) => readFileSync(path.join(folder, 'log.txt'), 'utf8').trim().split('\n');
const rest = (folder: string) => readdirSync(folder).filter((name) => name !== 'log.txt' && name !== key);

test('four processes at once: one builds, the others find it', async () => {
  const folder = newFolder();
  const codes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => builder(folder, 300, name)));
  assert.deepEqual(codes, [0, 0, 0, 0]);
  const log = logOf(folder);
  assert.equal(log.filter((line) => line.startsWith('begin')).length, 1, log.join());
  const winner = log.find((line) => line.startsWith('end'))?.split(' ')[1];
  assert.equal(log.filter((line) => line.startsWith(`found ${winner} by`)).length, 3, log.join());
  assert.deepEqual(rest(folder), []);
});

test('killed while building, 8 times: the next one takes over at once', async () => {
  const random = new Random('builders');
  for (let round = 0; round < 8; round++) {
    const folder = newFolder();
    const first = builder(folder, random.int(0, 120), 'first', 'crash');
    await sleep(random.int(0, 250));
    // One that waited for the dead one to become stale would wait for ever.
    assert.equal(await builder(folder, 10, 'second'), 0);
    await first;
    const log = logOf(folder);
    assert.ok(log.includes('end second'), log.join());
    assert.ok(!existsSync(path.join(folder, `${key}.lock`)));
  }
});

const locks: Record<string, string> = {
  empty: '',
  garbage: '\u0000\u0001garbage',
  'half written': '{"pid":',
  'other JSON': '[1,2]',
  null: 'null',
  'a process id that is none': JSON.stringify({ pid: -5, host: hostname() }),
  'a process id of text': JSON.stringify({ pid: 'x', host: hostname() }),
  'another machine': JSON.stringify({ pid: 1, host: 'elsewhere' }),
  'a process that lives and is another': JSON.stringify({ pid: process.pid, host: hostname() }),
};

test('abandoned locks are taken over after a while, whatever their contents and times', async () => {
  const cases = Object.entries(locks).flatMap(([what, content]) =>
    ['now', 'long ago', 'in the future'].map((when) => ({ what: `${what}, ${when}`, content, when })),
  );
  await Promise.all(
    cases.map(async ({ what, content, when }) => {
      const folder = newFolder();
      const file = path.join(folder, `${key}.lock`);
      writeFileSync(file, content);
      const time = new Date(Date.now() + { now: 0, 'long ago': -86400_000, 'in the future': 86400_000 }[when]!);
      utimesSync(file, time, time);
      const cache = new EngineCache(folder, timing);
      assert.equal(await cache.locked(key, undefined, async () => what), what);
      assert.deepEqual(readdirSync(folder), []);
    }),
  );
  // A folder where the lock should be.
  const folder = newFolder();
  mkdirSync(path.join(folder, `${key}.lock`, 'x'), { recursive: true });
  assert.equal(await new EngineCache(folder, timing).locked(key, undefined, async () => 'taken'), 'taken');
});

test('clocks that jump forwards and backwards, ten times: a living builder is waited for', async () => {
  const random = new Random('clock');
  for (let round = 0; round < 10; round++) {
    const folder = newFolder();
    const jump = random.pick([-1, 1]) * random.int(60_000, 400 * 86_400_000);
    const real = Date.now;
    let inside = 0;
    let most = 0;
    let begin = () => {};
    let jumped = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const hasJumped = new Promise<void>((resolve) => {
      jumped = resolve;
    });
    const work = async () => {
      most = Math.max(most, ++inside);
      begin();
      await hasJumped;
      // Some looks of the other one at the lock.
      await sleep(250);
      inside--;
    };
    const cache = new EngineCache(folder, { ...timing, staleMs: 30_000 });
    const both = [cache.locked(key, undefined, work), cache.locked(key, undefined, work)];
    await hasBegun;
    Date.now = () => real() + jump;
    // What a jump of the system's clock does to the next heartbeat.
    const time = new Date(real() + jump);
    utimesSync(path.join(folder, `${key}.lock`), time, time);
    jumped();
    await Promise.all(both);
    Date.now = real;
    assert.equal(most, 1, `round ${round}: ${jump} ms`);
  }
});

test('a builder that slept and was taken for dead does not remove the lock of another', async () => {
  const folder = newFolder();
  const file = path.join(folder, `${key}.lock`);
  const cache = new EngineCache(folder, timing);
  await cache.locked(key, undefined, async () => {
    rmSync(file);
    writeFileSync(file, 'of another');
  });
  assert.equal(readFileSync(file, 'utf8'), 'of another');
});

test('idle unloading counts elapsed time, not the clock; a question restarts it', async (t) => {
  const states: Status['state'][] = [];
  const workers: FakeWorker[] = [];
  const service = new Service({
    startWorker: () => {
      workers.push(new FakeWorker());
      return workers.at(-1)!;
    },
    onStatus: ({ state }) => states.push(state),
    log: () => {},
    version: '0',
  });
  service.configure({ idleUnloadMinutes: 10 });
  const turns = async (end: () => boolean) => {
    for (let i = 0; i < 1000 && !end(); i++) await turn();
  };
  const real = Date.now;
  // Timers stand still until they are told to pass.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const question = { text: 'a', question: 'q' };
  try {
    for (const jump of [0, -86400_000, 86400_000, 3 * 365 * 86400_000]) {
      Date.now = () => real() + jump;
      await service.ask(question);
      t.mock.timers.tick(9 * 60_000);
      await turns(() => workers[0].terminated);
      assert.equal(workers[0].terminated, false, `${jump}`);
    }
  } finally {
    Date.now = real;
  }
  t.mock.timers.tick(60_000);
  await turns(() => states.at(-1) === 'unloaded');
  assert.equal(workers[0].terminated, true);
  assert.equal(states.at(-1), 'unloaded');
  await service.ask(question);
  assert.equal(workers.length, 2);
  assert.equal(await service.close(1000), true);
});

test('crashes are counted by elapsed time, whatever the clock says', () => {
  const real = Date.now;
  try {
    const limit = new RestartLimit();
    for (let i = 0; i < 4; i++) {
      Date.now = () => real() + (i % 2 ? 1 : -1) * 86400_000;
      assert.equal(limit.crashed(), false);
    }
    assert.equal(limit.crashed(), true);
    assert.equal(limit.count, 5);
  } finally {
    Date.now = real;
  }
});
