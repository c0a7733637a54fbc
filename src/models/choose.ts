/** Which model answers: the user setting `askBert.modelPath`, which the sidecar applies at once. */
import * as vscode from 'vscode';
import { openSettings, SECTION } from '../settings/settings.js';
import { flash, warn } from '../shared/messages.js';
import { Failure, reasonOf, tell } from '../sidecar/failure.js';

const KEY = 'modelPath';

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
    const fault = l10n.t('The setting {0} cannot be written: {1}.', `${SECTION}.${KEY}`, reasonOf(error));
    tell(new Failure('BadRequest', fault));
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
