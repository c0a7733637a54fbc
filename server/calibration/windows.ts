/** The windows that a model is calibrated with: questions on their texts, as the reader lays them out. */
import type { WindowBatch } from '../engine/engine.js';
import { throwIfAborted } from '../errors.js';
import type { ModelConfig } from '../model/config.js';
import { buildBatch, planWindows } from '../reader/windows.js';
import type { Pieces } from '../tokenizer/pieces.js';
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js';
import type { CalibrationWindows } from './calibrate.js';

/** A question on a text. */
export interface Example {
  readonly question: string;
  readonly context: string;
}

/** Every fifth window is held out. */
const HELD = 5;

/**
 * Up to `count` windows to read and a quarter more to hold out, from examples spread evenly: the first window of each,
 * then the second of those that have one, and so on.
 * @throws AskBertError Cancelled
 */
export async function calibrationWindows(
  config: ModelConfig,
  tokenizer: TextTokenizer,
  examples: readonly Example[],
  count: number,
  signal?: AbortSignal,
): Promise<CalibrationWindows> {
  const needed = count + Math.ceil(count / (HELD - 1));
  const known = new Map<string, Pieces>();
  const encode = async (text: string): Promise<Pieces> => {
    const pieces = known.get(text) ?? (await tokenizer.encodeAsync(text, 0, text.length, signal));
    known.set(text, pieces);
    return pieces;
  };
  const chosen = spread(examples, needed);
  const all: WindowBatch[] = [];
  for (let round = 0, found = true; found && all.length < needed; round++) {
    found = false;
    for (const { question, context } of chosen) {
      if (all.length >= needed) break;
      throwIfAborted(signal);
      const [asked, text] = [await encode(question), await encode(context)];
      const { maxSequenceLength, docStride, pair } = config;
      const plan = planWindows(asked.length, text.length, maxSequenceLength, docStride, { pair });
      if (round >= plan.count) continue;
      all.push(buildBatch(plan, [round], asked, text, tokenizer.vocabulary));
      found = true;
    }
  }
  const isHeld = (_: WindowBatch, i: number): boolean => i % HELD === HELD - 1;
  return { read: all.filter((each, i) => !isHeld(each, i)), held: all.filter(isHeld) };
}

/** At most `count` of a list, at equal distances. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]);
}
