/** `ask-bert build`: builds the TensorRT engine of a model ahead of the first question, or says that it exists. */
import path from 'node:path';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { integer } from '../checks/check-request.js';
import { findTensorRt, type TensorRtWish } from '../engine/choose/find-tensorrt.js';
import { isRanged, rangesFor, tensorRtPrecision } from '../engine/choose/precision.js';
import { defaultBuckets } from '../engine/tensorrt/buckets.js';
import { EngineCache } from '../engine/tensorrt/cache.js';
import { type Bucket, engineName, type Flavour, type TensorRtPrecision } from '../engine/tensorrt/native.js';
import { type BuildTarget, preparePlan } from '../engine/tensorrt/prepare.js';
import { unsupportedByTensorRt } from '../engine/tensorrt/supported.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { type ModelConfig, readModelConfig } from '../model/config.js';
import { ModelWeights } from '../model/weights.js';
import type { EngineName } from '../protocol.js';
import { embeddedModelFolder } from '../session/session.js';
import { sizeText } from '../storage/disk.js';
import { oneLine } from '../text/one-line.js';
import { buildBar, type SessionFlags, sessionSettings, titled } from './common.js';
import { modelArgument } from './default-model.js';
import { interruptible } from './interrupt.js';
import { print, printJson } from './print.js';

/** Largest batch that an engine may be built for. */
const BATCH_LIMIT = 1024;

interface BuildFlags extends SessionFlags {
  maxBatch?: unknown;
  maxLength?: unknown;
  json?: boolean;
}

/** What `--json` prints. */
interface BuildReport {
  model: string;
  engine: EngineName;
  version: string;
  /** Null: built without a device. */
  device: string | null;
  computeCapability: string | null;
  precision: TensorRtPrecision;
  buckets: readonly Bucket[];
  file: string;
  bytes: number;
  /** Duration of the build, now or when it was built. */
  seconds: number;
  /** False: it already existed. */
  built: boolean;
  /** Why an existing one was rebuilt. */
  damaged?: string;
  /** Whether questions on this machine are answered with it. */
  answers: boolean;
}

export const buildCommand = {
  command: 'build [model]',
  describe: t('Build the TensorRT engine for a model and keep it on disk'),
  builder: (argv: Argv) =>
    argv
      .positional('model', modelArgument)
      .option('engine', {
        type: 'string',
        requiresArg: true,
        describe: t('tensorrt or tensorrt-rtx (default: what works)'),
      })
      .option('precision', {
        type: 'string',
        requiresArg: true,
        describe: t('fp32, fp16, bf16, int8 or fp8 (default: what questions use)'),
      })
      .option('max-batch', { type: 'number', requiresArg: true, describe: t('Windows of the largest batch') })
      .option('max-length', { type: 'number', requiresArg: true, describe: t('Pieces in the longest window') })
      .option('tensorrt', {
        type: 'string',
        requiresArg: true,
        describe: t('Folder with TensorRT, if not in a usual place'),
      })
      .option('cache', { type: 'string', requiresArg: true, describe: t('Folder for built TensorRT engines') })
      .option('json', { type: 'boolean', describe: t('Print the result as JSON') }),
  handler: (argv: ArgumentsCamelCase) => build(argv as unknown as BuildFlags),
};

async function build(flags: BuildFlags): Promise<void> {
  const settings = sessionSettings(flags);
  const wish = tensorRtWish(settings.engine);
  const wished = settings.precision ?? 'auto';
  const maxBatch = flags.maxBatch === undefined ? undefined : integer(1, BATCH_LIMIT)(flags.maxBatch, '--max-batch');
  const config = readModelConfig(settings.modelPath || embeddedModelFolder());
  const unsupported = unsupportedByTensorRt(config);
  if (unsupported !== undefined) {
    throw new AskBertError('EngineBuild', unsupported, t('The CPU answers; nothing needs to be built for it.'));
  }
  const buckets = bucketsOf(config, maxBatch, flags.maxLength);
  const report = await interruptible(t('The build was cancelled.'), async (signal) => {
    const { target, cacheFolder } = await buildTarget(settings, wish, signal);
    const place = { config, device: target.device, cacheFolder };
    // What is missing for it ends the build, where questions are answered in another precision.
    if (isRanged(wished)) await rangesFor(wished, place);
    const { precision, ranges } = await tensorRtPrecision(wished, place);
    const weights = new ModelWeights(config);
    const bar = buildBar();
    try {
      const options = { precision, ranges, buckets, cacheFolder, signal, onProgress: bar.update };
      const plan = await preparePlan(weights, target, options);
      const { manifest, key, built, detail } = plan;
      const usual = JSON.stringify(buckets) === JSON.stringify(defaultBuckets(config.maxSequenceLength));
      return {
        model: config.name,
        engine: engineName(target.flavour),
        version: manifest.version,
        device: target.device?.name ?? null,
        computeCapability: target.device ? manifest.computeCapability : null,
        precision,
        buckets,
        file: path.resolve(new EngineCache(cacheFolder).planFile(key)),
        bytes: manifest.planBytes,
        seconds: manifest.buildMs / 1000,
        built: built !== undefined,
        ...(built === 'damaged' && { damaged: detail }),
        answers: usual && target.device !== undefined,
      } satisfies BuildReport;
    } finally {
      bar.stop();
      weights.close();
    }
  });
  await (flags.json ? printJson(report) : print(describeReport(report)));
}

/** @throws AskBertError BadRequest */
export function tensorRtWish(engine: string | undefined): TensorRtWish {
  if (engine === 'cpu' || engine === 'remote') {
    throw new AskBertError(
      'BadRequest',
      t('--engine: found "{0}", which needs no build; expected tensorrt or tensorrt-rtx.', engine),
    );
  }
  return (engine ?? 'auto') as TensorRtWish;
}

function bucketsOf(config: ModelConfig, maxBatch: number | undefined, maxLength: unknown): Bucket[] {
  if (maxLength === undefined) return defaultBuckets(config.maxSequenceLength, maxBatch);
  return defaultBuckets(integer(1, config.positions)(maxLength, '--max-length'), maxBatch);
}

/**
 * The target of the build: the first library that works with a device here; otherwise TensorRT-RTX, which needs no
 * device.
 * @throws AskBertError LibraryMissing with everything that was tried, Cancelled
 */
async function buildTarget(
  settings: ReturnType<typeof sessionSettings>,
  wish: TensorRtWish,
  signal: AbortSignal,
): Promise<{ target: BuildTarget; cacheFolder: string }> {
  const { usable, cacheFolder, tried, descriptions } = await findTensorRt(settings, wish, signal);
  if (usable) return { target: usable, cacheFolder };
  const flavour: Flavour = 'rtx';
  // With a version: it could be loaded, and only the device is missing.
  const alone = tried.find(({ candidate, version }) => candidate.flavour === flavour && version !== undefined);
  if (alone) return { target: { flavour, library: alone.candidate.path, version: alone.version! }, cacheFolder };
  const name = wish === 'tensorrt-rtx' ? 'TensorRT-RTX' : 'TensorRT';
  throw new AskBertError(
    'LibraryMissing',
    [t('No usable {0} was found.', name), ...descriptions.map((each) => each.replace(/\.?$/, '.'))].join(' '),
    // With a version: it could be loaded, and something else is missing.
    tried.some(({ version }) => version !== undefined)
      ? t('It needs an NVIDIA card and its driver on this machine.')
      : t('Install TensorRT, or name its folder with --tensorrt.'),
  );
}

function describeReport(report: BuildReport): string {
  const { model, engine, version, device, computeCapability, precision, buckets, file, bytes, seconds } = report;
  const library = `${engine === 'tensorrt-rtx' ? 'TensorRT-RTX' : 'TensorRT'} ${version}`;
  const place = device
    ? t('for {0} (compute capability {1})', device, computeCapability!)
    : t('for no particular device: none that it supports is present');
  const took = seconds.toFixed(1);
  const lines = [
    titled(t('Engine'), `${model} ${precision}`, library, place),
    titled(t('File'), file, sizeText(bytes)),
    titled(t('Shapes'), buckets.map((b) => `${b.batch}x${b.length}`).join(' ')),
    report.built ? t('Built in {0} s', took) : t('Already built; the build took {0} s', took),
  ];
  if (report.damaged) lines.push(oneLine(t('The engine on disk was damaged: {0}', report.damaged)));
  if (!report.answers) {
    lines.push(
      device
        ? t('Questions use engines in the usual shapes; this one is only for measuring.')
        : t('A machine with an NVIDIA GPU builds its own engine at the first question.'),
    );
  }
  return lines.join('\n');
}
