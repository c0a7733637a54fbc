/**
 * Everything that needs an NVIDIA GPU: engines of real shapes are built and run, their logits held against the CPU
 * engine's, SQuAD answered by both, memory watched over many runs, a process killed in the middle of one, the kernels run
 * under compute-sanitizer, and GPU time measured. Prints one table; exits 1 on any miss. Options: context.ts.
 */
import { BatchingEngine } from '../../server/engine/batching.js';
import { checkEngine } from '../../server/engine/check/check.js';
import { CpuEngine } from '../../server/engine/cpu/cpu-engine.js';
import type { Logits } from '../../server/engine/engine.js';
import { loadAddon, type TensorRtPrecision, type Tuning } from '../../server/engine/tensorrt/native.js';
import { describe, probeAll, type Usable } from '../../server/engine/tensorrt/probe.js';
import { TensorRtEngine } from '../../server/engine/tensorrt/tensorrt-engine.js';
import { readModelConfig } from '../../server/model/config.js';
import { loadGolden } from '../../server/model/golden/golden-file.js';
import { ModelWeights } from '../../server/model/weights.js';
import {
  batchOf,
  cacheFolder,
  check,
  compare,
  left,
  misses,
  modelFolder,
  o,
  record,
  removeScratch,
  say,
  tolerance,
} from './context.js';
import { firstAnswer } from './first.js';
import { buildAll, latency, measureAll, printTable, wantedEngines } from './latency.js';
import { killed, sanitizer, squad } from './processes.js';
import { buildScenarios, planOptions, scenarios } from './scenarios.js';
import { stripped } from './stripped.js';

/** Logits of every precision against the CPU's, graph against none, the cache, memory after many runs. */
async function correctness(usable: Usable, name: string, precisions: TensorRtPrecision[], lengths: number[]) {
  const weights = new ModelWeights(readModelConfig(modelFolder(name)));
  const batch = batchOf(lengths);
  const cpu = await CpuEngine.create(weights, { precision: 'fp32', threads: 0 });
  const expected = await cpu.run(batch);
  await cpu.close();
  say(`${name}: FP32 logits of ${batch.count} windows by the CPU`);
  for (const precision of precisions) {
    if (left() < 20) return check(false, `no time left for ${name} ${precision}`);
    // One row more than there are windows: padding is run too.
    const buckets = [{ batch: lengths.length + 1, length: batch.length }];
    const before = performance.now();
    const options = { ...(await planOptions(weights.config, name, precision)), buckets };
    const engine = await TensorRtEngine.create(weights, usable, options);
    const buildMs = performance.now() - before;
    const logits = await engine.run(batch);
    const { worst, largest } = compare(batch, expected, logits);
    check(
      worst <= tolerance(precision, name, largest),
      `${name} ${precision}: largest difference ${worst.toExponential(2)} of ${largest.toFixed(2)}, built in ${(buildMs / 1000).toFixed(1)} s`,
    );
    const again = await engine.run(batch);
    check(compare(batch, logits, again).worst === 0, `${name} ${precision}: the second run gives the same`);
    await goldenCheck(engine, weights, name, precision);
    await engine.close();
    const plain = await TensorRtEngine.create(weights, usable, { ...options, graphs: false });
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

/** The check that every engine passes after loading: its cost, and how much of the tolerance is used. */
async function goldenCheck(engine: TensorRtEngine, weights: ModelWeights, name: string, precision: TensorRtPrecision) {
  // No model of this suite but the embedded one has a vocabulary.
  if (name !== 'embedded') return;
  const { golden } = await loadGolden(weights, cacheFolder);
  try {
    const figures = await checkEngine(engine, golden, { maxLength: weights.config.maxSequenceLength });
    const used = figures.difference / figures.tolerance;
    check(
      used < 0.5,
      `${name} ${precision}: golden check in ${figures.ms.toFixed(1)} ms, difference ${figures.difference.toExponential(2)} of ${figures.tolerance.toExponential(2)} allowed`,
    );
    record(`golden ${name} ${precision}`, figures);
  } catch (e) {
    check(false, `${name} ${precision}: ${(e as Error).message}`);
  }
}

const growthBuckets = [
  { batch: 1, length: 384 },
  { batch: 3, length: 384 },
];

async function noGrowth(usable: Usable) {
  const weights = new ModelWeights(readModelConfig(modelFolder('embedded')));
  const batch = batchOf([384, 200, 100]);
  const options = { precision: 'fp16' as const, cacheFolder, buckets: growthBuckets };
  const engine = await TensorRtEngine.create(weights, usable, options);
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

/** Questions of one window each, one at a time and as many at once as the engine takes: the same logits, in less time. */
async function together(usable: Usable) {
  const weights = new ModelWeights(readModelConfig(modelFolder('embedded')));
  const buckets = [1, 8].map((batch) => ({ batch, length: 384 }));
  const inner = await TensorRtEngine.create(weights, usable, { precision: 'fp16', cacheFolder, buckets });
  const engine = new BatchingEngine(inner);
  const questions = Array.from({ length: 64 }, (_, i) => batchOf([384 - i]));
  const alone: Logits[] = [];
  const one = async () => {
    for (const [i, question] of questions.entries()) alone[i] = await engine.run(question);
  };
  let worst = 0;
  const many = async () => {
    let next = 0;
    const lane = async () => {
      for (let i = next++; i < questions.length; i = next++) {
        const logits = await engine.run(questions[i]);
        worst = Math.max(worst, compare(questions[i], alone[i], logits).worst);
      }
    };
    await Promise.all(Array.from({ length: engine.concurrency }, lane));
  };
  const times = { one: 0, many: 0 };
  for (const count of [false, true]) {
    for (const [name, run] of Object.entries({ one, many })) {
      const start = performance.now();
      for (let i = 0; i < 20; i++) await run();
      if (count) times[name as keyof typeof times] = (performance.now() - start) / 20 / questions.length;
    }
  }
  check(worst <= tolerance('fp16', 'embedded', 0), `questions at once: largest difference ${worst.toExponential(2)}`);
  say(`questions at once: ${times.many.toFixed(3)} ms each, one at a time ${times.one.toFixed(3)} ms`);
  record('together', { worst, ...times });
  await engine.close();
  weights.close();
}

/** Sums in FP32 or in half, attention by lengths instead of a mask: what each costs and how far each is from FP32. */
async function variants(usable: Usable) {
  const weights = new ModelWeights(readModelConfig(modelFolder('embedded')));
  const batch = batchOf([384, 250, 37]);
  const cpu = await CpuEngine.create(weights, { precision: 'fp32', threads: 0 });
  const expected = await cpu.run(batch);
  await cpu.close();
  const tunings: Tuning[] = [
    { accumulateFp32: true },
    { accumulateFp32: false },
    { accumulateFp32: true, exactGelu: true, normFp32: true, residualFp32: true },
  ];
  // TensorRT 10 has no such attention: the network would be the first one.
  if (usable.flavour !== 'trt10') tunings.push({ keyLengths: true });
  for (const tuning of tunings) {
    if (left() < 60) return check(false, 'no time left for variants');
    const buckets = [{ batch: 4, length: 384 }];
    const engine = await TensorRtEngine.create(weights, usable, { precision: 'fp16', cacheFolder, buckets, tuning });
    const { worst } = compare(batch, expected, await engine.run(batch));
    // Half sums are there to be looked at; what could be chosen must be right.
    if (tuning.accumulateFp32 !== false) {
      check(
        worst <= tolerance('fp16', 'embedded', 0),
        `${JSON.stringify(tuning)}: ${worst.toExponential(2)} from FP32`,
      );
    }
    await engine.close();
    const cells = await latency(usable, 'base', 384, [1, 8], tuning);
    const times = cells.map((c) => `${c.batch}: ${c.average.toFixed(3)} ms`).join(', ');
    say(`${JSON.stringify(tuning)}: embedded ${worst.toExponential(2)} from FP32, base 384 ${times}`);
    record(`variant ${JSON.stringify(tuning)}`, { worst, cells });
  }
  weights.close();
}

/** Inner: the engine of the cache, run by a process of its own that is watched or killed. */
async function runMany(usable: Usable, runs: number) {
  const weights = new ModelWeights(readModelConfig(modelFolder('embedded')));
  const batch = batchOf([384, 200, 100]);
  for (const graphs of [false, true]) {
    const options = { precision: 'fp16' as const, cacheFolder, buckets: growthBuckets, graphs };
    const engine = await TensorRtEngine.create(weights, usable, options);
    for (let i = 0; runs === 0 || i < runs; i++) {
      await engine.run(batch);
      if (i === 5) console.log('running');
    }
    await engine.close();
  }
  weights.close();
}

async function main() {
  const tried = await probeAll({ tensorRtPath: o.tensorrt, cacheFolder, first: true });
  for (const each of tried) say(describe(each));
  const usable = tried.find((each) => each.usable)?.usable;
  record('probe', tried);
  if (!usable) return check(false, 'no usable TensorRT was found');
  if (o.runs !== undefined) return runMany(usable, Number(o.runs));
  const parts: Record<string, () => Promise<unknown>> = {
    correct: async () => {
      const lengths = { embedded: [384, 250, 37], base: [384, 129], large: [384, 129] };
      for (const name of o.correct.split(',')) {
        const all: TensorRtPrecision[] = ['fp32', 'fp16', 'bf16', 'int8', 'fp8'];
        const precisions = name === 'large' ? all.filter((each) => each === 'fp16') : all;
        await correctness(usable, name, precisions, lengths[name as keyof typeof lengths]);
      }
    },
    first: firstAnswer,
    growth: () => noGrowth(usable),
    together: () => together(usable),
    kill: () => killed(usable),
    sanitizer,
    variants: () => variants(usable),
    stripped: () => stripped(usable),
    latency: async () => {
      for (const group of wantedEngines(o.models.split(','))) {
        if (left() < 60) return check(false, `no time left for the latency of ${group}`);
        await measureAll(usable, await buildAll(usable, group));
      }
    },
    build: () => buildScenarios(usable),
    scenarios: () => scenarios(usable),
    squad,
  };
  for (const part of o.parts.split(',')) {
    if (left() < 20) return check(false, `no time left for ${part}`);
    await parts[part]();
  }
}

main()
  .catch((e) => check(false, (e as Error).stack ?? String(e)))
  .finally(() => {
    record('end', true);
    printTable();
    removeScratch();
    say(misses === 0 ? 'all good' : `${misses} misses`);
    process.exit(misses === 0 ? 0 : 1);
  });
