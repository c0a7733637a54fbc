/** The password of a file that is protected by one. It is never an argument: other users see those. */
import type { Argv } from 'yargs';
import { asUnreadable, decodeText, readNamed } from '../documents/decode.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

/** Longest file with a password, in bytes. */
const MAX_BYTES = 4096;

export interface PasswordFlags {
  passwordFile?: string;
}

export function withPasswordFlag<T>(argv: Argv<T>): Argv<T> {
  return argv.option('password-file', {
    type: 'string',
    requiresArg: true,
    describe: t('File whose first line is the password of the document'),
  }) as Argv<T>;
}

/** The first line of the named file; undefined: none is named. @throws AskBertError */
export async function passwordOf({ passwordFile }: PasswordFlags): Promise<string | undefined> {
  if (passwordFile === undefined) return undefined;
  let line: string;
  try {
    [line] = decodeText(await readNamed(passwordFile, MAX_BYTES), passwordFile).text.split(/\r\n|[\r\n]/, 1);
  } catch (error) {
    throw asUnreadable(error, passwordFile);
  }
  if (line !== '') return line;
  throw new AskBertError('BadRequest', t('--password-file: the first line of {0} is empty.', passwordFile));
}
