/** `ask-bert ask --dir`: one question about the files of a folder. */

import { loadDocument } from '../documents/load.js';
import { t } from '../l10n.js';
import type { AskManyProgress, AskManyResult, AskOptions, FoundAnswer, PlacedAnswer } from '../protocol.js';
import { IndexCache } from '../ranking/index-cache.js';
import { askMany, type ManyParams } from '../runs/ask-many.js';
import type { Session } from '../session/session.js';
import { append } from '../text/arrays.js';
import { oneLine } from '../text/one-line.js';
import { heading } from './ask-files.js';
import { type Bar, cancellable, progressBar, type SessionFlags, withSession } from './common.js';
import { asPrinted } from './decoded.js';
import { nothingRead } from './nothing-read.js';
import { placeText } from './place-text.js';
import { note, print, printJson } from './print.js';
import { type FolderFlags, filesOfFolder, skippedInWords } from './reading-flags.js';
import { beliefText, correctedText, shareText, shownAnswer } from './shown-answer.js';
import { type Style, styleFor, wantsColour } from './text.js';

/** Maximum number of other places listed for an answer; JSON has them all. */
const SHOWN_PLACES = 3;
/** Maximum number of skipped files listed, likewise. */
const SHOWN_SKIPPED = 20;

export interface AskDirFlags extends SessionFlags, FolderFlags {
  json?: boolean;
  budget?: unknown;
}

/** How questions are asked. */
export interface Asking {
  options: AskOptions;
  budgetSeconds: number | undefined;
}

/** @throws AskBertError */
export async function askDir(flags: AskDirFlags, questions: readonly string[], asking: Asking): Promise<void> {
  const folder = await filesOfFolder(flags);
  const dir = flags.dir ?? '';
  if (folder.files.length === 0) {
    listSkipped(folder.skipped);
    throw nothingRead(dir, flags.include, folder.skipped);
  }
  const style = styleFor(wantsColour(process.stdout));
  const results: AskManyResult[] = [];
  const cache = new IndexCache();
  const told = new Set<string>();
  const ask = async (session: Session, signal: AbortSignal) => {
    for (const question of questions) {
      const documents = folder.files.map(({ uri }) => ({ uri }));
      const result = await askOnce(session, { question, ...asking, documents }, cache, signal);
      result.skipped = [...folder.skipped, ...result.skipped];
      results.push(result);
      for (const { message } of [...result.warnings, ...(result.notes ?? [])]) {
        if (!told.has(message)) note(message);
        told.add(message);
      }
      if (flags.json || isNothing(result)) continue;
      if (questions.length > 1) await print(heading(question, style));
      await print(`${await reportMany(result, folder.names, style)}${questions.length > 1 ? '\n' : ''}`);
    }
  };
  await cancellable((signal) => withSession(flags, (session) => ask(session, signal)));
  const printed = results.map((result) => ({ ...result, answers: result.answers.map(asPrinted) }));
  if (flags.json) await printJson(printed.length === 1 ? printed[0] : printed);
  const [last] = results.slice(-1);
  // Once for all questions: the same files were skipped for each.
  if (!flags.json) listSkipped(last.skipped);
  if (isNothing(last)) throw nothingRead(dir, flags.include, last.skipped);
}

const isNothing = ({ read }: AskManyResult): boolean => read.ofDocuments === 0;

async function askOnce(
  session: Session,
  params: ManyParams,
  cache: IndexCache,
  signal: AbortSignal,
): Promise<AskManyResult> {
  let bar: Bar | undefined;
  const onProgress = ({ done, total, read }: AskManyProgress) => {
    bar ??= progressBar(t('Reading'), total);
    bar.update(done, read && t('{0}% of the text read', shareText(read)));
  };
  try {
    return await askMany(session, params, signal, onProgress, cache);
  } finally {
    bar?.stop();
  }
}

/** The answers for display, file by file, the file with the best one first. */
export async function reportMany(result: AskManyResult, names: Map<string, string>, style: Style): Promise<string> {
  const { answers, noAnswer, read } = result;
  const lines: string[] = [];
  if (result.correctedQuestion !== undefined) lines.push(correctedText(result.correctedQuestion), '');
  if (noAnswer.chosen) {
    const guesses = answers.length > 0 ? t('; best guesses:') : '.';
    // Of what was not read, nothing is known.
    const none =
      read.characters < read.ofCharacters
        ? t('No answer in the {0}% of the text that was read', shareText(read))
        : result.otherLanguage
          ? t('No answer in these files')
          : t('No answer in these files (p={0})', noAnswer.probability.toFixed(2));
    lines.push(none + guesses, '');
  }
  const name = ({ uri }: PlacedAnswer) => names.get(uri) ?? uri;
  const byFile = new Map<string, FoundAnswer[]>();
  for (const answer of answers) byFile.set(answer.uri, [...(byFile.get(answer.uri) ?? []), answer]);
  for (const [uri, found] of byFile) {
    const document = await loadDocument({ uri });
    // It may have changed since it was read: the words of the answer are still shown.
    const text = 'text' in document ? document.text : '';
    for (const answer of found) {
      lines.push(`${style.bold(placeText(name(answer), answer))}  ${beliefText(answer)}`);
      if (text.slice(answer.start, answer.end) === answer.text) {
        append(
          lines,
          shownAnswer(text, answer, style, 120).map((line) => `  ${line}`),
        );
      } else lines.push(`  ${style.answer(oneLine(answer.prose ?? answer.text))}`);
      for (const other of answer.also.slice(0, SHOWN_PLACES)) {
        lines.push(style.dim(`  ${t('also {0}', placeText(name(other), other))}`));
      }
      const more = answer.also.length - SHOWN_PLACES;
      if (more === 1) lines.push(style.dim(`  ${t('and in 1 more place')}`));
      if (more > 1) lines.push(style.dim(`  ${t('and in {0} more places', more)}`));
    }
    lines.push('');
  }
  lines.push(style.dim(summary(result)));
  return lines.join('\n');
}

/** Which files were skipped and why, on standard error. */
export function listSkipped(skipped: AskManyResult['skipped']): void {
  for (const { message } of skipped.slice(0, SHOWN_SKIPPED)) note(t('Skipped: {0}', message));
  const more = skipped.length - SHOWN_SKIPPED;
  if (more > 0)
    note(
      more === 1 ? t('Skipped: 1 more file (--json lists all)') : t('Skipped: {0} more files (--json lists all)', more),
    );
}

/** How much was read, why not more, and with which engine. */
export function summary({ read, skipped, timing, engine }: AskManyResult): string {
  const share = shareText(read);
  const how = read.ranked
    ? t('the best passages by their words, {0}% of the text of {1} files', share, read.ofDocuments)
    : read.documents === 1
      ? t('1 file')
      : t('{0} files', read.documents);
  const parts = [`${how}, ${(timing.totalMs / 1000).toFixed(1)} s`];
  if (read.ended === 'settled') parts.push(t('more passages did not change the answer'));
  if (read.ended === 'time') parts.push(t('stopped at the time limit'));
  parts.push(skippedInWords(skipped));
  parts.push(`${engine.model}, ${engine.precision}, ${engine.device}`);
  return oneLine(parts.filter(Boolean).join(' · '));
}
