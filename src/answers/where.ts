/** Where an answer stands, as a reader of its document says it: "page 3" of a PDF, "line 12" of a text. */
import * as vscode from 'vscode';
import type { Origin } from '../../server/protocol.js';
import { oneLine } from '../shared/texts.js';

/** What is kept of the place of an answer in a file whose text was extracted. */
export type Where = Readonly<Pick<Origin, 'page' | 'slide' | 'sheet' | 'cell' | 'chapter' | 'section'>>;

/** "page 3", "slide 2", "Costs!C14", a heading in quotes; undefined: nothing but its line is known. */
export function originText({ page, slide, sheet, cell, chapter, section }: Where): string | undefined {
  const { l10n } = vscode;
  if (page !== undefined) return l10n.t('page {0}', page);
  if (slide !== undefined) return l10n.t('slide {0}', slide);
  if (sheet !== undefined) return oneLine(cell === undefined ? sheet : `${sheet}!${cell}`, 60);
  const below = chapter ?? section;
  return below === undefined ? undefined : `“${oneLine(below, 60)}”`;
}

/** @param line from 0 */
export const whereText = (place: Where & { line: number }): string =>
  originText(place) ?? vscode.l10n.t('line {0}', place.line + 1);

/** Only what is known. */
export function whereOf({ page, slide, sheet, cell, chapter, section }: Where): Where {
  const all = { page, slide, sheet, cell, chapter, section };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
