/** Numbers that comments and documents state are those of the code; those set by measuring are changed on purpose only. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkSettings } from '../../../server/checks/check-request.js';
import { MAX_NAME_UNITS, MAX_QUESTIONS } from '../../../server/documents/limits.js';
import { USUAL_STRIDE } from '../../../server/model/config.js';
import { DEFAULT_BUDGET_SECONDS, MAX_QUESTION_UNITS, optionLimits } from '../../../server/protocol.js';
import * as calibration from '../../../server/reader/calibration.js';
import { N_BEST_SIZE } from '../../../server/reader/projection.js';
import { DEFAULT_MAX_ANSWER_LENGTH, DEFAULT_TOP_K } from '../../../server/reader/reader.js';
import { MAX_QUERY_LENGTH } from '../../../server/reader/windows.js';
import { MAX_SENTENCE_UNITS } from '../../../server/tools/tool-result.js';

const [leastTopK, mostTopK] = optionLimits.topK;
const { idleUnloadMinutes } = checkSettings(undefined);
const { DOCUMENT_LENIENCY, TEMPERATURE, RELEVANCE_WEIGHT } = calibration;

/** Groups of each pattern, in order, and what they have to be. */
const STATED: [file: string, pattern: RegExp, ...expected: number[]][] = [
  ['server/protocol/ask.ts', /Maximum number of answers returned\. Default ([\d.]+)\. \*\/\s+topK/, DEFAULT_TOP_K],
  ['server/protocol/ask.ts', /Default: the model's, else (\d+);/, USUAL_STRIDE],
  ['server/protocol/ask.ts', /Longest answer, in pieces\. Default (\d+)\./, DEFAULT_MAX_ANSWER_LENGTH],
  ['server/protocol/ask.ts', /for a document \(a language or a name is known\) ([\d.]+) more\./, DOCUMENT_LENIENCY],
  ['server/protocol/ask.ts', /Softmax over the n-best \((\d+),/, N_BEST_SIZE],
  ['server/protocol/many.ts', /Default (\d+); 0: read\s+\*?\s*everything/, DEFAULT_BUDGET_SECONDS],
  ['server/protocol/sidecar.ts', /0: never\. Default (\d+)\.\s+\*\/\s+idleUnloadMinutes/, idleUnloadMinutes],
  ['server/protocol/ask.ts', /reads only the first (\d+) pieces of it/, MAX_QUERY_LENGTH],
  ['docs/protocol.md', /`topK` \((\d+) to (\d+), default\s+(\d+)\)/, leastTopK, mostTopK, DEFAULT_TOP_K],
  ['docs/protocol.md', /`maxAnswerLength` \(pieces, (\d+)\)/, DEFAULT_MAX_ANSWER_LENGTH],
  ['docs/protocol.md', /`question` \(at most ([\d,]+) characters\)/, MAX_QUESTION_UNITS],
  ['docs/tools.md', /`sentence` \| around the answer, (\d+) characters of it at most/, MAX_SENTENCE_UNITS],
  ['docs/tools.md', /`topK` \| answers at most, (\d+) to (\d+)/, leastTopK, mostTopK],
  ['api/ask-bert.d.ts', /Answers returned at most, (\d+) to (\d+)\./, leastTopK, mostTopK],
  ['api/ask-bert.d.ts', /Longest answer in word pieces, (\d+) to (\d+)\./, ...optionLimits.maxAnswerLength],
  [
    'server/cli/ask.ts',
    /Maximum number of answers, (\d+) to (\d+) \(default (\d+)\)/,
    leastTopK,
    mostTopK,
    DEFAULT_TOP_K,
  ],
  ['server/cli/ask.ts', /\(default (\d+); 0: read everything\)/, DEFAULT_BUDGET_SECONDS],
  ['models/default/README.md', /overlap (\d+) \(trained with/, USUAL_STRIDE],
  ['models/default/README.md', /question cut to (\d+); (\d+) best starts/, MAX_QUERY_LENGTH, N_BEST_SIZE],
  ['models/default/README.md', /spans of at most (\d+) pieces/, DEFAULT_MAX_ANSWER_LENGTH],
  ['models/default/README.md', /rises by up to (\d+) logit units/, RELEVANCE_WEIGHT],
  ['models/default/README.md', /the threshold \((\d+) above the model's\)/, DOCUMENT_LENIENCY],
  ['models/default/README.md', /a temperature of ([\d.]+) for probabilities/, TEMPERATURE],
];

describe('numbers that are stated', () => {
  for (const [file, pattern, ...expected] of STATED) {
    it(`${file}: ${pattern.source}`, () => {
      const found = [...readFileSync(file, 'utf8').matchAll(new RegExp(pattern, 'g'))];
      assert.ok(found.length > 0, 'the sentence is there');
      for (const [, ...groups] of found) {
        assert.deepEqual(
          groups.map((group) => Number(group.replaceAll(',', ''))),
          expected,
        );
      }
    });
  }
});

/**
 * Each was chosen by measuring on the development half of test/documents (`node dist/evaluation.js evaluate`). A change of one
 * is made here as well, and in the figures of models/default/README.md.
 */
it('numbers set by measuring are these', () => {
  const { likelihood, marginOf, gradeOf, graded, ...numbers } = calibration;
  assert.deepEqual(numbers, {
    CODE_HANDICAP: 2,
    KEY_HANDICAP: 3,
    HEADING_PIECES: 24,
    RELEVANCE_WEIGHT: 10,
    RELEVANCE_REACH: 600,
    DOCUMENT_LENIENCY: 2,
    FORM_BONUS: 4,
    LACKING_HANDICAP: 8,
    FIELD_WEIGHT: 18,
    FIELD_HANDICAP: 6,
    TEMPERATURE: 2.5,
    grades: { sure: 0.8, unsure: 0.2 },
    patience: { answered: 100, unanswered: 200 },
  });
  // The softmax of margins 5 and 0 beside "no answer" 0, divided by a temperature of 2.5.
  assert.equal(marginOf(7, 2), 5);
  assert.equal(likelihood([5, 0], 0, 2.5)(5).toFixed(4), (Math.exp(2) / (Math.exp(2) + 2)).toFixed(4));
});

it('the schema of question sets has the limits and the keys of their check', () => {
  const { definitions } = JSON.parse(readFileSync('media/question-set.schema.json', 'utf8'));
  const { maxItems, items } = definitions.questions;
  assert.equal(maxItems, MAX_QUESTIONS);
  assert.deepEqual(Object.keys(items.properties), ['name', 'question', 'threshold']);
  assert.equal(items.properties.name.maxLength, MAX_NAME_UNITS);
  assert.equal(items.properties.question.maxLength, MAX_QUESTION_UNITS);
});
