/**
 * `ask-bert model import`: creates a model folder from a checkpoint of TensorFlow, PyTorch, gluon-nlp or Hugging Face.
 */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { t } from '../l10n.js';
import { type ImportReport, importModel } from '../model/import/import-model.js';
import { importToStore } from '../model/import/import-to-store.js';
import { type Storage, storages } from '../model/import/safetensors-writer.js';
import { defaultStoreFolder, ModelStore } from '../model/store/store.js';
import { sizeText } from '../storage/disk.js';
import { type Bar, progressBar, titled } from './common.js';
import { interruptible } from './interrupt.js';
import { print, printJson } from './print.js';

interface ImportFlags {
  checkpoint: string;
  folder?: string;
  name?: string;
  storage: Storage;
  config?: string;
  vocab?: string;
  doLowerCase?: boolean;
  force?: boolean;
  json?: boolean;
}

export const importCommand = {
  command: 'import <checkpoint> [folder]',
  describe: t('Make a model from a checkpoint of TensorFlow, PyTorch, gluon-nlp or Hugging Face'),
  builder: (argv: Argv) =>
    argv
      .positional('checkpoint', {
        type: 'string',
        demandOption: true,
        describe: t(
          'model.ckpt (or its .index, or `checkpoint`), a .pt, .bin, .safetensors or .params file, or its folder',
        ),
      })
      .positional('folder', { type: 'string', describe: t('The model folder to create (default: one in the store)') })
      .option('name', { type: 'string', requiresArg: true, describe: t('Name of the model') })
      .option('storage', {
        choices: storages,
        default: 'f32',
        requiresArg: true,
        describe: t('How weights are stored'),
      })
      .option('config', {
        type: 'string',
        requiresArg: true,
        describe: t('bert_config.json or config.json, if elsewhere'),
      })
      .option('vocab', { type: 'string', requiresArg: true, describe: t('vocab.txt, if elsewhere') })
      .option('do-lower-case', {
        type: 'boolean',
        describe: t('Whether the model reads lower case only, true or false (default: detected)'),
      })
      .option('force', { type: 'boolean', describe: t('Replace an existing model folder') })
      .option('json', { type: 'boolean', describe: t('Print the report as JSON') }),
  handler: (argv: ArgumentsCamelCase) => runImport(argv as unknown as ImportFlags),
};

async function runImport(flags: ImportFlags): Promise<void> {
  let bar: Bar | undefined;
  try {
    const report = await interruptible(t('The import was cancelled.'), (signal) => {
      const options = {
        name: flags.name,
        storage: flags.storage,
        config: flags.config,
        vocab: flags.vocab,
        lowerCase: flags.doLowerCase,
        force: flags.force,
        signal,
        progress: (done: number, total: number) => {
          bar ??= progressBar(t('Tensors'), total);
          bar.update(done);
        },
      };
      if (flags.folder !== undefined) return importModel(flags.checkpoint, flags.folder, options);
      return importToStore(flags.checkpoint, new ModelStore(defaultStoreFolder()), flags.name, options);
    });
    bar?.stop();
    await (flags.json ? printJson(report) : print(describeReport(report)));
  } finally {
    bar?.stop();
  }
}

function describeReport(report: ImportReport): string {
  const { name, folder, source, format, layers, hiddenSize, storage, lowerCase, caseReason, tensors, skipped } = report;
  return [
    titled(t('Model'), `${name} (${folder})`),
    titled(
      '',
      t('{0} layers, hidden size {1}', layers, hiddenSize),
      t('{0} tensors stored as {1}', tensors, storage),
      sizeText(report.bytes),
    ),
    titled('', lowerCase ? t('lower case') : t('cased'), caseReason),
    titled(
      t('Source'),
      `${source} (${format})`,
      skipped === 1 ? t('1 tensor not needed') : t('{0} tensors not needed', skipped),
    ),
  ].join('\n');
}
