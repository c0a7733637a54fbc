/** `ask-bert ask` with several files or several questions: each question about each file, the model loaded once. */
import { AskBertError, asAskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AskResult } from '../protocol.js';
import { oneLine } from '../text/one-line.js';
import { asPrinted } from './decoded.js';
import { note, print, printJson } from './print.js';
import type { Style } from './text.js';

/** A file that was read. */
export interface ReadFile {
  name: string;
  text: string;
}

/** How one file is read, one question about it asked, and one result shown. */
export interface FileAsker<F extends ReadFile> {
  /** @throws AskBertError */
  read(file: string | undefined): Promise<F>;
  /** @throws AskBertError */
  ask(file: F, question: string): Promise<AskResult>;
  report(result: AskResult, file: F): string;
}

/**
 * Prints the results, grouped by file and question; as JSON an array with `file` (and `error` for failures).
 * A failure does not stop the others.
 * @throws AskBertError at the end, if anything failed
 */
export async function askFiles<F extends ReadFile>(
  asker: FileAsker<F>,
  files: readonly (string | undefined)[],
  questions: readonly string[],
  json: boolean,
  style: Style,
): Promise<void> {
  const results: unknown[] = [];
  const failures: AskBertError[] = [];
  let unanswered = 0;
  const failed = (error: unknown, about: { file: string; question?: string }) => {
    const failure = asAskBertError(error);
    if (failure.code === 'Cancelled' || failure.code === 'ModelInvalid') throw failure;
    failures.push(failure);
    note(failure.line);
    results.push({ ...about, error: { code: failure.code, message: failure.line } });
  };
  let asked = 0;
  for (const name of files) {
    let file: F;
    try {
      file = await asker.read(name);
    } catch (error) {
      asked += questions.length;
      unanswered += questions.length;
      failed(error, { file: name ?? '-' });
      continue;
    }
    if (!json && files.length > 1) await print(style.bold(`== ${oneLine(file.name)}`));
    for (const question of questions) {
      asked++;
      try {
        const result = await asker.ask(file, question);
        for (const { message } of result.warnings) note(message);
        results.push({ file: file.name, ...result, answers: result.answers.map(asPrinted) });
        if (!json)
          await print(`${questions.length > 1 ? `${heading(question, style)}\n` : ''}${asker.report(result, file)}\n`);
      } catch (error) {
        unanswered++;
        failed(error, { file: file.name, question });
      }
    }
  }
  if (json) await printJson(results);
  if (failures.length === 0) return;
  if (asked === 1) throw failures[0];
  throw new AskBertError('InputUnreadable', t('{0} of {1} questions failed.', unanswered, asked));
}

/** The heading of the answer to one of several questions. */
export const heading = (question: string, style: Style): string => style.bold(`? ${oneLine(question)}`);
