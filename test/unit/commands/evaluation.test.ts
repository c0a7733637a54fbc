/** What `ask-bert evaluate` counts; expected figures worked out by hand. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { documentsFor } from '../../../server/evaluation/among.js';
import { table } from '../../../server/evaluation/evaluate.js';
import { Evaluation, type Outcome, questionType, scoreOf } from '../../../server/evaluation/metrics.js';
import { Reliability, reliabilityTable } from '../../../server/evaluation/reliability.js';
import fc from '../helpers/fast-check.js';

const close = (actual: number | null | undefined, expected: number) =>
  assert.ok(typeof actual === 'number' && Math.abs(actual - expected) < 1e-9, `${actual}, ${expected}`);

describe('one question', () => {
  const golds = [{ text: 'go\n// north', start: 10, prose: 'go north' }];

  it('the better of raw text and prose counts, on both sides', () => {
    const html = [{ text: 'go <b\nclass="x">north</b>', start: 10, prose: 'go north' }];
    assert.equal(scoreOf({ golds, answers: [{ text: 'go north' }], noAnswer: false }, true).exact, 1);
    assert.equal(scoreOf({ golds: html, answers: [{ text: 'go north' }], noAnswer: false }, true).exact, 1);
    assert.equal(scoreOf({ golds: html, answers: html, noAnswer: false }, true).exact, 1);
    const raw = { golds: [{ text: 'go north' }], answers: html, noAnswer: false };
    assert.equal(scoreOf(raw, true).exact, 1);
    assert.equal(scoreOf({ ...raw, answers: [{ text: html[0].text }] }, true).exact, 0);
  });

  it('the best of all answers counts in f1Any, the first one elsewhere', () => {
    const answers = [
      { text: 'south', start: 40 },
      { text: 'go north now', start: 10 },
      { text: 'x', start: 0 },
    ];
    const score = scoreOf({ golds, answers, noAnswer: false }, true);
    assert.deepEqual([score.exact, score.f1, score.place], [0, 0, 0]);
    // "go north" of "go north now": precision 2/3, recall 1.
    close(score.f1Any, 0.8);
  });

  it('the decision on "no answer" counts only in exactDecided and f1Decided', () => {
    const decided = scoreOf({ golds, answers: [{ text: 'go north', start: 10 }], noAnswer: true }, true);
    assert.deepEqual([decided.exact, decided.f1, decided.exactDecided, decided.f1Decided], [1, 1, 0, 0]);
    const none = { golds: [], answers: [{ text: 'go', start: 0 }] };
    assert.equal(scoreOf({ ...none, noAnswer: true }, true).f1Decided, 1);
    assert.equal(scoreOf({ ...none, noAnswer: false }, true).f1Decided, 0);
  });

  it('places that overlap count, places that only touch do not, and a place may be unknown', () => {
    const place = (start: number | undefined, text: string) =>
      scoreOf({ golds, answers: [{ text, start }], noAnswer: false }, true).place;
    assert.equal(place(5, 'abcde'), 0);
    assert.equal(place(5, 'abcdef'), 1);
    assert.equal(place(21, 'x'), 0);
    assert.equal(place(20, 'x'), 1);
    assert.equal(place(undefined, 'go north'), 0);
    assert.equal(scoreOf({ golds: [{ text: 'a b' }], answers: [], noAnswer: false }, true).place, undefined);
    assert.equal(scoreOf({ golds, answers: [], noAnswer: false }, true).place, 0);
    assert.equal(scoreOf({ golds: [], answers: [], noAnswer: true }, true).place, undefined);
  });
});

describe('among other documents', () => {
  const documents = ['e', 'd', 'c', 'b', 'a', 'test'].map((name) => ({
    name,
    uri: `file:///${name}`,
    split: name === 'test' ? ('test' as const) : ('dev' as const),
  }));
  const asked = (id: string, alsoIn?: string[]) => ({
    id,
    question: 'who?',
    text: '',
    fileName: 'c',
    group: '',
    golds: [],
    alsoIn,
  });
  const names = (id: string, others: number, seed = 1, alsoIn?: string[]) =>
    documentsFor(asked(id, alsoIn), documents, { others, seed, ranked: false }).map(({ name }) => name);

  it('its own document and some others of its half, determined by seed and question only', () => {
    assert.deepEqual(names('q', 9), ['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(names('q', 0), ['c']);
    const ids = Array.from({ length: 40 }, (_, i) => `q${i}`);
    for (const id of ids) {
      const drawn = names(id, 2);
      assert.ok(drawn.length === 3 && drawn.includes('c') && !drawn.includes('test'));
      assert.deepEqual(names(id, 2), drawn);
      assert.deepEqual(
        documentsFor(asked(id), documents.toReversed(), { others: 2, seed: 1, ranked: false }).map(({ name }) => name),
        drawn,
      );
    }
    assert.ok(new Set(ids.map((id) => names(id, 2).join())).size > 3);
    assert.ok(ids.some((id) => names(id, 2, 2).join() !== names(id, 2).join()));
  });

  it('never one that is known to answer the question as well', () => {
    assert.deepEqual(names('q', 9, 1, ['a', 'e']), ['b', 'c', 'd']);
  });

  it('an answer counts only at its place in its own document; its rank is recorded', () => {
    const golds = [{ text: 'x', start: 4 }];
    const misplaced = { golds, answers: [{ text: 'x', start: 4, misplaced: true }], noAnswer: false, elsewhere: true };
    const score = scoreOf(misplaced, true);
    assert.deepEqual([score.exact, score.f1, score.f1Any, score.place, score.f1Decided], [0, 0, 0, 0, 0]);
    const second = { ...misplaced, answers: [...misplaced.answers, { text: 'x', start: 4 }] };
    assert.deepEqual([scoreOf(second, true).f1, scoreOf(second, true).f1Any], [0, 1]);
    // A text without words is not right by being as empty as what it is compared with.
    assert.equal(scoreOf({ ...misplaced, golds: [{ text: '%', start: 4 }] }, true).exact, 0);

    const evaluation = new Evaluation(true);
    evaluation.add('a', misplaced);
    evaluation.add('a', { golds, answers: [{ text: 'x', start: 4 }], noAnswer: false, elsewhere: false });
    evaluation.add('a', { golds: [], answers: [{ text: 'y' }], noAnswer: false, elsewhere: true });
    close(evaluation.overall().elsewhere, 50);
    assert.match(table([...evaluation.groups()]), /^\| +\| questions .* \| elsewhere \| /);
  });
});

describe('groups', () => {
  const right: Outcome = { golds: [{ text: 'x', start: 0 }], answers: [{ text: 'x', start: 0 }], noAnswer: false };
  const wrong: Outcome = { ...right, answers: [{ text: 'y', start: 9 }] };
  const missed: Outcome = { ...right, noAnswer: true };
  const none: Outcome = { golds: [], answers: [{ text: 'y', start: 9 }], noAnswer: true };
  const invented: Outcome = { ...none, noAnswer: false };

  it('precision, recall and means', () => {
    const evaluation = new Evaluation(true);
    for (const outcome of [right, wrong, missed, none, invented, none]) evaluation.add('a', outcome);
    evaluation.add('b', right);
    assert.equal(evaluation.total, 7);
    const a = evaluation.groups().get('a')!;
    assert.deepEqual([a.questions, a.answerable], [6, 3]);
    // Three decided to have no answer, two of them rightly, of three without one.
    close(a.noAnswerPrecision, 200 / 3);
    close(a.noAnswerRecall, 200 / 3);
    close(a.exact, 200 / 3);
    close(a.f1, 200 / 3);
    close(a.f1Any, 200 / 3);
    close(a.place, 200 / 3);
    close(a.exactDecided, 50);
    close(a.f1Decided, 50);
    const b = evaluation.groups().get('b')!;
    assert.deepEqual([b.noAnswerPrecision, b.noAnswerRecall], [null, null]);
    assert.deepEqual([...evaluation.groups().keys()], ['a', 'b']);
    close(evaluation.overall().f1, 75);
  });

  it('no questions: nothing is counted', () => {
    const { questions, answerable, ...rest } = new Evaluation(true).overall();
    assert.deepEqual([questions, answerable], [0, 0]);
    for (const value of Object.values(rest)) assert.equal(value, null);
  });

  it('every figure is a percentage, and more answers are never worse', () => {
    const span = fc.record({ text: fc.constantFrom('a b', 'c', 'b c', 'the', ''), start: fc.nat(9) });
    const outcome = fc.record({ golds: fc.array(span), answers: fc.array(span), noAnswer: fc.boolean() });
    fc.assert(
      fc.property(fc.array(outcome), fc.boolean(), (outcomes, version2) => {
        const evaluation = new Evaluation(version2);
        for (const one of outcomes) evaluation.add('g', one);
        const { questions, answerable, ...rest } = evaluation.overall();
        assert.ok(questions === outcomes.length && answerable <= questions);
        for (const value of Object.values(rest)) assert.ok(value === null || (value >= 0 && value <= 100 + 1e-9));
        if (rest.f1 !== null) assert.ok(rest.f1Any! >= rest.f1);
        // In v1.1 two texts without words are an exact match, with an F1 of 0.
        if (rest.f1 !== null && version2) assert.ok(rest.f1 >= rest.exact! - 1e-9);
      }),
    );
  });

  it('the table has a line for each group, all of the same width', () => {
    const evaluation = new Evaluation(true);
    evaluation.add('markdown', right);
    const lines = table([...evaluation.groups(), ['all', evaluation.overall()]]).split('\n');
    assert.equal(lines.length, 4);
    assert.equal(new Set(lines.map(({ length }) => length)).size, 1);
    assert.match(lines[0], /^\| +\| questions \| answerable \| +EM \| +F1 \| F1 of 5 \|/);
    assert.match(lines[2], /^\| markdown \| +1 \| +1 \| 100\.0 \| 100\.0 \| +100\.0 \| 100\.0 \| +- \| +- \|/);
  });
});

describe('reliability', () => {
  it('bins by probability; the error is the mean distance, weighted by answers', () => {
    const reliability = new Reliability();
    reliability.add(0.95, 1);
    reliability.add(0.85, 0.49);
    reliability.add(0.81, 0.5);
    reliability.add(1, 0);
    const { bins, error } = reliability.figures();
    assert.deepEqual(
      bins.map(({ answers }) => answers),
      [0, 0, 0, 0, 0, 0, 0, 0, 2, 2],
    );
    close(bins[8].probability, 83);
    close(bins[8].right, 50);
    close(bins[9].probability, 97.5);
    close(bins[9].right, 50);
    assert.deepEqual([bins[0].probability, bins[0].right], [null, null]);
    // |0.85 + 0.81 - 1| and |0.95 + 1 - 1|, of four.
    close(error, (100 * (0.66 + 0.95)) / 4);
    const lines = reliabilityTable({ bins, error }).split('\n');
    assert.equal(lines.length, 6);
    assert.match(lines[2], /^\| 0\.8-0\.9 +\| +2 \| +83\.0 \| +50\.0 \|$/);
    assert.equal(lines.at(-1), 'expected calibration error 40.3');
    assert.equal(new Reliability().figures().error, null);
  });
});

describe('type of a question', () => {
  const cases: [string, string][] = [
    ['Who wrote it?', 'who'],
    ['By whom was it written?', 'who'],
    ['In what year did it end?', 'what'],
    ['When?', 'when'],
    ['Where is the file?', 'where'],
    ['How many bytes are read?', 'how many'],
    ['How much does it cost?', 'how many'],
    ['how long is it', 'how'],
    ['On which page?', 'which'],
    ['WHY NOT?', 'why'],
    ['Is it so?', 'other'],
    ['', 'other'],
    ['Whatever is the constructor?', 'other'],
  ];
  for (const [question, type] of cases) it(question || 'empty', () => assert.equal(questionType(question), type));
});
