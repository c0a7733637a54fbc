import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuestionSet } from '../../../server/documents/question-set.js';
import { AskBertError } from '../../../server/errors.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { rounds } from '../helpers/long.js';

const parse = (text: string) => parseQuestionSet(text, 'Q.yaml');

test('a list in YAML, the same in JSON, and the same under "questions"', () => {
  const expected = [
    { name: 'end', question: 'When does it end?' },
    { name: '2024', question: 'How much in 2024?', noAnswerThreshold: -1.5 },
  ];
  const yaml =
    '# two\n- name: end\n  question: When does it end?\n- {name: 2024, question: "How much in 2024?", threshold: -1.5}\n';
  assert.deepEqual(parse(yaml), expected);
  const list = [
    { name: 'end', question: 'When does it end?', threshold: null },
    { name: '2024', question: 'How much in 2024?', threshold: -1.5 },
  ];
  assert.deepEqual(parse(JSON.stringify(list)), expected);
  assert.deepEqual(parse(JSON.stringify({ questions: list }, null, 2)), expected);
});

const refused: [why: string, text: string, message: RegExp][] = [
  ['nothing', '', /^Q\.yaml:1:1: expected a list/],
  ['a sentence', 'hello', /^Q\.yaml:1:1: expected a list/],
  ['an empty list', 'questions: []', /^Q\.yaml:1:12: the list of questions is empty/],
  ['another key', 'question:\n - name: a', /^Q\.yaml:1:1: found question, expected only "questions"/],
  ['no map', '- a\n- b\n', /^Q\.yaml:1:3: expected a question/],
  ['no name', '- question: who?', /^Q\.yaml:1:3: name is missing/],
  ['no question', '- name: a\n- name: b\n', /^Q\.yaml:1:3: question is missing/],
  ['a list as a name', '- name: [a]\n  question: who?', /^Q\.yaml:1:9: name: expected text/],
  ['a blank question', '- name: a\n  question: "  "', /^Q\.yaml:2:13: question is empty/],
  [
    'a misspelt key',
    '- name: a\n  question: b\n  treshold: 1',
    /^Q\.yaml:3:3: found treshold, expected one of name, question, threshold/,
  ],
  [
    'a threshold in words',
    '- name: a\n  question: b\n  threshold: high',
    /^Q\.yaml:3:14: threshold: found high, expected a number/,
  ],
  ['an infinite threshold', '- name: a\n  question: b\n  threshold: .inf', /^Q\.yaml:3:14: threshold/],
  ['a name twice', '- {name: a, question: b}\n- {name: a, question: c}', /^Q\.yaml:2:10: the name "a" occurs twice/],
  ['broken JSON', '[{"name": "a", "question": "b"}', /^Q\.yaml:1:\d+: /],
  ['broken YAML', '- name: a\n  question: "b\n', /^Q\.yaml:\d+:\d+: /],
  ['tabs', '- name: a\n\tquestion: b', /^Q\.yaml:\d+:\d+: /],
  [
    'too many',
    JSON.stringify(Array.from({ length: 201 }, (_, i) => ({ name: `${i}`, question: 'b' }))),
    /found 201 questions, expected at most 200/,
  ],
  [
    'a very long question',
    `- name: a\n  question: ${'x'.repeat(10_001)}`,
    /^Q\.yaml:2:13: question: found 10001 characters/,
  ],
  ['brackets without end', '['.repeat(100_000), /^Q\.yaml:\d+:\d+: /],
  [
    'aliases of aliases',
    `a: &a [x]\n${Array.from({ length: 30 }, (_, i) => `k${i}: [*a, *a]`).join('\n')}`,
    /^Q\.yaml:1:1: found a/,
  ],
];
for (const [why, text, message] of refused) {
  test(`refused with the place: ${why}`, () => {
    assert.throws(() => parse(text), { code: 'BadRequest', message });
  });
}

test('a repeated key is refused, in a question and outside', () => {
  assert.throws(() => parse('- name: a\n  question: b\n  name: c'), { message: /^Q\.yaml:3:3: name occurs twice/ });
  const twice = 'questions: [{name: a, question: b}]\nquestions: []';
  assert.throws(() => parse(twice), { message: /^Q\.yaml:2:1: questions occurs twice/ });
});

test('a megabyte is the limit, also for a text from an editor', () => {
  const set = '- {name: a, question: b}\n';
  const filled = (bytes: number) => `${set}#${'x'.repeat(bytes - set.length - 1)}`;
  assert.equal(parse(filled(1024 * 1024)).length, 1);
  const tooLarge = { code: 'InputUnreadable', message: /^Q\.yaml is larger than 1 MB/ };
  assert.throws(() => parse(filled(1024 * 1024 + 1)), tooLarge);
  assert.throws(() => parse(`${set}#${'\u00e9'.repeat(512 * 1024)}`), tooLarge);
});

test('many keys, levels and questions are refused in time in proportion to their number', () => {
  const numbered = (count: number, of: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => of(i)).join('');
  const sets: Record<string, [(units: number) => string, RegExp]> = {
    'keys in lines': [(units) => numbered(units / 10, (i) => `k${i}: 1\n`), /found k0, expected only "questions"/],
    'keys in brackets': [(units) => `- {${numbered(units / 10, (i) => `k${i}: 1,`)}}`, /found k0, expected one of/],
    'keys of a key': [(units) => `- {? {${numbered(units / 10, (i) => `k${i}: 1,`)}} : 1}`, /found \{…\}, expected/],
    levels: [(units) => '{a: '.repeat(units / 4), /nested too deeply for a question set: more than 50 levels/],
    questions: [(units) => '- {name: a, question: b}\n'.repeat(units / 25), /expected at most 200/],
  };
  for (const [what, [make, message]] of Object.entries(sets)) {
    assertGrowsInProportion(what, 400_000, (units) => assert.throws(() => parse(make(units)), { message }));
  }
});

test('any file gives questions or a single AskBertError', () => {
  const bits = fc.constantFrom(
    '- ',
    'name: ',
    'question: ',
    'a',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    '&a ',
    '*a',
    '|',
    '\t',
    '---\n',
    '#',
    '!!x ',
  );
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 30 }), (parts) => {
      try {
        for (const { name, question } of parse(parts.join(''))) assert.ok(name !== '' && question !== '');
      } catch (error) {
        assert.ok(error instanceof AskBertError, String(error));
        assert.match(error.message, /^Q\.yaml:\d+:\d+: /);
      }
    }),
    { numRuns: rounds(500, 15000) },
  );
});
