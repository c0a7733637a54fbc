/** Windows without padding, for measurements of an engine alone. */
import type { WindowBatch } from '../engine/engine.js';
import type { ModelConfig } from '../model/config.js';

/** `count` windows of `length` pieces, the first twelve of them a question. */
export function fullWindows(
  count: number,
  length: number,
  { vocabularySize, pair }: Pick<ModelConfig, 'vocabularySize' | 'pair'>,
): WindowBatch {
  const inputIds = Int32Array.from({ length: count * length }, (_, i) => (i * 7919) % vocabularySize);
  const segmentIds = Int32Array.from({ length: count * length }, (_, i) => (i % length < 12 ? 0 : pair.contextSegment));
  return { count, length, inputIds, segmentIds, lengths: new Int32Array(count).fill(length) };
}
