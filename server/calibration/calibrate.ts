/**
 * Measures the ranges of a model's activations: FP32 runs over windows of text count the values at each place, two
 * ways of taking a range from them are tried on windows that were held out, and the one whose quantised network stays
 * closer to the logits of FP32 is kept.
 */
import { ObservedGraph, type ObservedTensor, QuantisedGraph } from '../engine/cpu/calibration-graphs.js';
import { GraphRun } from '../engine/cpu/graph-run.js';
import type { WindowBatch } from '../engine/engine.js';
import { AskBertError, breathe } from '../errors.js';
import { t } from '../l10n.js';
import type { ModelConfig } from '../model/config.js';
import {
  isRange,
  type LayerRanges,
  type RangedPrecision,
  type RangeMethod,
  type Ranges,
  rangedPrecisions,
  rangeMethods,
  rangeSites,
  rangeText,
} from '../model/ranges/ranges.js';
import type { ModelWeights } from '../model/weights.js';
import { Histogram } from './histogram.js';

/** Share of the values that a range by percentile holds. */
const PERCENTILE = 0.999;

const LOGITS = ['start', 'end'];

export interface CalibrationWindows {
  /** Whose activations are counted. One row each, without padding. */
  readonly read: readonly WindowBatch[];
  /** By which the way of taking ranges is chosen. */
  readonly held: readonly WindowBatch[];
}

export interface CalibrateOptions {
  threads: number;
  signal?: AbortSignal | undefined;
  progress?: ((done: number, total: number) => void) | undefined;
}

/** Root mean square of the differences from FP32 over the logits of all windows held out. */
export type LogitErrors = Record<RangeMethod, Record<RangedPrecision, number>>;

export interface Calibration {
  readonly ranges: Ranges;
  readonly errors: LogitErrors;
}

/**
 * @param hash SHA-256 of the weights
 * @throws AskBertError ModelInvalid: activations that no range can hold; LibraryMissing, EngineBuild, EngineRun,
 *   OutOfMemory, Cancelled
 */
export async function calibrate(
  weights: ModelWeights,
  hash: string,
  windows: CalibrationWindows,
  { threads, signal, progress = () => {} }: CalibrateOptions,
): Promise<Calibration> {
  const { read, held } = windows;
  const total = read.length + held.length * (1 + rangeMethods.length * rangedPrecisions.length);
  let done = 0;
  const step = async (): Promise<void> => {
    progress(++done, total);
    await breathe(signal);
  };
  const { candidates, logits } = await observe(weights, windows, threads, step);
  const errors = {} as LogitErrors;
  for (const method of rangeMethods) {
    errors[method] = {} as Record<RangedPrecision, number>;
    for (const precision of rangedPrecisions) {
      const graph = new QuantisedGraph(weights, precision, { layers: candidates[method] });
      errors[method][precision] = await errorOf(graph, held, logits, threads, step);
    }
  }
  const method = closest(errors);
  const ranges: Ranges = { format: 1, weights: hash, windows: read.length, method, layers: candidates[method] };
  return { ranges, errors };
}

/** The one with the smaller error in both precisions together, as shares of the other's. */
export function closest(errors: LogitErrors): RangeMethod {
  const product = (method: RangeMethod): number => rangedPrecisions.reduce((p, each) => p * errors[method][each], 1);
  return product('percentile') < product('max') ? 'percentile' : 'max';
}

/** Both ways of taking ranges, and the logits of the windows held out. */
async function observe(
  weights: ModelWeights,
  { read, held }: CalibrationWindows,
  threads: number,
  step: () => Promise<void>,
): Promise<{ candidates: Record<RangeMethod, LayerRanges[]>; logits: Float32Array[][] }> {
  const { config } = weights;
  const graph = new ObservedGraph(weights);
  const run = await GraphRun.open(graph, threads);
  try {
    const places = new Map(graph.observed.map((place) => [place.output, { ...place, histogram: new Histogram() }]));
    for (const window of read) {
      await run.run(window, [...places.keys()], (name, data) => {
        const { layer, site, histogram } = places.get(name)!;
        if (!histogram.add(data)) throw unmeasurable(config, { layer, site }, t('numbers that are not finite'));
      });
      await step();
    }
    const logits: Float32Array[][] = [];
    for (const window of held) {
      logits.push(await logitsOf(run, window));
      await step();
    }
    const take = (rangeOf: (histogram: Histogram) => number): LayerRanges[] => {
      const layers = Array.from({ length: config.layers }, () => ({}) as Record<ObservedTensor['site'], number>);
      for (const { layer, site, histogram } of places.values()) {
        // The network on TensorRT divides by the root in the weights of the query.
        const divisor = site === 'query' ? Math.sqrt(config.hiddenSize / config.heads) : 1;
        const range = shortest(rangeOf(histogram) / divisor);
        if (!isRange(range)) throw unmeasurable(config, { layer, site }, String(range));
        layers[layer][site] = range;
      }
      return layers.map((layer) => Object.fromEntries(rangeSites.map((site) => [site, layer[site]])) as LayerRanges);
    };
    return {
      candidates: {
        max: take(({ max }) => max),
        // Where nearly all values are 0, as after a ReLU, the percentile may be 0, too.
        percentile: take((histogram) => histogram.percentile(PERCENTILE) || histogram.max),
      },
      logits,
    };
  } finally {
    await run.close();
  }
}

/** A 32-bit float in as few digits as it needs. */
const shortest = (value: number): number => Number(value.toPrecision(9));

const unmeasurable = (
  { folder }: ModelConfig,
  { layer, site }: Pick<ObservedTensor, 'layer' | 'site'>,
  found: string,
): AskBertError =>
  new AskBertError(
    'ModelInvalid',
    t(
      'The model {0} cannot be calibrated: "{1}" of layer {2} reaches {3}, expected {4}.',
      folder,
      site,
      layer,
      found,
      rangeText(),
    ),
    t('TensorRT can run it in fp32 or bf16.'),
  );

async function logitsOf(run: GraphRun, window: WindowBatch): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  await run.run(window, LOGITS, (_, data) => found.push(data.slice()));
  return found;
}

async function errorOf(
  graph: QuantisedGraph,
  held: readonly WindowBatch[],
  expected: readonly Float32Array[][],
  threads: number,
  step: () => Promise<void>,
): Promise<number> {
  const run = await GraphRun.open(graph, threads);
  let squares = 0;
  let count = 0;
  try {
    for (const [w, window] of held.entries()) {
      for (const [side, found] of (await logitsOf(run, window)).entries()) {
        for (const [i, value] of found.entries()) squares += (value - expected[w][side][i]) ** 2;
        count += found.length;
      }
      await step();
    }
  } finally {
    await run.close();
  }
  return Math.sqrt(squares / count);
}
