/** Opens a place of a result in the editor: shown, highlighted, or in the peek view. */
import * as vscode from 'vscode';
import { shownAs } from '../shared/extracted-uri.js';
import { inform } from '../shared/messages.js';
import type { Announcer } from './announcer.js';
import { locate } from './locate.js';
import type { AnswerStore, DocumentAnswers, Located, ShownAnswer, ShownResult } from './store.js';

/** The question that the answers of one file belong to. */
export interface Shown extends ShownResult {
  /** The model prefers "no answer". */
  guess: boolean;
}

/**
 * Opens a file, highlights its answers, and scrolls to the requested one.
 * @param answers of this file, best first
 * @returns the requested answer at its current place; undefined after the user was told why not
 */
export async function openPlace(
  store: AnswerStore,
  announcer: Announcer,
  file: string,
  wanted: Located,
  answers: readonly Located[],
  shown: Shown,
): Promise<ShownAnswer | undefined> {
  const uri = shownAs(vscode.Uri.parse(file));
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(uri);
  } catch {
    const name = vscode.workspace.asRelativePath(uri);
    tell(vscode.l10n.t('{0} can no longer be opened.', name));
    return undefined;
  }
  const known = highlightedAt(store.of(document), shown.question, wanted);
  const placed: ShownAnswer[] = [];
  let current: ShownAnswer | undefined;
  for (const answer of known ? [] : answers) {
    const place = locate(document, answer, placed.length + 1);
    if (!place) continue;
    if (answer.start === wanted.start && answer.end === wanted.end) current = place;
    placed.push(place);
  }
  current = known ?? current;
  const cursor = current && new vscode.Range(current.range.start, current.range.start);
  if (uri.scheme === 'vscode-notebook-cell') await vscode.commands.executeCommand('vscode.open', uri);
  else await vscode.window.showTextDocument(document, cursor ? { selection: cursor } : {});
  if (!current) {
    tell(vscode.l10n.t('The text was changed where the answer was.'));
    return undefined;
  }
  if (!known) store.set(document, shown, placed, shown.guess, { listed: true });
  const entry = store.move(document, { rank: current.rank });
  if (entry) announcer.present(entry);
  return current;
}

/** The wanted answer among those of this question that are highlighted already. */
const highlightedAt = (
  entry: DocumentAnswers | undefined,
  question: string,
  { text, line, character }: Located,
): ShownAnswer | undefined =>
  entry?.question === question
    ? entry.answers.find(({ text: words, range: { start } }) => {
        return words === text && start.line === line && start.character === character;
      })
    : undefined;

/** Several places in the peek view, opened at one of them. */
export async function peek(at: vscode.Location, locations: readonly vscode.Location[]): Promise<void> {
  await vscode.commands.executeCommand('editor.action.peekLocations', at.uri, at.range.start, locations, 'peek');
}

/** The place of an answer in its file: the editor reads the file itself for the preview. */
export const locationOf = (uri: string, { line, character, endLine, endCharacter }: Located): vscode.Location =>
  new vscode.Location(shownAs(vscode.Uri.parse(uri)), new vscode.Range(line, character, endLine, endCharacter));

const tell = (text: string) => void inform(`Ask BERT: ${text}`);
