/** The lock on disk: one at a time, also when a stale one is in the way of many. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { after, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { lockTiming, withLock } from '../../../server/storage/lock.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-lock-'));
const lock = path.join(folder, 'deep', 'x.lock');
after(() => rmSync(folder, { recursive: true, force: true }));

/** How many were inside at once, at most. */
async function crowd(count: number, timing = lockTiming): Promise<number> {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: count }, () =>
      withLock(
        lock,
        async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
        },
        { timing },
      ),
    ),
  );
  return most;
}

it('lets one in at a time, and leaves nothing behind', async () => {
  assert.equal(await crowd(8), 1);
  assert.deepEqual(readdirSync(path.dirname(lock)), []);
});

it('lets one in at a time when all find a stale lock', async () => {
  for (let round = 0; round < 10; round++) {
    // No process can have this id.
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 30, host: hostname() }));
    assert.equal(await crowd(6), 1);
  }
  assert.deepEqual(readdirSync(path.dirname(lock)), []);
});

it('recovers after a process was killed while it removed a stale lock', async () => {
  for (const file of [lock, `${lock}.clear`]) writeFileSync(file, '');
  assert.equal(await crowd(2, { staleMs: 2000, heartbeatMs: 50, pollMs: 5 }), 1);
});

it('reports once that it waits, and the report may end the wait', async () => {
  let waits = 0;
  await withLock(lock, async () => {
    const refuse = () => {
      waits++;
      throw new AskBertError('BadRequest', 'busy');
    };
    await assert.rejects(
      withLock(lock, async () => assert.fail(), { onWait: refuse }),
      { message: 'busy' },
    );
  });
  assert.equal(waits, 1);
});

it('does not remove a lock that now belongs to somebody else', async () => {
  const other = JSON.stringify({ pid: process.pid, host: hostname(), owner: 'other' });
  await withLock(lock, async () => writeFileSync(lock, other));
  assert.ok(existsSync(lock));
  rmSync(lock);
});

it('is removed when the work fails', async () => {
  await assert.rejects(
    withLock(lock, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  assert.ok(!existsSync(lock));
});
