/** How many calls of a client run, wait and are refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { Calls, type Lane, MAX_CALLS } from '../../../server/mcp/calls.js';

const never = new AbortController().signal;

describe('calls', () => {
  it('run a few at a time, in order, each lane for itself', async () => {
    const calls = new Calls();
    const running: Record<Lane, number> = { question: 0, run: 0 };
    const most: Record<Lane, number> = { question: 0, run: 0 };
    const order: string[] = [];
    const call = (lane: Lane, name: string) =>
      calls.run(lane, never, async () => {
        order.push(name);
        most[lane] = Math.max(most[lane], ++running[lane]);
        await new Promise(setImmediate);
        running[lane]--;
        return name;
      });
    const names = Array.from({ length: 10 }, (_, i) => `q${i}`);
    const results = await Promise.all([
      ...names.map((name) => call('question', name)),
      call('run', 'r0'),
      call('run', 'r1'),
    ]);
    assert.deepEqual(results, [...names, 'r0', 'r1']);
    assert.deepEqual(most, { question: 2, run: 1 });
    assert.deepEqual(
      order.filter((name) => name.startsWith('q')),
      names,
    );
  });

  it('beyond the limit are refused at once, and accepted again when others are done', async () => {
    const calls = new Calls();
    let end = () => {};
    const gate = new Promise<void>((resolve) => {
      end = resolve;
    });
    const held = Array.from({ length: MAX_CALLS }, () => calls.run('question', never, () => gate));
    await assert.rejects(
      calls.run('run', never, async () => {}),
      /BadRequest|32 calls run or wait/,
    );
    end();
    await Promise.all(held);
    assert.equal(await calls.run('run', never, async () => 'done'), 'done');
  });

  it('that fail or are cancelled while they wait make room', async () => {
    const calls = new Calls();
    await assert.rejects(
      calls.run('run', never, async () => {
        throw new Error('a fault');
      }),
      /a fault/,
    );
    let end = () => {};
    const gate = new Promise<void>((resolve) => {
      end = resolve;
    });
    const first = calls.run('run', never, () => gate);
    const stop = new AbortController();
    let ran = false;
    const second = calls.run('run', stop.signal, async () => {
      ran = true;
    });
    const third = calls.run('run', never, async () => 'third');
    stop.abort();
    await assert.rejects(second, (error: unknown) => error instanceof AskBertError && error.code === 'Cancelled');
    end();
    await first;
    assert.equal(await third, 'third');
    assert.equal(ran, false);
  });
});
