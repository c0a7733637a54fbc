/** Several items at once, and their results in their order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { throwIfAborted } from '../../../server/errors.js';
import { inOrder } from '../../../server/runs/in-order.js';
import fc from '../helpers/fast-check.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('items in order', () => {
  it('never more at once than allowed, every result once and in order, whatever takes longest', async () => {
    const items = fc.array(fc.nat(6), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 5 }), async (turns, most) => {
        let atWork = 0;
        let highest = 0;
        const taken: number[] = [];
        await inOrder(
          turns.keys(),
          () => most,
          async (i) => {
            highest = Math.max(highest, ++atWork);
            for (let n = 0; n < turns[i]; n++) await turn();
            atWork--;
            return 10 * i;
          },
          (i, result) => {
            assert.equal(result, 10 * i);
            taken.push(i);
          },
        );
        assert.deepEqual(taken, [...turns.keys()]);
        assert.ok(highest <= most);
      }),
      { numRuns: 60 },
    );
  });

  it('works on as many as allowed', async () => {
    let atWork = 0;
    let highest = 0;
    const work = async () => {
      highest = Math.max(highest, ++atWork);
      await turn();
      atWork--;
    };
    await inOrder(
      Array(9).keys(),
      () => 4,
      work,
      () => {},
    );
    assert.equal(highest, 4);
  });

  it('one after the other if one is allowed: each is taken before the next is fetched', async () => {
    const told: string[] = [];
    async function* items() {
      for (const i of [1, 2, 3]) {
        told.push(`fetch ${i}`);
        yield i;
      }
    }
    const work = async (i: number) => {
      told.push(`work ${i}`);
      await turn();
    };
    await inOrder(
      items(),
      () => 1,
      work,
      (i) => told.push(`take ${i}`),
    );
    assert.deepEqual(
      told,
      [1, 2, 3].flatMap((i) => [`fetch ${i}`, `work ${i}`, `take ${i}`]),
    );
  });

  it('together they keep no more in memory than is allowed, unless one alone does', async () => {
    const sizes = [1, 2, 5, 1, 1].map((each) => each * 2 ** 20);
    let kept = 0;
    let most = 0;
    const work = async (size: number) => {
      kept += size;
      most = Math.max(most, kept);
      assert.ok(kept <= 4 * 2 ** 20 || kept === size, `${kept}`);
      await turn();
      kept -= size;
    };
    await inOrder(
      sizes,
      () => 5,
      work,
      () => {},
      undefined,
      (size) => size,
    );
    assert.equal(most, 5 * 2 ** 20);
  });

  it('a cancel ends the work and is thrown', async () => {
    const cancel = new AbortController();
    let aborted = 0;
    const work = async (_: number, signal: AbortSignal) => {
      await turn();
      if (aborted === 0) cancel.abort();
      if (signal.aborted) aborted++;
    };
    const run = inOrder(
      Array(50).keys(),
      () => 2,
      work,
      () => {},
      cancel.signal,
    );
    await assert.rejects(run, { code: 'Cancelled' });
    assert.ok(aborted > 0 && aborted < 10, `${aborted}`);
  });

  it('the first failure in order is thrown after all have ended; the others are told, and nothing more is begun', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const taken: number[] = [];
    const run = inOrder(
      Array(100).keys(),
      () => 3,
      async (i, signal) => {
        begun.push(i);
        try {
          for (let n = 0; n < 5; n++) {
            await turn();
            throwIfAborted(signal);
            if (i === 2) throw new Error('two');
            if (i < 2) return;
          }
          throw new Error('later');
        } finally {
          ended.push(i);
        }
      },
      (i) => taken.push(i),
    );
    await assert.rejects(run, /two/);
    assert.deepEqual(taken, [0, 1]);
    assert.deepEqual(ended.sort(), begun.sort());
    assert.ok(begun.length < 20, `${begun.length} were begun`);
  });
});
