/** `ask-bert export`: a model for other programs and servers. */
import path from 'node:path';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { string } from '../checks/check-request.js';
import { type ExportedFile, type ExportTarget, exportModel } from '../engine/export/export-model.js';
import { checkedModel, USUAL_MODEL } from '../engine/remote/address.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { embeddedModelFolder } from '../session/session.js';
import { sizeText } from '../storage/disk.js';
import { oneLine } from '../text/one-line.js';
import { type Bar, progressBar, titled } from './common.js';
import { folderOfModel, modelArgument } from './default-model.js';
import { interruptible } from './interrupt.js';
import { print, printJson } from './print.js';

interface ExportFlags {
  model: string;
  folder: string;
  for: ExportTarget;
  name?: string;
  json?: boolean;
}

export const exportCommand = {
  command: 'export <model> <folder>',
  describe: t('Write a model for other programs: an ONNX folder, or a repository of a Triton server'),
  builder: (argv: Argv) =>
    argv
      .positional('model', { ...modelArgument, demandOption: true })
      .positional('folder', { type: 'string', demandOption: true, describe: t('The folder to create') })
      .option('for', {
        choices: ['onnx', 'triton'] as const,
        demandOption: true,
        requiresArg: true,
        describe: t('What reads it'),
      })
      .option('name', {
        type: 'string',
        requiresArg: true,
        describe: t('Name of the model on the server (default: {0})', USUAL_MODEL),
      })
      .option('json', { type: 'boolean', describe: t('Print the result as JSON') }),
  handler: (argv: ArgumentsCamelCase) => runExport(argv as unknown as ExportFlags),
};

async function runExport(flags: ExportFlags): Promise<void> {
  const name = checkedModel(string(flags.name ?? USUAL_MODEL, '--name') || USUAL_MODEL, '--name');
  if (flags.for === 'onnx' && flags.name !== undefined) {
    throw new AskBertError('BadRequest', t('--name is only used with --for triton.'));
  }
  const model = folderOfModel(flags.model).folder ?? embeddedModelFolder();
  const folder = path.resolve(flags.folder);
  let bar: Bar | undefined;
  try {
    const files = await interruptible(t('The export was cancelled.'), (signal) =>
      exportModel(model, folder, {
        target: flags.for,
        name,
        signal,
        onProgress: (done, total) => {
          bar ??= progressBar(t('Written'), total);
          bar.update(done);
        },
      }),
    );
    bar?.stop();
    await (flags.json ? printJson({ folder, for: flags.for, files }) : print(report(folder, files)));
  } finally {
    bar?.stop();
  }
}

const report = (folder: string, files: readonly ExportedFile[]): string =>
  [
    titled(t('Folder'), folder),
    ...files.map(({ name, bytes, sha256 }) => `        ${oneLine(name)}  ${sizeText(bytes)}  SHA-256 ${sha256}`),
  ].join('\n');
