/**
 * Which records of a long document (rows of a table, say) have the words of a question. Only those words are searched
 * and nothing is indexed, so that a file of many megabytes takes a fraction of a second.
 */
import { firstFrom } from '../text/binary-search.js';
import { stemOf, stemsOfQuestion, WORD, wordsOf } from '../text/stems.js';
import type { Records } from '../views/base/records.js';

/** Units searched at once; cut where records begin and end. */
const CHUNK_UNITS = 1024 * 1024;
const LETTER = /[\p{L}\p{M}\p{N}]/u;
const ALONE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

export interface RankedRecord {
  record: number;
  /** Above 0. */
  score: number;
}

interface Term {
  stem: number;
  /** A prefix that nearly every word with this stem has. */
  prefix: string;
  /** Records with it, ascending. */
  found: number[];
}

/**
 * Records with at least one word of the question, best first: BM25 without the lengths, each word counted once.
 * Time is linear in the text, for each word of the question.
 */
export function rankRecords({ text, starts }: Pick<Records, 'text' | 'starts'>, question: string): RankedRecord[] {
  const terms = termsOf(question);
  for (let record = 0; record < starts.length; ) {
    const from = starts[record];
    let next = firstFrom(starts, from + CHUNK_UNITS);
    if (next === record) next++;
    const to = next < starts.length ? starts[next] : text.length;
    const chunk = lowerCase(text.slice(from, to));
    for (const term of terms) look(term, chunk, from, starts);
    record = next;
  }
  const scores = new Map<number, number>();
  for (const { found } of terms) {
    const weight = Math.log(1 + (starts.length - found.length + 0.5) / (found.length + 0.5));
    for (const record of found) scores.set(record, (scores.get(record) ?? 0) + weight);
  }
  return Array.from(scores, ([record, score]) => ({ record, score })).sort(
    (a, b) => b.score - a.score || a.record - b.record,
  );
}

function termsOf(question: string): Term[] {
  const stems = new Set(stemsOfQuestion(question));
  const terms = new Map<number, Term>();
  for (const word of wordsOf(question)) {
    const stem = stemOf(word);
    if (!stems.has(stem)) continue;
    const units = /\d/.test(word) ? word.length : Math.max(3, Math.floor(word.length / 2));
    const prefix = word.slice(0, units);
    const known = terms.get(stem);
    if (!known || prefix.length < known.prefix.length) terms.set(stem, { stem, prefix, found: [] });
  }
  return [...terms.values()];
}

function look({ stem, prefix, found }: Term, chunk: string, offset: number, starts: Int32Array): void {
  const word = new RegExp(WORD.source, 'uy');
  for (let at = chunk.indexOf(prefix); at >= 0; at = chunk.indexOf(prefix, at + 1)) {
    if (at > 0 && LETTER.test(chunk[at - 1]) && !ALONE.test(chunk[at])) continue;
    word.lastIndex = at;
    const match = word.exec(chunk);
    if (!match || stemOf(match[0].slice(0, 64)) !== stem) continue;
    const record = firstFrom(starts, offset + at + 1) - 1;
    if (record >= 0 && found.at(-1) !== record) found.push(record);
  }
}

/** Of the same length as before. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
