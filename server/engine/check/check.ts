/**
 * Compares an engine with the golden logits of its model: finite, close enough for its precision, and the same answer.
 */

import { AskBertError, asAskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import { type Golden, type GoldenWindow, spreadOf } from '../../model/golden/golden.js';
import type { EngineCheck, EngineDetails, Precision } from '../../protocol.js';
import { largest } from '../../text/arrays.js';
import type { Engine, Logits, WindowBatch } from '../engine.js';

/**
 * Allowed differences for each precision, as fractions of the spread of the golden logits: for a single logit, and for
 * the root mean square of all. Independent of the processor. Measured on the embedded, the tiny and random models: fp32
 * 5e-6 and 2e-6; fp16 0.002 and 0.0007, bf16 0.014 and 0.005 (operands rounded); on all but the random ones 8 bits with
 * exact sums 0.032 and 0.010, with weights of 7 bits 0.067 and 0.014, with sums that saturate 0.08 and 0.043 at least.
 * fp8 0.020 and 0.008 on the embedded model, up to 0.17 and 0.072 on tiny random ones.
 */
export const tolerances: Record<Precision, { largest: number; mean: number }> = {
  fp32: { largest: 1e-3, mean: 2e-4 },
  fp16: { largest: 0.01, mean: 0.003 },
  bf16: { largest: 0.06, mean: 0.02 },
  int8: { largest: 0.12, mean: 0.025 },
  fp8: { largest: 0.2, mean: 0.08 },
};

/**
 * 8 bits on TensorRT, where the scales of activations are fixed beforehand and attention is rounded, too: 0.061 and
 * 0.025 on the embedded model, up to 0.046 and 0.015 on tiny ones, with that rounding on the CPU.
 */
const fixedScales = { largest: 0.25, mean: 0.08 };

const toleranceOf = ({ name, precision }: EngineDetails): { largest: number; mean: number } =>
  precision === 'int8' && name.startsWith('tensorrt') ? fixedScales : tolerances[precision];

/** A model may give nearly equal logits everywhere: minimum tolerance for rounding, in logit units. */
const ROUNDING = 1e-4;

/** Time limit of a check, which normally takes milliseconds. */
const LIMIT_MS = 60_000;

/** An engine that must not answer. The message names it and says why. */
export class CheckFailed extends AskBertError {
  /**
   * @param byLogits refused because of the golden logits, which may be at fault themselves
   * @param lasting it would fail again; false after a timeout, which also happens when the machine sleeps
   */
  constructor(
    message: string,
    readonly byLogits: boolean,
    options?: { cause?: unknown },
    readonly lasting = true,
  ) {
    super('EngineBuild', message, undefined, options);
  }
}

export interface CheckOptions {
  /** Longest window of the model; engines that pad are checked at every length that they pad to. */
  maxLength: number;
  signal?: AbortSignal | undefined;
  limitMs?: number | undefined;
}

/**
 * Runs the golden windows.
 * @throws CheckFailed; the reason of the signal, or AskBertError OutOfMemory, which are not the fault of the engine
 */
export async function checkEngine(engine: Engine, golden: Golden, options: CheckOptions): Promise<EngineCheck> {
  const began = performance.now();
  const { info } = engine;
  const allowed = toleranceOf(info);
  const spread = spreadOf(golden);
  const tolerance = allowed.largest * spread + ROUNDING;
  const worst = { difference: 0, mean: 0 };
  for (const batch of batchesFor(engine, golden, options.maxLength)) {
    const logits = await runWithin(engine, batch, options);
    const found = compare(golden, batch, logits);
    if (!Number.isFinite(found.difference)) {
      throw new CheckFailed(t('{0} was refused: it gave logits that are not numbers.', nameOf(info)), false);
    }
    worst.difference = Math.max(worst.difference, found.difference);
    worst.mean = Math.max(worst.mean, found.mean);
    const figures = [worst.difference.toPrecision(3), tolerance.toPrecision(3)];
    if (worst.difference > tolerance) {
      throw new CheckFailed(
        t("{0} was refused: its logits differ from the model's by {1}, {2} is allowed.", nameOf(info), ...figures),
        true,
      );
    }
    const meanTolerance = allowed.mean * spread + ROUNDING;
    if (worst.mean > meanTolerance) {
      throw new CheckFailed(
        t(
          "{0} was refused: its logits differ from the model's by {1} on average, {2} is allowed.",
          nameOf(info),
          worst.mean.toPrecision(3),
          meanTolerance.toPrecision(3),
        ),
        true,
      );
    }
    if (found.moved > tolerance) {
      throw new CheckFailed(
        t(
          '{0} was refused: it gives a different answer from the model (its logits differ by {1}, {2} is allowed).',
          nameOf(info),
          ...figures,
        ),
        true,
      );
    }
  }
  return {
    difference: worst.difference,
    tolerance,
    ms: performance.now() - began,
    windows: golden.windows.length,
  };
}

/** Name of an engine in messages. */
export const nameOf = ({ name, precision }: Pick<EngineDetails, 'name' | 'precision'>): string =>
  t('The {0} engine in {1}', name, precision);

/** A copy of the golden windows: all of them, or the longest alone, in rows of `length` pieces. */
interface GoldenBatch extends WindowBatch {
  /** [count] the window of each row. */
  readonly windows: readonly number[];
}

/**
 * All windows in one batch. If the engine pads: each length that it pads to, with all windows and with one, twice,
 * since the first run may take another path than later ones.
 */
function batchesFor(engine: Engine, golden: Golden, maxLength: number): GoldenBatch[] {
  const longest = largest(golden.windows.map(({ inputIds }) => inputIds.length));
  const all = golden.windows.map((_, i) => i);
  if (!engine.paddedLength) return [batchOf(golden, all, longest)];
  const lengths = new Set<number>();
  for (let length = longest; length <= maxLength; length++) lengths.add(engine.paddedLength(length));
  const one = [golden.windows.findIndex(({ inputIds }) => inputIds.length === longest)];
  return [...lengths].flatMap((length) =>
    [all, all, one, one].map((windows) => batchOf(golden, windows, Math.min(length, maxLength))),
  );
}

function batchOf(golden: Golden, windows: readonly number[], length: number): GoldenBatch {
  const inputIds = new Int32Array(windows.length * length);
  const segmentIds = new Int32Array(windows.length * length);
  for (const [row, i] of windows.entries()) {
    inputIds.set(golden.windows[i].inputIds, row * length);
    segmentIds.set(golden.windows[i].segmentIds, row * length);
  }
  const lengths = Int32Array.from(windows, (i) => golden.windows[i].inputIds.length);
  return { count: windows.length, length, inputIds, segmentIds, lengths, windows };
}

async function runWithin(engine: Engine, batch: WindowBatch, options: CheckOptions): Promise<Logits> {
  const limit = options.limitMs ?? LIMIT_MS;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = t(
      '{0} was refused: its check did not finish within {1} seconds.',
      nameOf(engine.info),
      limit / 1000,
    );
    timer = setTimeout(() => reject(new CheckFailed(message, false, undefined, false)), limit);
  });
  try {
    return await Promise.race([engine.run(batch, options.signal), late]);
  } catch (e) {
    throwIfAborted(options.signal);
    const error = asAskBertError(e);
    if (error instanceof CheckFailed || error.code === 'Cancelled' || error.code === 'OutOfMemory') throw error;
    throw new CheckFailed(
      t('{0} was refused: it failed during its check. {1}', nameOf(engine.info), error.message),
      false,
      {
        cause: e,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @returns the largest difference (NaN: not numbers, or not enough of them), the root mean square of all, and by
 *   how much the golden score of the answer that the logits choose is below that of the right one
 */
function compare(golden: Golden, batch: GoldenBatch, logits: Logits) {
  let difference = 0;
  let squares = 0;
  let count = 0;
  let moved = 0;
  for (const [row, i] of batch.windows.entries()) {
    const window = golden.windows[i];
    const from = row * batch.length;
    const found = {
      start: logits.start.subarray(from, from + window.start.length),
      end: logits.end.subarray(from, from + window.end.length),
    };
    for (const side of ['start', 'end'] as const) {
      for (const [k, value] of window[side].entries()) {
        // A missing logit gives NaN, which `Math.max` keeps.
        const off = Math.abs(found[side][k] - value);
        difference = Math.max(difference, off);
        squares += off * off;
        count++;
      }
    }
    moved = Math.max(moved, scoreOf(window, bestSpan(window)) - scoreOf(window, bestSpan(found)));
  }
  return { difference, mean: Math.sqrt(squares / count), moved };
}

type Span = readonly [start: number, end: number];
type Sides = { readonly start: ArrayLike<number>; readonly end: ArrayLike<number> };

/** The span with the highest start + end; [0, 0], at [CLS], is "no answer". */
function bestSpan({ start, end }: Sides): Span {
  let best: Span = [0, 0];
  let first = 0;
  for (let e = 0; e < end.length; e++) {
    if (start[e] > start[first]) first = e;
    if (start[first] + end[e] > start[best[0]] + end[best[1]]) best = [first, e];
  }
  return best;
}

const scoreOf = ({ start, end }: GoldenWindow, [s, e]: Span): number => start[s] + end[e];
