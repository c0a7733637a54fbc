/**
 * Everything that needs an NVIDIA GPU: engines of real shapes are built and run, their logits held against the CPU
 * engine's, and their GPU time measured as NVIDIA's BERT demonstration did (CUDA events around a graph launch, no copies,
 * 100 runs for warming up, 1,000 runs, full windows). Prints one table for each part; exits 1 on any miss.
 *
 *   run.js [--tensorrt FOLDER] [--cache FOLDER] [--out FILE.json] [--seconds N] [--models embedded,large,base] [--variants] [--parallel N] [--batches '1,32;8,128']
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CpuEngine } from '../../server/engine/cpu/cpu-engine.js';
import type { Logits, WindowBatch } from '../../server/engine/engine.js';
import type { Tuning } from '../../server/engine/tensorrt/child-messages.js';
import { TensorRtEngine } from '../../server/engine/tensorrt/engine.js';
import { type Bucket, loadAddon, type TensorRtPrecision } from '../../server/engine/tensorrt/native.js';
import { preparePlan } from '../../server/engine/tensorrt/prepare.js';
import { describe, probeAll, type Usable } from '../../server/engine/tensorrt/probe.js';
import { asAskBertError } from '../../server/errors.js';
import { readModelConfig } from '../../server/model/config.js';
import { ModelWeights } from '../../server/model/weights.js';
import { modelShapes, writeRandomModel } from './random-model.js';

const { values: o } = parseArgs({
  options: {
    tensorrt: { type: 'string' },
    cache: { type: 'string' },
    out: { type: 'string' },
    seconds: { type: 'string', default: '3600' },
    models: { type: 'string', default: 'embedded,large,base' },
    /** Builds of the latency table that run at once. */
    parallel: { type: 'string', default: '1' },
    /** Batches of the latency table; those between two semicolons share an engine. */
    batches: { type: 'string', default: '1,32;8,128' },
    /** Also tries other choices of the network on BERT-Large. */
    variants: { type: 'boolean', default: false },
  },
});

const began = performance.now();
const seconds = (): number => (performance.now() - began) / 1000;
const left = (): number => Number(o.seconds) - seconds();
const results: Record<string, unknown> = {};
let misses = 0;

function say(text: string): void {
  console.log(`[${seconds().toFixed(1).padStart(6)}] ${text}`);
}

/** A check of the report; a miss makes the exit code 1. */
function check(good: boolean, what: string): void {
  if (!good) misses++;
  say(`${good ? 'ok  ' : 'MISS'} ${what}`);
}

function record(part: string, value: unknown): void {
  results[part] = value;
  if (o.out) writeFileSync(o.out, JSON.stringify({ ...results, seconds: seconds(), misses }, undefined, 1));
}

const scratch = mkdtempSync(path.join(tmpdir(), 'ask-bert-gpu-'));
const cacheFolder = o.cache ?? path.join(scratch, 'engines');

function modelFolder(name: string): string {
  const folder = path.join(scratch, name);
  if (!existsSync(path.join(folder, 'model.safetensors'))) writeRandomModel(folder, name, modelShapes[name]);
  return folder;
}

/** Windows of these lengths with random pieces, padded to the longest. */
function batchOf(lengths: number[]): WindowBatch {
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
function compare(batch: WindowBatch, a: Logits, b: Logits): { worst: number; largest: number } {
  let worst = 0;
  let largest = 0;
  for (let row = 0; row < batch.count; row++) {
    for (let i = row * batch.length; i < row * batch.length + batch.lengths[row]; i++) {
      for (const side of ['start', 'end'] as const) {
        const difference = Math.abs(a[side][i] - b[side][i]);
        // A NaN stays, and is no small number.
        worst = Math.max(worst, difference);
        largest = Math.max(largest, Math.abs(a[side][i]));
      }
    }
  }
  return { worst, largest };
}

const tolerances: Record<TensorRtPrecision, number> = { fp32: 1e-3, fp16: 2e-2, bf16: 2e-1 };

/** Logits of every precision against the CPU's, graph against none, the cache, memory after many runs. */
async function correctness(usable: Usable, name: string, precisions: TensorRtPrecision[], lengths: number[]) {
  const weights = new ModelWeights(readModelConfig(modelFolder(name)));
  const batch = batchOf(lengths);
  const cpu = await CpuEngine.create(weights, { precision: 'fp32', threads: 0 });
  const expected = await cpu.run(batch);
  await cpu.close();
  say(`${name}: FP32 logits of ${batch.count} windows by the CPU`);
  for (const precision of precisions) {
    if (left() < 20) return say(`${name} ${precision}: no time left`);
    // One row more than there are windows: padding is run too.
    const buckets = [{ batch: lengths.length + 1, length: batch.length }];
    const before = performance.now();
    const engine = await TensorRtEngine.create(weights, usable, { precision, cacheFolder, buckets });
    const buildMs = performance.now() - before;
    const logits = await engine.run(batch);
    const { worst, largest } = compare(batch, expected, logits);
    check(
      worst <= tolerances[precision],
      `${name} ${precision}: largest difference ${worst.toExponential(2)} of ${largest.toFixed(2)}, built in ${(buildMs / 1000).toFixed(1)} s`,
    );
    const again = await engine.run(batch);
    check(compare(batch, logits, again).worst === 0, `${name} ${precision}: the second run gives the same`);
    await engine.close();
    const plain = await TensorRtEngine.create(weights, usable, { precision, cacheFolder, buckets, graphs: false });
    const reloaded = compare(batch, logits, await plain.run(batch)).worst;
    check(
      reloaded <= 1e-5,
      `${name} ${precision}: from the cache in ${plain.info.loadMs.toFixed(0)} ms, without a graph: difference ${reloaded}`,
    );
    await plain.close();
    record(`correct ${name} ${precision}`, {
      worst,
      largest,
      buildMs,
      reloadMs: plain.info.loadMs,
      withoutGraph: reloaded,
    });
  }
  weights.close();
}

async function noGrowth(usable: Usable) {
  const weights = new ModelWeights(readModelConfig(modelFolder('embedded')));
  const batch = batchOf([384, 200, 100]);
  const buckets = [
    { batch: 1, length: 384 },
    { batch: 3, length: 384 },
  ];
  const engine = await TensorRtEngine.create(weights, usable, { precision: 'fp16', cacheFolder, buckets });
  const addon = loadAddon(usable.flavour);
  const memory = () => ({ device: addon.deviceMemory(usable.device.ordinal).free, host: process.memoryUsage.rss() });
  for (let i = 0; i < 50; i++) await engine.run(batch);
  const before = memory();
  const start = performance.now();
  for (let i = 0; i < 1000; i++) await engine.run(batch);
  const each = (performance.now() - start) / 1000;
  const after = memory();
  const grown = { device: before.device - after.device, host: after.host - before.host };
  check(
    grown.device <= 0 && grown.host < 32e6,
    `1000 runs: device memory +${grown.device}, host +${(grown.host / 1e6).toFixed(1)} MB, ${each.toFixed(3)} ms each with copies`,
  );
  record('growth', { ...grown, msEach: each });
  await engine.close();
  weights.close();
}

interface Cell {
  model: string;
  length: number;
  batch: number;
  runs: number;
  average: number;
  p50: number;
  p95: number;
  p99: number;
}

const cells: Cell[] = [];

async function latency(
  usable: Usable,
  model: string,
  length: number,
  batches: number[],
  tuning: Tuning = {},
): Promise<Cell[]> {
  const weights = new ModelWeights(readModelConfig(modelFolder(model)));
  const buckets = batches.map((batch) => ({ batch, length }));
  const engine = await TensorRtEngine.create(weights, usable, { precision: 'fp16', cacheFolder, buckets, tuning });
  const out: Cell[] = [];
  try {
    for (const bucket of buckets) {
      if (left() < 5) break;
      // Runs at least of real pieces, so that nothing is measured on a special case.
      await engine.run(batchOf(new Array<number>(bucket.batch).fill(length)));
      out.push(await measured(engine, model, bucket));
    }
  } finally {
    await engine.close();
    weights.close();
  }
  return out;
}

async function measured(engine: TensorRtEngine, model: string, bucket: Bucket): Promise<Cell> {
  const sorted = async (warmUps: number, runs: number) => (await engine.measure(bucket, true, warmUps, runs)).sort();
  const guess = (await sorted(5, 10))[5];
  // The large shapes would take minutes: fewer runs there, and the table says so.
  const most = Math.min(10_000, left() * 200);
  const runs = Math.max(20, Math.min(1000, Math.floor(most / guess)));
  const times = await sorted(Math.min(100, Math.max(5, Math.floor(2000 / guess))), runs);
  const at = (q: number): number => times[Math.min(runs - 1, Math.floor(q * runs))];
  const average = times.reduce((a, b) => a + b, 0) / runs;
  const cell = { model, ...bucket, runs, average, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  say(`${model} ${bucket.length} x ${bucket.batch}: ${average.toFixed(3)} ms`);
  return cell;
}

interface Wanted {
  model: string;
  length: number;
  batches: number[];
}

/** Engines of the latency table, most wanted first: in groups, each of which is built and then measured. */
function wantedEngines(models: string[]): Wanted[][] {
  const shapes = [
    { model: 'large', length: 384 },
    { model: 'base', length: 128 },
    { model: 'base', length: 384 },
    { model: 'large', length: 128 },
  ].filter((each) => models.includes(each.model));
  return o.batches
    .split(';')
    .map((group) => shapes.map((each) => ({ ...each, batches: group.split(',').map(Number) })));
}

/** Builds engines, some at a time; those that fail, or for which no time is left, are reported. */
async function buildAll(usable: Usable, engines: Wanted[]): Promise<Wanted[]> {
  const good = new Set<Wanted>();
  const waiting = [...engines];
  const builder = async () => {
    for (let each = waiting.shift(); each; each = waiting.shift()) {
      const { model, length, batches } = each;
      const weights = new ModelWeights(readModelConfig(modelFolder(model)));
      const buckets = batches.map((batch) => ({ batch, length }));
      const signal = AbortSignal.timeout(Math.round(Math.max(1, left() - 20) * 1000));
      try {
        const options = { precision: 'fp16' as const, cacheFolder, buckets, tuning: {}, signal };
        const { buildMs, planBytes, networkLayers, attention } = (await preparePlan(weights, usable, options)).manifest;
        say(
          `${model} ${length} x ${batches} built in ${(buildMs / 1000).toFixed(1)} s, ${(planBytes / 1e6).toFixed(0)} MB`,
        );
        record(`build ${model} ${length} x ${batches}`, { buildMs, planBytes, networkLayers, attention });
        good.add(each);
      } catch (e) {
        check(false, `${model} ${length} x ${batches}: ${asAskBertError(e).message}`);
      }
      weights.close();
    }
  };
  await Promise.all(Array.from({ length: Number(o.parallel) }, builder));
  return engines.filter((each) => good.has(each));
}

async function measureAll(usable: Usable, engines: Wanted[]) {
  for (const { model, length, batches } of engines) {
    if (left() < 5) break;
    cells.push(...(await latency(usable, model, length, batches)));
    record('latency', cells);
  }
}

async function variants(usable: Usable) {
  for (const tuning of [{ residualFp32: false }, { softmaxFp32: true }, { fusedAttention: false }] as Tuning[]) {
    if (left() < 60) return say('variants: no time left');
    const found = await latency(usable, 'large', 384, [1, 32], tuning);
    say(`${JSON.stringify(tuning)}: ${found.map((c) => `${c.batch}: ${c.average.toFixed(3)} ms`).join(', ')}`);
    record(`variant ${JSON.stringify(tuning)}`, found);
  }
}

function printTable(): void {
  if (cells.length === 0) return;
  console.log('\n| model | length | batch | runs | p95 ms | p99 ms | average ms | windows/s |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const c of cells) {
    const rate = ((1000 * c.batch) / c.average).toFixed(0);
    console.log(
      `| ${c.model} | ${c.length} | ${c.batch} | ${c.runs} | ${c.p95.toFixed(3)} | ${c.p99.toFixed(3)} | ${c.average.toFixed(3)} | ${rate} |`,
    );
  }
}

async function main() {
  const tried = await probeAll({ tensorRtPath: o.tensorrt, cacheFolder, first: true });
  for (const each of tried) say(describe(each));
  const usable = tried.find((each) => each.usable)?.usable;
  record('probe', tried);
  if (!usable) return check(false, 'no usable TensorRT was found');
  const models = o.models.split(',');
  const [first, ...others] = wantedEngines(models);
  for (const model of models) modelFolder(model);
  // Nothing of what runs beside the first builds is measured.
  const building = buildAll(usable, first);
  if (models.includes('embedded')) await correctness(usable, 'embedded', ['fp32', 'fp16', 'bf16'], [384, 250, 37]);
  if (models.includes('large')) await correctness(usable, 'large', ['fp16'], [384, 129]);
  await measureAll(usable, await building);
  if (models.includes('embedded')) await noGrowth(usable);
  if (o.variants && models.includes('large')) await variants(usable);
  for (const group of others) {
    if (left() < 60) break;
    await measureAll(usable, await buildAll(usable, group));
  }
  if (models.includes('base') && left() > 60) await correctness(usable, 'base', ['fp16', 'fp32'], [384, 129]);
}

main()
  .catch((e) => check(false, (e as Error).stack ?? String(e)))
  .finally(() => {
    record('end', true);
    printTable();
    rmSync(scratch, { recursive: true, force: true });
    say(misses === 0 ? 'all good' : `${misses} misses`);
    process.exit(misses === 0 ? 0 : 1);
  });
