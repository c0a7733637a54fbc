/** The history of questions: its list, what comes back from the store, and its export. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parser } from '@lezer/markdown';
import {
  type Asked,
  grouped,
  isSame,
  keyOf,
  MAX_SUBJECTS,
  pin,
  prune,
  remember,
  restore,
  type Subject,
} from '../../../src/history/entries.js';
import { asExport, dateText } from '../../../src/history/export.js';
import fc from '../helpers/fast-check.js';

const isUri = (text: string) => /^[a-z]+:/.test(text);
const about = (uri: string): Subject => ({ kind: 'document', uri });
const asked = (question: string, uri = 'file:/a', more: Partial<Asked> = {}): Asked => ({
  question,
  subject: about(uri),
  time: 1000,
  pinned: false,
  noAnswer: 0.1,
  answer: { uri, text: question.toUpperCase(), probability: 0.9, line: 1, character: 2, endLine: 1, endCharacter: 5 },
  ...more,
});
const questions = (list: readonly Asked[]) => list.map(({ question }) => question);

const subjects = fc.oneof(
  fc.record({ kind: fc.constant('document' as const), uri: fc.constantFrom('file:/a', 'file:/b', 'untitled:c') }),
  fc.constant<Subject>({ kind: 'workspace' }),
  fc.constant<Subject>({ kind: 'editors' }),
  fc.record({
    kind: fc.constant('folder' as const),
    uris: fc.array(fc.constantFrom('file:/x', 'file:/y'), { minLength: 1, maxLength: 2 }),
  }),
);
const spans = { line: fc.nat(), character: fc.nat(), endLine: fc.nat(), endCharacter: fc.nat() };
const text = fc.string({ minLength: 1, maxLength: 30 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const optional = { requiredKeys: ['question', 'subject', 'time', 'pinned'] as const };
const entries = fc.record(
  {
    question: text,
    subject: subjects,
    time: fc.nat(),
    pinned: fc.boolean(),
    noAnswer: share,
    partly: fc.constant(true as const),
    part: fc.record({ ...spans, digest: text }),
    answer: fc.record({ ...spans, uri: fc.constant('file:/a'), text, probability: share }),
  },
  { requiredKeys: [...optional.requiredKeys] },
) as fc.Arbitrary<Asked>;

describe('the history of questions', () => {
  it('newest first, each once per document, bounded per document', () => {
    let list: Asked[] = [];
    for (const question of ['a', 'b', 'a', 'c', 'd']) list = remember(list, asked(question), 3);
    list = remember(list, asked('a', 'file:/b'), 3);
    assert.deepEqual(questions(list), ['a', 'd', 'c', 'a']);
    assert.deepEqual(
      grouped(list).map(({ key, entries: group }) => [key, questions(group)]),
      [
        ['file:/b', ['a']],
        ['file:/a', ['d', 'c', 'a']],
      ],
    );
  });

  it('what is pinned stays, comes first in its document, and stays pinned when it is asked again', () => {
    let list = remember([], asked('keep'), 2);
    list = pin(list, list[0], true);
    for (const question of ['a', 'b', 'c']) list = remember(list, asked(question), 2);
    assert.deepEqual(questions(list), ['c', 'b', 'keep']);
    assert.deepEqual(questions(grouped(list)[0].entries), ['keep', 'c', 'b']);
    list = remember(list, asked('keep', 'file:/a', { time: 2000 }), 2);
    assert.deepEqual(
      list.filter(({ pinned }) => pinned).map(({ question, time }) => [question, time]),
      [['keep', 2000]],
    );
    list = pin(list, asked('keep'), false);
    assert.ok(list.every(({ pinned }) => !pinned));
  });

  it('a limit of 0: nothing is recorded, and everything that is not pinned is removed', () => {
    const list = [asked('a', 'file:/a', { pinned: true }), asked('b')];
    assert.deepEqual(questions(remember(list, asked('c'), 0)), ['a']);
    assert.deepEqual(questions(remember(list, asked('a', 'file:/a', { time: 5 }), 0)), ['a']);
    assert.deepEqual(remember([], asked('c'), 0), []);
  });

  it('documents are bounded as well: the oldest are removed unless they have a pinned question', () => {
    let list: Asked[] = [asked('first', 'file:/first', { pinned: true })];
    for (let i = 0; i < MAX_SUBJECTS + 20; i++) list = remember(list, asked('a', `file:/${i}`), 5);
    assert.equal(list.length, MAX_SUBJECTS + 1);
    assert.equal(keyOf(list[0].subject), `file:/${MAX_SUBJECTS + 19}`);
    assert.equal(list.at(-1)?.question, 'first');
  });

  it('after any operations each question is there once per subject, and the bounds hold', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 40 }), fc.nat(4), (all, limit) => {
        let list: Asked[] = [];
        for (const entry of all) list = remember(list, entry, limit);
        for (const [i, entry] of list.entries()) assert.ok(!list.slice(i + 1).some((each) => isSame(each, entry)));
        for (const { entries: group } of grouped(list)) {
          assert.ok(group.filter(({ pinned }) => !pinned).length <= limit);
          assert.deepEqual(
            group.map(({ pinned }) => pinned),
            group.map(({ pinned }) => pinned).sort((a, b) => Number(b) - Number(a)),
          );
        }
        assert.deepEqual(prune(list, limit), list);
      }),
    );
  });
});

describe('a stored history', () => {
  it('is restored unchanged', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 20 }), (all) => {
        let list: Asked[] = [];
        for (const entry of all) list = remember(list, entry, 50);
        const back = restore(JSON.parse(JSON.stringify(list)), 50, isUri);
        assert.deepEqual(back, JSON.parse(JSON.stringify(list)), 'in the same order, whatever the clock said');
      }),
    );
  });

  it('is empty if it is damaged as a whole', () => {
    for (const damaged of [undefined, null, 'a', 7, {}, { 0: asked('a') }]) {
      assert.deepEqual(restore(damaged, 9, isUri), []);
    }
    fc.assert(fc.property(fc.anything(), (value) => restore(value, 9, isUri).length === 0));
  });

  it('loses only the entry that has a damaged field', () => {
    const good = asked('good');
    const { answer } = good;
    for (const damage of [
      { question: 7 },
      { question: '' },
      { question: 'x'.repeat(100_001) },
      { subject: null },
      { subject: { kind: 'planet' } },
      { subject: { kind: 'document', uri: 'no address' } },
      { subject: { kind: 'folder', uris: [] } },
      { subject: { kind: 'folder', uris: ['file:/a', 3] } },
      { time: -1 },
      { time: 1e300 },
      { time: '2026' },
      { pinned: 'yes' },
      { noAnswer: 2 },
      { noAnswer: null },
      { part: { line: 1 } },
      { part: null },
      { answer: null },
      { answer: { ...answer, line: 1.5 } },
      { answer: { ...answer, text: { evil: true } } },
      { answer: { ...answer, uri: ':' } },
      { answer: { ...answer, prose: 3 } },
      { answer: { ...answer, probability: Number.NaN } },
    ]) {
      const list = restore([{ ...asked('bad'), ...damage }, good], 9, isUri);
      assert.deepEqual(list, [good], JSON.stringify(damage));
    }
  });

  it('contains only known fields', () => {
    const [entry] = restore([{ ...asked('a'), text: 'whole document' }], 9, isUri);
    assert.deepEqual(entry, asked('a'));
  });
});

describe('the export as Markdown', () => {
  const texts = {
    title: 'Questions and answers',
    pinned: 'pinned',
    subject: (subject: Subject) => (subject.kind === 'document' ? subject.uri.slice(6) : subject.kind),
    place: ({ uri, line, character, page }: NonNullable<Asked['answer']>) =>
      page === undefined ? `${uri.slice(6)}:${line + 1}:${character + 1}` : `${uri.slice(6)}, page ${page}`,
    belief: ({ probability, grade }: NonNullable<Asked['answer']>) => `${grade ?? 'probability'} ${probability}`,
    noAnswer: ({ noAnswer, partly }: Pick<Asked, 'noAnswer' | 'partly'>) =>
      partly ? 'no answer in what was read' : `no answer, probability ${noAnswer}`,
  };

  it('has the question, exact words, place, probability and date', () => {
    const time = new Date(2026, 10, 24, 9, 5).getTime();
    const list = [
      asked('Who pays?', 'file:/a.md', { time, pinned: true }),
      asked('When?', 'file:/a.md', { time, answer: undefined, noAnswer: 0.7 }),
      asked('Why?', 'file:/a.md', { time, answer: undefined, noAnswer: undefined, partly: true }),
    ];
    assert.equal(
      asExport(grouped(list), texts),
      [
        '# Questions and answers',
        '## a.md',
        '### Who pays?',
        '```text\nWHO PAYS?\n```',
        'a.md:2:3, probability 0.9, 2026-11-24 09:05, pinned',
        '### When?',
        'no answer, probability 0.7, 2026-11-24 09:05',
        '### Why?',
        'no answer in what was read, 2026-11-24 09:05\n',
      ].join('\n\n'),
    );
    assert.equal(dateText(time), '2026-11-24 09:05');
  });

  it('shows exactly the words of any answer, and turns any question into a heading only', () => {
    const lines = fc
      .array(fc.constantFrom('```', '````text', '# no heading', '~~~', '`', 'a', '> b', '', '<img src=x>', '[x](y)'))
      .map((all) => all.join('\n'))
      .filter((all) => /\S/.test(all) && !all.endsWith('\n') && !all.startsWith('\n'));
    fc.assert(
      fc.property(lines, lines, (answerText, question) => {
        const entry = asked(question);
        if (entry.answer) entry.answer.text = answerText;
        const markdown = asExport(grouped([entry]), texts);
        const found: string[] = [];
        const others: string[] = [];
        parser.parse(markdown).iterate({
          enter: ({ name, from, to, node }) => {
            if (name === 'FencedCode') {
              const code = node.getChild('CodeText');
              found.push(code ? markdown.slice(code.from, code.to) : '');
            } else if (/^(Link|Image|HTML|Autolink|Blockquote|Emphasis)/.test(name))
              others.push(markdown.slice(from, to));
          },
        });
        assert.deepEqual(found, [answerText]);
        assert.deepEqual(others, []);
        assert.equal(markdown.match(/^#/gm)?.length, 3 + (answerText.match(/^#/gm)?.length ?? 0));
      }),
    );
  });
});
