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
