import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, ask, closeAll, highlighted, Messages, select, settled, show, useReal } from './helpers.js';

/** The real sidecar with the embedded model: questions whose answers a person finds at first sight. */
describe('the real sidecar', () => {
  let messages: Messages;
  before(() => useReal());
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });

  const open = async (name: string) => {
    const folder = vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
    return vscode.window.showTextDocument(vscode.Uri.joinPath(folder, name));
  };

  it('answers about a contract, a log and a specification', async () => {
    for (const [file, question, answer] of [
      ['service-agreement.md', 'How much is the monthly fee?', 'EUR 4,850'],
      ['service-agreement.md', 'Who is the head of operations?', 'Owen Tregarth'],
      ['incident-log.txt', 'How many cartons were moved?', '412'],
      ['tide-gauge-specification.md', 'At which frequency are values sent?', '869.5 MHz'],
    ]) {
      const { document } = await open(file);
      const outcome = await ask(question);
      assert.equal(outcome.status, 'answered', question);
      assert.equal((await highlighted(document))[0], answer, question);
      assert.equal(outcome.result?.engine.name, 'cpu');
    }
    assert.deepEqual(messages.seen, []);
  });

  it('says when a text has no answer', async () => {
    await open('incident-log.txt');
    assert.equal((await ask('Who is the king of Spain?')).status, 'noAnswer');
  });

  it('answers at exact places with CRLF, umlauts and emoji around', async () => {
    const editor = await show(
      '🧊 Über Kälte: the store 🥶 has a temperature of 3.6 degrees.\nNothing else is known.\n',
    );
    await editor.edit((builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
    await ask('What is the temperature?');
    assert.match((await highlighted(editor.document))[0], /^3\.6/);
  });

  it('shows the best answer so far of a long text before it has read all of it', async () => {
    const sea = 'It sailed on and on.\n';
    // On a slow machine not all of it would be read.
    const configuration = vscode.workspace.getConfiguration('askBert');
    await configuration.update('workspace.budgetSeconds', 0, vscode.ConfigurationTarget.Global);
    const { document } = await show(`${sea.repeat(900)}The ship was built in Gdansk.\n${sea.repeat(100)}`);
    const { answers, onDidChangeAnswers } = await api();
    const seen: string[] = [];
    const subscription = onDidChangeAnswers((uri) => {
      const entry = answers(uri);
      if (entry) seen.push(`${document.getText(entry.answers[0].range)} ${entry.soFar?.phase ?? 'result'}`);
    });
    try {
      const outcome = await ask('Where was the ship built?');
      assert.ok((outcome.result?.timing.windows ?? 0) > 13);
    } finally {
      subscription.dispose();
      await configuration.update('workspace.budgetSeconds', undefined, vscode.ConfigurationTarget.Global);
    }
    assert.deepEqual([seen[0], seen.at(-1)], ['Gdansk reading', 'Gdansk result']);
    assert.deepEqual(messages.seen, []);
  });

  it('cancels a long question for a newer one', async () => {
    const { document } = await show(`The ship was built in Gdansk. ${'It sailed on and on.\n'.repeat(12_000)}`);
    const first = ask('Where was the ship built?');
    await new Promise((resolve) => setTimeout(resolve, 700));
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    await select(editor, new vscode.Selection(0, 0, 0, 30));
    await settled();
    const second = await ask('Where was the ship built?');
    assert.equal((await first).status, 'cancelled');
    assert.equal(second.status, 'answered');
    assert.deepEqual(await highlighted(document), ['Gdansk']);
  });

  it('refuses a folder that is not a model, and works again with the right one', async () => {
    await show('The old fox that lives behind the mill is red.');
    const configuration = vscode.workspace.getConfiguration('askBert');
    await configuration.update('modelPath', '/nowhere/at/all', vscode.ConfigurationTarget.Global);
    await settled();
    const outcome = await ask('What colour is the fox?');
    assert.equal(outcome.error?.code, 'ModelInvalid');
    assert.deepEqual(messages.only().actions, ['Open Settings', 'Manage Models']);
    await configuration.update('modelPath', undefined, vscode.ConfigurationTarget.Global);
    await settled();
    assert.equal((await ask('What colour is the fox?')).status, 'answered');
  });

  it('uses another precision for the next question, without a restart', async () => {
    await show('The old fox that lives behind the mill is red.');
    const configuration = vscode.workspace.getConfiguration('askBert');
    const precisions: unknown[] = [];
    for (const precision of ['fp32', 'int8']) {
      await configuration.update('precision', precision, vscode.ConfigurationTarget.Global);
      await settled();
      precisions.push((await ask('What colour is the fox?')).result?.engine.precision);
    }
    await configuration.update('precision', undefined, vscode.ConfigurationTarget.Global);
    assert.deepEqual(precisions, ['fp32', 'int8']);
  });
});
