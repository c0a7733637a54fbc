/** Several questions at once, for an engine that takes several; what comes of them arrives in their order. */

import { setMaxListeners } from 'node:events';
import { throwIfAborted } from '../errors.js';

/** Results that wait for an earlier one, for each item that is worked on. */
const AHEAD = 4;

/** UTF-16 units of the items under way together, or a single one. */
const MOST_UNITS = 4 * 2 ** 20;

/**
 * Works on items as they come and hands out the results in the order of the items.
 * @param most items at once, at least 1; asked again for each item
 * @param work must not throw before it returns its promise
 * @param take if it returns a promise, that is waited for
 * @param unitsOf what an item keeps in memory, in UTF-16 units
 * @throws AskBertError Cancelled; what the first item in order that failed has thrown, once all that were begun have
 *   ended: the signal of the others is aborted
 */
export async function inOrder<I, R>(
  items: Iterable<I> | AsyncIterable<I>,
  most: () => number,
  work: (item: I, signal: AbortSignal) => Promise<R>,
  take: (item: I, result: R) => unknown,
  signal?: AbortSignal,
  unitsOf: (item: I) => number = () => 0,
): Promise<void> {
  const stop = new AbortController();
  const cancel = () => stop.abort(signal?.reason);
  // Each item listens.
  setMaxListeners(0, stop.signal);
  const begun: { item: I; result: Promise<R>; ended: boolean }[] = [];
  let atWork = 0;
  let units = 0;
  let onEnd = () => {};
  const oneEnds = () =>
    new Promise<void>((resolve) => {
      onEnd = resolve;
    });
  const takeFirst = async () => {
    const { item, result } = begun[0];
    await take(item, await result);
    begun.shift();
  };
  /** Before the next item is fetched, so that what it is may depend on what was taken. */
  const whenFree = async () => {
    while (atWork >= most()) await oneEnds();
    while (begun.length > 0 && (begun[0].ended || begun.length >= AHEAD * most())) await takeFirst();
  };
  const begin = (item: I, own: number) => {
    const entry = { item, result: work(item, stop.signal), ended: false };
    const end = () => {
      entry.ended = true;
      atWork--;
      units -= own;
      onEnd();
    };
    atWork++;
    units += own;
    entry.result.then(end, end);
    begun.push(entry);
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  try {
    for (;;) {
      await whenFree();
      throwIfAborted(signal);
      const next = await source.next();
      if (next.done) break;
      const own = unitsOf(next.value);
      while (atWork > 0 && units + own > MOST_UNITS) await oneEnds();
      begin(next.value, own);
    }
    while (begun.length > 0) await takeFirst();
  } finally {
    signal?.removeEventListener('abort', cancel);
    stop.abort();
    await source.return?.();
    await Promise.allSettled(begun.map(({ result }) => result));
  }
}
