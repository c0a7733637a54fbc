/** Which model answers: the user setting `askBert.modelPath`, which the sidecar applies at once. */
import * as vscode from 'vscode';
import { openSettings, SECTION } from '../settings/settings.js';
import { flash, warn } from '../shared/messages.js';
import { Failure, reasonOf, tell } from '../sidecar/failure.js';

const KEY = 'modelPath';

/** Where `askBert.modelPath` may be set, with what is set there. */
function places(): { target: vscode.ConfigurationTarget; scope: vscode.Uri | undefined; value: unknown }[] {
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  const found = vscode.workspace.getConfiguration(SECTION).inspect(KEY);
  const folders = vscode.workspace.workspaceFolders ?? [];
  return [
    { target: Global, scope: undefined, value: found?.globalValue },
    { target: Workspace, scope: undefined, value: found?.workspaceValue },
    ...folders.map(({ uri }) => {
      const value = vscode.workspace.getConfiguration(SECTION, uri).inspect(KEY)?.workspaceFolderValue;
      return { target: WorkspaceFolder, scope: uri, value };
    }),
  ];
}

/** Model folders that any settings name, also settings that others take precedence over. */
export const namedFolders = (): string[] =>
  places().flatMap(({ value }) => (typeof value === 'string' && value.trim() !== '' ? [value.trim()] : []));

/**
 * Removes the setting wherever it names such a folder.
 * @throws Failure naming the setting that cannot be written
 */
export async function stopUsing(isIt: (folder: string) => boolean): Promise<void> {
  for (const { target, scope, value } of places()) {
    if (typeof value !== 'string' || value.trim() === '' || !isIt(value.trim())) continue;
    try {
      await vscode.workspace.getConfiguration(SECTION, scope).update(KEY, undefined, target);
    } catch (error) {
      throw notWritten(error);
    }
  }
}

function notWritten(error: unknown): Failure {
  const fault = vscode.l10n.t('The setting {0} cannot be written: {1}.', `${SECTION}.${KEY}`, reasonOf(error));
  return new Failure('BadRequest', fault);
}

/**
 * @param folder empty: the embedded model
 * @param title for the message
 * @returns whether the next question uses it
 */
export async function chooseModel(folder: string, title: string): Promise<boolean> {
  const { l10n } = vscode;
  const settings = () => vscode.workspace.getConfiguration(SECTION);
  try {
    await settings().update(KEY, folder || undefined, vscode.ConfigurationTarget.Global);
  } catch (error) {
    tell(notWritten(error));
    return false;
  }
  const effective = settings().get<string>(KEY) ?? '';
  if (effective === folder) {
    flash(l10n.t('Ask BERT: {0} answers from now on', title), 5000);
    return true;
  }
  // A trusted workspace may name its own model, which takes precedence.
  const open = l10n.t('Open Settings');
  const warning = l10n.t(
    'Ask BERT: {0} was chosen, but the settings of this workspace name another model: {1}.',
    title,
    effective || l10n.t('the embedded one'),
  );
  void warn(warning, open).then((choice) => {
    if (choice === open) openSettings(`${SECTION}.${KEY}`);
  });
  return false;
}
