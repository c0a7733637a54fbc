import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ToolResult } from '../../server/tools/tool-result.js';
import type { Answerer } from '../../src/asking/answerer.js';
import { AnswerTool } from '../../src/lm/answer-tool.js';
import { WorkspaceTool } from '../../src/lm/workspace-tool.js';
import { api, closeAll, edit, Messages, show, useFake, useReal } from './helpers.js';

const root = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
const uriOf = (name: string) => vscode.Uri.joinPath(root(), 'lm', name);
const write = (name: string, content: string | Uint8Array) =>
  vscode.workspace.fs.writeFile(uriOf(name), typeof content === 'string' ? new TextEncoder().encode(content) : content);

async function invoke(
  name: string,
  input: object,
  token?: vscode.CancellationToken,
  tokenizationOptions?: vscode.LanguageModelToolTokenizationOptions,
): Promise<ToolResult> {
  const options = { input, toolInvocationToken: undefined, ...(tokenizationOptions && { tokenizationOptions }) };
  const { content } = await vscode.lm.invokeTool(name, options, token);
  assert.equal(content.length, 1);
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(part.value);
}
const answer = (input: object, ...more: [vscode.CancellationToken?]) => invoke('ask-bert_answer', input, ...more);
const answerWorkspace = (input: object) => invoke('ask-bert_answerWorkspace', input);

describe('language-model tools', () => {
  let messages: Messages;
  const outside = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-lm-'));
  before(async () => {
    await useFake();
    await write('one.txt', 'A zebra.\r\nAnother zebra here.\r\n');
    await write('deep/two.md', 'One zebra in the deep.\n');
    await write('three.bin', Uint8Array.of(0, 1, 2));
    writeFileSync(path.join(outside, 'foreign.txt'), 'A zebra outside.\n');
    symlinkSync(path.join(outside, 'foreign.txt'), uriOf('link.txt').fsPath);
  });
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });
  after(() => {
    rmSync(outside, { recursive: true, force: true });
    rmSync(uriOf('').fsPath, { recursive: true, force: true });
  });

  it('are registered for every extension and every model, with descriptions', () => {
    const tools = vscode.lm.tools.filter(({ name }) => name.startsWith('ask-bert_'));
    assert.deepEqual(tools.map(({ name }) => name).sort(), ['ask-bert_answer', 'ask-bert_answerWorkspace']);
    for (const { description, inputSchema, tags } of tools) {
      assert.match(description, /exact words/);
      assert.doesNotMatch(JSON.stringify({ description, inputSchema }), /%[\w.]+%/);
      assert.ok(tags.includes('ask-bert'));
    }
  });

  it('a file: exact words with their places, and nothing happens in the editor', async () => {
    const uri = uriOf('one.txt');
    for (const place of [{ filePath: 'lm/one.txt' }, { filePath: uri.fsPath }, { uri: uri.toString() }]) {
      const { answered, answers, guesses, noAnswerProbability } = await answer({ question: 'find zebra', ...place });
      assert.deepEqual([answered, guesses, noAnswerProbability], [true, undefined, 0.05]);
      assert.deepEqual(answers, [
        { answer: 'zebra', place: `${uri}:1:3`, start: 2, end: 7, probability: 0.6, grade: 'unsure' },
        { answer: 'zebra', place: `${uri}:2:9`, start: 18, end: 23, probability: 0.3, grade: 'unsure' },
      ]);
    }
    assert.deepEqual(messages.seen, []);
    assert.equal((await api()).answers(uri), undefined);
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), undefined);
  });

  it('a text, some lines of it, and a number of answers', async () => {
    const text = 'zebra\nzebra zebra\nzebra\n';
    const { answers } = await answer({
      question: 'find zebra',
      text,
      topK: 1,
      range: { startLine: 2, endLine: 3 },
    });
    assert.deepEqual(
      answers?.map(({ place, start, end }) => [place, start, end]),
      [['text:2:1', 6, 11]],
    );
    const all = await answer({ question: 'find zebra', text });
    assert.equal(all.answers?.length, 4);
  });

  it('unsaved changes win', async () => {
    const editor = await show('nothing here\n');
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'zebra '));
    const { uri } = editor.document;
    const { answers } = await answer({ question: 'find zebra', uri: uri.toString() });
    assert.equal(answers?.[0].place, `${uri}:1:1`);
  });

  it('an error tells a model how to correct its input', async () => {
    const question = 'find zebra';
    for (const [input, message] of [
      [{ question }, /^filePath, uri, text: found none, expected exactly one of them\.$/],
      [{ question, text: 'a', filePath: 'b' }, /found filePath and text, expected exactly one/],
      [{ text: 'a' }, /^question: found nothing, expected a string\.$/],
      [{ question: ' ', text: 'a' }, /^question: found only white space/],
      [{ question, text: 'a', topk: 3 }, /unknown key "topk", expected only question, filePath/],
      [{ question, text: 'a', topK: 21 }, /^topK: found 21, expected an integer from 1 to 20\.$/],
      [{ question, text: 'a\nb', range: { startLine: 1, endLine: 3 } }, /range\.endLine: found 3, expected at most 2/],
      [{ question, filePath: 'lm/none.txt' }, /there is no "lm\/none\.txt" in the workspace \(tried .*none\.txt\)/],
      [{ question, filePath: 'lm/three.bin' }, /^InputUnreadable: .*three\.bin is not a text file\.$/],
      [{ question, filePath: 'lm/deep' }, /^InputUnreadable: .*deep is a folder, expected a file\.$/],
      [{ question, uri: 'no uri' }, /^uri: found "no uri", expected an absolute URI/],
      [{ question: 'error ModelInvalid', text: 'a' }, /^ModelInvalid: It is ModelInvalid\. Do something\.$/],
      [{ question: 'garbage', text: 'a' }, /^Internal: /],
      [{ question: 'wrong zebra', text: 'a zebra' }, /^Internal: .*not an answer/],
    ] as [object, RegExp][]) {
      await assert.rejects(answer(input), (error: Error) => {
        assert.match(error.message, message);
        return true;
      });
    }
    assert.deepEqual(messages.seen, []);
  });

  it('no answer: the best span is called a guess', async () => {
    const none = await answer({ question: 'none zebra', text: 'a zebra' });
    assert.deepEqual([none.answered, none.answers, none.guesses?.length], [false, undefined, 1]);
    const empty = await answer({ question: 'none zebra', text: '' });
    assert.deepEqual([empty.answered, empty.answers, empty.guesses], [false, undefined, undefined]);
  });

  it('can be cancelled', async () => {
    const cancel = new vscode.CancellationTokenSource();
    const asked = answer({ question: 'slow 20000 zebra', text: 'a zebra' }, cancel.token);
    setTimeout(() => cancel.cancel(), 300);
    await assert.rejects(asked, (error: Error) => {
      assert.match(`${error.name} ${error.message}`, /Canceled/);
      return true;
    });
    assert.deepEqual((await answer({ question: 'find zebra', text: 'a zebra' })).answered, true);
  });

  it('stays within the token budget of the model', async () => {
    const tool = new AnswerTool({
      answerText: async (_: string, { text }: { text: string }) => ({
        question: 'q',
        warnings: [],
        noAnswer: { chosen: false, probability: 0 },
        answers: [...text.matchAll(/zebra/g)].map(({ index, 0: word }) => ({
          start: index,
          end: index + 5,
          text: word,
          probability: 0.2,
        })),
      }),
      leastProbability: 0,
    } as unknown as Answerer);
    const counted: string[] = [];
    const tokenizationOptions = {
      tokenBudget: 260,
      countTokens: async (text: string) => {
        counted.push(text);
        return text.length;
      },
    };
    const input = { question: 'q', text: 'zebra '.repeat(9) };
    const token = new vscode.CancellationTokenSource().token;
    const { content } = await tool.invoke({ input, tokenizationOptions, toolInvocationToken: undefined }, token);
    const { value } = content[0] as vscode.LanguageModelTextPart;
    assert.ok(value.length <= 260 && counted.length > 1);
    const { answers } = JSON.parse(value) as ToolResult;
    assert.ok(answers && answers.length >= 1 && answers.length < 9);
    assert.equal(answers[0].start, 0);
  });

  it('asks before it reads outside the workspace, whatever the path looks like', async () => {
    const tool = new AnswerTool({} as Answerer);
    const foreign = path.join(outside, 'foreign.txt');
    const prepare = (input: object) => tool.prepareInvocation({ input: { question: 'who?', ...input } });
    for (const input of [
      { text: 'a' },
      { filePath: 'lm/one.txt' },
      { filePath: uriOf('one.txt').fsPath },
      { uri: uriOf('deep/../one.txt').toString() },
      { filePath: 'lm/none.txt' },
      {},
    ]) {
      const { confirmationMessages, invocationMessage } = await prepare(input);
      assert.equal(confirmationMessages, undefined, JSON.stringify(input));
      assert.ok(invocationMessage);
    }
    const up = path.relative(root().fsPath, foreign);
    for (const [input, named] of [
      [{ filePath: foreign }, foreign],
      [{ uri: vscode.Uri.file(foreign).toString() }, foreign],
      [{ filePath: up }, foreign],
      [{ filePath: path.join(root().fsPath, 'lm').concat(`/../${up}`) }, foreign],
      [{ uri: `${root()}/${up.split('/').map(encodeURIComponent).join('/').replaceAll('..', '%2e%2e')}` }, foreign],
      [{ filePath: 'lm/link.txt' }, uriOf('link.txt').fsPath],
      [{ uri: 'askbert-lm:/a.txt' }, 'askbert-lm:/a.txt'],
    ] as [object, string][]) {
      const { confirmationMessages } = await prepare(input);
      assert.ok(confirmationMessages, JSON.stringify(input));
      assert.equal(confirmationMessages.title, 'Read outside of the workspace?');
      const { value } = confirmationMessages.message as vscode.MarkdownString;
      assert.ok(value.replaceAll('\\', '').includes(named), value);
    }
    const wide = new WorkspaceTool({} as Answerer);
    const inFolder = (folder?: string) => wide.prepareInvocation({ input: { question: 'who?', folder } });
    assert.equal((await inFolder()).confirmationMessages, undefined);
    assert.equal((await inFolder('lm')).confirmationMessages, undefined);
    assert.ok((await inFolder(outside)).confirmationMessages);
    assert.ok((await inFolder('..')).confirmationMessages);
  });

  it('a folder: the best answers of its files, each with all of its places', async () => {
    const { answers, read, answered } = await answerWorkspace({ question: 'find zebra', folder: 'lm' });
    assert.equal(answered, true);
    assert.equal(answers?.length, 1);
    const [{ place, also = [] }] = answers;
    const places = [place, ...also].map((each) => each.replace(`${uriOf('')}`, '').replace(/^\//, ''));
    assert.deepEqual(places.sort(), ['deep/two.md:1:5', 'link.txt:1:3', 'one.txt:1:3', 'one.txt:2:9']);
    assert.deepEqual([read?.documents, read?.ranked], [4, false]);
    const some = await answerWorkspace({ question: 'find zebra', folder: 'lm', include: ['deep/**'] });
    assert.match(some.answers?.[0].place ?? '', /two\.md:1:5$/);
    assert.equal(some.answers?.[0].also, undefined);
    for (const [input, message] of [
      [{ question: 'q', folder: 'nowhere' }, /^folder: there is no "nowhere"/],
      [{ question: 'q', folder: 'lm/one.txt' }, /^folder: found ".*one\.txt", expected a folder/],
      [{ question: 'q', folder: 'lm', include: ['*.none'] }, /^There is no file that \*\.none names/],
      [{ question: 'q', include: [] }, /^include: found 0 patterns/],
      [{ question: 'q', glob: '*' }, /unknown key "glob"/],
    ] as [object, RegExp][]) {
      await assert.rejects(answerWorkspace(input), (error: Error) => {
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it('the real reader: a fact of a document with its sentence', async () => {
    await useReal();
    const { answers } = await answer({ question: 'How much is the monthly fee?', filePath: 'service-agreement.md' });
    assert.equal(answers?.[0].answer, 'EUR 4,850');
    assert.ok(answers[0].sentence?.includes('EUR 4,850'));
    const wide = await answerWorkspace({ question: 'At which frequency are values sent?', include: ['*.md'] });
    assert.equal(wide.answers?.[0].answer, '869.5 MHz');
    assert.ok(wide.answers[0].sentence?.includes('869.5 MHz'), JSON.stringify(wide));
    await useFake();
  });
});
