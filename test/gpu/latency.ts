/** GPU time, measured as NVIDIA's BERT demonstration did: CUDA events around a graph launch, full windows, no copies. */

import type { Bucket, Tuning } from '../../server/engine/tensorrt/native.js';
import { preparePlan } from '../../server/engine/tensorrt/prepare.js';
import type { Usable } from '../../server/engine/tensorrt/probe.js';
import { TensorRtEngine } from '../../server/engine/tensorrt/tensorrt-engine.js';
import { asAskBertError } from '../../server/errors.js';
import { readModelConfig } from '../../server/model/config.js';
import { ModelWeights } from '../../server/model/weights.js';
import { batchOf, cacheFolder, check, givenTuning, left, modelFolder, o, record, say } from './context.js';

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

export async function latency(
  usable: Usable,
  model: string,
  length: number,
  batches: number[],
  tuning: Tuning = givenTuning,
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
export function wantedEngines(models: string[]): Wanted[][] {
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
export async function buildAll(usable: Usable, engines: Wanted[]): Promise<Wanted[]> {
  const good = new Set<Wanted>();
  const waiting = [...engines];
  const builder = async () => {
    for (let each = waiting.shift(); each; each = waiting.shift()) {
      const { model, length, batches } = each;
      const weights = new ModelWeights(readModelConfig(modelFolder(model)));
      const buckets = batches.map((batch) => ({ batch, length }));
      const signal = AbortSignal.timeout(Math.round(Math.max(1, left() - 20) * 1000));
      try {
        const options = { precision: 'fp16' as const, cacheFolder, buckets, tuning: givenTuning, signal };
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

export async function measureAll(usable: Usable, engines: Wanted[]) {
  for (const { model, length, batches } of engines) {
    if (left() < 5) break;
    cells.push(...(await latency(usable, model, length, batches)));
    record('latency', cells);
  }
}

export function printTable(): void {
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
