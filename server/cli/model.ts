/** `ask-bert model`: the models of this machine - listed, downloaded, imported, removed, chosen. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { checkNamedModel } from '../model/check-model.js';
import { readModelConfig } from '../model/config.js';
import { f1Text, verifiedText } from '../model/download/progress-text.js';
import { bytesOf, type CatalogueEntry, catalogue, pageOf } from '../model/store/catalogue.js';
import { weightsOf } from '../model/store/manifest.js';
import { defaultStoreFolder, isSameFolder, ModelStore, type StoredModel } from '../model/store/store.js';
import { embeddedModelFolder } from '../session/session.js';
import { sizeText } from '../storage/disk.js';
import { oneLine } from '../text/one-line.js';
import { EMBEDDED, folderOfModel, readDefaultModel, writeDefaultModel } from './default-model.js';
import { downloadCommand } from './model-download.js';
import { importCommand } from './model-import.js';
import { print, printJson } from './print.js';

const json = { type: 'boolean', describe: t('Print the result as JSON') } as const;
const store = () => new ModelStore(defaultStoreFolder());

export const modelCommand = {
  command: 'model',
  describe: t('Models: list, download, import, remove or use them'),
  builder: (argv: Argv) =>
    argv
      .command(listCommand)
      .command(downloadCommand)
      .command(importCommand)
      .command(removeCommand)
      .command(useCommand)
      .demandCommand(1, t('Name an action: list, download, import, remove or use.'))
      .strict(),
  // Never called: an action is required.
  handler: () => {},
};

const listCommand = {
  command: 'list',
  describe: t('Show the installed models and those that can be downloaded'),
  builder: (argv: Argv) => argv.option('json', json),
  handler: async (argv: ArgumentsCamelCase) => {
    const { folder } = store();
    const models = await store().list();
    const partials = await store().partials();
    const chosen = readDefaultModel() ?? EMBEDDED;
    const installed = models.map((model) => ({ ...shownOf(model), inUse: isChosen(chosen, model) }));
    const offered = catalogue.map((entry) => ({
      ...offerOf(entry),
      installed: models.some(({ name }) => name === entry.id),
      partBytes: partials.find(({ name }) => name === entry.id)?.bytes ?? 0,
    }));
    const embedded = { name: EMBEDDED, folder: embeddedModelFolder(), inUse: chosen === EMBEDDED };
    if (argv.json) return printJson({ folder, chosen, embedded, installed, offered });
    const mark = (inUse: boolean) => (inUse ? '*' : ' ');
    await print(
      [
        `${mark(embedded.inUse)} ${EMBEDDED}  ${oneLine(readModelConfig(embedded.folder).name)}`,
        ...installed.flatMap((model) => linesOf(model, mark(model.inUse))),
        ...(installed.some(({ inUse }) => inUse) || embedded.inUse ? [] : [oneLine(`* ${chosen}`)]),
        oneLine(t('Store: {0}', folder)),
        t('Available to download:'),
        ...offered.filter((each) => !each.installed).flatMap(offerLines),
      ].join('\n'),
    );
  },
};

const isChosen = (chosen: string, { name, folder }: StoredModel): boolean =>
  chosen === name || (chosen !== EMBEDDED && isSameFolder(chosen, folder));

function shownOf({ name, folder, bytes, manifest, fault }: StoredModel) {
  const weights = manifest && weightsOf(manifest);
  return {
    name,
    folder,
    bytes,
    title: manifest?.title ?? name,
    source: manifest?.source ?? null,
    licence: manifest?.licence ?? null,
    sha256: weights?.sha256 ?? null,
    verified: weights?.verified ?? null,
    fault: fault ?? null,
  };
}

function linesOf({ name, bytes, title, source, sha256, verified, fault }: ReturnType<typeof shownOf>, mark: string) {
  const lines = [`${mark} ${name}  ${oneLine(title)}, ${sizeText(bytes)}`];
  if (source) lines.push(`    ${oneLine(t('from {0}', source))}`);
  if (sha256) lines.push(`    SHA-256 ${sha256} (${verifiedText(verified ?? 'none')})`);
  if (fault) lines.push(`    ${oneLine(fault)}`);
  return lines;
}

function offerOf(entry: CatalogueEntry) {
  const { id, title, repository, revision, licence, squad, f1 } = entry;
  const { bytes, exact } = bytesOf(entry);
  return { id, title, repository, revision, page: pageOf(entry), licence, squad, f1: f1 ?? null, bytes, exact };
}

function offerLines({
  id,
  title,
  bytes,
  exact,
  licence,
  squad,
  f1,
  partBytes,
}: ReturnType<typeof offerOf> & { partBytes: number }) {
  const quality = f1Text({ squad, f1: f1 ?? undefined });
  const size = exact ? sizeText(bytes) : t('about {0}', sizeText(bytes));
  const part = partBytes > 0 ? `, ${t('{0} already downloaded', sizeText(partBytes))}` : '';
  return [`  ${id}  ${title}`, `    ${size}, ${licence}${quality ? `, ${quality}` : ''}${part}`];
}

const removeCommand = {
  command: 'remove <name>',
  describe: t('Remove a model from the store, or a partial download'),
  builder: (argv: Argv) => argv.positional('name', { type: 'string', demandOption: true }).option('json', json),
  handler: async (argv: ArgumentsCamelCase) => {
    const name = String(argv.name);
    const folder = store().folderOf(name);
    const chosen = readDefaultModel();
    if (chosen !== undefined && (chosen === name || isSameFolder(chosen, folder))) {
      throw new AskBertError(
        'BadRequest',
        t('The model {0} is in use.', name),
        t('Choose another one first: ask-bert model use embedded.'),
      );
    }
    const bytes = await store().remove(name);
    await (argv.json ? printJson({ name, folder, bytes }) : print(t('{0} removed, {1}', name, sizeText(bytes))));
  },
};

const useCommand = {
  command: 'use <name>',
  describe: t('Choose the model for commands that do not name one'),
  builder: (argv: Argv) =>
    argv
      .positional('name', {
        type: 'string',
        demandOption: true,
        describe: t('Name of a model, a model folder, or {0}', EMBEDDED),
      })
      .option('json', json),
  handler: async (argv: ArgumentsCamelCase) => {
    const name = String(argv.name);
    const { folder, stored } = folderOfModel(name);
    if (folder !== undefined) checkNamedModel(folder, folder);
    writeDefaultModel(stored);
    const used = folder ?? embeddedModelFolder();
    await (argv.json ? printJson({ name: stored ?? EMBEDDED, folder: used }) : print(oneLine(t('In use: {0}', used))));
  },
};
