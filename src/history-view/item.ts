/** A node of the history as VS Code shows it and a screen reader reads it. */
import * as vscode from 'vscode';
import { confidence } from '../answers/grade.js';
import { whereText } from '../answers/where.js';
import { type Asked, type Group, keyOf, type Subject } from '../history/entries.js';
import { dateText } from '../history/export.js';
import { asMarkdown } from '../shared/markdown.js';
import { type Scope, scopeText } from '../shared/scope.js';
import { oneLine, percent } from '../shared/texts.js';

export type HistoryNode = { group: Group } | { entry: Asked };

const { l10n } = vscode;
const { None, Expanded } = vscode.TreeItemCollapsibleState;

export function historyItem(node: HistoryNode): vscode.TreeItem {
  return 'group' in node ? groupItem(node.group) : entryItem(node.entry);
}

function groupItem({ key, subject, entries }: Group): vscode.TreeItem {
  const isDocument = subject.kind === 'document';
  const item = isDocument
    ? new vscode.TreeItem(vscode.Uri.parse(subject.uri), Expanded)
    : new vscode.TreeItem(subjectText(subject), Expanded);
  item.id = `group ${key}`;
  item.iconPath = isDocument ? vscode.ThemeIcon.File : new vscode.ThemeIcon('files');
  if (isDocument) item.description = true;
  item.contextValue = 'asked';
  const count = entries.length === 1 ? l10n.t('1 question') : l10n.t('{0} questions', entries.length);
  item.accessibilityInformation = { label: `${subjectText(subject)}, ${count}` };
  return item;
}

function entryItem(entry: Asked): vscode.TreeItem {
  const { question, subject, answer, pinned } = entry;
  const item = new vscode.TreeItem(oneLine(question, 200), None);
  item.id = `question ${keyOf(subject)}\n${question}`;
  item.description = answer
    ? `${wordsOf(answer)} · ${placeOf(entry)}`
    : entry.partly
      ? noneOf(entry)
      : l10n.t('no answer');
  // Distinguished by shape, not by colour: a pin, an answer, or "no answer".
  item.iconPath = new vscode.ThemeIcon(pinned ? 'pinned' : answer ? 'comment' : 'circle-slash');
  item.contextValue = `question ${pinned ? 'pinned' : 'unpinned'}${answer ? ' answered' : ''}`;
  // A click goes to the answer; where there was none, the question is asked again.
  item.command = answer
    ? { command: 'askBert.openQuestion', title: l10n.t('Go to Answer'), arguments: [{ entry }] }
    : { command: 'askBert.reaskQuestion', title: l10n.t('Ask Again'), arguments: [{ entry }] };
  item.tooltip = tooltipOf(entry);
  item.accessibilityInformation = { label: spoken(entry) };
  return item;
}

/** Everything from a question or a document is inserted as text, never as Markdown. */
function tooltipOf(entry: Asked): vscode.MarkdownString {
  const { question, answer, noAnswer, partly, part, time } = entry;
  const isKnown = !partly && noAnswer !== undefined;
  const none = isKnown ? l10n.t('No answer in this text (probability {0}).', percent(noAnswer)) : noneOf(entry);
  const text = new vscode.MarkdownString(undefined, false);
  text.supportHtml = false;
  const lines = [
    `**${asMarkdown(question)}**`,
    asMarkdown(answer ? wordsOf(answer) : none),
    ...(answer ? [asMarkdown(placeOf(entry))] : []),
    ...(part ? [asMarkdown(linesOf(part))] : []),
    dateText(time),
  ];
  return text.appendMarkdown(lines.join('\n\n'));
}

const linesOf = ({ line, endLine }: NonNullable<Asked['part']>): string =>
  line === endLine
    ? l10n.t('asked about line {0}', line + 1)
    : l10n.t('asked about lines {0} to {1}', line + 1, endLine + 1);

/** For a screen reader: question, answer, probability, file, line, date. */
function spoken(entry: Asked): string {
  const { question, answer, pinned, time } = entry;
  const said = answer ? l10n.t('answer {0}, {1}', wordsOf(answer), placeOf(entry)) : noneOf(entry);
  return [oneLine(question, 200), said, dateText(time), ...(pinned ? [l10n.t('pinned')] : [])].join(', ');
}

/** "no answer, probability 95 %", without it where it means nothing. */
export function noneOf({ noAnswer, partly }: Pick<Asked, 'noAnswer' | 'partly'>): string {
  if (partly) return l10n.t('no answer in the part that was read');
  return noAnswer === undefined ? l10n.t('no answer') : l10n.t('no answer, probability {0}', percent(noAnswer));
}

/** "sure, 87 % · line 12", "sure, 87 % · page 3", with the file if the question was about more than this one. */
function placeOf({ subject, answer }: Asked): string {
  if (!answer) return '';
  const place = `${beliefOf(answer)} · ${whereText(answer)}`;
  if (subject.kind === 'document') return place;
  return `${place} · ${relative(answer.uri)}`;
}

export const beliefOf = ({ grade, probability }: NonNullable<Asked['answer']>): string =>
  grade ? confidence({ grade, probability }) : percent(probability);

const wordsOf = ({ prose, text }: { prose?: string; text: string }) => oneLine(prose ?? text, 200);

export const relative = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));

export const scopeOf = (subject: Exclude<Subject, { kind: 'document' }>): Scope =>
  subject.kind === 'folder'
    ? { kind: 'folder', uris: subject.uris.map((uri) => vscode.Uri.parse(uri)) }
    : { kind: subject.kind };

export const subjectText = (subject: Subject): string =>
  subject.kind === 'document' ? relative(subject.uri) : scopeText(scopeOf(subject));
