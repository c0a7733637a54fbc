/**
 * Readings that ended before the end of their text: the same question about the same text continues there instead of
 * beginning again. One for each document, as long as the document is kept.
 */
import type { PartRead } from '../protocol.js';
import type { Pieces } from '../tokenizer/pieces.js';
import type { ReadDocument } from './document.js';
import type { Projection } from './projection.js';
import type { AskRequest } from './request.js';
import { type WindowPlan, windowContext, windowStart } from './windows.js';

export interface Unfinished {
  readonly key: string;
  readonly projection: Projection;
  /** Windows that were read, and those that were not, in reading order. */
  readonly read: readonly number[];
  readonly left: readonly number[];
}

export class UnfinishedReadings {
  readonly #of = new WeakMap<ReadDocument, Unfinished>();

  keep(document: ReadDocument, reading: Unfinished): void {
    this.#of.set(document, reading);
  }

  of(document: ReadDocument): Unfinished | undefined {
    return this.#of.get(document);
  }

  /** The reading of the same question, which is from now on the caller's. */
  take(document: ReadDocument, key: string): Unfinished | undefined {
    const reading = this.#of.get(document);
    this.#of.delete(document);
    return reading?.key === key ? reading : undefined;
  }
}

/** Equal for questions whose windows and spans are the same. @param asked the question as it is read */
export const keyOf = ({ range, options, amongOthers }: AskRequest, asked: string): string =>
  JSON.stringify([asked, range, options, amongOthers]);

/** How much of the text the read windows cover: neighbours overlap. Time is linear in the windows. */
export function sharesOf(
  plan: WindowPlan,
  { starts, ends, length }: Pieces,
  reading: Unfinished | undefined,
): Pick<PartRead, 'characters' | 'ofCharacters'> {
  const isRead = new Uint8Array(plan.count);
  for (const window of reading?.read ?? []) isRead[window] = 1;
  const first = starts[0] ?? 0;
  const last = ends[length - 1] ?? first;
  let characters = 0;
  let reached = first;
  for (let w = 0; w < plan.count; w++) {
    if (!isRead[w]) continue;
    const from = Math.max(reached, starts[windowStart(plan, w)]);
    const to = ends[windowStart(plan, w) + windowContext(plan, w) - 1];
    characters += Math.max(0, to - from);
    reached = Math.max(reached, to);
  }
  return { characters, ofCharacters: last - first };
}
