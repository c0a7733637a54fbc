/** Whether a model can fit at all: a file can claim any size, and the system kills processes that allocate too much. */
import { totalmem } from 'node:os';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { expectedTensors, type ModelWeights } from './weights.js';

/** Bytes that this process may have: the machine's memory, or less in a container. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** @throws AskBertError OutOfMemory when the weights as 32-bit floats are larger than the memory */
export function checkMemory({ config }: ModelWeights): void {
  let bytes = 0;
  for (const shape of expectedTensors(config).values()) bytes += shape.reduce((a, b) => a * b, 4);
  const limit = memoryLimit();
  if (bytes <= limit) return;
  const gigabytes = (n: number) => (n / 1e9).toFixed(1);
  throw new AskBertError(
    'OutOfMemory',
    t(
      'The model {0} needs {1} GB; this machine has {2} GB of memory.',
      config.folder,
      gigabytes(bytes),
      gigabytes(limit),
    ),
    t('Choose a smaller model.'),
  );
}
