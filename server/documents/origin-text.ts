/** Where an answer stands in a file with pages, slides, sheets or chapters, in words. */
import { t } from '../l10n.js';
import type { Origin } from '../protocol.js';
import { oneLine } from '../text/one-line.js';

/** Units of a title that are shown. */
const MAX_TITLE = 60;

/** "page 3"; '' if the text is not that of a file with such places. */
export function originText(origin: Origin): string {
  const { page, pageLabel, slide, sheet, cell, chapter, section, part } = origin;
  const words: string[] = [];
  if (part !== undefined) words.push(title(part));
  if (page !== undefined) {
    words.push(pageLabel === undefined ? t('page {0}', page) : t('page {0} (printed: {1})', page, title(pageLabel)));
  }
  if (slide !== undefined) words.push(t('slide {0}', slide));
  if (sheet !== undefined) words.push(addressOf(sheet, cell));
  if (chapter !== undefined) words.push(t('chapter "{0}"', title(chapter)));
  else if (words.length === 0 && section !== undefined) words.push(t('section "{0}"', title(section)));
  return words.join(', ');
}

/** The same for programs: English in every language. */
export function originCode({ page, slide, sheet, cell, chapter, section }: Origin): string {
  if (page !== undefined) return `page ${page}`;
  if (slide !== undefined) return `slide ${slide}`;
  if (sheet !== undefined) return addressOf(sheet, cell);
  const below = chapter ?? section;
  if (below === undefined) return '';
  return `${chapter === undefined ? 'section' : 'chapter'} "${title(below)}"`;
}

/** As a spreadsheet writes it: `'Tax rates'!C14`. */
function addressOf(sheet: string, cell: string | undefined): string {
  const name = /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(sheet) ? sheet : `'${oneLine(sheet).replaceAll("'", "''")}'`;
  return cell === undefined ? name : `${name}!${cell}`;
}

const title = (text: string): string => {
  const line = oneLine(text);
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1).trimEnd()}…`;
};
