/**
 * Order in which the windows of a long document are read if progress is requested: the most related to the question
 * first.
 */
import { Ranking, type TermIndex } from '../ranking/lexical.js';
import { firstFrom } from '../text/binary-search.js';
import { stemsOfQuestion } from '../text/stems.js';
import type { Pieces } from '../tokenizer/pieces.js';
import { type WindowPlan, windowContext, windowStart } from './windows.js';
import type { WordIndex } from './word-index.js';

/**
 * Number of windows that are read first. Over many documents the passage with the answer was never beyond the 17th
 * (`patience` of calibration.ts); windows overlap.
 */
const NEAREST = 32;

/**
 * Every window once: those most related to the words of the question (BM25, as for passages of many documents), best
 * first, then the others in sequence. Time is linear in words and windows.
 * @param context offsets in the text of `index`
 * @param most how many of them come first
 * @returns [plan.count]
 */
export function nearestFirst(
  plan: WindowPlan,
  context: Pieces,
  index: WordIndex,
  question: string,
  most = NEAREST,
): number[] {
  const ranking = new Ranking(question);
  ranking.add(0, termsOf(plan, context, index, question));
  const nearest = ranking.finish().slice(0, most);
  const order = nearest.map(({ place }) => place.start);
  const taken = new Set(order);
  for (let w = 0; w < plan.count; w++) if (!taken.has(w)) order.push(w);
  return order;
}

/** The words of the question as an index whose passages are the windows; its position is its index. */
function termsOf(plan: WindowPlan, { starts, ends }: Pieces, index: WordIndex, question: string): TermIndex {
  const windows = Int32Array.from({ length: plan.count }, (_, w) => w);
  const from = windows.map((w) => starts[windowStart(plan, w)]);
  const to = windows.map((w) => ends[windowStart(plan, w) + windowContext(plan, w) - 1]);
  const lengths = Uint16Array.from(
    windows,
    (w) => firstFrom(index.words.starts, to[w]) - firstFrom(index.words.starts, from[w]),
  );
  const stems = Uint32Array.from(stemsOfQuestion(question)).sort();
  const places = index.placesOf([...stems]);
  const sections = index.sectionsOf([...stems]);
  const first = new Uint32Array(stems.length + 1);
  const passages: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < stems.length; i++) {
    // How many more there are than in the previous window.
    const more = new Int32Array(plan.count + 1);
    const add = (start: number, end: number) => {
      more[firstFrom(to, start + 1)]++;
      more[firstFrom(from, end)]--;
    };
    for (const place of places[i]) add(place, place + 1);
    // A word of a heading counts as if it were in every window below it.
    for (let s = 0; s < sections[i].length; s += 2) add(sections[i][s], sections[i][s + 1]);
    let count = 0;
    for (let w = 0; w < plan.count; w++) {
      count += more[w];
      if (count <= 0) continue;
      passages.push(w);
      counts.push(Math.min(255, count));
    }
    first[i + 1] = passages.length;
  }
  return {
    starts: windows,
    ends: windows,
    lengths,
    stems,
    first,
    passages: Uint32Array.from(passages),
    counts: Uint8Array.from(counts),
  };
}
