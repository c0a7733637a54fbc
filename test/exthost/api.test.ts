import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AskBertApi, AskBertError, AskBertStatus } from '../../api/ask-bert.js';
import { ask, closeAll, edit, Messages, show, until, useFake, useReal } from './helpers.js';

/** As another extension gets it, with the public types alone. */
async function publicApi(): Promise<AskBertApi> {
  const extension = vscode.extensions.getExtension<AskBertApi>('ask-bert.ask-bert');
  return (await extension?.activate()) ?? assert.fail('the extension is there');
}

const rejection = async (promise: Promise<unknown>): Promise<AskBertError> => {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error as AskBertError;
  }
  return assert.fail('it was answered');
};

describe('the API for other extensions', () => {
  let messages: Messages;
  let api: AskBertApi;
  before(async () => {
    await useFake();
    api = await publicApi();
  });
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });

  it('matches its types', () => {
    assert.equal(api.version, 1);
    const functions = ['answer', 'ask', 'answers', 'onDidChangeAnswers', 'onDidChangeStatus'] as const;
    for (const name of functions) assert.equal(typeof api[name], 'function', name);
  });

  it('answers about a text, with offsets, ranges and a decision', async () => {
    const text = 'one\r\ntwo zebra\nthree zebra zebra\n';
    const result = await api.answer({ question: 'find zebra', text, options: { topK: 2 } });
    assert.deepEqual(
      result.answers.map(({ start, end, range, probability }) => [
        start,
        end,
        range.start.line,
        range.start.character,
        probability,
      ]),
      [
        [9, 14, 1, 4, 0.6],
        [21, 26, 2, 6, 0.3],
      ],
    );
    for (const { start, end, text: words, range } of result.answers) {
      assert.equal(words, text.slice(start, end));
      assert.equal(range.end.character - range.start.character, 5);
      assert.ok(range instanceof vscode.Range);
    }
    assert.deepEqual(result.noAnswer, { chosen: false, probability: 0.05 });
    assert.equal(result.engine.name, 'cpu');
    assert.equal(result.uri, undefined);
    const none = await api.answer({ question: 'none zebra', text });
    assert.equal(none.noAnswer.chosen, true);
    assert.equal(none.answers.length, 3);
  });

  it('reads a part, given by lines and characters or by offsets', async () => {
    const text = 'zebra\r\nzebra\rzebra\nzebra';
    const starts = async (range: vscode.Range | { start: number; end: number }) =>
      (await api.answer({ question: 'find zebra', text, range })).answers.map(({ start }) => start);
    assert.deepEqual(await starts(new vscode.Range(1, 0, 2, 5)), [7, 13]);
    assert.deepEqual(await starts(new vscode.Range(0, 0, 0, 99)), [0]);
    assert.deepEqual(await starts({ start: 13, end: text.length }), [13, 19]);
    const beyond = await rejection(starts(new vscode.Range(0, 0, 4, 0)));
    assert.match(beyond.message, /^range\.end\.line: found 4, expected less than 4/);
  });

  it('reads a document as its editor shows it, and does not change the editor', async () => {
    const editor = await show('nothing\n');
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'zebra '));
    const { document } = editor;
    const result = await api.answer({ question: 'find zebra', uri: document.uri });
    assert.equal(result.uri?.toString(), document.uri.toString());
    assert.equal(result.documentVersion, document.version);
    assert.equal(document.getText(result.answers[0].range), 'zebra');
    assert.equal(api.answers(document.uri), undefined);
    assert.deepEqual(messages.seen, []);
  });

  it('reads virtual file systems', async () => {
    const content = new TextEncoder().encode('a virtual zebra\n');
    const files: vscode.FileSystemProvider = {
      onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
      watch: () => new vscode.Disposable(() => {}),
      stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: content.length }),
      readDirectory: () => [],
      createDirectory: () => {},
      readFile: () => content,
      writeFile: () => {},
      delete: () => {},
      rename: () => {},
    };
    const registration = vscode.workspace.registerFileSystemProvider('askbert-api', files, { isReadonly: true });
    try {
      const uri = vscode.Uri.parse('askbert-api:/animals.txt');
      const { answers } = await api.answer({ question: 'find zebra', uri });
      assert.deepEqual([answers[0].start, answers[0].text], [10, 'zebra']);
    } finally {
      registration.dispose();
    }
  });

  it('calls do not disturb each other', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => api.answer({ question: `find w${i}`, text: `${'x '.repeat(i)}w${i}` })),
    );
    assert.deepEqual(
      all.map(({ answers }) => answers[0].start),
      all.map((_, i) => 2 * i),
    );
  });

  it('gives errors a name and a code', async () => {
    const question = 'find zebra';
    const uri = vscode.Uri.file('/nowhere/at/all.txt');
    for (const [request, code, message] of [
      [undefined, 'BadRequest', /^request: /],
      [{ question }, 'BadRequest', /^text, uri: found neither/],
      [{ question, text: 'a', uri }, 'BadRequest', /^text, uri: found both/],
      [{ question, uri: 'file:///a' }, 'BadRequest', /^uri: found string, expected a vscode\.Uri/],
      [{ question, text: 7 }, 'BadRequest', /^text: found number/],
      [{ question, uri }, 'InputUnreadable', /all\.txt cannot be read/],
      [{ question: 'error OutOfMemory', text: 'a' }, 'OutOfMemory', /It is OutOfMemory/],
      [{ question: 'garbage', text: 'a' }, 'Internal', /not an answer/],
      [{ question: 'crash', text: 'a' }, 'Crashed', /crashed/],
    ] as [never, string, RegExp][]) {
      const error = await rejection(api.answer(request));
      assert.deepEqual([error.name, error.code], ['AskBertError', code]);
      assert.match(error.message, message);
    }
    await useFake();
    const cancel = new vscode.CancellationTokenSource();
    setTimeout(() => cancel.cancel(), 200);
    const slow = api.answer({ question: 'slow 20000 zebra', text: 'a', token: cancel.token });
    assert.equal((await rejection(slow)).code, 'Cancelled');
    assert.deepEqual(messages.seen, []);
  });

  it('has events for answers and for the state', async () => {
    const changed: string[] = [];
    const states: AskBertStatus[] = [];
    const subscriptions = [
      api.onDidChangeAnswers((uri) => changed.push(uri.toString())),
      api.onDidChangeStatus((status) => states.push(status)),
    ];
    const { document } = await show('a zebra\n');
    const outcome = await api.ask({ question: 'find zebra', uri: document.uri });
    assert.equal(outcome?.status, 'answered');
    assert.equal(api.answers(document.uri)?.current.text, 'zebra');
    assert.ok(changed.includes(document.uri.toString()));
    await until('a state', () => states.some(({ state }) => state === 'busy'));
    for (const subscription of subscriptions) subscription.dispose();
    const before = changed.length;
    await ask('find a');
    assert.equal(changed.length, before);
  });

  it('the real reader: a sentence, headings, a wrong question', async () => {
    await useReal();
    const folder = vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
    const uri = vscode.Uri.joinPath(folder, 'service-agreement.md');
    const { answers, totalMs } = await api.answer({ question: 'How much is the monthly fee?', uri });
    assert.equal(answers[0].text, 'EUR 4,850');
    assert.ok(answers[0].sentence?.text.includes('EUR 4,850'));
    assert.ok(answers[0].path?.length);
    assert.ok(totalMs > 0);
    const wrong = [{ question: ' ' }, { question: 7 as never }, { question: 'who?', options: { topK: 99 } }];
    for (const request of wrong) {
      assert.equal((await rejection(api.answer({ text: 'a', ...request }))).code, 'BadRequest');
    }
    const range = { start: 0, end: 9 };
    assert.match((await rejection(api.answer({ question: 'who?', text: 'a', range }))).message, /range\.end/);
    await useFake();
  });
});
