/** Several questions at once, for an engine that takes several; what comes of them arrives in their order. */

import { setMaxListeners } from 'node:events';
import { throwIfAborted } from '../errors.js';

/** Results that wait for an earlier one, for each item that is worked on. */
const AHEAD = 4;

/**
 * Works on items as they come and hands out the results in the order of the items.
 * @param most items at once, at least 1; asked again for each item
 * @param work must not throw before it returns its promise
 * @throws AskBertError Cancelled; what the first item in order that failed has thrown, once all that were begun have
 *   ended: the signal of the others is aborted
 */
export async function inOrder<I, R>(
  items: Iterable<I> | AsyncIterable<I>,
  most: () => number,
  work: (item: I, signal: AbortSignal) => Promise<R>,
  take: (item: I, result: R) => void,
  signal?: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const cancel = () => stop.abort(signal?.reason);
  // Each item listens.
  setMaxListeners(0, stop.signal);
  const begun: { item: I; result: Promise<R>; ended: boolean }[] = [];
  let atWork = 0;
  let onEnd = () => {};
  const takeFirst = async () => {
    const { item, result } = begun[0];
    take(item, await result);
    begun.shift();
  };
  const begin = (item: I) => {
    const entry = { item, result: work(item, stop.signal), ended: false };
    const end = () => {
      entry.ended = true;
      atWork--;
      onEnd();
    };
    atWork++;
    entry.result.then(end, end);
    begun.push(entry);
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for await (const item of items) {
      throwIfAborted(signal);
      while (atWork >= most() || begun.length >= AHEAD * most()) {
        if (begun[0].ended || begun.length >= AHEAD * most()) await takeFirst();
        else {
          await new Promise<void>((resolve) => {
            onEnd = resolve;
          });
        }
      }
      begin(item);
    }
    while (begun.length > 0) await takeFirst();
  } finally {
    signal?.removeEventListener('abort', cancel);
    stop.abort();
    await Promise.allSettled(begun.map(({ result }) => result));
  }
}
