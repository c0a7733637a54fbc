import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { AskedHistory } from '../../src/history/store.js';
import type { SettingsReader } from '../../src/settings/settings.js';
import { api, closeAll, highlighted, Messages, select, settled, show, until, useFake } from './helpers.js';

/** A QuickPick without a screen: the test presses its keys. */
class FakeBox {
  title = '';
  placeholder = '';
  value = '';
  ignoreFocusOut = false;
  items: (vscode.QuickPickItem & { question?: string })[] = [];
  activeItems: readonly vscode.QuickPickItem[] = [];
  buttons: readonly vscode.QuickInputButton[] = [];
  private readonly accepted = new vscode.EventEmitter<void>();
  private readonly hidden = new vscode.EventEmitter<void>();
  private readonly changed = new vscode.EventEmitter<string>();
  private readonly button = new vscode.EventEmitter<vscode.QuickInputButton>();
  private readonly itemButton = new vscode.EventEmitter<vscode.QuickPickItemButtonEvent<vscode.QuickPickItem>>();
  readonly onDidAccept = this.accepted.event;
  readonly onDidHide = this.hidden.event;
  readonly onDidChangeValue = this.changed.event;
  readonly onDidTriggerButton = this.button.event;
  readonly onDidTriggerItemButton = this.itemButton.event;
  isOpen = false;

  show(): void {
    this.isOpen = true;
  }
  hide(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.hidden.fire();
  }
  dispose(): void {}

  type(text: string): void {
    this.value = text;
    this.changed.fire(text);
  }
  enter(): void {
    this.accepted.fire();
  }
  get labels(): string[] {
    return this.items.map(({ label }) => label);
  }
  forget(label: string): void {
    const item = this.items.find((each) => each.label === label) ?? assert.fail(label);
    this.itemButton.fire({ item, button: item.buttons?.[0] ?? assert.fail('no button') });
  }
  forgetAll(): void {
    this.button.fire(this.buttons[0] ?? assert.fail('no button'));
  }
}

describe('the question box', () => {
  const original = vscode.window.createQuickPick;
  let box: FakeBox;
  let messages: Messages;

  before(() => useFake());
  beforeEach(() => {
    messages = new Messages();
    Object.assign(vscode.window, {
      createQuickPick: () => {
        box = new FakeBox();
        return box;
      },
    });
  });
  afterEach(async () => {
    messages.restore();
    Object.assign(vscode.window, { createQuickPick: original });
    await closeAll();
  });

  /** A promise inside an object, so that awaiting the opening does not await the answer. */
  const opened = async () => {
    const asked = vscode.commands.executeCommand<{ status: string } | undefined>('askBert.ask');
    await settled();
    assert.ok(box.isOpen);
    return { asked };
  };

  it('says what will be read, also when the selection changes', async () => {
    const editor = await show('one\ntwo\nthree fox');
    const { asked } = await opened();
    const name = path.basename(editor.document.uri.path);
    assert.equal(box.title, `Ask about ${name} (all 3 lines)`);
    await select(editor, new vscode.Selection(0, 0, 1, 2));
    await until('2 lines', () => box.title === `Ask about ${name} (selection, 2 lines)`);
    await select(editor, new vscode.Selection(2, 0, 2, 9), new vscode.Selection(0, 0, 0, 3));
    await until('2 selections', () => box.title === `Ask about ${name} (2 selections, 2 lines)`);
    box.type('find fox');
    box.enter();
    assert.equal((await asked)?.status, 'answered');
    assert.equal(box.isOpen, false);
  });

  it('Escape cancels', async () => {
    const { document } = await show('a fox');
    const { asked } = await opened();
    box.type('find fox');
    box.hide();
    assert.equal(await asked, undefined);
    assert.deepEqual(await highlighted(document), []);
  });

  it('an empty question is not asked', async () => {
    await show('a fox');
    const { asked } = await opened();
    box.type('   ');
    box.enter();
    assert.ok(box.isOpen);
    assert.match(box.labels[0], /Type a question first/);
    box.hide();
    assert.equal(await asked, undefined);
  });

  it('remembers questions, newest first, each once, and forgets them', async () => {
    await show('a fox b');
    await (await api()).ask({ question: 'find a' });
    await (await api()).ask({ question: 'find fox' });
    await (await api()).ask({ question: 'find a' });
    const { asked } = await opened();
    assert.deepEqual(box.labels.slice(0, 3), ['earlier questions', 'find a', 'find fox']);
    assert.deepEqual(box.activeItems, []);
    box.type('fox');
    assert.deepEqual(box.labels.slice(0, 3), ['fox', 'earlier questions', 'find fox']);
    box.forget('find fox');
    await until('it is gone', () => !box.labels.includes('find fox'));
    box.type('');
    box.activeItems = [box.items[1]];
    box.enter();
    assert.equal((await asked)?.status, 'answered');
    const next = await opened();
    box.forgetAll();
    await until('all are gone', () => box.labels.length === 0);
    box.hide();
    await next.asked;
  });

  it('shows the questions of the history: clearing either clears both', async () => {
    const exported = () => vscode.commands.executeCommand<string | undefined>('askBert.exportHistory');
    await show('a fox b');
    await (await api()).ask({ question: 'find fox' });
    await vscode.commands.executeCommand('askBert.clearHistory');
    const first = await opened();
    assert.deepEqual(box.labels, []);
    box.hide();
    await first.asked;

    await (await api()).ask({ question: 'find fox' });
    await (await api()).ask({ question: 'find a' });
    const second = await opened();
    box.forget('find fox');
    await until('it is gone', () => !box.labels.includes('find fox'));
    assert.doesNotMatch((await exported()) ?? '', /find fox/);
    box.forgetAll();
    await until('all are gone', () => box.labels.length === 0);
    assert.equal(await exported(), undefined);
    box.hide();
    await second.asked;
  });

  it('asks before it forgets all questions if one is pinned', async () => {
    const { document } = await show('a fox b');
    await (await api()).ask({ question: 'find fox' });
    await (await api()).ask({ question: 'find a' });
    const subject = { kind: 'document', uri: document.uri.toString() };
    await vscode.commands.executeCommand('askBert.pinQuestion', { entry: { question: 'find fox', subject } });
    const { asked } = await opened();
    box.forgetAll();
    await until('the question', () => messages.seen.some(({ text }) => /One of them is pinned/.test(text)));
    await settled();
    assert.deepEqual(box.labels, ['earlier questions', 'find a', 'find fox']);
    // Enter takes the first button, which removes nothing that is meant to stay.
    assert.deepEqual(messages.seen.at(-1)?.actions.slice(-2), ['Keep Pinned', 'Remove All']);
    messages.choose = 'Keep Pinned';
    box.forgetAll();
    await until('the others are gone', () => box.labels.length === 2);
    assert.deepEqual(box.labels, ['earlier questions', 'find fox']);
    await (await api()).ask({ question: 'find a' });
    messages.choose = 'Remove All';
    box.forgetAll();
    await until('all are gone', () => box.labels.length === 0);
    box.hide();
    await asked;
  });

  it('Clear History forgets a question that failed, in an open box too', async () => {
    await show('a fox');
    await (await api()).ask({ question: 'find fox' });
    const first = await opened();
    box.type('error EngineRun');
    box.enter();
    assert.equal((await first.asked)?.status, 'failed');
    const second = await opened();
    box.type('');
    assert.deepEqual(box.labels, ['earlier questions', 'find fox']);
    await vscode.commands.executeCommand('askBert.clearHistory');
    await until('the list is empty', () => box.labels.length === 0);
    box.hide();
    await second.asked;
    const third = await opened();
    assert.equal(box.value, '');
    box.hide();
    await third.asked;
  });

  it('questions stored by an older version outside the history are removed', async () => {
    const state = new Map<string, unknown>([['askBert.questions', ['an old question']]]);
    const memory = {
      keys: () => [...state.keys()],
      get: (key: string) => state.get(key),
      update: async (key: string, value: unknown) =>
        void (value === undefined ? state.delete(key) : state.set(key, value)),
    } as vscode.Memento;
    const settings = { now: { 'question.history': 20 }, onDidChange: new vscode.EventEmitter<never>().event };
    const history = new AskedHistory(memory, settings as unknown as SettingsReader);
    assert.deepEqual(history.questions, []);
    assert.deepEqual([...state.keys()], []);
    history.dispose();
  });

  it('keeps what was typed when the question failed', async () => {
    await show('a fox');
    const first = await opened();
    box.type('error EngineRun');
    box.enter();
    assert.equal((await first.asked)?.status, 'failed');
    const second = await opened();
    assert.equal(box.value, 'error EngineRun');
    box.type('find fox');
    box.enter();
    await second.asked;
    const third = await opened();
    assert.equal(box.value, '');
    box.hide();
    await third.asked;
  });

  it('can be opened from a context menu with a URI', async () => {
    const { document } = await show('a fox');
    const asked = vscode.commands.executeCommand<{ status: string }>('askBert.ask', document.uri, { groupId: 0 });
    await settled();
    box.type('find fox');
    box.enter();
    assert.equal((await asked).status, 'answered');
  });
});
