/** Commands of the history: ask again, pin, remove, copy, export, clear. */
import * as vscode from 'vscode';
import type { Announcer } from '../answers/announcer.js';
import { copied } from '../answers/commands.js';
import { openPlace } from '../answers/open-place.js';
import { withSource } from '../answers/source-text.js';
import type { AnswerStore } from '../answers/store.js';
import { originText } from '../answers/where.js';
import type { AskRequest } from '../asking/flow.js';
import type { AskOutcome } from '../asking/outcome.js';
import { documentOf } from '../asking/read-text.js';
import { pdfOf } from '../asking/target.js';
import { type Asked, grouped, isSame, keyOf } from '../history/entries.js';
import { asExport } from '../history/export.js';
import { removeEntries } from '../history/removal.js';
import { type AskedHistory, rangeNow } from '../history/store.js';
import type { CommandTable } from '../shared/command-table.js';
import { isExtracted, shownAs } from '../shared/extracted-uri.js';
import { complain, inform } from '../shared/messages.js';
import type { Scope } from '../shared/scope.js';
import { reasonOf } from '../sidecar/failure.js';
import type { ManyOutcome } from '../workspace/ask-many.js';
import { beliefOf, noneOf, relative, scopeOf, subjectText } from './item.js';

export interface HistoryParts {
  history: AskedHistory;
  store: AnswerStore;
  announcer: Announcer;
  ask(request: AskRequest): Promise<AskOutcome | undefined>;
  askMany(scope: Scope, question: string): Promise<ManyOutcome | undefined>;
  /** Removes the texts of files that the sidecar keeps. */
  forget(): Promise<void>;
}

const { l10n } = vscode;

export function historyCommands(parts: HistoryParts): CommandTable {
  const { history } = parts;
  const each =
    (act: (entry: Asked) => unknown) =>
    ([node]: unknown[]) => {
      const [entry, ...others] = entriesOf(history, node);
      return entry && others.length === 0 ? act(entry) : undefined;
    };
  return {
    openQuestion: each((entry) => goTo(parts, entry)),
    reaskQuestion: each((entry) => reask(parts, entry)),
    pinQuestion: each((entry) => history.pin(entry, true)),
    unpinQuestion: each((entry) => history.pin(entry, false)),
    copyQuestionAnswer: each(({ answer }) => answer && copied(answer.items?.join('\n') ?? answer.text)),
    copyQuestionAnswerWithSource: each(({ answer }) => {
      const items = answer?.items?.map((text) => ({ text }));
      return answer && copied(withSource({ ...answer, items }, vscode.Uri.parse(answer.uri)));
    }),
    removeQuestion: ([node]) => removeEntries(history, entriesOf(history, node)),
    exportHistory: ([node]) => exported(isNode(node) ? entriesOf(history, node) : history.entries),
    clearHistory: async () => {
      const isRemoved = await removeEntries(history, history.entries, false);
      // What was asked about is part of it. A sidecar that does not start has nothing to tell here.
      if (history.entries.length === 0) await parts.forget().catch(() => {});
      return isRemoved;
    },
  };
}

/** Lines and columns as in an editor, from 1; those of an extracted text are not those of its file. */
function placeOf(answer: NonNullable<Asked['answer']>): string {
  const file = relative(answer.uri);
  const origin = originText(answer);
  if (origin !== undefined) return `${file}, ${origin}`;
  return isExtracted(vscode.Uri.parse(answer.uri)) ? file : `${file}:${answer.line + 1}:${answer.character + 1}`;
}

const isNode = (node: unknown): node is object =>
  typeof node === 'object' && node !== null && ('entry' in node || 'group' in node);

/** The current entries of a node; a node may be older than the list, and any extension may pass anything. */
function entriesOf({ entries }: AskedHistory, node: unknown): readonly Asked[] {
  const { entry, group } = (node ?? {}) as { entry?: Asked; group?: { key?: unknown } };
  if (typeof group?.key === 'string') return entries.filter(({ subject }) => keyOf(subject) === group.key);
  if (typeof entry?.question !== 'string' || !entry.subject) return [];
  return entries.filter((each) => isSame(each, entry));
}

/** Shows the answer at its remembered place, or at the nearest place of its words. */
async function goTo({ store, announcer }: HistoryParts, { question, answer, noAnswer }: Asked): Promise<unknown> {
  if (!answer) return undefined;
  const { uri, items, grade = 'unsure', ...place } = answer;
  const located = {
    ...place,
    grade,
    start: 0,
    end: answer.text.length,
    ...(items && { prose: answer.prose ?? items.join('; ') }),
  };
  const none = { score: 0, probability: noAnswer ?? 0, chosen: false, threshold: 0 };
  return openPlace(store, announcer, uri, located, [located], { question, noAnswer: none, guess: false });
}

/** Asks again about the current text: the same part if it is unchanged, otherwise all of it. */
async function reask({ ask, askMany }: HistoryParts, { question, subject, part }: Asked): Promise<unknown> {
  if (subject.kind !== 'document') return askMany(scopeOf(subject), question);
  const file = vscode.Uri.parse(subject.uri);
  if (isExtracted(file) && pdfOf({ uri: file })) return ask({ question, uri: file });
  const uri = shownAs(file);
  const document = await opened(uri);
  if (!document) {
    const text = l10n.t('{0} can no longer be opened.', relative(subject.uri));
    void inform(`Ask BERT: ${text}`);
    return undefined;
  }
  if (uri.scheme === 'vscode-notebook-cell') await vscode.commands.executeCommand('vscode.open', uri);
  else await vscode.window.showTextDocument(document);
  return ask({ question, uri, range: rangeNow(document, part) });
}

/**
 * Undefined: it is gone. Opening a closed untitled document would create an empty one; the text of a deleted file may
 * stay in memory for a while.
 */
async function opened(uri: vscode.Uri): Promise<vscode.TextDocument | undefined> {
  const open = documentOf(uri);
  const isSeen = open && (open.isDirty || vscode.window.visibleTextEditors.some(({ document }) => document === open));
  if (isSeen || uri.scheme === 'untitled') return open;
  try {
    const isFile = vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== undefined;
    if (isFile) await vscode.workspace.fs.stat(uri);
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    return undefined;
  }
}

/** @returns the Markdown, opened in a new editor; undefined: there is nothing to export */
async function exported(entries: readonly Asked[]): Promise<string | undefined> {
  if (entries.length === 0) return undefined;
  const content = asExport(grouped(entries), {
    title: l10n.t('Questions and answers'),
    pinned: l10n.t('pinned'),
    subject: subjectText,
    place: placeOf,
    belief: (answer) => beliefOf(answer),
    noAnswer: noneOf,
  });
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }));
  const saveAs = l10n.t('Save As...');
  const count = entries.length === 1 ? l10n.t('1 question') : l10n.t('{0} questions', entries.length);
  void inform(l10n.t('Ask BERT: exported {0}.', count), saveAs).then((choice) => {
    if (choice === saveAs) void save(content);
  });
  return content;
}

async function save(content: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: l10n.t('Save questions and answers'),
    filters: { Markdown: ['md'] },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, 'questions-and-answers.md') }),
  });
  if (!target) return;
  try {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(content));
  } catch (error) {
    const text = l10n.t('{0} cannot be written ({1}).', relative(target.toString()), reasonOf(error));
    void complain(`Ask BERT: ${text}`);
  }
}
