/** Rejects logits that are not finite numbers: weights have no checksum, and 16-bit arithmetic can overflow. */
import type { Logits, WindowBatch } from '../engine/engine.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { EngineDetails } from '../protocol.js';

/** @throws AskBertError EngineRun when a logit outside the padding is infinite or not a number */
export function checkFinite({ start, end }: Logits, { lengths, length }: WindowBatch, info: EngineDetails): void {
  for (let row = 0; row < lengths.length; row++) {
    for (let i = row * length, stop = i + lengths[row]; i < stop; i++) {
      // One test for both: infinity minus itself is NaN, and so is every sum with it.
      const sum = start[i] + end[i];
      if (sum - sum === 0) continue;
      throw new AskBertError(
        'EngineRun',
        t('The model {0} gave logits that are not numbers ({1}, {2}).', info.model, info.name, info.precision),
        t('Its weights are damaged: copy or download the model folder again. Or choose the precision fp32.'),
      );
    }
  }
}
