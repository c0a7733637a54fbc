import assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** The first file of all by its name: until here nobody has used the extension. */
describe('activation', () => {
  it('happens when a language model calls a tool, not earlier', async () => {
    const extension = vscode.extensions.getExtension('ask-bert.ask-bert') ?? assert.fail('the extension is there');
    assert.equal(extension.isActive, false);
    assert.ok(vscode.lm.tools.some(({ name }) => name === 'ask-bert_answer'));
    assert.equal(extension.isActive, false);
    const input = { question: 'Who is the keeper?', text: 'The keeper is Ana Ferreira.' };
    const { content } = await vscode.lm.invokeTool('ask-bert_answer', { input, toolInvocationToken: undefined });
    assert.equal(extension.isActive, true);
    assert.equal(JSON.parse((content[0] as vscode.LanguageModelTextPart).value).answers[0].answer, 'Ana Ferreira');
  });
});
