/** What the tests share: the extension's API, documents, the fake sidecar, and the messages that a user would see. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AskOutcome } from '../../src/client.js';
import type { AskBertApi } from '../../src/extension.js';
import type { ShownOnPages } from '../../src/status/status.js';
import { END_MS } from '../unit/helpers/waits.js';

export const FAKE = path.join(__dirname, 'fake-sidecar.js');

export async function api(): Promise<AskBertApi> {
  const extension = vscode.extensions.getExtension<AskBertApi>('ask-bert.ask-bert');
  assert.ok(extension, 'the extension is there');
  return extension.activate();
}

/** From now on the fake answers, in the given mode. */
export async function useFake(mode = ''): Promise<void> {
  process.env.ASK_BERT_TEST_SIDECAR = FAKE;
  process.env.ASK_BERT_FAKE = mode;
  await vscode.commands.executeCommand('askBert.restartServer');
}

export async function useReal(): Promise<void> {
  delete process.env.ASK_BERT_TEST_SIDECAR;
  delete process.env.ASK_BERT_FAKE;
  await vscode.commands.executeCommand('askBert.restartServer');
}

/**
 * Opens a new file with this content. Not an untitled document, and never the same name again: a closed document lives
 * on for a while, and VS Code would now and then give its text to the next one of that name.
 */
export async function show(content: string): Promise<vscode.TextEditor> {
  const folder = vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
  const uri = vscode.Uri.joinPath(folder, 'tests', `${randomUUID()}.txt`);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
  const editor = await vscode.window.showTextDocument(uri, { preview: false });
  await until('the text is the active one', () => vscode.window.activeTextEditor === editor);
  return editor;
}

export async function ask(question: string, more: object = {}): Promise<AskOutcome> {
  const outcome = await vscode.commands.executeCommand<AskOutcome>('askBert.ask', { question, ...more });
  assert.ok(outcome, 'something was asked');
  return outcome;
}

/** Texts at the highlighted ranges, best first. */
export async function highlighted(document: vscode.TextDocument): Promise<string[]> {
  const entry = (await api()).answers(document.uri);
  return entry ? entry.answers.map(({ range }) => document.getText(range)) : [];
}

export async function offsets(document: vscode.TextDocument): Promise<number[][]> {
  const entry = (await api()).answers(document.uri);
  return entry ? entry.answers.map(({ start, end }) => [start, end]) : [];
}

export async function edit(editor: vscode.TextEditor, change: (builder: vscode.TextEditorEdit) => void): Promise<void> {
  assert.ok(await editor.edit(change), 'the edit was made');
  await settled();
}

/** The status bar's item with such answers, in documents and on the pages in front. */
export async function statusItem(
  of: (document: vscode.TextDocument | undefined) => unknown,
  inFront?: ShownOnPages,
): Promise<vscode.StatusBarItem> {
  const { createStatusBarItem } = vscode.window;
  const item = { show: () => {}, dispose: () => {} } as unknown as vscode.StatusBarItem;
  Object.assign(vscode.window, { createStatusBarItem: () => item });
  try {
    const { StatusItem } = await import('../../src/status/status.js');
    const event = new vscode.EventEmitter<never>().event;
    const state = { status: { state: 'ready', queued: 0 }, latencies: {}, onDidChange: event, onNotice: event };
    const none = { of: () => undefined, onDidChange: event };
    const pages = { onDidChange: event, inFront };
    new StatusItem({ of, onDidChange: event } as never, none as never, state as never, pages).dispose();
  } finally {
    Object.assign(vscode.window, { createStatusBarItem });
  }
  return item;
}

/** Change events have been handled. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 30));

/** Selects, and waits until window and extension host agree: an older event may still be on its way. */
export async function select(editor: vscode.TextEditor, ...selections: vscode.Selection[]): Promise<void> {
  const isSo = () => editor.selections.every((selection, index) => selections[index]?.isEqual(selection));
  for (let calm = 0; calm < 3; calm = isSo() ? calm + 1 : 0) {
    if (!isSo()) editor.selections = selections;
    await settled();
  }
}

/** Waits for a condition; fails when that hangs. */
export async function until(what: string, condition: () => unknown): Promise<void> {
  const began = Date.now();
  while (!(await condition())) {
    if (Date.now() - began > END_MS) assert.fail(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface Message {
  kind: 'information' | 'warning' | 'error';
  text: string;
  actions: string[];
}

type ShowMessage = (text: string, ...actions: string[]) => Promise<string | undefined>;

/** Records messages instead of showing them; `choose` is the action that the user would click. */
export class Messages {
  readonly seen: Message[] = [];
  choose: string | undefined;
  private readonly originals = new Map<string, unknown>();

  constructor() {
    for (const kind of ['information', 'warning', 'error'] as const) {
      const name = `show${kind[0].toUpperCase()}${kind.slice(1)}Message`;
      const window = vscode.window as unknown as Record<string, ShowMessage>;
      this.originals.set(name, window[name]);
      window[name] = async (text, ...actions) => {
        this.seen.push({ kind, text, actions });
        return actions.find((action) => action === this.choose);
      };
    }
  }

  only(): Message {
    assert.equal(this.seen.length, 1, JSON.stringify(this.seen));
    return this.seen[0];
  }

  restore(): void {
    Object.assign(vscode.window, Object.fromEntries(this.originals));
  }
}

/** For a suite: the fake answers, messages are recorded, and after each test every editor is closed. */
export function withFake(): { readonly messages: Messages } {
  let messages: Messages;
  before(() => useFake());
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });
  return {
    get messages() {
      return messages;
    },
  };
}

/** Nothing is left open: a large text takes its time to close, and would still be the active one in the next test. */
export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('askBert.clearAnswers');
  // VS Code opens what is unsaved and has no tab again after a while.
  const isEmpty = () =>
    vscode.window.tabGroups.all.every((group) => group.tabs.length === 0) &&
    vscode.workspace.textDocuments.every(({ isDirty }) => !isDirty);
  await until('every editor is closed', async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    return isEmpty();
  });
  await until('no editor is active', () => vscode.window.activeTextEditor === undefined);
}
