/** Logits that are not numbers: a question fails rather than be answered by them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Engine, Logits, WindowBatch } from '../../../server/engine/engine.js';
import { engineOf, favouring, readerWith } from '../helpers/fake-engine.js';

const text = 'the king built a city on the river';

/** An engine that is right but for one logit of each batch. */
function spoilt(side: keyof Logits, value: number, place: (batch: WindowBatch) => number): Engine {
  const engine = engineOf(favouring('king'));
  return {
    ...engine,
    run: async (batch) => {
      const logits = await engine.run(batch);
      const at = place(batch);
      if (at >= 0) logits[side][at] = value;
      return logits;
    },
  };
}
const ask = (engine: Engine, of = text) => readerWith(engine).answer({ text: of, question: 'who built it ?' });

describe('logits that are not numbers', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const side of ['start', 'end'] as const) {
      it(`${value} as ${side} of any piece is found, the first and the last included`, async () => {
        for (const place of [() => 0, () => 3, ({ lengths }: WindowBatch) => lengths[0] - 1]) {
          await assert.rejects(ask(spoilt(side, value, place)), {
            code: 'EngineRun',
            message: 'The model fake gave logits that are not numbers (cpu, fp32).',
          });
        }
      });
    }
  }

  it('in the padding of a shorter row are ignored', async () => {
    let padded = 0;
    const place = ({ lengths, length }: WindowBatch) => {
      const row = lengths.findIndex((each) => each < length);
      if (row >= 0) padded++;
      return row < 0 ? -1 : row * length + length - 1;
    };
    // Windows of nearly one length: of some texts the last one is shorter.
    for (let words = 100; words < 110; words++) {
      const long = `the king built a city . ${'river '.repeat(words)}`;
      const { answers } = await ask(spoilt('start', Number.NaN, place), long);
      assert.equal(answers[0].text, 'king');
    }
    assert.ok(padded > 0, 'a row was padded');
  });
});
