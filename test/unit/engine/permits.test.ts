/** The limit for what the remote engine has under way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Permits } from '../../../server/engine/remote/permits.js';

/** Work that runs until it is ended. */
class Held {
  readonly running: string[] = [];
  readonly #ends = new Map<string, () => void>();

  work(name: string): () => Promise<string> {
    return async () => {
      this.running.push(name);
      await new Promise<void>((resolve) => this.#ends.set(name, resolve));
      this.running.splice(this.running.indexOf(name), 1);
      return name;
    };
  }

  end(name: string): void {
    this.#ends.get(name)!();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const none = new AbortController().signal;

describe('permits', () => {
  it('run as much as the limit allows, in the order of coming', async () => {
    const [permits, held] = [new Permits(4), new Held()];
    const all = [
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ] as const;
    const results = all.map(([name, weight]) => permits.hold(weight, none, held.work(name)));
    await settled();
    // c would fit, but b came first.
    assert.deepEqual(held.running, ['a']);
    held.end('a');
    await settled();
    assert.deepEqual(held.running, ['b', 'c']);
    held.end('b');
    held.end('c');
    assert.deepEqual(await Promise.all(results), ['a', 'b', 'c']);
  });

  it('run one that is larger than the limit alone', async () => {
    const [permits, held] = [new Permits(4), new Held()];
    const [large, small] = [permits.hold(9, none, held.work('large')), permits.hold(1, none, held.work('small'))];
    await settled();
    assert.deepEqual(held.running, ['large']);
    held.end('large');
    await large;
    await settled();
    held.end('small');
    assert.equal(await small, 'small');
  });

  it('forget what is cancelled while it waits, and what fails frees its place', async () => {
    const [permits, held] = [new Permits(2), new Held()];
    const stop = new AbortController();
    const first = permits.hold(2, none, held.work('first'));
    const waiting = permits.hold(2, stop.signal, held.work('never'));
    const next = permits.hold(1, none, held.work('next'));
    stop.abort();
    await assert.rejects(waiting, { code: 'Cancelled' });
    await assert.rejects(permits.hold(1, stop.signal, held.work('never')), { code: 'Cancelled' });
    held.end('first');
    await first;
    await settled();
    assert.deepEqual(held.running, ['next']);
    held.end('next');
    await next;
    await assert.rejects(
      permits.hold(2, none, async () => Promise.reject(new Error('failed'))),
      /failed/,
    );
    assert.equal(await permits.hold(2, none, async () => 'free again'), 'free again');
  });
});
