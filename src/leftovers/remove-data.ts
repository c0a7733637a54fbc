/** `Ask BERT: Remove Models and History`: what would stay on the machine after the extension is uninstalled. */
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AskedHistory } from '../history/store.js';
import { modelsBundle } from '../models/bundle.js';
import { stopUsing } from '../models/choose.js';
import { workFailure } from '../models/with-progress.js';
import { inform } from '../shared/messages.js';
import { Failure, reasonOf, tell } from '../sidecar/failure.js';
import { forgetUntil } from './forgotten.js';

export interface LeftoverParts {
  history: AskedHistory;
  /** Shared by all workspaces. */
  memory: vscode.Memento;
  /** Folders of the models, and of engines and what else the sidecar keeps on the disk. */
  models: string;
  engines: string;
  log: vscode.LogOutputChannel;
  /** The sidecar has files of these folders open. */
  stopSidecar(): Promise<void>;
  /** Removes the answers that are still shown, and the texts of files that the sidecar keeps. */
  forgetAnswers(): Promise<void>;
}

export type Leftover = 'models' | 'engines' | 'history';

interface Row extends vscode.QuickPickItem {
  what: Leftover;
  /** Said when it is done. */
  done: string;
}

/** Lets the user choose; nothing is chosen beforehand. @returns what was removed */
export async function removeData(parts: LeftoverParts): Promise<Leftover[]> {
  const { l10n } = vscode;
  const options = {
    canPickMany: true as const,
    title: l10n.t('Remove Models and History'),
    placeHolder: l10n.t('Choose what to remove from this machine; it cannot be undone'),
  };
  const chosen = await vscode.window.showQuickPick<Row>(rowsOf(parts), options);
  const removed: Row[] = [];
  try {
    // The history first: for the texts that it keeps the sidecar is asked, which is stopped for the others.
    for (const row of (chosen ?? []).toSorted((a, b) => Number(b.what === 'history') - Number(a.what === 'history'))) {
      await remove(parts, row.what);
      removed.push(row);
    }
  } catch (error) {
    const failure = workFailure(error);
    parts.log.error(`${failure.code}: ${failure.message}`);
    tell(failure);
  }
  if (removed.length > 0) {
    void inform(l10n.t('Ask BERT: removed: {0}.', removed.map(({ done }) => done).join(', ')));
  }
  return removed.map(({ what }) => what);
}

async function rowsOf({ history, models, engines }: LeftoverParts): Promise<Row[]> {
  const { l10n } = vscode;
  const { sizeText } = modelsBundle();
  const modelSize = sizeText(await sizeOf(models));
  const engineSize = sizeText(await sizeOf(engines));
  const count = history.entries.length;
  const questions = count === 1 ? l10n.t('1 question') : l10n.t('{0} questions', count);
  return [
    {
      what: 'models',
      label: l10n.t('Downloaded and Imported Models'),
      description: modelSize,
      detail: l10n.t('The embedded model answers from then on'),
      done: l10n.t('models ({0})', modelSize),
    },
    {
      what: 'engines',
      label: l10n.t('Engines and Cached Files'),
      description: engineSize,
      detail: l10n.t('They are made again when they are needed'),
      done: l10n.t('engines and cached files ({0})', engineSize),
    },
    {
      what: 'history',
      label: l10n.t('History of Questions'),
      description: l10n.t('{0} in this workspace', questions),
      detail: l10n.t('Pinned ones too; that of other workspaces is removed when they are next opened'),
      done: l10n.t('the history of questions'),
    },
  ];
}

async function remove(parts: LeftoverParts, what: Leftover): Promise<void> {
  const { history, memory, models, engines, log } = parts;
  if (what === 'history') {
    await forgetUntil(memory, Date.now());
    history.remove(history.entries);
    await parts.forgetAnswers();
  } else if (what === 'models') {
    const { ModelStore, isSameFolder } = modelsBundle();
    const store = new ModelStore(models);
    const names = [...(await store.list()), ...(await store.partials())].map(({ name }) => name);
    await stopUsing((folder) => isSameFolder(path.dirname(folder), models));
    await parts.stopSidecar();
    for (const name of new Set(names)) await store.remove(name);
    await removeFolder(models);
  } else {
    await parts.stopSidecar();
    await removeFolder(engines);
  }
  log.info(`Removed: ${what}.`);
}

/** @throws Failure naming the folder */
async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw new Failure(
      'InputUnreadable',
      vscode.l10n.t('{0} cannot be removed ({1}).', folder, reasonOf(error)),
      vscode.l10n.t('Close other windows of VS Code, and try again.'),
    );
  }
}

/** Bytes of all files in a folder; what cannot be read counts as 0. */
export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const found = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += found?.size ?? 0;
  }
  return bytes;
}
