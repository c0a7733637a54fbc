/**
 * Golden logits: the logits of a few short fixed windows, computed by the plain forward pass of reference.ts and bound
 * to the weights by their SHA-256. Every engine is compared with them after loading (engine/check/).
 */

import { createHash } from 'node:crypto';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { largest, smallest } from '../../text/arrays.js';
import { type ModelConfig, type NetworkShape, networkShape } from '../config.js';
import { readModelTokenizer } from '../model-tokenizer.js';
import type { ModelWeights } from '../weights.js';
import { multiplicationsPerPiece, type ReferenceWindow, referenceLogits } from './reference.js';

export interface GoldenWindow extends ReferenceWindow {
  /** [length] logits. */
  readonly start: readonly number[];
  readonly end: readonly number[];
}

export interface Golden {
  readonly format: 1;
  /** SHA-256 of model.safetensors. */
  readonly weights: string;
  /** Fields of the configuration that decide what the weights mean. */
  readonly network: NetworkShape;
  readonly windows: readonly GoldenWindow[];
  /** SHA-256 of everything else: detects numbers changed on disk. */
  readonly digest: string;
}

/**
 * Lengths of the windows: two equal ones, which share a batch, and a longer one. The first plan within the budget is
 * used, otherwise the last one.
 */
const plans = [
  [12, 12, 32],
  [8, 8, 16],
  [8, 8],
];
/** About three seconds of one core. */
const BUDGET = 3e9;

const questions = ['who built the old bridge', 'when did the war end', 'what is the name of the river'];
const passage =
  'the king built a great city in the north of the country in 1931 . his daughter , the first queen , opened the ' +
  'bridge over the river two years later , when the war had ended and the people came home .';

/**
 * Runs the plain forward pass: for the embedded model half a second, for BERT-Large some seconds, once per model.
 * @param hash SHA-256 of the weights
 * @throws AskBertError ModelInvalid when the model gives no numbers, Cancelled
 */
export async function makeGolden(weights: ModelWeights, hash: string, signal?: AbortSignal): Promise<Golden> {
  const { config } = weights;
  const windows = goldenWindows(config);
  const logits = await referenceLogits(weights, windows, signal);
  for (const { start, end } of logits) {
    if ([...start, ...end].every(Number.isFinite)) continue;
    throw new AskBertError(
      'ModelInvalid',
      t('model.safetensors of {0} is damaged: the logits that it gives are not numbers.', config.folder),
      t('Copy or download the model folder again.'),
    );
  }
  return withDigest({
    format: 1,
    weights: hash,
    network: networkShape(config),
    windows: windows.map(({ inputIds, segmentIds }, i) => ({
      inputIds,
      segmentIds,
      start: Array.from(logits[i].start, shortest),
      end: Array.from(logits[i].end, shortest),
    })),
  });
}

export const withDigest = (golden: Omit<Golden, 'digest'>): Golden => ({ ...golden, digest: digestOf(golden) });

function digestOf({ format, weights, network, windows }: Omit<Golden, 'digest'>): string {
  const numbers = windows.map(({ inputIds, segmentIds, start, end }) => [inputIds, segmentIds, start, end]);
  return createHash('sha256')
    .update(JSON.stringify([format, weights, network, numbers]))
    .digest('hex');
}

/** A 32-bit float in as few digits as it needs. */
const shortest = (value: number): number => Number(value.toPrecision(9));

/**
 * Question and passage of plain English, as far as the vocabulary has the words; of other models, any of their pieces.
 */
function goldenWindows(config: ModelConfig): ReferenceWindow[] {
  const { vocabulary } = readModelTokenizer(config);
  const { separators, contextSegment: context } = config.pair;
  const idOf = (word: string): number => vocabulary.idOfWord(word) ?? pieceFor(word, vocabulary.size);
  const lengths = plans.find((plan) => sum(plan) * multiplicationsPerPiece(config) <= BUDGET) ?? plans.at(-1)!;
  const between = Array<number>(separators).fill(vocabulary.sepId);
  return lengths.map((planned, i) => {
    const length = Math.min(planned, config.maxSequenceLength);
    const question = questions[i].split(' ').slice(0, Math.floor((length - 2 - separators) / 2.5));
    const words = passage.split(' ');
    const rest = Array.from(
      { length: length - 2 - separators - question.length },
      (_, k) => words[(5 * i + k) % words.length],
    );
    return {
      inputIds: [vocabulary.clsId, ...question.map(idOf), ...between, ...rest.map(idOf), vocabulary.sepId],
      segmentIds: Array.from({ length }, (_, k) => (k < question.length + 1 + separators ? 0 : context)),
    };
  });
}

/** A fixed piece for a word that the vocabulary does not have. */
function pieceFor(word: string, size: number): number {
  let hash = 0;
  for (const c of word) hash = (Math.imul(hash, 31) + c.charCodeAt(0)) >>> 0;
  return hash % size;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Largest minus smallest logit: the scale for differences. */
export function spreadOf({ windows }: Golden): number {
  const all = windows.flatMap(({ start, end }) => [...start, ...end]);
  return largest(all) - smallest(all);
}

/** Whether two sets of golden logits are equal up to rounding. */
export function sameGolden(a: Golden, b: Golden): boolean {
  const allowed = 1e-5 * (1 + spreadOf(b));
  const numbers = ({ windows }: Golden) => windows.map(({ start, end }) => [...start, ...end]);
  const ids = ({ windows }: Golden) => JSON.stringify(windows.map((w) => [w.inputIds, w.segmentIds]));
  const [x, y] = [numbers(a).flat(), numbers(b).flat()];
  return ids(a) === ids(b) && x.every((value, i) => Math.abs(value - y[i]) <= allowed);
}

/** What is wrong with golden logits read from a file; undefined: nothing. */
export function goldenFault(value: unknown, config: ModelConfig, hash: string): string | undefined {
  if (typeof value !== 'object' || value === null) return t('not an object');
  const golden = value as Partial<Record<keyof Golden, unknown>>;
  if (golden.format !== 1) return t('of an unknown version');
  if (golden.weights !== hash) return t('for other weights');
  if (JSON.stringify(golden.network) !== JSON.stringify(networkShape(config))) return t('for another configuration');
  const { windows } = golden;
  if (!Array.isArray(windows) || windows.length === 0 || windows.length > 16) return t('empty');
  const wrong = windows.findIndex((window) => !isWindow(window, config));
  if (wrong >= 0) return t('damaged in window {0}', wrong + 1);
  return golden.digest === digestOf(value as Golden) ? undefined : t('damaged: its checksum does not match');
}

function isWindow(value: unknown, { vocabularySize, segmentTypes, maxSequenceLength }: ModelConfig): boolean {
  const { inputIds, segmentIds, start, end } = (value ?? {}) as Partial<Record<keyof GoldenWindow, unknown>>;
  if (!Array.isArray(inputIds) || inputIds.length === 0 || inputIds.length > maxSequenceLength) return false;
  const isId = (below: number) => (id: unknown) =>
    Number.isInteger(id) && (id as number) >= 0 && (id as number) < below;
  const all = (list: unknown, is: (each: unknown) => boolean) =>
    Array.isArray(list) && list.length === inputIds.length && list.every(is);
  return (
    all(inputIds, isId(vocabularySize)) &&
    all(segmentIds, isId(segmentTypes)) &&
    all(start, Number.isFinite) &&
    all(end, Number.isFinite)
  );
}
