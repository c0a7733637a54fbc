/** `Ask BERT: Manage Models`: what is installed, what is available, and what can be done with it. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { CatalogueEntry } from '../../server/model/store/catalogue.js';
import type { ModelStore, StoredModel } from '../../server/model/store/store.js';
import type { SettingsReader } from '../settings/settings.js';
import type { CommandTable } from '../shared/command-table.js';
import { asLabel } from '../shared/markdown.js';
import { flash, inform } from '../shared/messages.js';
import { oneLine } from '../shared/texts.js';
import { tell } from '../sidecar/failure.js';
import { bundleFile, type ModelsBundle, modelsBundle } from './bundle.js';
import { chooseModel, namedFolders, stopUsing } from './choose.js';
import { askForCheckpoint, askForName } from './import-dialog.js';
import { type ModelChoice, type ModelRow, rowsOf, sizeOf, verifiedHow } from './rows.js';
import { withWork, workFailure } from './with-progress.js';

interface Action extends vscode.QuickPickItem {
  /** Undefined: back to the list. */
  run?: () => unknown;
}

export class ModelManager {
  readonly #folder: string;
  readonly #settings: SettingsReader;
  readonly #log: vscode.LogOutputChannel;
  readonly table: CommandTable = { manageModels: () => this.#manage() };
  /** Identifiers of what is being downloaded in this window. */
  readonly #busy = new Set<string>();

  /** @param folder the store's */
  constructor(folder: string, settings: SettingsReader, log: vscode.LogOutputChannel) {
    this.#folder = folder;
    this.#settings = settings;
    this.#log = log;
  }

  async #manage(): Promise<void> {
    const bundle = modelsBundle();
    const store = new bundle.ModelStore(this.#folder);
    for (;;) {
      const subject = await this.#pick(bundle, store);
      if (!subject) return;
      const { title, actions } = this.#actionsFor(bundle, store, subject);
      const only = actions.length === 1 ? actions[0] : undefined;
      const action = only ?? (await vscode.window.showQuickPick(actions, { title }));
      if (!action) return;
      if (!action.run) continue;
      try {
        await action.run();
      } catch (error) {
        const failure = workFailure(error);
        if (!failure.silent) this.#log.error(`${failure.code}: ${failure.message}`);
        tell(failure);
      }
      return;
    }
  }

  async #pick(bundle: ModelsBundle, store: ModelStore): Promise<ModelChoice | undefined> {
    const { l10n } = vscode;
    const rows = Promise.all([store.list(), store.partials()]).then(([models, partials]) =>
      rowsOf(bundle, {
        models,
        partials,
        modelPath: this.#settings.now.modelPath,
        named: namedFolders(),
        busy: this.#busy,
      }),
    );
    const options = {
      title: l10n.t('Manage Models'),
      placeHolder: l10n.t('A model to use, download, import or remove'),
      matchOnDescription: true,
      matchOnDetail: true,
    };
    return (await vscode.window.showQuickPick<ModelRow>(rows, options))?.subject;
  }

  #actionsFor(bundle: ModelsBundle, store: ModelStore, subject: ModelChoice): { title: string; actions: Action[] } {
    const { l10n } = vscode;
    const back: Action = { label: `$(arrow-left) ${l10n.t('Back')}` };
    switch (subject.kind) {
      case 'embedded': {
        const run = () => chooseModel('', l10n.t('The embedded model'));
        return { title: '', actions: [{ label: l10n.t('Use'), run }] };
      }
      case 'elsewhere':
        return {
          title: oneLine(subject.folder, 200),
          actions: [
            { label: `$(discard) ${l10n.t('Use the Embedded Model Again')}`, run: () => chooseModel('', 'Ask BERT') },
            { label: `$(folder-opened) ${l10n.t('Open Folder')}`, run: () => openFolder(subject.folder) },
            back,
          ],
        };
      case 'installed':
        return this.#installedActions(bundle, store, subject, back);
      case 'offered':
        return this.#offeredActions(bundle, store, subject, back);
      default: {
        const what = subject.kind === 'importFile' ? 'file' : 'folder';
        return { title: '', actions: [{ label: l10n.t('Import'), run: () => this.#import(bundle, store, what) }] };
      }
    }
  }

  #installedActions(
    bundle: ModelsBundle,
    store: ModelStore,
    { model, entry, inUse }: Extract<ModelChoice, { kind: 'installed' }>,
    back: Action,
  ): { title: string; actions: Action[] } {
    const { l10n } = vscode;
    const { name, folder, bytes, manifest } = model;
    const size = bundle.sizeText(bytes);
    const use: Action = {
      label: `$(check) ${l10n.t('Use')}`,
      detail: l10n.t('Takes effect with the next question'),
      run: () => this.#use(bundle, model),
    };
    const remove: Action = {
      label: `$(trash) ${inUse ? l10n.t('Remove...') : l10n.t('Remove')}`,
      detail: asLabel(l10n.t('{0} will be deleted from {1}', size, folder)),
      run: () => this.#remove(bundle, store, model, inUse),
    };
    const open: Action = { label: `$(folder-opened) ${l10n.t('Open Folder')}`, run: () => openFolder(folder) };
    // The first one is preselected: never what deletes.
    const actions = [...(inUse ? [] : [use]), open, ...(entry ? [pageAction(bundle, entry)] : []), remove, back];
    return { title: oneLine(manifest?.title ?? name, 200), actions };
  }

  #offeredActions(
    bundle: ModelsBundle,
    store: ModelStore,
    { entry, part, busy }: Extract<ModelChoice, { kind: 'offered' }>,
    back: Action,
  ): { title: string; actions: Action[] } {
    const { l10n } = vscode;
    const host = new URL(this.#base(bundle)).host;
    const size = sizeOf(bundle, entry);
    const download: Action = {
      label: `$(cloud-download) ${part ? l10n.t('Download the Rest of {0}', size) : l10n.t('Download {0}', size)}`,
      description: asLabel(l10n.t('from {0}, licence {1}', host, entry.licence)),
      detail: verifiedHow(entry),
      run: () => this.#download(bundle, store, entry),
    };
    const forget: Action = {
      label: `$(trash) ${l10n.t('Remove the Partial Download')}`,
      run: () => store.remove(entry.id),
    };
    const free = busy ? [] : [download, ...(part ? [forget] : [])];
    return { title: entry.title, actions: [...free, pageAction(bundle, entry), back] };
  }

  /** @throws an error of the bundle for a mirror that cannot be used */
  #base(bundle: ModelsBundle): string {
    const mirror = this.#settings.now.modelMirror;
    return mirror ? bundle.checkBase(mirror, 'askBert.modelMirror') : bundle.defaultBase;
  }

  async #download(bundle: ModelsBundle, store: ModelStore, entry: CatalogueEntry): Promise<void> {
    const { l10n } = vscode;
    if (this.#busy.has(entry.id)) return;
    this.#busy.add(entry.id);
    const base = this.#base(bundle);
    this.#log.info(`Download of ${entry.repository} from ${base}.`);
    try {
      const { folder, manifest } = await withWork(l10n.t('Downloading {0}', entry.title), (signal, report) =>
        bundle.downloadModel(entry, store, {
          // The extension host's fetch knows the user's proxy and certificates.
          fetch: (address, init) => globalThis.fetch(address, init),
          base,
          signal,
          onProgress: (progress) => {
            const { bytes, total, waiting } = progress;
            report(bundle.progressText(progress), waiting || total === 0 ? undefined : bytes / total);
          },
        }),
      );
      for (const { name, sha256, verified } of manifest.files) this.#log.info(`  ${name} ${sha256} (${verified})`);
      this.#offer(bundle, { name: entry.id, folder, bytes: 0, manifest });
    } catch (error) {
      const failure = workFailure(error);
      if (!failure.silent) this.#log.error(`${failure.code}: ${failure.message}`);
      const retry = { title: l10n.t('Retry'), run: () => void this.#download(bundle, store, entry) };
      tell(failure, [retry]);
    } finally {
      this.#busy.delete(entry.id);
    }
  }

  async #import(bundle: ModelsBundle, store: ModelStore, what: 'folder' | 'file'): Promise<void> {
    const { l10n } = vscode;
    const checkpoint = await askForCheckpoint(what);
    if (!checkpoint) return;
    const file = path.basename(checkpoint);
    const locale = vscode.env.language;
    // What cannot be imported is said before a name is asked for.
    await withWork(l10n.t('Looking at {0}', file), (signal) =>
      bundle.lookInThread(bundleFile(), checkpoint, { locale, signal }),
    );
    const name = await askForName(bundle, store, checkpoint);
    if (!name) return;
    const report = await withWork(l10n.t('Importing {0}', file), (signal, tell) =>
      bundle.importInThread(bundleFile(), checkpoint, store, name, {
        locale,
        signal,
        progress: (done, total) => tell(l10n.t('tensor {0} of {1}', done, total), done / total),
      }),
    );
    this.#log.info(`${report.source} (${report.format}) was imported as ${report.folder}.`);
    this.#offer(bundle, { name, folder: report.folder, bytes: report.bytes });
  }

  /** Does not wait for the user. */
  #offer(bundle: ModelsBundle, model: StoredModel): void {
    const { l10n } = vscode;
    const use = l10n.t('Use It');
    const text = l10n.t('Ask BERT: {0} is installed.', model.manifest?.title ?? model.name);
    void inform(text, use).then((choice) => {
      if (choice === use) this.#use(bundle, model).catch((error) => tell(workFailure(error)));
    });
  }

  async #use(bundle: ModelsBundle, { name, folder, manifest }: StoredModel): Promise<boolean> {
    bundle.checkModel(folder);
    return chooseModel(folder, manifest?.title ?? name);
  }

  async #remove(
    bundle: ModelsBundle,
    store: ModelStore,
    { name, folder, manifest }: StoredModel,
    inUse: boolean,
  ): Promise<void> {
    const { l10n } = vscode;
    if (inUse) {
      if (!(await confirmed(manifest?.title ?? name))) return;
      await stopUsing((each) => bundle.isSameFolder(each, folder));
    }
    await store.remove(name);
    this.#log.info(`Model ${name} removed.`);
    flash(l10n.t('Ask BERT: {0} removed', name), 5000);
  }
}

/** Whether a model that is in use shall be removed. The first row, which Enter takes, keeps it. */
async function confirmed(title: string): Promise<boolean> {
  const { l10n } = vscode;
  const keep: vscode.QuickPickItem = { label: `$(arrow-left) ${l10n.t('Keep It')}` };
  const remove: vscode.QuickPickItem = {
    label: `$(trash) ${l10n.t('Remove, and Use the Embedded Model Again')}`,
    detail: l10n.t('Takes effect with the next question'),
  };
  const options = { title: oneLine(l10n.t('{0} is in use', title), 200) };
  return (await vscode.window.showQuickPick([keep, remove], options)) === remove;
}

function pageAction({ pageOf }: ModelsBundle, entry: CatalogueEntry): Action {
  const page = pageOf(entry);
  return {
    label: `$(link-external) ${vscode.l10n.t('Model Page')}`,
    description: page,
    run: () => vscode.env.openExternal(vscode.Uri.parse(page)),
  };
}

/** Opens the system's file manager; if there is none, as in a browser, the path is copied to the clipboard. */
async function openFolder(folder: string): Promise<void> {
  try {
    await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(folder));
  } catch {
    await vscode.env.clipboard.writeText(folder);
    void inform(vscode.l10n.t('Ask BERT: the path was copied: {0}', folder));
  }
}
