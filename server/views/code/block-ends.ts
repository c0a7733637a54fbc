/** Ends of block comments. Queried from front to back, all searches together read the text once. */
import type { BlockRule } from './comment-syntax.js';

export class BlockEnds {
  /** Nested comments that were unbalanced once: from here they end at their first end. */
  #flat = new Set<BlockRule>();
  /** Ends that do not occur any more. */
  #missing = new Set<string>();
  /** The next opening of a nested comment. */
  #nextOpen = new Map<BlockRule, number>();

  constructor(readonly text: string) {}

  /** The next query may be about an earlier place. */
  rewind(): void {
    this.#nextOpen.clear();
  }

  /** The place after the end of a comment; -1: it does not end. @param from the place after its opening */
  find(rule: BlockRule, from: number, close: string): number {
    if (this.#missing.has(close)) return -1;
    if (rule.nested && !this.#flat.has(rule)) {
      const end = this.#nested(rule, from, close);
      if (end >= 0) return end;
      this.#flat.add(rule);
    }
    const end = this.text.indexOf(close, from);
    if (end >= 0) return end + close.length;
    this.#missing.add(close);
    return -1;
  }

  #nested(rule: BlockRule, from: number, close: string): number {
    const { text } = this;
    const open = typeof rule.open === 'string' ? rule.open : '(*';
    let next = this.#nextOpen.get(rule) ?? -1;
    let end = -1;
    for (let depth = 1, place = from; ; ) {
      // Openings before it leave the next end where it is.
      if (end < place) end = text.indexOf(close, place);
      if (end < 0) return -1;
      if (next < place) {
        next = text.indexOf(open, place);
        if (next < 0) next = Number.POSITIVE_INFINITY;
      }
      if (next < end) {
        depth++;
        place = next + open.length;
        continue;
      }
      place = end + close.length;
      if (--depth === 0) {
        this.#nextOpen.set(rule, next);
        return place;
      }
    }
  }
}
