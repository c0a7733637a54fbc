/**
 * If a question asks for a whole list or one of its items, that is the answer instead of the span that the model found
 * in it.
 */
import type { OffsetRange } from '../protocol.js';
import { stemOf, wordsOf } from '../text/stems.js';
import { TEMPERATURE } from './calibration.js';
import { enumerationAround } from './enumerations.js';
import { type ListQuestion, listQuestionOf } from './list-question.js';
import type { List, ListItem } from './lists.js';
import type { ProjectedAnswer } from './projection.js';

/** A span of the view; a list also has its items, and spans from the first to the last. */
export interface ListedAnswer extends ProjectedAnswer {
  items?: readonly OffsetRange[];
  /** The lead-in that announces the items, if any. */
  lead?: OffsetRange;
}

/** Limits for a list as one answer, in items and in units of the view. */
const MOST_ITEMS = 100;
const LONGEST_LIST = 8000;
/** Number of candidates of which one must be in a list whose lead-in matches the question. */
const NEAR = 5;
/**
 * Minimum margins, in logit units, of an item that is asked for by its number, where the text is unambiguous, and of a
 * list whose lead-in has all words of the question.
 */
const CERTAIN_MARGIN = 8;
const SURE_MARGIN = 4;
/** The lead of such a list over the best candidate elsewhere. */
const AHEAD = 1;

interface ReadText {
  text: string;
  lists: readonly List[];
  /** The part of the view that was read. */
  within: OffsetRange;
}

/**
 * The candidates, with those inside replaced by the requested list, item or enumeration.
 * @param found best first, with margins
 */
export function answersFromLists(found: readonly ProjectedAnswer[], question: string, read: ReadText): ListedAnswer[] {
  const asked = found.length > 0 ? listQuestionOf(question) : undefined;
  if (!asked) return [...found];
  return asked.ordinal === undefined ? allOf(found, asked, read) : itemOf(found, asked, asked.ordinal, read);
}

function allOf(found: readonly ProjectedAnswer[], asked: ListQuestion, read: ReadText): ListedAnswer[] {
  const list = listFor(found, asked, read);
  if (list) {
    const items = itemsWithin(list, read.within);
    if (items.length > 1) {
      const span = { start: items[0].start, end: items[items.length - 1].end };
      if (items.length <= MOST_ITEMS && span.end - span.start <= LONGEST_LIST) {
        const ranges = items.map(({ start, end }) => ({ start, end }));
        const [whole, ...others] = inPlaceOf(found, span, ranges, list.lead);
        if (answersPlural(read.text, list, asked) !== 'surely') return [whole, ...others];
        // Ranked before a candidate elsewhere that looked better.
        const least = Math.max(SURE_MARGIN, holds(list, found[0].start) ? found[0].margin : found[0].margin + AHEAD);
        return [whole.margin < least ? raised(whole, found[0], least) : whole, ...others];
      }
    }
  }
  const enumeration = enumerationAround(read.text, read.within, found[0]);
  return enumeration ? inPlaceOf(found, enumeration) : [...found];
}

/** The requested list: the best answer is in it, or its lead-in has all words of the question. */
function listFor(found: readonly ProjectedAnswer[], asked: ListQuestion, { text, lists }: ReadText): List | undefined {
  const [best] = found;
  const holding = lists.filter((list) => holds(list, best.start)).reverse();
  const near = holding.find((list) => answersPlural(text, list, asked) !== 'no');
  if (near) return near;
  return lists.find(
    (list) =>
      answersPlural(text, list, asked) === 'surely' && found.slice(0, NEAR).some(({ start }) => holds(list, start)),
  );
}

const holds = ({ lead, items }: List, place: number): boolean =>
  (items[0].start <= place && place < items[items.length - 1].until) ||
  (lead !== undefined && lead.start <= place && place < lead.end);

/** Whether the text before a list names what the question asks for, so that its items are the answer. */
function answersPlural(text: string, list: List, asked: ListQuestion): 'no' | 'perhaps' | 'surely' {
  const near = stemsBefore(text, list);
  const above = new Set([...near, ...wordsOf(list.path.join(' ')).map(stemOf)]);
  const missing = asked.rest.filter((stem) => !above.has(stem));
  if (missing.length > 0) {
    const items = list.items.map(({ start, until }) => new Set(wordsOf(text.slice(start, until)).map(stemOf)));
    for (const stem of missing) {
      const count = items.filter((stems) => stems.has(stem)).length;
      // A word that only some items have: those are asked for.
      if (count > 0 && count < items.length) return 'no';
    }
  }
  const named =
    asked.nouns.length > 0 &&
    (asked.nouns.some((noun) => near.has(noun)) || (asked.generic && list.ordered && list.path.length > 0));
  const covered = asked.rest.length - missing.length;
  if (named) {
    if (missing.length > asked.rest.length / 2) return 'no';
    return missing.length === 0 && (asked.rest.length > 0 || asked.nouns.length > 0) ? 'surely' : 'perhaps';
  }
  const said = asked.rest.filter((stem) => near.has(stem)).length;
  return said > 0 && 3 * covered >= 2 * asked.rest.length ? 'perhaps' : 'no';
}

/** Stems of the lead-in and of the nearest heading. */
function stemsBefore(text: string, { lead, path }: List): Set<number> {
  const words = `${path.at(-1) ?? ''} ${lead ? text.slice(lead.start, lead.end) : ''}`;
  return new Set(wordsOf(words).map(stemOf));
}

function itemOf(
  found: readonly ProjectedAnswer[],
  asked: ListQuestion,
  ordinal: number,
  { text, lists, within }: ReadText,
): ListedAnswer[] {
  const [best] = found;
  let chosen: { list: List; item: ListItem; points: number } | undefined;
  for (const list of lists) {
    const item = numbered(list, ordinal);
    if (!item || item.start < within.start || item.end > within.end) continue;
    const near = stemsBefore(text, list);
    const above = new Set([...near, ...wordsOf(list.path.join(' ')).map(stemOf)]);
    const named = asked.nouns.some((noun) => near.has(noun));
    if (!named && !(asked.generic && (list.ordered || lists.length === 1))) continue;
    const missing = asked.rest.filter((stem) => !above.has(stem)).length;
    const holdsBest = holds(list, best.start);
    // Other words of the question do not occur above the list: another list may be meant.
    if (missing === asked.rest.length && missing > 0 && !holdsBest) continue;
    const points = (named ? 4 : 0) + 3 * (asked.rest.length - missing) + (list.ordered ? 2 : 0) + (holdsBest ? 1 : 0);
    if (!chosen || points > chosen.points) chosen = { list, item, points };
  }
  if (!chosen) return [...found];
  const { item } = chosen;
  if (asked.whole) {
    const [first, ...others] = inPlaceOf(found, { start: item.start, end: item.end });
    const margin = Math.max(first.margin, best.margin, CERTAIN_MARGIN);
    return [raised(first, best, margin), ...others];
  }
  // Something in the item is asked for: the model's best span there.
  const inside = found.filter(({ start, end }) => item.start <= start && end <= item.until);
  if (inside.length === 0 || inside[0] === best) return [...found];
  const [first] = inside;
  return [raised(first, best, best.margin), ...found.filter((one) => one !== first)];
}

/** A candidate in the window of another one, with a higher margin and the probability that goes with it. */
function raised(one: ListedAnswer, best: ProjectedAnswer, margin: number): ListedAnswer {
  const share = best.probability * Math.exp((margin - best.margin) / TEMPERATURE);
  const probability = Math.max(share, one.probability);
  return { ...one, margin, score: best.score - best.margin + margin, probability };
}

/** The item with a number: by its own number, otherwise by position; counted from the end if negative. */
function numbered({ items }: List, ordinal: number): ListItem | undefined {
  if (ordinal < 0) return items.at(ordinal);
  return (
    items.find(({ label }) => label === ordinal) ?? (items[0].label === undefined ? items[ordinal - 1] : undefined)
  );
}

function itemsWithin({ items }: List, { start, end }: OffsetRange): ListItem[] {
  return items.filter((item) => item.start >= start && item.end <= end && item.end > item.start);
}

/**
 * A span replacing the candidates inside it: with the sum of their probabilities and the margin of the best of them, or
 * of all candidates if there are none inside.
 * @param besides another range whose candidates count as inside the span
 */
function inPlaceOf(
  found: readonly ProjectedAnswer[],
  span: OffsetRange,
  items?: readonly OffsetRange[],
  besides?: OffsetRange,
): ListedAnswer[] {
  const overlaps = (a: OffsetRange, b: OffsetRange | undefined) =>
    b !== undefined && a.start < b.end && b.start < a.end;
  const inside = found.filter((one) => overlaps(one, span) || overlaps(one, besides));
  const others = found.filter((one) => !overlaps(one, span) && !overlaps(one, besides));
  const best = inside[0] ?? found[0];
  const probability = inside.reduce((sum, one) => sum + one.probability, 0);
  const whole: ListedAnswer = { ...best, start: span.start, end: span.end, probability };
  if (items) whole.items = items;
  if (items && besides) whole.lead = besides;
  return [whole, ...others];
}
