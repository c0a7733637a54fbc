/** Asks for a checkpoint and the name to store it under. */
import * as vscode from 'vscode';
import type { ModelStore } from '../../server/model/store/store.js';
import { asMessage } from '../shared/markdown.js';
import type { ModelsBundle } from './bundle.js';

/** @returns undefined if the user cancels */
export async function askForCheckpoint(what: 'folder' | 'file'): Promise<string | undefined> {
  const { l10n } = vscode;
  const options: vscode.OpenDialogOptions =
    what === 'folder'
      ? { canSelectFiles: false, canSelectFolders: true }
      : {
          filters: {
            [l10n.t('Checkpoints')]: ['index', 'safetensors', 'bin', 'pt', 'pth', 'params'],
            [l10n.t('All Files')]: ['*'],
          },
        };
  const title = what === 'folder' ? l10n.t('Import a Model Folder') : l10n.t('Import a Checkpoint');
  const chosen = await vscode.window.showOpenDialog({ ...options, title, openLabel: l10n.t('Import') });
  return chosen?.[0]?.fsPath;
}

/** @returns undefined if the user cancels */
export function askForName(
  { isModelName, nameForCheckpoint }: ModelsBundle,
  store: ModelStore,
  checkpoint: string,
): Thenable<string | undefined> {
  const { l10n } = vscode;
  return vscode.window.showInputBox({
    title: l10n.t('Name of the Model'),
    prompt: asMessage(checkpoint),
    value: nameForCheckpoint(checkpoint),
    validateInput: (name) => {
      if (!isModelName(name)) return l10n.t('Letters, digits and . _ + - only, beginning with a letter or digit');
      return store.find(name)
        ? l10n.t('A model with this name exists: remove it first, or choose another name')
        : undefined;
    },
  });
}
