/**
 * Windows a second and milliseconds a window over the real lengths of SQuAD, as MLPerf's scenarios *offline* and *single
 * stream* measure them: from token ids in the host's memory to logits in the host's memory. Engines have the buckets of
 * the product. `MODEL:PRECISION` names one, `MODEL:PRECISION:32` its buckets of 32 rows alone; all are built first, some
 * at a time.
 */
import { readFileSync } from 'node:fs';
import { mergeBatches } from '../../server/engine/batching.js';
import type { Engine, WindowBatch } from '../../server/engine/engine.js';
import { defaultBuckets } from '../../server/engine/tensorrt/buckets.js';
import type { TensorRtPrecision } from '../../server/engine/tensorrt/native.js';
import { type PlanOptions, preparePlan } from '../../server/engine/tensorrt/prepare.js';
import type { Usable } from '../../server/engine/tensorrt/probe.js';
import { TensorRtEngine } from '../../server/engine/tensorrt/tensorrt-engine.js';
import { asAskBertError } from '../../server/errors.js';
import { latencyOf } from '../../server/evaluation/scenarios.js';
import { type ModelConfig, readModelConfig } from '../../server/model/config.js';
import { readModelVocabulary } from '../../server/model/model-vocabulary.js';
import { amaxOf } from '../../server/model/ranges/ranges.js';
import { readRanges } from '../../server/model/ranges/ranges-file.js';
import { ModelWeights } from '../../server/model/weights.js';
import { buildBatch, planWindows } from '../../server/reader/windows.js';
import { Tokenizer } from '../../server/tokenizer/tokenizer.js';
import { cacheFolder, check, givenTuning, left, modelFolder, o, record, say } from './context.js';

/** MLPerf's: windows of 384 pieces that overlap by 128. */
const [LENGTH, OVERLAP] = [384, 128];
const SINGLES = 2000;

/** Ranges of values in a model of random weights (random-model.ts), for its speed alone. */
const randomRanges = [6, 2, 16, 4, 3, 6, 6];

export async function planOptions(
  config: ModelConfig,
  name: string,
  precision: TensorRtPrecision,
  batch?: number,
): Promise<PlanOptions> {
  const quantised = precision === 'int8' || precision === 'fp8';
  const all = () => Float32Array.from({ length: config.layers * 7 }, (_, i) => randomRanges[i % 7]);
  const measured = name === 'embedded' && quantised ? await readRanges(config, cacheFolder) : undefined;
  const ranges = quantised ? (measured ? amaxOf(measured) : all()) : undefined;
  const buckets = defaultBuckets(LENGTH).filter((bucket) => batch === undefined || bucket.batch === batch);
  return { precision, ranges, buckets, cacheFolder, tuning: givenTuning };
}

interface Wanted {
  name: string;
  precision: TensorRtPrecision;
  /** Rows of the buckets; undefined: all buckets. */
  batch: number | undefined;
  label: string;
}

const wanted = (): Wanted[] =>
  o.scenarios.split(',').map((each) => {
    const [name, precision, batch] = each.split(':');
    const label = each.replaceAll(':', ' ');
    return { name, precision: precision as TensorRtPrecision, batch: batch ? Number(batch) : undefined, label };
  });

/** Builds all, `--parallel` at a time. What fails, or does not end in time, is a miss. */
export async function buildScenarios(usable: Usable): Promise<void> {
  const waiting = wanted();
  const lane = async () => {
    for (let each = waiting.shift(); each; each = waiting.shift()) {
      const { name, precision, batch, label } = each;
      const weights = new ModelWeights(readModelConfig(modelFolder(name)));
      const signal = AbortSignal.timeout(Math.round(Math.max(1, left() - Number(o.reserve)) * 1000));
      try {
        const options = await planOptions(weights.config, name, precision, batch);
        const { manifest } = await preparePlan(weights, usable, { ...options, signal });
        const { buildMs, planBytes, networkLayers } = manifest;
        say(`${label}: ${options.buckets.length} shapes built in ${(buildMs / 1000).toFixed(1)} s`);
        record(`build ${label}`, { buildMs, planBytes, networkLayers });
      } catch (e) {
        check(false, `${label}: ${asAskBertError(e).message}`);
      }
      weights.close();
    }
  };
  await Promise.all(Array.from({ length: Number(o.parallel) }, lane));
}

export async function scenarios(usable: Usable): Promise<void> {
  if (!o.squad) return check(false, 'scenarios: no --squad FILE');
  const windows = squadWindows(o.squad);
  const pieces = windows.reduce((sum, { length }) => sum + length, 0);
  say(`${windows.length} windows, ${(pieces / windows.length).toFixed(1)} pieces on average`);
  for (const { name, precision, batch: rows, label } of wanted()) {
    if (left() < 25) return check(false, `no time left for ${label}`);
    const weights = new ModelWeights(readModelConfig(modelFolder(name)));
    try {
      const options = await planOptions(weights.config, name, precision, rows);
      const engine = await TensorRtEngine.create(weights, usable, { ...options, cachedOnly: true });
      const gpu: Record<string, number> = {};
      for (const { batch, length } of engine.buckets) {
        const times = await engine.measure({ batch, length }, true, 10, batch === 1 ? 300 : 40);
        gpu[`${batch}x${length}`] = times.reduce((a, b) => a + b, 0) / times.length;
      }
      const has = (batch: number) => engine.buckets.some((bucket) => bucket.batch === batch);
      const offline = has(32) ? await offlineOf(engine, windows, pieces) : undefined;
      const single = has(1) ? await singleStream(engine, windows) : undefined;
      const cells = Object.entries(gpu).map(([shape, ms]) => `${shape} ${ms.toFixed(3)}`);
      say(`${label}: ms ${cells.join(', ')}`);
      if (offline) {
        say(
          `${label}: offline ${offline.windowsPerSecond.toFixed(0)} windows/s, busy ${(100 * offline.busy).toFixed(0)} %`,
        );
      }
      if (single) say(`${label}: single stream mean ${single.mean.toFixed(3)} ms, p90 ${single.p90.toFixed(3)}`);
      record(`scenario ${label}`, { gpu, offline, single });
      await engine.close();
    } catch (e) {
      check(false, `${label}: ${asAskBertError(e).message}`);
    }
    weights.close();
  }
}

interface SquadFile {
  data: { paragraphs: { context: string; qas: { question: string }[] }[] }[];
}

/** The windows of all questions, one row each, by the embedded model's tokeniser. */
function squadWindows(file: string): WindowBatch[] {
  const config = readModelConfig(modelFolder('embedded'));
  const vocabulary = readModelVocabulary(config);
  const tokenizer = new Tokenizer(vocabulary, config.tokenizer);
  const out: WindowBatch[] = [];
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as SquadFile;
  for (const { context, qas } of data.flatMap(({ paragraphs }) => paragraphs)) {
    const pieces = tokenizer.encode(context);
    for (const { question } of qas) {
      const asked = tokenizer.encode(question);
      const plan = planWindows(asked.ids.length, pieces.ids.length, LENGTH, OVERLAP);
      for (let w = 0; w < plan.count; w++) out.push(buildBatch(plan, [w], asked, pieces, vocabulary));
    }
  }
  return out;
}

/** All windows at once, sorted by length, which counts: [first window in, last logits out]. */
async function offlineOf(engine: TensorRtEngine, windows: readonly WindowBatch[], pieces: number) {
  const run = async () => {
    const began = performance.now();
    const sorted = [...windows].sort((a, b) => b.length - a.length);
    let [next, inFlight, busySince, busyMs] = [0, 0, 0, 0];
    const lane = async () => {
      while (next < sorted.length) {
        const length = engine.paddedLength(sorted[next].length);
        let to = next + 1;
        while (to < sorted.length && to - next < 32 && engine.paddedLength(sorted[to].length) === length) to++;
        const batch = mergeBatches(sorted.slice(next, to));
        next = to;
        if (inFlight++ === 0) busySince = performance.now();
        await engine.run(batch);
        if (--inFlight === 0) busyMs += performance.now() - busySince;
      }
    };
    await Promise.all(Array.from({ length: engine.launches }, lane));
    return { ms: performance.now() - began, busyMs };
  };
  // Contexts and graphs are made when a shape is first run.
  await run();
  const { ms, busyMs } = await run();
  return { windowsPerSecond: (1000 * windows.length) / ms, tokensPerSecond: (1000 * pieces) / ms, busy: busyMs / ms };
}

/** One window after the other, as the set has them. */
async function singleStream(engine: Engine, windows: readonly WindowBatch[]) {
  const step = Math.max(1, Math.floor(windows.length / SINGLES));
  const some = windows.filter((_, i) => i % step === 0);
  for (const window of some.slice(0, 200)) await engine.run(window);
  const times: number[] = [];
  for (const window of some) {
    const began = performance.now();
    await engine.run(window);
    times.push(performance.now() - began);
  }
  return { windows: times.length, ...latencyOf(times) };
}
