/**
 * `ask-bert bench`: measures the speed of this machine. Whole questions on any engine; then the engine alone: GPU time
 * as NVIDIA's BERT demonstration takes it (CUDA events around the launch of a graph), or the CPU engine's time for a
 * batch.
 */

import type { ArgumentsCamelCase, Argv } from 'yargs';
import { integer } from '../checks/check-request.js';
import { buildBar, progressBar, type SessionFlags, sessionSettings, withSessionFlags } from '../cli/common.js';
import { interruptible } from '../cli/interrupt.js';
import { print, printJson } from '../cli/print.js';
import { findTensorRt } from '../engine/choose/find-tensorrt.js';
import { tensorRtPrecision } from '../engine/choose/precision.js';
import type { Engine, WindowBatch } from '../engine/engine.js';
import { type Bucket, engineName } from '../engine/tensorrt/native.js';
import type { Usable } from '../engine/tensorrt/probe.js';
import { TensorRtEngine, type TensorRtOptions } from '../engine/tensorrt/tensorrt-engine.js';
import { AskBertError, asAskBertError, breathe } from '../errors.js';
import { t } from '../l10n.js';
import { type ModelConfig, readModelConfig } from '../model/config.js';
import { ModelWeights } from '../model/weights.js';
import type { EngineDetails } from '../protocol.js';
import { embeddedModelFolder, Session, type SessionSettings } from '../session/session.js';
import { append } from '../text/arrays.js';
import { oneLine } from '../text/one-line.js';
import { save } from './ask-set.js';
import { benchScenario, describeScenario, type ScenarioFlags, scenarioOrder } from './bench-scenario.js';
import { type BenchRow, rowOf, table } from './bench-table.js';
import { benchQuestions, passage } from './bench-text.js';
import { fullWindows } from './full-windows.js';

const WARM_QUESTIONS = 5;
/** As in the reference: warm-up runs, then the minimum number of measured runs. */
const WARM_RUNS = 100;
const RUNS = 1000;
/** The CPU engine is slower: time limit and maximum number of runs per shape. */
const CPU_SHAPE_MS = 3000;
const CPU_RUNS = 50;

interface BenchFlags extends SessionFlags, ScenarioFlags {
  lengths?: unknown;
  batches?: unknown;
  json?: boolean;
  out?: string;
}

interface BenchReport {
  engine: EngineDetails;
  choice: readonly string[];
  rows: BenchRow[];
}

export const benchCommand = {
  command: 'bench [model]',
  describe: t('Measure how fast a model and its engine answer questions on this machine'),
  builder: (argv: Argv) =>
    withSessionFlags(
      argv.positional('model', { type: 'string', describe: t('Model folder, or name of a model (see model list)') }),
    )
      .option('lengths', { type: 'string', requiresArg: true, describe: t('Pieces per window (default: 128,384)') })
      .option('batches', { type: 'string', requiresArg: true, describe: t('Windows of a batch (default: 1,8,32,128)') })
      .option('questions', {
        type: 'number',
        requiresArg: true,
        describe: t('Number of questions to time (default: 50; with --data all)'),
      })
      .option('scenario', {
        type: 'string',
        requiresArg: true,
        describe: t('Measure whole questions only: offline (all at once), single-stream, or server (as they arrive)'),
      })
      .option('data', { type: 'string', requiresArg: true, describe: t('For --scenario: a SQuAD file, v1.1 or v2.0') })
      .option('rate', {
        type: 'number',
        requiresArg: true,
        describe: t('For --scenario server: questions that arrive in a second'),
      })
      .option('seed', { type: 'number', requiresArg: true, describe: t('For --scenario server: of their times') })
      .option('out', { type: 'string', requiresArg: true, describe: t('Write the result to this file (JSON)') })
      .option('json', { type: 'boolean', describe: t('Print the result as JSON') }),
  handler: (argv: ArgumentsCamelCase) => bench(argv as unknown as BenchFlags),
};

async function bench(flags: BenchFlags): Promise<void> {
  const settings = sessionSettings(flags);
  if (flags.scenario !== undefined) return scenario(flags, settings);
  const stray = flags.data === undefined ? (flags.rate === undefined ? undefined : '--rate') : '--data';
  if (stray) throw new AskBertError('BadRequest', t('{0} is only used with --scenario.', stray));
  const config = readModelConfig(settings.modelPath || embeddedModelFolder());
  const lengths =
    flags.lengths === undefined ? usualLengths(config) : numbers(flags.lengths, '--lengths', config.positions);
  const batches = numbers(flags.batches ?? '1,8,32,128', '--batches', 1024);
  const questions = flags.questions === undefined ? 50 : integer(1, 10_000)(flags.questions, '--questions');
  const report = await interruptible(t('The measurement was cancelled.'), async (signal) => {
    const { usable, cacheFolder } = await findUsable(settings, signal);
    // Measures the better engine, even if it has to be built first.
    if (usable) settings.engine = engineName(usable.flavour);
    const session = new Session(settings, false);
    const bar = buildBar();
    try {
      await session.prepare(signal, ({ done, total }) => total > 0 && bar.update('', done / total));
      bar.stop();
      const asked = await timeQuestions(session, questions, signal);
      const { engine, choice } = { engine: session.engine, choice: [...session.choice] };
      const shapes = lengths.flatMap((length) => batches.map((batch) => ({ batch, length })));
      let alone: BenchRow[];
      if (usable && engine?.name !== 'cpu') {
        // Frees the memory of the device for the measurement.
        await session.unload();
        const place = { config, device: usable.device, cacheFolder };
        const { precision, ranges } = await tensorRtPrecision(settings.precision ?? 'auto', place);
        alone = await timeTensorRt(config, usable, { precision, ranges, cacheFolder, buckets: shapes, signal });
      } else {
        alone = await session.withEngine((cpu) => timeBatches(cpu, config, shapes, signal));
      }
      return { engine: engine!, choice, rows: [asked, ...alone] } satisfies BenchReport;
    } finally {
      bar.stop();
      await session.unload();
    }
  });
  if (flags.out) await save(flags.out, report);
  await (flags.json ? printJson(report) : print(describeReport(report)));
}

async function scenario(flags: BenchFlags, settings: SessionSettings): Promise<void> {
  const order = scenarioOrder(flags);
  const report = await interruptible(t('The measurement was cancelled.'), async (signal) => {
    const { usable } = await findUsable(settings, signal);
    // Measures the better engine, even if it has to be built first.
    if (usable) settings.engine = engineName(usable.flavour);
    return benchScenario(order, settings, signal);
  });
  if (flags.out) await save(flags.out, report);
  await (flags.json ? printJson(report) : print(describeScenario(report)));
}

const usualLengths = ({ positions }: ModelConfig): number[] => [
  ...new Set([128, 384].map((n) => Math.min(n, positions))),
];

/** A list of numbers between commas. @throws AskBertError BadRequest */
export function numbers(value: unknown, flag: string, largest: number): number[] {
  const parts = String(value)
    .split(',')
    .map((part) => part.trim());
  const list = parts.map((part) => integer(1, largest)(/^\d+$/.test(part) ? Number(part) : part, flag));
  return [...new Set(list)].sort((a, b) => a - b);
}

async function findUsable(
  settings: SessionSettings,
  signal: AbortSignal,
): Promise<{ usable?: Usable | undefined; cacheFolder: string }> {
  const { engine = 'auto', precision } = settings;
  if (engine === 'cpu' || engine === 'remote' || (engine === 'auto' && precision === 'int8'))
    return { cacheFolder: '' };
  return findTensorRt(settings, engine, signal);
}

/** From the question to its answer, all in the same process, warm. */
export async function timeQuestions(
  session: Pick<Session, 'answer'>,
  count: number,
  signal?: AbortSignal,
): Promise<BenchRow> {
  const times: number[] = [];
  for (let i = -WARM_QUESTIONS; i < count; i++) {
    const question = benchQuestions[(i + WARM_QUESTIONS) % benchQuestions.length];
    const began = performance.now();
    await session.answer({ text: passage, question, options: { topK: 1 } }, signal);
    if (i >= 0) times.push(performance.now() - began);
  }
  return rowOf('question', times, { words: passage.split(/\s+/).length });
}

/** GPU time of each shape. A shape that does not fit into device memory gets a row without figures. */
export function timeGraphs(
  engine: Pick<TensorRtEngine, 'buckets' | 'measure'>,
  shapes: readonly Bucket[],
  signal?: AbortSignal,
): Promise<BenchRow[]> {
  return rowsOf(shapes, async (shape) => {
    await breathe(signal);
    const there = engine.buckets.some((b) => b.batch === shape.batch && b.length === shape.length);
    try {
      return rowOf('gpu', there ? await engine.measure(shape, true, WARM_RUNS, RUNS) : [], shape);
    } catch (e) {
      if (asAskBertError(e).code !== 'OutOfMemory') throw e;
      return rowOf('gpu', [], shape);
    }
  });
}

async function rowsOf(shapes: readonly Bucket[], measure: (shape: Bucket) => Promise<BenchRow>): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const bar = progressBar(t('Shapes'), shapes.length);
  try {
    for (const shape of shapes) {
      rows.push(await measure(shape));
      bar.update(rows.length);
    }
    return rows;
  } finally {
    bar.stop();
  }
}

async function timeTensorRt(
  config: ModelConfig,
  usable: Usable,
  options: Pick<TensorRtOptions, 'precision' | 'ranges' | 'cacheFolder'> & {
    buckets: readonly Bucket[];
    signal: AbortSignal;
  },
): Promise<BenchRow[]> {
  const weights = new ModelWeights(config);
  const bar = buildBar();
  let engine: TensorRtEngine | undefined;
  try {
    engine = await TensorRtEngine.create(weights, usable, { ...options, onProgress: bar.update });
    bar.stop();
    return await timeGraphs(engine, options.buckets, options.signal);
  } finally {
    bar.stop();
    await engine?.close();
    weights.close();
  }
}

/** The time of an engine for a number of full windows, cut as for a question. */
export function timeBatches(
  engine: Engine,
  config: Pick<ModelConfig, 'vocabularySize' | 'pair'>,
  shapes: readonly Bucket[],
  signal?: AbortSignal,
): Promise<BenchRow[]> {
  return rowsOf(shapes, async ({ batch, length }) => {
    const most = Math.max(1, Math.floor(engine.batchPieces / length));
    const parts: WindowBatch[] = [];
    for (let left = batch; left > 0; left -= most) {
      parts.push(fullWindows(Math.min(left, most), length, config));
    }
    const run = async (): Promise<number> => {
      const began = performance.now();
      for (const part of parts) await engine.run(part, signal);
      const took = performance.now() - began;
      await breathe(signal);
      return took;
    };
    const first = await run();
    const runs = Math.max(2, Math.min(CPU_RUNS, Math.floor(CPU_SHAPE_MS / first)));
    const times: number[] = [];
    for (let i = 0; i < runs; i++) times.push(await run());
    return rowOf('engine', times, { batch, length });
  });
}

function describeReport({ engine, choice, rows }: BenchReport): string {
  const { model, precision, name, device, library, libraryVersion } = engine;
  const lines = [
    oneLine(`${model}, ${precision}, ${t('{0} on {1}', `${name} (${library} ${libraryVersion})`, device)}`),
  ];
  if (name === 'cpu')
    append(
      lines,
      choice.map((reason) => `  ${oneLine(reason)}`),
    );
  return [...lines, '', table(rows)].join('\n');
}
