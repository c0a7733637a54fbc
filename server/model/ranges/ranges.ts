/**
 * The ranges of a model's activations, by which INT8 and FP8 networks are scaled: the largest absolute value at seven
 * places of each encoder layer, measured by `ask-bert calibrate` and bound to the weights by their SHA-256.
 */
import { createHash } from 'node:crypto';
import { t } from '../../l10n.js';
import type { NetworkShape } from '../config.js';
import { excerpt } from '../message-excerpt.js';

/** The order in which engines get them. */
export const rangeSites = ['input', 'query', 'key', 'value', 'context', 'middle', 'inner'] as const;
/**
 * - `input` what the products of query, key and value read: the output of the LayerNorm before
 * - `query` after its division by the square root of the head size, with its bias; `key` and `value` with theirs
 * - `context` what attention.output.dense reads
 * - `middle` what intermediate.dense reads: the output of attention.output.LayerNorm
 * - `inner` what output.dense reads: after the activation function
 */
export type RangeSite = (typeof rangeSites)[number];
export type LayerRanges = Readonly<Record<RangeSite, number>>;

/** Precisions that need ranges. */
export const rangedPrecisions = ['int8', 'fp8'] as const;
export type RangedPrecision = (typeof rangedPrecisions)[number];

/** How a range was taken from the values that were seen: the largest one, or the one that 99.9 % do not exceed. */
export const rangeMethods = ['max', 'percentile'] as const;
export type RangeMethod = (typeof rangeMethods)[number];

/** What a precision costs this model, measured against FP32, and what it gains. */
export interface MeasuredLoss {
  /** F1 points. */
  readonly f1: number;
  readonly questions: number;
  /** Name of the questions, for people. */
  readonly data: string;
  /**
   * Windows a second as a multiple of FP16's: full windows in batches of 32, GPU time alone. Undefined, like `device`:
   * not measured.
   */
  readonly speed?: number | undefined;
  /** Name of the device on which `speed` was measured. */
  readonly device?: string | undefined;
}

export interface Ranges {
  readonly format: 1;
  /** SHA-256 of model.safetensors. */
  readonly weights: string;
  /** Windows that were read. */
  readonly windows: number;
  readonly method: RangeMethod;
  /** One for each encoder layer. */
  readonly layers: readonly LayerRanges[];
  readonly loss?: Readonly<Partial<Record<RangedPrecision, MeasuredLoss>>> | undefined;
}

/** Largest number of FP16, in which the network calculates between its quantised products. */
export const LARGEST_RANGE = 65504;

/** [layers, 7] largest absolute values, row-major, in the order of {@link rangeSites}. */
export const amaxOf = ({ layers }: Pick<Ranges, 'layers'>): Float32Array =>
  Float32Array.from(layers.flatMap((layer) => rangeSites.map((site) => layer[site])));

/** SHA-256 of [layers, 7] ranges: part of what an engine is known by. */
export const rangesHash = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');

/** Whether an engine can be scaled by it: as a 32-bit float above 0, and no more than FP16 holds. */
export const isRange = (value: unknown): value is number =>
  typeof value === 'number' && Math.fround(value / LARGEST_RANGE) > 0 && value <= LARGEST_RANGE;

/** What is wrong with ranges read from a file, a phrase; undefined: nothing. */
export function rangesFault(value: unknown, config: NetworkShape, hash: string): string | undefined {
  if (!isObject(value)) return t('not an object');
  const { format, weights, windows, method, layers, loss } = value;
  if (format !== 1) return t('of an unknown version ({0}, expected {1})', excerpt(format) ?? t('missing'), 1);
  if (weights !== hash) return t('for other weights');
  if (!isCount(windows)) return wrong('windows', windows, t('a whole number above 0'));
  if (!rangeMethods.some((each) => each === method)) return wrong('method', method, rangeMethods.join(', '));
  if (!Array.isArray(layers)) return wrong('layers', layers, t('a list'));
  if (layers.length !== config.layers) {
    return t('for {0} layers, but the model has {1}', layers.length, config.layers);
  }
  for (const [i, layer] of layers.entries()) {
    for (const site of rangeSites) {
      const found: unknown = isObject(layer) ? layer[site] : undefined;
      if (!isRange(found)) return wrong(`layers[${i}].${site}`, found, rangeText());
    }
  }
  return loss === undefined ? undefined : lossFault(loss);
}

/** What a range has to be. */
export const rangeText = (): string => t('a number above 0 and at most {0}', LARGEST_RANGE);

function lossFault(loss: unknown): string | undefined {
  if (!isObject(loss)) return wrong('loss', loss, t('an object'));
  for (const [precision, measured] of Object.entries(loss)) {
    const field = `loss.${precision}`;
    if (!rangedPrecisions.some((each) => each === precision)) return wrong('loss', loss, rangedPrecisions.join(', '));
    if (!isObject(measured)) return wrong(field, measured, t('an object'));
    const { f1, questions, data, speed, device } = measured;
    if (typeof f1 !== 'number' || Math.abs(f1) > 100) return wrong(`${field}.f1`, f1, t('a number'));
    if (!isCount(questions)) return wrong(`${field}.questions`, questions, t('a whole number above 0'));
    if (typeof data !== 'string') return wrong(`${field}.data`, data, t('a string'));
    if (speed === undefined && device === undefined) continue;
    if (typeof speed !== 'number' || !(speed > 0 && speed < Infinity)) {
      return wrong(`${field}.speed`, speed, t('a number above 0'));
    }
    if (typeof device !== 'string') return wrong(`${field}.device`, device, t('a string'));
  }
  return undefined;
}

const wrong = (field: string, found: unknown, expected: string): string =>
  t('damaged: {0} is {1}, expected {2}', field, excerpt(found) ?? t('missing'), expected);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
