/** Numbers that comments and documents state are those of the code; those set by measuring are changed on purpose only. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkSettings } from '../../../server/checks/check-request.js';
import { usualStride } from '../../../server/model/config.js';
import { maxQuestionUnits, optionLimits } from '../../../server/protocol.js';
import * as calibration from '../../../server/reader/calibration.js';
import { nBestSize } from '../../../server/reader/projection.js';
import { defaultMaxAnswerLength, defaultTopK } from '../../../server/reader/reader.js';
import { maxQueryLength } from '../../../server/reader/windows.js';
import { DEFAULT_BUDGET_SECONDS } from '../../../server/runs/ask-many.js';
import { MAX_SENTENCE_UNITS } from '../../../src/lm/tool-result.js';

const [leastTopK, mostTopK] = optionLimits.topK;
const { idleUnloadMinutes } = checkSettings(undefined);
const { documentLeniency, temperature, relevanceWeight } = calibration;

/** Groups of each pattern, in order, and what they have to be. */
const STATED: [file: string, pattern: RegExp, ...expected: number[]][] = [
  ['server/protocol.ts', /Maximum number of answers returned\. Default ([\d.]+)\. \*\/\s+topK/, defaultTopK],
  ['server/protocol.ts', /Default: the model's, else (\d+);/, usualStride],
  ['server/protocol.ts', /Longest answer, in pieces\. Default (\d+)\./, defaultMaxAnswerLength],
  ['server/protocol.ts', /for a document \(a language or a name is known\) ([\d.]+) more\./, documentLeniency],
  ['server/protocol.ts', /Softmax over the n-best \((\d+),/, nBestSize],
  ['server/protocol.ts', /Default (\d+); 0: read everything\.\s+\*\/\s+budgetSeconds/, DEFAULT_BUDGET_SECONDS],
  ['server/protocol.ts', /0: never\. Default (\d+)\.\s+\*\/\s+idleUnloadMinutes/, idleUnloadMinutes],
  ['server/protocol.ts', /reads only the first (\d+) pieces of it/, maxQueryLength],
  ['docs/protocol.md', /`topK` \((\d+) to (\d+), default\s+(\d+)\)/, leastTopK, mostTopK, defaultTopK],
  ['docs/protocol.md', /`maxAnswerLength` \(pieces, (\d+)\)/, defaultMaxAnswerLength],
  ['docs/protocol.md', /`question` \(at most ([\d,]+) characters\)/, maxQuestionUnits],
  ['docs/tools.md', /`sentence` \| around the answer, (\d+) characters of it at most/, MAX_SENTENCE_UNITS],
  ['docs/tools.md', /`topK` \| answers at most, (\d+) to (\d+)/, leastTopK, mostTopK],
  ['api/ask-bert.d.ts', /Answers returned at most, (\d+) to (\d+)\./, leastTopK, mostTopK],
  ['api/ask-bert.d.ts', /Longest answer in word pieces, (\d+) to (\d+)\./, ...optionLimits.maxAnswerLength],
  [
    'server/cli/ask.ts',
    /Maximum number of answers, (\d+) to (\d+) \(default (\d+)\)/,
    leastTopK,
    mostTopK,
    defaultTopK,
  ],
  ['server/cli/ask.ts', /\(default (\d+); 0: read everything\)/, DEFAULT_BUDGET_SECONDS],
  ['models/default/README.md', /overlap (\d+) \(trained with/, usualStride],
  ['models/default/README.md', /question cut to (\d+); (\d+) best starts/, maxQueryLength, nBestSize],
  ['models/default/README.md', /spans of at most (\d+) pieces/, defaultMaxAnswerLength],
  ['models/default/README.md', /rises by up to (\d+) logit units/, relevanceWeight],
  ['models/default/README.md', /the threshold \((\d+) above the model's\)/, documentLeniency],
  ['models/default/README.md', /a temperature of ([\d.]+) for probabilities/, temperature],
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
  const { likelihood, marginOf, ...numbers } = calibration;
  assert.deepEqual(numbers, {
    codeHandicap: 2,
    keyHandicap: 3,
    headingPieces: 24,
    relevanceWeight: 10,
    relevanceReach: 600,
    documentLeniency: 4,
    formBonus: 4,
    fieldWeight: 18,
    fieldHandicap: 6,
    temperature: 2.5,
    patience: { answered: 100, unanswered: 200 },
  });
  // The softmax of margins 5 and 0 beside "no answer" 0, divided by a temperature of 2.5.
  assert.equal(marginOf(7, 2), 5);
  assert.equal(likelihood([5, 0], 0, 2.5)(5).toFixed(4), (Math.exp(2) / (Math.exp(2) + 2)).toFixed(4));
});
