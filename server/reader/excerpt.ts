/**
 * For a very long document of records, the model reads only the records most related to the question: all of them would
 * take minutes.
 */
import { rankRecords } from '../ranking/records.js';
import type { ReadingView } from '../views/base/reading-view.js';
import type { Records } from '../views/base/records.js';

/** A shorter document is read completely, in UTF-16 units: about a thousand rows, some 20 seconds on a processor. */
export const LONG_DOCUMENT = 100_000;
/** Limits for a longer one: records, and their total units. */
export const EXCERPT_RECORDS = 200;
export const EXCERPT_UNITS = 16_000;
/** Records that score below this fraction of the best one are left out: the best has rare words that they lack. */
const LEAST_SHARE = 1 / 3;

export interface Excerpt {
  view: ReadingView;
  /** Number of records shown and in total; one that is always shown does not count. */
  read: number;
  of: number;
}

/** The best records for a question; if the document has none of its words, the first ones. */
export function excerptOf(records: Records, question: string): Excerpt {
  const { text, starts, always, following = 0 } = records;
  const best = rankRecords(records, question).filter(({ record }) => record !== always);
  const least = LEAST_SHARE * (best.at(0)?.score ?? 0);
  const ranked = best.filter(({ score }) => score >= least).map(({ record }) => record);
  const chosen = new Set<number>();
  let units = 0;
  for (let i = 0; i < (ranked.length > 0 ? ranked.length : starts.length); i++) {
    const first = ranked[i] ?? i;
    const last = Math.min(starts.length - 1, ranked.length > 0 ? first + following : first);
    for (let record = first; record <= last; record++) {
      if (record === always || chosen.has(record)) continue;
      units += (starts[record + 1] ?? text.length) - starts[record];
      if (chosen.size > 0 && (units > EXCERPT_UNITS || chosen.size >= EXCERPT_RECORDS)) break;
      chosen.add(record);
    }
    if (units > EXCERPT_UNITS || chosen.size >= EXCERPT_RECORDS) break;
  }
  const read = chosen.size;
  if (always >= 0) chosen.add(always);
  const view = records.view([...chosen].sort((a, b) => a - b));
  return { view, read, of: starts.length - (always >= 0 ? 1 : 0) };
}
