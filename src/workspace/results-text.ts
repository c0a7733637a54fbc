/** Texts of the results tree: counts, labels, and the same for screen readers. */
import * as vscode from 'vscode';
import type { SkipReason } from '../../server/protocol.js';
import { append } from '../../server/text/arrays.js';
import { confidence } from '../answers/grade.js';
import { correctedText } from '../answers/hover.js';
import { whereText } from '../answers/where.js';
import { dateText } from '../history/export.js';
import { oneLine, pathText, percent } from '../shared/texts.js';
import type { Run, Section, TreePlace } from './results.js';

const number = (value: number) => new Intl.NumberFormat(vscode.env.language).format(value);

/** "1,203 of 2,000 files, 12 skipped, about 20 s left" */
export function countsText(run: Run): string {
  const { l10n } = vscode;
  const parts: string[] = [];
  if (run.phase === 'finding') return l10n.t('looking for files');
  if (run.phase === 'reading' && run.total === 0) return l10n.t('loading the model');
  const { read } = run.result ?? {};
  if (!read) append(parts, soFar(run));
  else if (read.ranked) {
    const share = shareOf(read);
    parts.push(
      l10n.t(
        '{0} of {1} files, {2} of the text: the passages nearest to the question',
        number(read.documents),
        number(read.ofDocuments),
        share,
      ),
    );
    if (read.ended === 'settled') parts.push(l10n.t('more passages did not change the answer'));
    if (read.ended === 'time') parts.push(l10n.t('stopped at the time limit'));
  } else parts.push(read.documents === 1 ? l10n.t('1 file read') : l10n.t('{0} files read', number(read.documents)));
  if (run.skippedCount > 0) parts.push(l10n.t('{0} skipped', number(run.skippedCount)));
  if (run.phase === 'reading' && run.left !== undefined) {
    parts.push(
      run.left < 100
        ? l10n.t('about {0} s left', Math.max(1, Math.round(run.left)))
        : l10n.t('about {0} min left', Math.round(run.left / 60)),
    );
  }
  return parts.join(', ');
}

/**
 * What was read until now, or until it was cancelled. When the nearest passages are read, the number of files that were
 * searched says nothing about how much that is.
 */
function soFar({ done, total, read }: Run): string[] {
  const { l10n } = vscode;
  if (!read) return [l10n.t('{0} of {1} files', number(done), number(total))];
  const searched =
    done < total
      ? l10n.t('{0} of {1} files searched', number(done), number(total))
      : total === 1
        ? l10n.t('1 file searched')
        : l10n.t('{0} files searched', number(total));
  return [searched, l10n.t('{0} of the text read', shareOf(read))];
}

const shareOf = ({ characters, ofCharacters }: NonNullable<Run['read']>): string =>
  ofCharacters > 0 ? percent(Math.min(1, characters / ofCharacters)) : '–';

/** The line above the tree. */
export function messageText(run: Run): string {
  const { l10n } = vscode;
  let state = countsText(run);
  if (run.phase === 'cancelled') state = l10n.t('Cancelled: {0}.', state);
  if (run.phase === 'failed') state = l10n.t('Failed: {0}.', state);
  if (run.phase === 'done') state = `${state}.`;
  if (run.phase === 'done' && run.total === 0) state = l10n.t('No file to read.');
  else if (isNothing(run)) state = l10n.t('Nothing was read: every file was skipped.');
  const lines = [state];
  if (run.asked !== undefined) {
    lines.push(l10n.t('Asked on {0}; files may have changed since.', dateText(run.asked)));
  }
  if (run.filter !== undefined) lines.push(l10n.t('Files: {0}.', run.filter));
  if (run.result?.correctedQuestion) lines.push(correctedText(run.result.correctedQuestion));
  if (run.beyond > 0) lines.push(beyondText(run.beyond));
  for (const { message } of run.result?.warnings ?? []) lines.push(message);
  return lines.join(' ');
}

/** @param count files that were left out because there are too many */
export const beyondText = (count: number): string =>
  count === 1
    ? vscode.l10n.t('There is 1 more file than can be read at once: ask about one of their folders.')
    : vscode.l10n.t(
        'There are {0} more files than can be read at once: ask about one of their folders.',
        number(count),
      );

/** The probability is said only where everything was read: of what was not, nothing is known. */
export function noAnswerText({ result, answers }: Run): string {
  const { l10n } = vscode;
  const guesses = answers.length > 0;
  if (!result) return l10n.t('No answer.');
  if (result.read.characters < result.read.ofCharacters) {
    const share = shareOf(result.read);
    return guesses
      ? l10n.t('No answer in the {0} of the text that was read. Best guesses:', share)
      : l10n.t('No answer in the {0} of the text that was read.', share);
  }
  // How sure a model is of a language that it does not read means nothing.
  if (result.otherLanguage) {
    return guesses ? l10n.t('No answer in these files. Best guesses:') : l10n.t('No answer in these files.');
  }
  const sure = percent(result.noAnswer.probability);
  return guesses
    ? l10n.t('No answer in these files (probability {0}). Best guesses:', sure)
    : l10n.t('No answer in these files (probability {0}).', sure);
}

/** The words of a place, in one line. */
export const wordsOf = ({ prose, text }: TreePlace): string => oneLine(prose ?? text, 200);

/** "sure, 87 % · line 12", "sure, 87 % · page 3" */
export const placeText = (place: TreePlace): string => `${confidence(place)} · ${whereText(place)}`;

/** For a screen reader: words, grade and probability, file, line, headings. */
export function spoken(place: TreePlace, file: string): string {
  const said = [wordsOf(place), confidence(place), file, whereText(place)];
  if (place.path?.length) said.push(pathText(place.path));
  if (place.excerpt) said.push(place.excerpt);
  return said.join(', ');
}

/** "service-agreement.md", "lease.pdf, still reading" */
export function sectionText({ name, guess, reading }: Section): string {
  if (reading) return vscode.l10n.t('{0}, still reading', name);
  return guess ? vscode.l10n.t('{0}, best guesses', name) : name;
}

const isNothing = ({ phase, result }: Run): boolean => phase === 'done' && result?.read.ofDocuments === 0;

/** How a question about many files ended, for screen readers. */
export function bestText(run: Run): string {
  const { l10n } = vscode;
  const { answers, result } = run;
  const [best] = answers;
  if (isNothing(run)) return l10n.t('Nothing was read: every file was skipped.');
  const { noAnswer } = result ?? {};
  if (!best || noAnswer?.chosen) return noAnswerText(run);
  return l10n.t('Best answer: {0}', spoken(best, vscode.workspace.asRelativePath(vscode.Uri.parse(best.uri))));
}

export function reasonText(reason: SkipReason): string {
  const { l10n } = vscode;
  switch (reason) {
    case 'binary':
      return l10n.t('not a text');
    case 'tooLarge':
      return l10n.t('too large');
    case 'notText':
      return l10n.t('encoding not clear');
    case 'password':
      return l10n.t('needs a password');
    case 'noText':
      return l10n.t('without text');
    case 'damaged':
      return l10n.t('damaged');
    default:
      return l10n.t('cannot be read');
  }
}
