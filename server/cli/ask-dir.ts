/** `ask-bert ask --dir`: one question about the files of a folder. */

import { checkBudget } from '../checks/check-many.js';
import { loadDocument } from '../documents/load.js';
import { t } from '../l10n.js';
import type { AskManyResult, AskOptions, FoundAnswer, PlacedAnswer } from '../protocol.js';
import { askMany } from '../runs/ask-many.js';
import { type Bar, print, progressBar, type SessionFlags, withSession } from './common.js';
import { asPrinted } from './decoded.js';
import { type FolderFlags, filesOfFolder, note, skippedInWords } from './reading-flags.js';
import { oneLine, passageAround, type Style, styleFor, wantsColour } from './text.js';

/** Other places of an answer that are listed for people; JSON has them all. */
const SHOWN_PLACES = 3;

export interface AskDirFlags extends SessionFlags, FolderFlags {
  json?: boolean;
  budget?: unknown;
}

/** @throws AskBertError */
export async function askDir(flags: AskDirFlags, question: string, options: AskOptions): Promise<void> {
  const budgetSeconds = flags.budget === undefined ? undefined : checkBudget(flags.budget, '--budget');
  const { files, names, skipped } = await filesOfFolder(flags);
  const params = { question, options, budgetSeconds, documents: files.map(({ uri }) => ({ uri })) };
  const result = await withSession(flags, async (session) => {
    let bar: Bar | undefined;
    try {
      return await askMany(session, params, undefined, ({ done, total }) => {
        bar ??= progressBar(t('Reading'), total);
        bar.update(done);
      });
    } finally {
      bar?.stop();
    }
  });
  result.skipped.unshift(...skipped);
  for (const { message } of result.warnings) note(message);
  if (flags.json) await print(JSON.stringify({ ...result, answers: result.answers.map(asPrinted) }));
  else await print(await reportMany(result, names, styleFor(wantsColour(process.stdout))));
}

/** The answers as people read them, file by file, the file with the best one first. */
async function reportMany(result: AskManyResult, names: Map<string, string>, style: Style): Promise<string> {
  const { answers, noAnswer } = result;
  const lines: string[] = [];
  if (noAnswer.chosen) {
    const guesses = answers.length > 0 ? t('; best guesses:') : '.';
    lines.push(t('No answer in these files (p={0})', noAnswer.probability.toFixed(2)) + guesses, '');
  }
  const name = ({ uri }: PlacedAnswer) => names.get(uri) ?? uri;
  const byFile = new Map<string, FoundAnswer[]>();
  for (const answer of answers) byFile.set(answer.uri, [...(byFile.get(answer.uri) ?? []), answer]);
  for (const [uri, found] of byFile) {
    const document = await loadDocument({ uri });
    // It may have changed since it was read: the words of the answer are shown all the same.
    const text = 'text' in document ? document.text : '';
    for (const answer of found) {
      lines.push(`${style.bold(place(name(answer), answer))}  p=${answer.probability.toFixed(2)}`);
      if (text.slice(answer.start, answer.end) === answer.text) {
        const { before, answer: words, after } = passageAround(text, answer.start, answer.end, 120);
        lines.push(`  ${before}${style.answer(words)}${after}`);
      } else lines.push(`  ${style.answer(oneLine(answer.text))}`);
      for (const other of answer.also.slice(0, SHOWN_PLACES)) {
        lines.push(style.dim(`  ${t('also {0}', place(name(other), other))}`));
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

/** How much was read, why not more, with what. */
export function summary({ read, skipped, timing, engine }: AskManyResult): string {
  const share = read.ofCharacters > 0 ? Math.round((100 * read.characters) / read.ofCharacters) : 100;
  const how = read.ranked
    ? t('the best passages by their words, {0}% of the text of {1} files', share, read.ofDocuments)
    : read.documents === 1
      ? t('1 file')
      : t('{0} files', read.documents);
  const parts = [`${how}, ${(timing.totalMs / 1000).toFixed(1)} s`];
  if (read.ended === 'settled') parts.push(t('further passages changed nothing'));
  if (read.ended === 'time') parts.push(t('then the time was over'));
  parts.push(skippedInWords(skipped));
  parts.push(`${engine.model}, ${engine.precision}, ${engine.device}`);
  return parts.filter(Boolean).join(' · ');
}

/** `file:line:column`, one-based. */
const place = (file: string, { line, character }: PlacedAnswer) => `${file}:${line + 1}:${character + 1}`;
