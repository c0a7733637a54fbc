/** What the views keep between two sessions, and which files are read: without VS Code. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AskManyResult, ExtractCell, FoundAnswer } from '../../../server/protocol.js';
import { RESULTS_KEY } from '../../../src/history/entries.js';
import { CHECKED_KEY, CheckedMarks, MAX_MARKS } from '../../../src/workspace/checked-marks.js';
import { fileTest, patternsOf } from '../../../src/workspace/file-filter.js';
import { keepRun, keptRun } from '../../../src/workspace/kept-run.js';
import type { Run } from '../../../src/workspace/results.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';

/** The state of a workspace; what is stored is JSON, as in VS Code. */
class Memory {
  stored = new Map<string, string>();
  keys = () => [...this.stored.keys()];
  get<T>(key: string): T | undefined {
    const text = this.stored.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }
  async update(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.stored.delete(key);
    else this.stored.set(key, JSON.stringify(value));
  }
}

const answer = (text: string): FoundAnswer => ({
  uri: 'file:///a.txt',
  start: 4,
  end: 4 + text.length,
  text,
  line: 0,
  character: 4,
  endLine: 0,
  endCharacter: 4 + text.length,
  score: 1,
  margin: 1,
  probability: 0.9,
  grade: 'sure',
  also: [],
});

describe('which files are read', () => {
  const wanted = (include: string, exclude: string, ...paths: string[]) => paths.filter(fileTest({ include, exclude }));

  it('patterns to include and to exclude, as in the editor: commas, braces, folders', () => {
    const all = ['a.md', 'deep/b.md', 'deep/c.txt', 'drafts/d.md', 'e.log', 'deep/drafts/f.txt'];
    assert.deepEqual(wanted('', '', ...all), all);
    assert.deepEqual(wanted('*.md', '', ...all), ['a.md', 'deep/b.md', 'drafts/d.md']);
    assert.deepEqual(wanted('*.{md, log}, *.txt', 'drafts', ...all), ['a.md', 'deep/b.md', 'deep/c.txt', 'e.log']);
    assert.deepEqual(wanted('deep/**', '**/drafts/**', ...all), ['deep/b.md', 'deep/c.txt']);
    assert.deepEqual(wanted('./a.md', '', 'a.md', 'deep/a.md'), ['a.md']);
    assert.deepEqual(wanted('', 'drafts/**', ...all), [
      'a.md',
      'deep/b.md',
      'deep/c.txt',
      'e.log',
      'deep/drafts/f.txt',
    ]);
    // Nothing but patterns: no negation, no comment.
    assert.deepEqual(wanted('!a.md,#b', '', 'a.md', '!a.md', '#b'), ['!a.md', '#b']);
  });

  it('whatever is typed: no error, and in proportion to its length', () => {
    const odd = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('[', '{a,{b}', '**', ',,', '{,}', '\\', '/', '{'),
    );
    fc.assert(
      fc.property(odd, odd, fc.constantFrom('a.md', 'b/c.txt'), (include, exclude, path) => {
        assert.equal(typeof fileTest({ include, exclude })(path), 'boolean');
      }),
    );
    assert.deepEqual(patternsOf('{a,b}{c,d}'), ['ac', 'ad', 'bc', 'bd']);
    const braces = '{a,b}'.repeat(100);
    assert.deepEqual(patternsOf(braces), [braces], 'too many alternatives stay as they are');
    assertGrowsInProportion('braces', 100_000, (size) => patternsOf('{'.repeat(size)));
    assertGrowsInProportion('commas', 100_000, (size) => patternsOf(','.repeat(size)));
  });
});

describe('cells that were checked', () => {
  const cell = (text: string) => answer(text) as ExtractCell;

  it('a mark is kept, and belongs to document, question and words', () => {
    const memory = new Memory();
    const marks = new CheckedMarks(memory);
    marks.set('file:///a', 'How much?', cell('EUR 4,850'), true);
    marks.set('file:///b', 'How much?', null, true);
    const again = new CheckedMarks(memory);
    assert.ok(again.has('file:///a', 'How much?', cell('EUR 4,850')));
    assert.ok(again.has('file:///b', 'How much?', null));
    assert.ok(!again.has('file:///a', 'How much?', cell('EUR 5,000')), 'another answer has to be checked again');
    assert.ok(!again.has('file:///a', 'How much?', null));
    assert.ok(!again.has('file:///b', 'When?', null));
    again.set('file:///a', 'How much?', cell('EUR 4,850'), false);
    again.set('file:///b', 'How much?', null, false);
    assert.deepEqual(memory.keys(), []);
  });

  it('nothing of a text is stored; the oldest marks go; damaged ones are left out', () => {
    const memory = new Memory();
    const marks = new CheckedMarks(memory);
    marks.set('file:///secret', 'Secret?', cell('secret'), true);
    assert.doesNotMatch(memory.stored.get(CHECKED_KEY) ?? '', /secret/i);
    const [first] = memory.get<string[]>(CHECKED_KEY) ?? [];
    const full = Array.from({ length: MAX_MARKS }, (_, i) => String(i).padStart(22, '0'));
    memory.stored.set(CHECKED_KEY, JSON.stringify([first, ...full.slice(1)]));
    const long = new CheckedMarks(memory);
    assert.ok(long.has('file:///secret', 'Secret?', cell('secret')));
    long.set('file:///x', 'x', null, true);
    assert.equal(memory.get<string[]>(CHECKED_KEY)?.length, MAX_MARKS);
    assert.ok(!long.has('file:///secret', 'Secret?', cell('secret')));
    for (const damaged of ['{}', '7', '[7,null,"short"]']) {
      memory.stored.set(CHECKED_KEY, damaged);
      assert.ok(!new CheckedMarks(memory).has('file:///x', 'x', null), damaged);
    }
  });
});

describe('the last answers of many documents', () => {
  const result: AskManyResult = {
    question: 'q',
    answers: [],
    noAnswer: { score: 0, probability: 0.1, chosen: false, threshold: 0 },
    read: { documents: 2, ofDocuments: 2, characters: 10, ofCharacters: 10, ranked: false },
    skipped: [],
    engine: { name: 'cpu', device: 'd', model: 'm', precision: 'fp32' },
    timing: { tokenizeMs: 1, engineMs: 1, projectMs: 1, totalMs: 3, windows: 1 },
    warnings: [],
  };
  const run = (more: Partial<Run> = {}): Run => ({
    question: 'Which animal?',
    scope: 'workspace',
    phase: 'done',
    done: 2,
    total: 2,
    skippedCount: 1,
    answers: [answer('zebra')],
    skipped: [{ uri: 'file:///b.bin', reason: 'binary', message: 'b.bin is not a text file.' }],
    beyond: 0,
    result,
    ...more,
  });

  it('are restored with what was skipped, and when they were asked for', () => {
    const memory = new Memory();
    keepRun(memory, run({ filter: 'only *.md' }), 7);
    const restored = keptRun(memory) ?? assert.fail('nothing was kept');
    assert.deepEqual(restored.answers, [answer('zebra')]);
    assert.equal(restored.asked, 7);
    assert.equal(restored.filter, 'only *.md');
    assert.deepEqual(restored.skipped, run().skipped);
    assert.equal(restored.result?.noAnswer.probability, 0.1);
    keepRun(memory, { ...run({ phase: 'cancelled' }), result: undefined } as unknown as Run, 7);
    assert.equal(keptRun(memory)?.phase, 'cancelled');
    keepRun(memory, undefined);
    assert.deepEqual([memory.keys(), keptRun(memory)], [[], undefined]);
  });

  it('too much is not kept, and what is damaged is not shown', () => {
    const memory = new Memory();
    keepRun(memory, run({ answers: [answer('x'.repeat(600_000))] }), 7);
    assert.equal(keptRun(memory), undefined);
    keepRun(memory, run(), 7);
    const good = memory.get<Record<string, unknown>>(RESULTS_KEY) ?? assert.fail();
    const damages = {
      question: 7,
      phase: 'reading',
      answers: [{}],
      done: -1,
      beyond: 'x',
      skipped: [{}],
      result: {},
      asked: null,
    };
    for (const [key, value] of Object.entries(damages)) {
      memory.stored.set(RESULTS_KEY, JSON.stringify({ ...good, [key]: value }));
      assert.equal(keptRun(memory), undefined, key);
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        memory.stored.set(RESULTS_KEY, JSON.stringify(value));
        return keptRun(memory) === undefined;
      }),
    );
  });
});
