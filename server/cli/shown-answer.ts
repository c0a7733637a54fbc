/** An answer for display in a terminal: in its passage, a list item by item. */
import { t } from '../l10n.js';
import type { Answer, Grade, PartRead } from '../protocol.js';
import { oneLine } from '../text/one-line.js';
import { passageAround, type Style } from './text.js';

/** Maximum number of other places listed. */
const SHOWN_PLACES = 5;

/**
 * Lines.
 * @param text of the document
 * @param reach units of the text on each side
 */
export function shownAnswer(
  text: string,
  { start, end, ranges, sentence }: Answer,
  style: Style,
  reach?: number,
): string[] {
  if (!ranges || ranges.length === 0) {
    const { before, answer, after } = passageAround(text, start, end, reach);
    return [`${before}${style.answer(answer)}${after}`];
  }
  const lead = oneLine(text.slice(sentence?.start ?? start, start)).trim();
  const items = ranges.map((range) => `- ${style.answer(oneLine(range.prose ?? range.text))}`);
  // Without the marker of the first item.
  const said = lead.replace(/\s*(?:[-+*•◦]+|[([]?\w{1,3}[.)\]]|\\item|(?:<[^<>]*>\s*)+)$/, '');
  return said === '' ? items : [said, ...items];
}

/** "also 3:1, 7:12" @param places formatted */
export function alsoText(places: readonly string[]): string {
  const shown = t('also {0}', places.slice(0, SHOWN_PLACES).join(', '));
  const more = places.length - SHOWN_PLACES;
  if (more <= 0) return shown;
  return `${shown} ${more === 1 ? t('and in 1 more place') : t('and in {0} more places', more)}`;
}

export const correctedText = (question: string): string => t('Read as: {0}', oneLine(question));

/** "p=0.98 sure" */
export const beliefText = ({ probability, grade }: Answer): string => `p=${probability.toFixed(2)} ${gradeText(grade)}`;

function gradeText(grade: Grade): string {
  switch (grade) {
    case 'sure':
      return t('sure');
    case 'unsure':
      return t('unsure');
    default:
      return t('guess');
  }
}

/** Whole per cent of a text that was read: 100 and 0 only if that is exact. */
export function shareText({ characters, ofCharacters }: Pick<PartRead, 'characters' | 'ofCharacters'>): string {
  if (characters >= ofCharacters) return '100';
  const percent = (100 * characters) / ofCharacters;
  if (percent > 0 && percent < 1) return '<1';
  return String(Math.min(99, Math.round(percent)));
}

/** How much of a long text was read, and why not more. */
export function readText({ characters, ofCharacters, ended }: PartRead): string {
  const share = shareText({ characters, ofCharacters });
  return ended === 'settled'
    ? t(
        '{0}% of the text was read, the passages nearest to the question; more of them did not change the answer.',
        share,
      )
    : t('{0}% of the text was read, the passages nearest to the question, up to the time limit.', share);
}
