/** Passages of a document: neighbouring blocks of its reading view, of about 200 words, with their headings. */
import type { OffsetRange } from '../protocol.js';
import { WORD, wordOf, wordsOf } from '../text/stems.js';
import type { Block, ReadingView } from '../views/base/reading-view.js';

/** Words in a passage: about as many as fit into one window of the model. */
export const PASSAGE_WORDS = 200;
/** A longer block is split into several passages. */
const LONGEST_WORDS = 260;
/** Overlap of the parts of a split block, in words. */
const OVERLAP_WORDS = 30;

export interface Passage {
  /** In the file. */
  place: OffsetRange;
  /** Its words, lower case, those of its headings included. */
  words: string[];
}

/** The passages of a view, one after the other; time and memory are linear in it. */
export function* passagesOf(view: ReadingView): Generator<Passage> {
  let open: { start: number; end: number; words: string[]; path: readonly string[] } | undefined;
  for (const block of view.blocks) {
    for (const part of partsOf(view, block)) {
      // A new heading starts a new passage, unless the current one is still very short.
      const other = open && open.path !== block.path && open.words.length >= PASSAGE_WORDS / 4;
      if (open && (other || open.words.length + part.words.length > LONGEST_WORDS)) {
        yield* passage(view, open);
        open = undefined;
      }
      if (!open) open = { start: part.start, end: part.end, words: wordsOf(block.path.join(' ')), path: block.path };
      open.end = part.end;
      for (const word of part.words) open.words.push(word);
    }
  }
  if (open) yield* passage(view, open);
}

function* passage(view: ReadingView, open: { start: number; end: number; words: string[] }): Generator<Passage> {
  const place = view.toFile(open.start, open.end);
  if (place && open.words.length > 0) yield { place, words: open.words };
}

/** A block, or overlapping parts of a long one, with their words. */
function* partsOf(view: ReadingView, block: Block): Generator<OffsetRange & { words: string[] }> {
  const words: string[] = [];
  const starts: number[] = [];
  let cut = false;
  for (const match of view.text.slice(block.start, block.end).matchAll(WORD)) {
    words.push(wordOf(match[0]));
    starts.push(block.start + match.index);
    if (words.length < LONGEST_WORDS) continue;
    // The part ends before this word; the overlap with the next one is kept.
    const first = cut ? starts[0] : block.start;
    yield { start: first, end: starts[PASSAGE_WORDS], words: words.slice(0, PASSAGE_WORDS) };
    words.splice(0, PASSAGE_WORDS - OVERLAP_WORDS);
    starts.splice(0, PASSAGE_WORDS - OVERLAP_WORDS);
    cut = true;
  }
  if (words.length > 0) yield { start: cut ? starts[0] : block.start, end: block.end, words };
}
