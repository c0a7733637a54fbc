/** A node of the tree of results as VS Code shows it. */
import * as vscode from 'vscode';
import type { PlacedAnswer } from '../../server/protocol.js';
import { sentenceAround } from '../answers/locate.js';
import { shownAs } from '../shared/extracted-uri.js';
import { asMarkdown } from '../shared/markdown.js';
import { oneLine, pathText } from '../shared/texts.js';
import { idOf, type ResultNode } from './results.js';
import { noAnswerText, placeText, reasonText, spoken, wordsOf } from './results-text.js';

export function treeItemOf(node: ResultNode): vscode.TreeItem {
  const item = itemOf(node);
  item.id = idOf(node);
  return item;
}

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

function itemOf(node: ResultNode): vscode.TreeItem {
  switch (node.kind) {
    case 'noAnswer': {
      const label = noAnswerText(node.run);
      const item = new vscode.TreeItem(label, None);
      item.accessibilityInformation = { label };
      item.iconPath = new vscode.ThemeIcon('info');
      item.contextValue = 'noAnswer';
      return item;
    }
    case 'file': {
      const uri = vscode.Uri.parse(node.uri);
      const item = new vscode.TreeItem(uri, Expanded);
      item.iconPath = vscode.ThemeIcon.File;
      // The folder next to the name, as in the editor's own search.
      item.description = true;
      item.contextValue = 'file';
      const count = node.places.length;
      const places = count === 1 ? vscode.l10n.t('1 place') : vscode.l10n.t('{0} places', count);
      item.accessibilityInformation = { label: `${vscode.workspace.asRelativePath(uri)}, ${places}` };
      return item;
    }
    case 'place':
      return placeItem(node.place, node.under, node.also.length);
    case 'skips': {
      const count = node.skipped.length;
      const label = count === 1 ? vscode.l10n.t('1 file skipped') : vscode.l10n.t('{0} files skipped', count);
      const item = new vscode.TreeItem(label, Collapsed);
      item.iconPath = new vscode.ThemeIcon('circle-slash');
      item.accessibilityInformation = { label };
      item.contextValue = 'skips';
      return item;
    }
    case 'skip': {
      const uri = vscode.Uri.parse(node.skip.uri);
      const item = new vscode.TreeItem(oneLine(vscode.workspace.asRelativePath(uri), 500), None);
      item.description = reasonText(node.skip.reason);
      item.tooltip = oneLine(node.skip.message, 2000);
      item.contextValue = 'skip';
      item.accessibilityInformation = { label: node.skip.message };
      return item;
    }
  }
}

function placeItem(place: PlacedAnswer, under: 'file' | 'flat' | 'also', also: number): vscode.TreeItem {
  const file = oneLine(vscode.workspace.asRelativePath(vscode.Uri.parse(place.uri)), 500);
  const words = wordsOf(place);
  const item = new vscode.TreeItem(under === 'also' ? file : words, also > 0 ? Collapsed : None);
  item.description = under === 'flat' ? `${placeText(place)} · ${file}` : placeText(place);
  item.contextValue = 'place';
  item.accessibilityInformation = { label: spoken(place, file) };
  item.command = { command: 'askBert.openResult', title: vscode.l10n.t('Open'), arguments: [{ place }] };
  return item;
}

/** The place with the sentence around it. Everything from a file is inserted as text, never as Markdown. */
export async function tooltipOf(place: PlacedAnswer): Promise<vscode.MarkdownString> {
  const text = new vscode.MarkdownString(undefined, false);
  text.supportHtml = false;
  const lines = [`**${asMarkdown(wordsOf(place))}**`, asMarkdown(placeText(place))];
  if (place.path?.length) lines.push(asMarkdown(pathText(place.path)));
  try {
    const document = await vscode.workspace.openTextDocument(shownAs(vscode.Uri.parse(place.uri)));
    const sentence = sentenceAround(document, place);
    if (sentence) lines.push(asMarkdown(sentence.replace(/\s+/g, ' ').slice(0, 600)));
  } catch {
    // The file is gone: show what is known.
  }
  return text.appendMarkdown(lines.join('\n\n'));
}
