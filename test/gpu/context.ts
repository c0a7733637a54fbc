/** What the parts of the GPU test share: options, time, checks and their record, models, batches. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Logits, WindowBatch } from '../../server/engine/engine.js';
import type { TensorRtPrecision, Tuning } from '../../server/engine/tensorrt/native.js';
import { modelShapes, writeRandomModel } from './random-model.js';

export const { values: o } = parseArgs({
  options: {
    tensorrt: { type: 'string' },
    /** Folder of built engines, kept. Default: a new one, removed in the end. */
    cache: { type: 'string' },
    /** Folder of the models of random weights, kept. */
    work: { type: 'string' },
    out: { type: 'string' },
    seconds: { type: 'string', default: '3600' },
    /** What is done, in this order. */
    parts: {
      type: 'string',
      default: 'first,correct,growth,together,kill,sanitizer,variants,stripped,latency,build,scenarios,squad',
    },
    /** Models whose logits are compared; embedded: the real weights. */
    correct: { type: 'string', default: 'embedded,base,large' },
    /** Models of the latency table. */
    models: { type: 'string', default: 'large,base' },
    /** Builds of the latency table that run at once. */
    parallel: { type: 'string', default: '1' },
    /** Batches of the latency table; those between two semicolons share an engine. */
    batches: { type: 'string', default: '1,32;8,128' },
    /** Engines of the scenarios, MODEL:PRECISION. */
    scenarios: { type: 'string', default: 'large:fp16,large:int8,large:fp8,embedded:fp16' },
    /** Seconds that are left after the builds of the scenarios. */
    reserve: { type: 'string', default: '30' },
    /** Precisions of the embedded model that SQuAD is answered in, besides FP32. */
    precisions: { type: 'string', default: 'fp16,bf16,fp8,int8' },
    /** SQuAD v1.1 dev. */
    squad: { type: 'string' },
    /** F1 of the CPU engine in FP32, where it is known; else it is measured too. */
    'cpu-f1': { type: 'string' },
    /** Choices of the network (native.ts, Tuning) as JSON. */
    tuning: { type: 'string', default: '{}' },
    /** Inner: load the cached engine and run it this many times (0: forever). */
    runs: { type: 'string' },
  },
});

export const givenTuning: Tuning = JSON.parse(o.tuning);
const began = performance.now();
export const seconds = (): number => (performance.now() - began) / 1000;
export const left = (): number => Number(o.seconds) - seconds();
const results: Record<string, unknown> = {};
export let misses = 0;

export function say(text: string): void {
  console.log(`[${seconds().toFixed(1).padStart(6)}] ${text}`);
}

/** A check of the report; a miss makes the exit code 1. */
export function check(good: boolean, what: string): void {
  if (!good) misses++;
  say(`${good ? 'ok  ' : 'MISS'} ${what}`);
}

export function record(part: string, value: unknown): void {
  results[part] = value;
  if (o.out) writeFileSync(o.out, JSON.stringify({ ...results, seconds: seconds(), misses }, undefined, 1));
}

const scratch = mkdtempSync(path.join(tmpdir(), 'ask-bert-gpu-'));
export const cacheFolder = o.cache ?? path.join(scratch, 'engines');
export const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });

/** The embedded model as it ships, or a BERT of random weights. */
export function modelFolder(name: string): string {
  if (name === 'embedded') return path.join(__dirname, '..', '..', 'models', 'default');
  const folder = path.join(o.work ?? scratch, name);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(path.join(folder, 'model.safetensors'))) writeRandomModel(folder, name, modelShapes[name]);
  return folder;
}

/** Windows of these lengths with random pieces, padded to the longest. */
export function batchOf(lengths: number[]): WindowBatch {
  const length = Math.max(...lengths);
  const inputIds = new Int32Array(lengths.length * length);
  const segmentIds = new Int32Array(lengths.length * length);
  let seed = 99;
  for (const [row, n] of lengths.entries()) {
    for (let i = 0; i < n; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) | 0;
      inputIds[row * length + i] = (seed >>> 8) % 30522;
      segmentIds[row * length + i] = i < 12 ? 0 : 1;
    }
  }
  return { count: lengths.length, length, inputIds, segmentIds, lengths: Int32Array.from(lengths) };
}

/** Largest difference and the spread of the reference, over what is not padding. */
export function compare(batch: WindowBatch, a: Logits, b: Logits): { worst: number; largest: number } {
  let worst = 0;
  let largest = 0;
  for (let row = 0; row < batch.count; row++) {
    for (let i = row * batch.length; i < row * batch.length + batch.lengths[row]; i++) {
      for (const side of ['start', 'end'] as const) {
        const difference = Math.abs(a[side][i] - b[side][i]);
        // A NaN stays, and is not a small number.
        worst = Math.max(worst, difference);
        largest = Math.max(largest, Math.abs(a[side][i]));
      }
    }
  }
  return { worst, largest };
}

/**
 * How far logits may be from FP32's. A model of random weights amplifies every rounding by its depth (24 layers with FP32 sums
 * and nothing but their operands rounded differ by 2.3e-2 of 7.9, with sums in half by 0.11 of 3.9): there it is a share of
 * the largest logit.
 */
export function tolerance(precision: TensorRtPrecision, name: string, largest: number): number {
  const absolute = { fp32: 1e-3, fp16: 2e-2, bf16: 2e-1, int8: 1.5, fp8: 0.5 }[precision];
  const share = { fp32: 1e-4, fp16: 1e-2, bf16: 4e-2, int8: 0.25, fp8: 0.2 }[precision];
  return name === 'embedded' ? absolute : Math.max(absolute, share * largest);
}
