/** `ask-bert calibrate`: measures the ranges that INT8 and FP8 engines need, and keeps them beside the weights. */
import path from 'node:path';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { type Calibration, calibrate } from '../calibration/calibrate.js';
import { readExamples } from '../calibration/examples.js';
import { calibrationWindows } from '../calibration/windows.js';
import { integer } from '../checks/check-request.js';
import { unsupportedByTensorRt } from '../engine/tensorrt/supported.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { readModelConfig } from '../model/config.js';
import { modelLanguages } from '../model/languages.js';
import { checkMemory } from '../model/memory.js';
import { readModelTokenizer } from '../model/model-tokenizer.js';
import { type RangeMethod, rangedPrecisions, rangeMethods } from '../model/ranges/ranges.js';
import { rangesFile, writeRanges } from '../model/ranges/ranges-file.js';
import { ModelWeights } from '../model/weights.js';
import { embeddedModelFolder } from '../session/session.js';
import { diskFault } from '../storage/disk.js';
import { sha256OfFile } from '../storage/hash.js';
import { type Bar, progressBar, titled } from './common.js';
import { folderOfModel, modelArgument } from './default-model.js';
import { interruptible } from './interrupt.js';
import { note, print, printJson } from './print.js';

const USUAL_WINDOWS = 256;
const MOST_WINDOWS = 100_000;
/** Fewer say little about the largest values. */
const LEAST_WINDOWS = 8;

interface CalibrateFlags {
  model: string;
  data?: string;
  windows?: unknown;
  threads?: unknown;
  json?: boolean;
}

export const calibrateCommand = {
  command: 'calibrate <model>',
  describe: t('Measure the ranges of activations that INT8 and FP8 engines need'),
  builder: (argv: Argv) =>
    argv
      .positional('model', { ...modelArgument, demandOption: true })
      .option('data', {
        type: 'string',
        requiresArg: true,
        describe: t('A SQuAD file or a text that is like what is asked about (default: English texts of ours)'),
      })
      .option('windows', {
        type: 'number',
        requiresArg: true,
        describe: t('How many windows are read (default: {0})', USUAL_WINDOWS),
      })
      .option('threads', { type: 'number', requiresArg: true, describe: t('CPU threads (0: all cores)') })
      .option('json', { type: 'boolean', describe: t('Print the result as JSON') }),
  handler: (argv: ArgumentsCamelCase) => runCalibrate(argv as unknown as CalibrateFlags),
};

async function runCalibrate(flags: CalibrateFlags): Promise<void> {
  const count = integer(LEAST_WINDOWS, MOST_WINDOWS)(flags.windows ?? USUAL_WINDOWS, '--windows');
  const threads = integer(0, 1024)(flags.threads ?? 0, '--threads');
  const config = readModelConfig(folderOfModel(flags.model).folder ?? embeddedModelFolder());
  const unsupported = unsupportedByTensorRt(config);
  if (unsupported !== undefined) {
    throw new AskBertError('BadRequest', unsupported, t('Only engines of TensorRT need ranges.'));
  }
  if (flags.data === undefined && modelLanguages(config.folder)?.includes('en') === false) {
    note(t('The texts are English and the model is not: name a text in its language with --data.'));
  }
  const weights = new ModelWeights(config);
  let bar: Bar | undefined;
  try {
    checkMemory(weights);
    const made = await interruptible(t('The calibration was cancelled.'), async (signal) => {
      const examples = await readExamples(flags.data, note, signal);
      const windows = await calibrationWindows(config, readModelTokenizer(config), examples, count, signal);
      if (windows.read.length < LEAST_WINDOWS) throw tooFew(flags.data, windows.read.length);
      const hash = await sha256OfFile(path.join(config.folder, 'model.safetensors'));
      const progress = (done: number, total: number): void => {
        bar ??= progressBar(t('Windows'), total);
        bar.update(done);
      };
      return calibrate(weights, hash, windows, { threads, signal, progress });
    });
    const file = rangesFile(config);
    try {
      writeRanges(config, made.ranges);
    } catch (e) {
      throw diskFault(e, file);
    }
    bar?.stop();
    const { ranges, errors } = made;
    const { windows, method } = ranges;
    await (flags.json ? printJson({ file, windows, method, errors }) : print(report(file, made)));
  } finally {
    bar?.stop();
    weights.close();
  }
}

const tooFew = (file: string | undefined, found: number): AskBertError =>
  new AskBertError(
    'InputUnreadable',
    t('{0} gives {1} windows, expected at least {2}.', file ?? t('The text'), found, LEAST_WINDOWS),
    t('Name a longer text, or a file with more questions.'),
  );

const names: Record<RangeMethod, () => string> = {
  max: () => t('the largest value'),
  percentile: () => t('the value that 99.9 % do not exceed'),
};

function report(file: string, { ranges, errors }: Calibration): string {
  const figures = (method: RangeMethod): string =>
    rangedPrecisions.map((each) => `${each} ${errors[method][each].toPrecision(3)}`).join(', ');
  return [
    titled(t('File'), file),
    titled(t('Ranges'), names[ranges.method](), t('{0} windows', ranges.windows)),
    ...rangeMethods.map((method, i) => titled(i === 0 ? t('Error') : '', `${names[method]()}: ${figures(method)}`)),
    t('The error is that of the logits against FP32, on windows that were not read.'),
  ].join('\n');
}
