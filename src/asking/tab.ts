/** The tab in front when there is no text editor: its text or file, the source of a preview, or a message about it. */
import * as vscode from 'vscode';
import { inform } from '../shared/messages.js';
import { documentName, oneLine } from '../shared/texts.js';

const activeTab = () => vscode.window.tabGroups.activeTabGroup.activeTab;

/** The text of the tab: a custom editor of a text, or a diff in which no side is focused. */
export async function textInFront(): Promise<vscode.TextDocument | undefined> {
  const input = activeTab()?.input;
  const uri =
    input instanceof vscode.TabInputTextDiff
      ? input.modified
      : input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom
        ? input.uri
        : undefined;
  return uri && openText(uri);
}

/** The file of the tab, if it is one. */
export function fileInFront(): vscode.Uri | undefined {
  const input = activeTab()?.input;
  return input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
}

/** VS Code does not say which document a Markdown preview shows, but its title ends with the name of the file. */
export async function sourceOfPreview(): Promise<vscode.TextDocument | undefined> {
  const tab = activeTab();
  if (!(tab?.input instanceof vscode.TabInputWebview) || !/markdown\.preview/.test(tab.input.viewType))
    return undefined;
  const isShown = ({ path }: vscode.Uri) => tab.label.endsWith(path.slice(path.lastIndexOf('/') + 1));
  const open = vscode.workspace.textDocuments.filter(
    ({ languageId, uri }) => languageId === 'markdown' && uri.scheme !== 'git' && isShown(uri),
  );
  // The longest name: "Preview my notes.md" does not show notes.md.
  const [longest] = open.toSorted((a, b) => documentName(b.uri).length - documentName(a.uri).length);
  if (longest) return longest;
  const name = tab.label.slice(tab.label.lastIndexOf(' ') + 1).replace(/[{}[\]?*]/g, '?');
  const [file, other] = await vscode.workspace.findFiles(`**/${name}`, undefined, 2);
  return file && !other ? openText(file) : undefined;
}

const openText = (uri: vscode.Uri): Promise<vscode.TextDocument | undefined> =>
  Promise.resolve(vscode.workspace.openTextDocument(uri)).catch(() => undefined);

/** Names the tab, and what can be asked instead. */
export function tellNoText(): void {
  const { l10n, workspace } = vscode;
  const label = activeTab()?.label;
  const hasFolder = (workspace.workspaceFolders?.length ?? 0) > 0;
  const askWorkspace = l10n.t('Ask about Workspace');
  const text = label
    ? l10n.t('Ask BERT: the tab "{0}" has no text. Open a text, then ask about it.', oneLine(label, 100))
    : l10n.t('Ask BERT: open a text first, then ask about it.');
  void inform(text, ...(hasFolder ? [askWorkspace] : [])).then((choice) => {
    if (choice) void vscode.commands.executeCommand('askBert.askWorkspace');
  });
}
