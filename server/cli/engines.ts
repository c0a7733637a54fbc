/** `ask-bert engines`: the TensorRT libraries of this machine, and the engines built and stored. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { defaultCacheFolder, EngineCache, type EngineManifest } from '../engine/tensorrt/cache.js';
import { describe, probeAll } from '../engine/tensorrt/probe.js';
import { t } from '../l10n.js';
import { sizeText } from '../storage/disk.js';
import { oneLine } from '../text/one-line.js';
import { checkedSettings, type SessionFlags } from './common.js';
import { print, printJson } from './print.js';

const withFolders = (argv: Argv) =>
  argv
    .option('tensorrt', {
      type: 'string',
      requiresArg: true,
      describe: t('Folder with TensorRT, if not in a usual place'),
    })
    .option('cache', { type: 'string', requiresArg: true, describe: t('Folder for built TensorRT engines') })
    .option('json', { type: 'boolean', describe: t('Print the result as JSON') });

export const enginesCommand = {
  command: 'engines',
  describe: t('Show or clear the built TensorRT engines'),
  builder: (argv: Argv) =>
    argv.command(list).command(clear).demandCommand(1, t('Name an action: list or clear.')).strict(),
  // Never called: an action is required.
  handler: () => {},
};

const list = {
  command: 'list',
  describe: t('Show the libraries that were found and the engines on disk'),
  builder: withFolders,
  handler: async (argv: ArgumentsCamelCase) => {
    const { tensorRtPath, folder } = foldersOf(argv);
    const libraries = await probeAll({ tensorRtPath, cacheFolder: folder });
    const engines = await new EngineCache(folder).list();
    if (argv.json) return printJson({ libraries, folder, engines });
    const lines = libraries.length > 0 ? libraries.map(describe) : [t('No TensorRT was found.')];
    const bytes = engines.reduce((sum, each) => sum + each.planBytes, 0);
    lines.push(`${countText(engines.length, folder)}, ${sizeText(bytes)}`, ...engines.map(line));
    await print(lines.map((line) => line.replace(/\S.*/s, oneLine)).join('\n'));
  },
};

const clear = {
  command: 'clear',
  describe: t('Remove every engine on disk'),
  builder: withFolders,
  handler: async (argv: ArgumentsCamelCase) => {
    const { folder } = foldersOf(argv);
    const removed = await new EngineCache(folder).clear();
    await (argv.json ? printJson({ folder, removed }) : print(oneLine(removedText(removed, folder))));
  },
};

function foldersOf(argv: ArgumentsCamelCase): { tensorRtPath?: string | undefined; folder: string } {
  const { tensorrt, cache } = argv as SessionFlags;
  const { tensorRtPath, cacheFolder } = checkedSettings({ tensorrt, cache });
  return { tensorRtPath, folder: cacheFolder || defaultCacheFolder() };
}

const countText = (count: number, folder: string): string =>
  count === 1 ? t('1 engine in {0}', folder) : t('{0} engines in {1}', count, folder);

const removedText = (count: number, folder: string): string =>
  count === 1 ? t('1 engine removed from {0}', folder) : t('{0} engines removed from {1}', count, folder);

function line({
  model,
  precision,
  buckets,
  flavour,
  version,
  device,
  planBytes,
  built,
  buildMs,
}: EngineManifest): string {
  const shapes = buckets.map((b) => `${b.batch}x${b.length}`).join(' ');
  const library = `${flavour === 'rtx' ? 'TensorRT-RTX' : 'TensorRT'} ${version}`;
  const age = t('built {0}, in {1} s', built.slice(0, 16).replace('T', ' '), (buildMs / 1000).toFixed(0));
  return `  ${model} ${precision} (${shapes}), ${t('{0} on {1}', library, device)}, ${sizeText(planBytes)}, ${age}`;
}
