/** Which models TensorRT's network can hold: all but those with a layer that it does not have. */
import { t } from '../../l10n.js';
import type { NetworkShape } from '../../model/config.js';

/** Why TensorRT cannot run a model, a sentence; undefined: it can. */
export function unsupportedByTensorRt({ embeddingSize, hiddenSize }: NetworkShape): string | undefined {
  if (embeddingSize === undefined) return undefined;
  return t(
    'TensorRT cannot run this model: its embeddings have {0} numbers and its layers {1}, expected the same number.',
    embeddingSize,
    hiddenSize,
  );
}
