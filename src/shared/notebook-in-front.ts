import * as vscode from 'vscode';

/** The notebook in front. VS Code still has an active one when another kind of tab is in front. */
export function notebookInFront(): vscode.NotebookEditor | undefined {
  const { activeNotebookEditor, tabGroups } = vscode.window;
  return tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputNotebook
    ? activeNotebookEditor
    : undefined;
}
