/** The table that `ask-bert extract` is to write: what it may replace, and that no other process writes it now. */
import { statSync } from 'node:fs';
import { readlink, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isOwnTable, stateFileOf } from '../documents/own-files.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { lockTiming, withLock } from '../storage/lock.js';

/** Ending of the name of a lock. */
const LOCK_ENDING = '.ask-bert-lock';

/** The file that a name stands for: a link is followed, so that it stays and its target is written. */
export async function targetOf(out: string): Promise<string> {
  const named = path.resolve(out);
  const real = await realpath(named).catch(() => undefined);
  if (real) return real;
  // A link to a file that does not exist yet.
  const linked = await readlink(named).catch(() => undefined);
  return linked === undefined ? named : path.resolve(path.dirname(named), linked);
}

/**
 * @param out as the user named it
 * @param target its {@link targetOf}
 * @param inputs paths of the files that are read
 * @throws AskBertError BadRequest: it would replace what it must not; InputUnreadable: no such folder
 */
export async function checkTarget(
  out: string,
  target: string,
  { questions, documents }: { questions?: string | undefined; documents: Iterable<string> },
  force: boolean,
): Promise<void> {
  const folder = await stat(path.dirname(target)).catch(() => undefined);
  if (!folder?.isDirectory()) {
    const reason = t('there is no folder {0}', path.dirname(target));
    throw new AskBertError('InputUnreadable', t('{0} cannot be written: {1}.', out, reason));
  }
  const state = stateFileOf(target);
  const outputs = [
    { file: target, name: out },
    { file: state, name: stateFileOf(out) },
  ];
  for (const output of outputs) {
    const found = await stat(output.file).catch(() => undefined);
    if (!found) continue;
    if (!found.isFile()) {
      throw new AskBertError('BadRequest', t('--out: {0} is not a regular file.', output.name), elsewhere());
    }
    if (force) continue;
    const { name } = output;
    if (questions !== undefined && (await isSame(questions, output.file, found))) {
      throw refused(t('--out: {0} holds the questions; the table would replace it.', name));
    }
    // What is not a state is kept under another name.
    if (output.file === state || found.size === 0 || (await isTable(target))) continue;
    for (const document of documents) {
      if (!(await isSame(document, target, found))) continue;
      throw refused(t('--out: {0} is one of the files to read; the table would replace it.', name));
    }
    throw refused(t('--out: {0} exists and is not a table of Ask BERT; the table would replace it.', name));
  }
}

const elsewhere = () => t('Name another file.');
const refused = (message: string) =>
  new AskBertError('BadRequest', message, t('Name another file, or add --force to replace it.'));

/** Whether two names are of one file, also through links. */
async function isSame(file: string, output: string, found: { dev: number; ino: number }): Promise<boolean> {
  if (path.resolve(file) === output) return true;
  const other = await stat(file).catch(() => undefined);
  return other !== undefined && found.ino !== 0 && other.dev === found.dev && other.ino === found.ino;
}

/** A file that cannot be read is not known to be a table. */
async function isTable(file: string): Promise<boolean> {
  try {
    return await isOwnTable(file);
  } catch {
    return false;
  }
}

/**
 * Runs `work` while no other process writes the same table.
 * @throws AskBertError BadRequest: another one does; InputUnreadable: the folder cannot be written to; of `work`
 */
export async function withTable<T>(out: string, target: string, work: () => Promise<T>): Promise<T> {
  const lock = `${target}${LOCK_ENDING}`;
  const onWait = () => {
    const age = Math.abs(Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0));
    // A holder that has ended on another machine: it is waited for, as long as a lock needs to become stale.
    if (age > lockTiming.staleMs) return;
    throw new AskBertError(
      'BadRequest',
      t('{0} is being written by another ask-bert.', out),
      t('Wait until it has ended, or name another file with --out.'),
    );
  };
  let begun = false;
  try {
    return await withLock(
      lock,
      () => {
        begun = true;
        return work();
      },
      { onWait },
    );
  } catch (error) {
    if (begun || error instanceof AskBertError) throw error;
    throw new AskBertError('InputUnreadable', t('{0} cannot be written: {1}.', out, (error as Error).message));
  }
}
