/** The error when there is no readable file. It has a separate exit code. */
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AskManyResult } from '../protocol.js';

/** Exit code of the command line. */
export const NOTHING_READ = 3;

export class NothingReadError extends AskBertError {
  readonly exitCode = NOTHING_READ;
}

/**
 * @param dir as given by the user
 * @param include patterns that files have to match
 */
export function nothingRead(
  dir: string,
  include: readonly string[] | undefined,
  skipped: AskManyResult['skipped'],
): NothingReadError {
  if (skipped.length > 0) {
    const message =
      skipped.length === 1
        ? t('Nothing was read: the only file in {0} was skipped ({1})', dir, skipped[0].message)
        : t('Nothing was read: all {0} files in {1} were skipped.', skipped.length, dir);
    return new NothingReadError('InputUnreadable', message);
  }
  if (include && include.length > 0) {
    return new NothingReadError(
      'InputUnreadable',
      t('Nothing was read: no file in {0} matches {1}.', dir, include.join(', ')),
      t('Patterns are those of .gitignore, such as "*.md" or "docs/**".'),
    );
  }
  return new NothingReadError(
    'InputUnreadable',
    t('Nothing was read: {0} has no files to read.', dir),
    t('--no-ignore also reads what .gitignore files exclude.'),
  );
}
