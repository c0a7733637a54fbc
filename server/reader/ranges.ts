/** The items of a list that is an answer as a whole, as ranges of the file. */

import type { Answer, AnswerRange, OffsetRange } from '../protocol.js';
import { append } from '../text/arrays.js';
import type { ReadDocument } from './document.js';

/** Separator of two items on one line. */
const BETWEEN = '; ';

/**
 * @param items in the view, in order, each with some text from the file
 * @param lead in the view, before them
 */
export function rangesOfItems(
  { text, view, lines }: ReadDocument,
  items: readonly OffsetRange[],
  lead: OffsetRange | undefined,
): Pick<Answer, 'prose' | 'parts' | 'ranges' | 'sentence'> {
  const ranges: AnswerRange[] = [];
  const parts: OffsetRange[] = [];
  const shown: string[] = [];
  for (const item of items) {
    const place = view.toFile(item.start, item.end);
    if (!place) continue;
    const prose = view.text.slice(item.start, item.end);
    const words = text.slice(place.start, place.end);
    const from = lines.at(place.start);
    const to = lines.at(place.end);
    ranges.push({
      start: place.start,
      end: place.end,
      text: words,
      ...(prose === words ? {} : { prose }),
      line: from.line,
      character: from.character,
      endLine: to.line,
      endCharacter: to.character,
    });
    append(parts, view.partsInFile(item.start, item.end));
    shown.push(prose);
  }
  const start = (lead && view.toFile(lead.start, lead.end)?.start) ?? ranges[0].start;
  const sentence = { start, end: ranges[ranges.length - 1].end };
  return { prose: shown.join(BETWEEN), parts, ranges, sentence };
}
