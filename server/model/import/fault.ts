/** The common form of import errors: the file, what is wrong with it, what to do. */
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';

/**
 * @param file  path of the file (or folder) at fault
 * @param fault end of a sentence that begins with the file: names the tensor or field, what was found, what is expected
 * @param remedy one sentence; default: get the file again
 */
export function invalid(file: string, fault: string, remedy?: string, cause?: unknown): AskBertError {
  return new AskBertError('ModelInvalid', `${file} ${fault}.`, remedy ?? t('Copy or download the checkpoint again.'), {
    cause,
  });
}

/** A shape as messages show it. */
export const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
