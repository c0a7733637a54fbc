/**
 * Positions of the words of a document by stem: created once per version of its text, and after an edit only updated
 * where it changed.
 */

import { breathe } from '../errors.js';
import { firstFrom } from '../text/binary-search.js';
import { changedStretch } from '../text/changed-stretch.js';
import { stemOf, WORD, wordOf, wordsOf } from '../text/stems.js';
import type { BlockKind, ReadingView } from '../views/base/reading-view.js';

/** Words between two yields to the event loop. */
const BREATH = 50_000;

/** Words of a view's text as a struct of arrays, in order. */
interface Words {
  /** [words] offsets in the text. */
  readonly starts: Int32Array;
  /** [words] hashes of their stems. */
  readonly stems: Uint32Array;
}

/** Adjacent blocks below the same headings, and the stems of these. */
interface Section {
  readonly start: number;
  end: number;
  readonly stems: readonly number[];
}

export class WordIndex {
  /** The different stems; created on demand. */
  #stems: ReadonlySet<number> | undefined;
  readonly #sections: readonly Section[];
  /** Ranges of records: start and end of each alternately, ascending. */
  readonly records: Int32Array;
  /** Whether they are messages of a chat. */
  readonly isConversation: boolean;

  private constructor(
    readonly text: string,
    readonly words: Words,
    view: ReadingView,
  ) {
    this.#sections = sectionsOf(view);
    this.records = recordsOf(view);
    this.isConversation = view.blocks.some(({ kind }) => kind === 'message');
  }

  /** @param old of an older text; unchanged words are reused. @throws AskBertError Cancelled */
  static async of(view: ReadingView, old?: WordIndex, signal?: AbortSignal): Promise<WordIndex> {
    const { text } = view;
    if (!old) return new WordIndex(text, await wordsIn(text, 0, text.length, signal), view);
    const { from, to } = changedStretch(old.text, text);
    const grown = text.length - old.text.length;
    const middle = await wordsIn(text, from, to, signal);
    const head = firstFrom(old.words.starts, from);
    const tail = firstFrom(old.words.starts, to - grown);
    const after = head + middle.starts.length;
    const length = after + old.words.starts.length - tail;
    const words: Words = { starts: new Int32Array(length), stems: new Uint32Array(length) };
    for (const key of ['starts', 'stems'] as const) {
      words[key].set(old.words[key].subarray(0, head));
      words[key].set(middle[key], head);
      words[key].set(old.words[key].subarray(tail), after);
    }
    if (grown !== 0) for (let i = after; i < length; i++) words.starts[i] += grown;
    return new WordIndex(text, words, view);
  }

  /** Approximate memory in bytes. */
  get bytes(): number {
    return 8 * this.words.starts.length + 100 * this.#sections.length;
  }

  /** Whether a word with this stem occurs. */
  has(stem: number): boolean {
    this.#stems ??= new Set(this.words.stems);
    return this.#stems.has(stem);
  }

  /** For each of the given stems its offsets, ascending. */
  placesOf(stems: readonly number[]): number[][] {
    const places = stems.map((): number[] => []);
    // Most words are not among them: a lookup in a small table tells.
    const some = new Uint8Array(256);
    for (const stem of stems) some[stem & 255] = 1;
    const { starts, stems: all } = this.words;
    for (let i = 0; i < all.length; i++) {
      if (some[all[i] & 255] === 0) continue;
      const which = stems.indexOf(all[i]);
      if (which >= 0) places[which].push(starts[i]);
    }
    return places;
  }

  /** For each of the given stems the sections below a heading with it: start and end alternately, ascending. */
  sectionsOf(stems: readonly number[]): number[][] {
    const found = stems.map((): number[] => []);
    for (const { start, end, stems: own } of this.#sections) {
      for (const stem of own) {
        const which = stems.indexOf(stem);
        if (which >= 0) found[which].push(start, end);
      }
    }
    return found;
  }
}

async function wordsIn(text: string, from: number, to: number, signal: AbortSignal | undefined): Promise<Words> {
  const starts: number[] = [];
  const stems: number[] = [];
  const whole = from === 0 && to === text.length;
  for (const match of (whole ? text : text.slice(from, to)).matchAll(WORD)) {
    starts.push(from + match.index);
    if (stems.push(stemOf(wordOf(match[0]))) % BREATH === 0) await breathe(signal);
  }
  return { starts: Int32Array.from(starts), stems: Uint32Array.from(stems) };
}

const isRecord = (kind: BlockKind): boolean => kind === 'logLine' || kind === 'message';

function recordsOf({ blocks }: ReadingView): Int32Array {
  let count = 0;
  for (const { kind } of blocks) if (isRecord(kind)) count++;
  const records = new Int32Array(2 * count);
  let at = 0;
  for (const { start, end, kind } of blocks) {
    if (!isRecord(kind)) continue;
    records[at++] = start;
    records[at++] = end;
  }
  return records;
}

function sectionsOf({ blocks }: ReadingView): Section[] {
  const sections: Section[] = [];
  let last: readonly string[] = [];
  for (const { start, end, path } of blocks) {
    if (path.length === 0) continue;
    const open = sections.at(-1);
    if (open && path === last) open.end = end;
    else sections.push({ start, end, stems: [...new Set(wordsOf(path.join(' ')).map(stemOf))] });
    last = path;
  }
  return sections;
}
