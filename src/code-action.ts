/**
 * "Ask BERT about Selection" among the refactorings of a selection. Offered only when the user opens that menu: it
 * causes no light bulb and loads nothing.
 */
import * as vscode from 'vscode';

export function registerCodeAction(): vscode.Disposable {
  const kind = vscode.CodeActionKind.Refactor;
  const provider: vscode.CodeActionProvider = {
    provideCodeActions(document, range, { triggerKind, only }) {
      const isAsked =
        triggerKind === vscode.CodeActionTriggerKind.Invoke && (only === undefined || only.contains(kind));
      if (!isAsked || range.isEmpty || !/\S/.test(document.getText(range))) return [];
      const action = new vscode.CodeAction(vscode.l10n.t('Ask BERT about Selection'), kind);
      action.command = { command: 'askBert.ask', title: action.title };
      return [action];
    },
  };
  return vscode.languages.registerCodeActionsProvider('*', provider, { providedCodeActionKinds: [kind] });
}
