/** Input and output of the language-model tools: anything may come in, and what goes out says what the documentation says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Answer, AskManyResult, AskResult } from '../../../server/protocol.js';
import { definitions } from '../../../server/tools/definitions.js';
import {
  checkAnswerInput,
  checkTableInput,
  checkWorkspaceInput,
  ToolInputError,
} from '../../../server/tools/tool-input.js';
import { answerResult, manyResult, sentenceOf } from '../../../server/tools/tool-result.js';
import { lineEnd, lineStarts } from '../../../src/shared/lines.js';
import fc from '../helpers/fast-check.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const strings = JSON.parse(readFileSync('package.nls.json', 'utf8'));
const docs = readFileSync('docs/tools.md', 'utf8');

interface Tool {
  name: string;
  toolReferenceName: string;
  inputSchema: { properties: Record<string, { maximum?: number }>; required: string[] };
  modelDescription: string;
  icon: string;
  canBeReferencedInPrompt: boolean;
}
const tools: Tool[] = manifest.contributes.languageModelTools;
const checks = { 'ask-bert_answer': checkAnswerInput, 'ask-bert_answerWorkspace': checkWorkspaceInput };
const good = {
  'ask-bert_answer': { question: 'q', text: 't', range: { startLine: 1, endLine: 1 }, topK: 1 },
  'ask-bert_answerWorkspace': { question: 'q', folder: 'docs', include: ['*.md'], topK: 20 },
};

describe('tools in package.json', () => {
  it('are documented, can be named in a prompt, and have names that VS Code accepts', () => {
    assert.deepEqual(
      tools.map(({ name }) => name),
      Object.keys(checks),
    );
    for (const { name, toolReferenceName, icon, canBeReferencedInPrompt } of tools) {
      assert.match(name, /^[\w-]+$/);
      assert.match(toolReferenceName, /^\w+$/);
      assert.match(icon, /^\$\(/);
      assert.equal(canBeReferencedInPrompt, true);
      assert.ok(docs.includes(`\`${name}\``) && docs.includes(`#${toolReferenceName}`), name);
    }
  });

  it('accept only the input that they declare', () => {
    for (const { name, inputSchema, modelDescription } of tools) {
      const check: (input: unknown) => object = checks[name as keyof typeof checks];
      const input = good[name as keyof typeof good];
      assert.deepEqual(inputSchema.required, ['question']);
      for (const key of Object.keys(inputSchema.properties)) {
        assert.ok(docs.includes(`| \`${key}\` |`), `${name}: ${key}`);
        // Known: what is complained of is its value, or that another one is given beside it.
        assert.throws(
          () => check({ ...input, [key]: Symbol.iterator }),
          (error: Error) => error instanceof ToolInputError && !/unknown key/.test(error.message),
        );
      }
      assert.doesNotThrow(() => check(input));
      assert.throws(() => check({ ...input, extra: 1 }), /unknown key "extra"/);
      assert.throws(
        () => check({ ...input, topK: inputSchema.properties.topK.maximum! + 1 }),
        /^Error: topK: found 21/,
      );
      assert.ok(strings[modelDescription.replaceAll('%', '')].length > 400);
    }
  });
});

describe('tools of MCP', () => {
  const said = (text: string) => text.replace(/%([\w.]+)%/g, (_, key: string) => strings[key]);

  it('have the descriptions and inputs of those of VS Code, but for the schemes of a URI', () => {
    for (const [tool, definition] of [
      [tools[0], definitions.answer],
      [tools[1], definitions.answerFolder],
    ] as const) {
      assert.equal(definition.description, said(tool.modelDescription));
      const { uri: ours, ...properties } = definition.inputSchema.properties as Record<string, object>;
      const { uri: theirs, ...others } = tool.inputSchema.properties as Record<string, object>;
      assert.deepEqual(properties, JSON.parse(said(JSON.stringify(others))));
      assert.equal(ours === undefined, theirs === undefined);
      assert.deepEqual(definition.inputSchema.required, tool.inputSchema.required);
    }
  });

  it('are documented, and take only what they declare', () => {
    const inputs = { answer: good['ask-bert_answer'], answerFolder: good['ask-bert_answerWorkspace'] };
    const extractTable = {
      questions: [{ name: 'a', question: 'q', noAnswerThreshold: 1 }],
      folder: 'a',
      include: ['*.md'],
    };
    const all = { ...inputs, extractTable };
    const checked = { answer: checkAnswerInput, answerFolder: checkWorkspaceInput, extractTable: checkTableInput };
    for (const [key, { name, inputSchema }] of Object.entries(definitions)) {
      assert.ok(docs.includes(`\`${name}\``), name);
      const check: (input: unknown) => object = checked[key as keyof typeof checked];
      const input = all[key as keyof typeof all];
      assert.doesNotThrow(() => check(input));
      assert.throws(() => check({ ...input, extra: 1 }), /unknown key "extra"/);
      for (const property of Object.keys(inputSchema.properties)) {
        assert.ok(docs.includes(`\`${property}\``), `${name}: ${property}`);
        assert.throws(
          () => check({ ...input, [property]: Symbol.iterator }),
          (error: Error) => error instanceof ToolInputError && !/unknown key/.test(error.message),
        );
      }
    }
  });
});

describe('input of tools', () => {
  it('anything at all is accepted or refused with a sentence', () => {
    const key = fc.constantFrom(
      'question',
      'questions',
      'filePath',
      'uri',
      'text',
      'range',
      'topK',
      'folder',
      'include',
    );
    const value = fc.oneof(
      fc.anything(),
      fc.string(),
      fc.integer(),
      fc.record({ startLine: fc.integer(), endLine: fc.integer() }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.dictionary(key, value)), (input) => {
        for (const check of [checkAnswerInput, checkWorkspaceInput]) {
          try {
            const checked = check(input);
            assert.ok(checked.question.trim());
            assert.ok(checked.topK === undefined || (checked.topK >= 1 && checked.topK <= 20));
          } catch (error) {
            assert.ok(error instanceof ToolInputError, String(error));
            assert.match(error.message, /: found .*, expected .*\.$/s);
          }
        }
        try {
          assert.ok(checkTableInput(input).questions.length > 0);
        } catch (error) {
          assert.ok(error instanceof ToolInputError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('null means "left out", except for the question', () => {
    const input = { question: 'q', text: 'a', uri: undefined, filePath: undefined, range: null, topK: null };
    assert.deepEqual(checkAnswerInput(input), {
      question: 'q',
      text: 'a',
      uri: undefined,
      filePath: undefined,
      range: undefined,
      topK: undefined,
    });
    assert.throws(() => checkAnswerInput({ ...input, question: null }), /question: found null/);
    assert.throws(
      () => checkAnswerInput({ question: 'q', text: 'a', range: { startLine: 3, endLine: 2 } }),
      /at least/,
    );
    assert.throws(() => checkAnswerInput({ question: 'q', filePath: 'a\0b' }), /zero character/);
    assert.throws(() => checkAnswerInput({ question: 'q'.repeat(10_001), text: 'a' }), /10001 characters/);
  });
});

const at = (text: string, words: string, more: Partial<Answer> = {}): Answer => {
  const start = text.indexOf(words);
  const where = { line: 0, character: start, endLine: 0, endCharacter: start + words.length };
  return {
    start,
    end: start + words.length,
    text: words,
    ...where,
    score: 1,
    margin: 1,
    probability: 0.51239,
    grade: 'unsure',
    ...more,
  };
};
const resultWith = (answers: Answer[], chosen = false): AskResult => ({
  question: 'q',
  answers,
  noAnswer: { score: 0, probability: 0.123456, chosen, threshold: 0 },
  engine: { name: 'cpu', device: 'd', model: 'm', precision: 'fp32' },
  timing: { tokenizeMs: 1, engineMs: 1, projectMs: 1, totalMs: 3, windows: 1 },
  warnings: [],
});

describe('output of tools', () => {
  const text = 'First line.\r\nThe fee is 5 EUR. It is due.\r\n';

  it('says where, how sure, and in which sentence; weak answers other than the best are left out', () => {
    const sentence = { start: 13, end: 30 };
    const result = resultWith([
      at(text, '5 EUR', { sentence, path: ['Fees'] }),
      at(text, 'due', { probability: 0.001 }),
    ]);
    assert.deepEqual(answerResult(result, text, 'file:///a.md', 0.01), {
      question: 'q',
      answered: true,
      noAnswerProbability: 0.1235,
      answers: [
        {
          answer: '5 EUR',
          place: 'file:///a.md:2:12',
          start: 24,
          end: 29,
          probability: 0.5124,
          grade: 'unsure',
          sentence: 'The fee is 5 EUR.',
          headings: ['Fees'],
        },
      ],
    });
    const weak = answerResult(resultWith([at(text, 'due', { probability: 0.001 })]), text, 'text', 0.01);
    assert.equal(weak.answers?.length, 1);
  });

  it('has only documented keys', () => {
    const warnings = [{ code: 'PartlyRanked' as const, message: 'Partly.' }];
    const path = ['Fees'];
    const place = { ...at(text, '5 EUR', { path, sentence: { start: 13, end: 30 } }), uri: 'file:///a' };
    const { notes: _, ...one } = resultWith([]);
    const many: AskManyResult = {
      ...one,
      answers: [{ ...place, also: Array.from({ length: 9 }, () => place) }],
      read: { documents: 3, ofDocuments: 4, characters: 9, ofCharacters: 12, ranked: true, ended: 'settled' },
      skipped: [{ uri: 'file:///b', reason: 'binary', message: 'b' }],
      warnings,
    };
    const output = manyResult(many, ['The fee is 5 EUR.'], 0.01, { skipped: 2, beyond: 10 });
    assert.deepEqual(output.read, { documents: 3, ofDocuments: 14, ranked: true, ended: 'settled', skipped: 3 });
    assert.equal(output.answers?.[0].also?.length, 5);
    const guess = answerResult(resultWith([at(text, '5 EUR')], true), text, 'text', 0.01);
    assert.deepEqual([guess.answered, guess.answers, guess.guesses?.length], [false, undefined, 1]);
    const keys = [output, guess, output.answers![0], output.read!].flatMap((each) => Object.keys(each));
    for (const key of keys) assert.match(docs, new RegExp(`["\`\\s{]${key}["\`\\s,}]`), key);
  });

  it('an endless sentence is cut around the answer', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.integer({ min: 1, max: 900 }), fc.nat(3000), (before, length, after) => {
        const all = 'a'.repeat(before) + 'b'.repeat(length) + 'c'.repeat(after);
        const place = { start: before, end: before + length };
        const cut = sentenceOf(all, { ...place, sentence: { start: 0, end: all.length } }) ?? '';
        assert.ok(cut.includes('b'.repeat(length)));
        assert.ok(cut.length <= Math.max(600, length) + 2);
        if (all.length <= 600) assert.equal(cut, all);
      }),
    );
    assert.equal(sentenceOf('abc', { start: 1, end: 2 }), undefined);
    assert.equal(sentenceOf('abc', { start: 1, end: 2, sentence: { start: 2, end: 3 } }), undefined);
  });
});

describe('lines', () => {
  it('begin and end as editors count them', () => {
    const text = 'a\r\nb\rc\n\nd';
    const starts = lineStarts(text);
    assert.deepEqual(starts, [0, 3, 5, 7, 8]);
    assert.deepEqual(
      starts.map((start, line) => text.slice(start, lineEnd(text, starts, line))),
      ['a', 'b', 'c', '', 'd'],
    );
  });
});
