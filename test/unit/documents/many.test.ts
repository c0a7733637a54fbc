/** Runs over many documents, with a session that knows the answers. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { throwIfAborted } from '../../../server/errors.js';
import type {
  Answer,
  AskManyProgress,
  AskResult,
  DocumentRef,
  ExtractRow,
  NoAnswer,
} from '../../../server/protocol.js';
import { IndexCache } from '../../../server/ranking/index-cache.js';
import { patience, TEMPERATURE } from '../../../server/reader/calibration.js';
import type { DocumentSource } from '../../../server/reader/document.js';
import { sameWords } from '../../../server/reader/duplicates.js';
import type { AskRequest } from '../../../server/reader/request.js';
import { askMany } from '../../../server/runs/ask-many.js';
import { extract } from '../../../server/runs/extract.js';
import { FoundAnswers } from '../../../server/runs/merge-answers.js';
import type { ReadingSession } from '../../../server/runs/source-reader.js';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { plainView } from '../../../server/views/base/view-builder.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { engine } from '../../server/fake-worker.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-many-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): DocumentRef & { path: string } {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return { uri: pathToFileURL(where).href, path: where };
}

function answer(text: string, start: number, margin: number, score = margin): Answer {
  const end = start + text.length;
  return {
    text,
    start,
    end,
    line: 0,
    character: start,
    endLine: 0,
    endCharacter: end,
    score,
    margin,
    probability: 0.5,
    grade: 'unsure',
  };
}
const noAnswer = (chosen: boolean): NoAnswer => ({ score: 0, probability: 0.1, chosen, threshold: 0.25 });

/** A clock that the test moves, in milliseconds. */
function clockOf(t: TestContext): { now: number } {
  const clock = { now: 0 };
  t.mock.method(performance, 'now', () => clock.now);
  return clock;
}

/**
 * Finds what is between < and >; the number in it is the margin. So many milliseconds for each 1000 characters, which pass
 * on `clock` if there is one.
 */
class Marked implements ReadingSession {
  engine = engine;
  concurrency = 1;
  readonly asked: AskRequest[] = [];
  loads = 0;
  constructor(
    private readonly msEach = 0,
    private readonly onAsk: (request: AskRequest) => void = () => {},
    private readonly clock?: { now: number },
  ) {}
  async prepare(): Promise<void> {
    this.loads++;
  }
  async viewOf({ text, fileName, languageId, raw }: DocumentSource): Promise<ReadingView> {
    return raw ? plainView(text) : viewOf(text, { fileName, languageId });
  }
  async answer(request: AskRequest, signal?: AbortSignal): Promise<AskResult> {
    throwIfAborted(signal);
    this.asked.push(request);
    this.onAsk(request);
    const { text, options, question } = request;
    const { start, end } = request.range ?? { start: 0, end: text.length };
    const ms = ((end - start) / 1000) * this.msEach;
    if (this.clock) this.clock.now += ms;
    await new Promise((resolve) => setTimeout(resolve, this.clock ? 0 : ms));
    throwIfAborted(signal);
    const answers = [...text.slice(start, end).matchAll(/<([a-z ]*)(-?\d+)>/gi)]
      .map((m) => answer(m[1], start + m.index + 1, Number(m[2])))
      .sort((a, b) => b.margin - a.margin)
      .slice(0, options?.topK ?? 5);
    const threshold = options?.noAnswerThreshold ?? 0;
    return {
      ...{ question, answers, engine, warnings: [] },
      noAnswer: { ...noAnswer(!(answers[0]?.margin > -threshold)), threshold },
      timing: { tokenizeMs: 1, engineMs: 2, projectMs: 3, totalMs: 6, windows: 1 },
    };
  }
}

const ref = (name: string, text: string): DocumentRef => ({ uri: `untitled:${name}`, text });

test('gives the best answers of all documents, each once with its places', async () => {
  const documents = [ref('a', 'x <the king3> y <a queen1>'), ref('b', 'nothing'), ref('c', '<a city5> <The King4>')];
  const session = new Marked();
  const result = await askMany(session, { question: 'who?', documents, options: { topK: 2 } });
  assert.deepEqual(
    result.answers.map(({ text, uri, also }) => [text, uri, also.length]),
    [
      ['a city', 'untitled:c', 0],
      ['The King', 'untitled:c', 1],
    ],
  );
  assert.equal(result.noAnswer.chosen, false);
  const characters = documents.reduce((sum, { text }) => sum + text!.length, 0);
  const read = { documents: 3, ofDocuments: 3, characters, ofCharacters: characters, ranked: false };
  assert.deepEqual(result.read, read);
  assert.equal(result.timing.windows, 3);
  assert.equal(result.timing.engineMs, 6);
  assert.deepEqual(session.asked[0].range, undefined);
  assert.equal(session.asked[0].key, 'untitled:a');
});

/** Takes four questions at once; the later of them answers first. */
class Several extends Marked {
  override concurrency = 4;
  atOnce = 0;
  most = 0;
  override async answer(request: AskRequest, signal?: AbortSignal): Promise<AskResult> {
    this.most = Math.max(this.most, ++this.atOnce);
    for (let turns = 8 - 2 * this.atOnce; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    const result = await super.answer(request, signal);
    this.atOnce--;
    return result;
  }
}

test('an engine that takes several questions at once gets several, and the result is the same', async () => {
  const documents = Array.from({ length: 12 }, (_, i) =>
    ref(`${i}`, `${'word '.repeat(3000 * (i % 3))}<answer${i % 7}>`),
  );
  const { timing: _, ...one } = await askMany(new Marked(), { question: 'who?', documents, budgetSeconds: 0 });
  const several = new Several();
  const { timing, ...result } = await askMany(several, { question: 'who?', documents, budgetSeconds: 0 });
  assert.deepEqual(result, one);
  assert.deepEqual([several.most, timing.windows], [4, several.asked.length]);
  const ranked = { question: 'who?', documents, rankAtOnce: true, budgetSeconds: 0 };
  const { timing: first, ...expected } = await askMany(new Marked(), ranked);
  const { timing: second, ...found } = await askMany(new Several(), ranked);
  assert.deepEqual([found, second.windows], [expected, first.windows]);
});

test('extract: an engine that takes several questions at once gets several, and the rows are the same', async () => {
  const documents = Array.from({ length: 9 }, (_, i) =>
    ref(`${i}`, `${'word '.repeat(3000 * (i % 3))}<answer${i - 2}>`),
  );
  const params = { documents, questions: ['a', 'b', 'c'].map((name) => ({ name, question: name })) };
  for (const questions of [params.questions, params.questions.slice(0, 1)]) {
    const told: unknown[][] = [[], []];
    const sessions = [new Marked(), new Several()] as const;
    const results = [];
    for (const [i, session] of sessions.entries()) {
      results.push(await extract(session, { ...params, questions }, undefined, (progress) => told[i].push(progress)));
    }
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(told[1], told[0]);
    assert.equal(told[0].length, 9);
    assert.ok(sessions[1].most > 1);
  }
});

test('found answers: the same words together, best place first', () => {
  const found = new FoundAnswers();
  found.add('a', [answer('the  King', 5, 2), answer('else', 40, -3)], noAnswer(false));
  found.add('b', [answer('“The king.”', 9, 3)], noAnswer(true));
  found.add('c', [answer('the king', 1, 1)], noAnswer(true));
  const [first] = found.best(5);
  assert.deepEqual([first.uri, first.also.map(({ uri }) => uri)], ['b', ['a', 'c']]);
  assert.equal(found.noAnswer(0).chosen, false);
  assert.equal(found.best(5, 1)[0].also.length, 1);
});

test('found answers: probabilities are those within each document, as if it were asked alone', () => {
  const found = new FoundAnswers();
  const sure = (text: string, margin: number) => ({ ...answer(text, 5, margin), probability: 0.99 });
  found.add('a', [sure('EUR 900', 12)], { ...noAnswer(false), probability: 0.01 });
  found.add('b', [sure('EUR 1,200', 11)], { ...noAnswer(false), probability: 0.02 });
  const best = found.best(5);
  assert.deepEqual(
    best.map(({ uri, probability, grade }) => [uri, probability, grade]),
    [
      ['a', 0.99, 'sure'],
      ['b', 0.99, 'sure'],
    ],
  );
  assert.equal(found.noAnswer(0).probability, 0.01, 'that of the document of the best answer');
});

test('found answers: of a document read in parts the probability is over all of them, the same words added up', () => {
  const found = new FoundAnswers();
  found.add('a', [answer('the king', 5, 2)], noAnswer(false));
  found.add('a', [answer('else', 40, -3)], noAnswer(true));
  found.add('a', [answer('the king', 100, 1)], noAnswer(false));
  found.add('b', [answer('the king', 7, 9)], noAnswer(true));
  const [first, second] = found.best(5);
  const weight = (margin: number) => Math.exp(margin / TEMPERATURE);
  const sum = weight(2) + weight(1) + weight(-3) + 1;
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} ${expected}`);
  assert.deepEqual(
    [first.uri, first.also.map(({ uri, start }) => [uri, start])],
    [
      'b',
      [
        ['a', 5],
        ['a', 100],
      ],
    ],
  );
  assert.equal(first.probability, 0.5, "the reader's own");
  near(first.also[0].probability, weight(2) / sum);
  near(second.probability, weight(-3) / sum);
  assert.equal(found.noAnswer(0).probability, 0.1);
  const alone = new FoundAnswers();
  alone.add('a', [answer('the king', 5, 2)], noAnswer(false));
  alone.add('a', [answer('the king', 100, 1), answer('else', 40, -3)], noAnswer(false));
  near(alone.best(5)[0].probability, (weight(2) + weight(1)) / sum);
  near(alone.noAnswer(0).probability, 1 / sum);
});

test('found answers: if none passes, all are guesses', () => {
  const found = new FoundAnswers();
  found.add('a', [{ ...answer('x', 0, 4), probability: 0.9 }], noAnswer(true));
  assert.deepEqual(
    found.best(5).map(({ grade }) => grade),
    ['guess'],
  );
  found.add('b', [answer('y', 0, 3)], noAnswer(false));
  assert.deepEqual(
    found.best(5).map(({ grade }) => grade),
    ['sure', 'unsure'],
  );
});

test('found answers: a place in two slices is one place, with its better reading', () => {
  const found = new FoundAnswers();
  found.add('a', [answer('the king', 100, 1)], noAnswer(false));
  found.add('a', [answer('the king', 100, 2)], noAnswer(false));
  found.add('a', [answer('king', 104, 0)], noAnswer(false));
  const best = found.best(5);
  assert.equal(best.length, 1);
  assert.equal(best[0].margin, 2);
  assert.equal(best[0].also.length, 0);
});

test('found answers: "no answer" if no reading passes its threshold, with certainty if nothing was read', () => {
  const found = new FoundAnswers();
  assert.deepEqual(found.noAnswer(1), { score: 0, probability: 1, chosen: true, threshold: 1 });
  found.add('a', [{ ...answer('x', 0, -4), score: 3 }], noAnswer(true));
  assert.equal(found.noAnswer(1).chosen, true);
  assert.equal(found.noAnswer(1).score, 7);
  assert.equal(found.best(3).length, 1);
  // Memory is bounded, and what is best stays.
  for (let i = 0; i < 10_000; i++) found.add('b', [answer(`w${i}`, 10 * i, i % 5000)], noAnswer(true));
  assert.equal(found.best(1)[0].margin, 4999);
});

test('words are the same whatever their case, white space and marks around them', () => {
  assert.equal(sameWords(' «The\n  King»!'), 'king');
  assert.equal(sameWords('…'), '…');
  assert.notEqual(sameWords('3.5'), sameWords('35'));
});

test('progress reports the best answers so far, throttled, and the last state at the end', async (t) => {
  const documents = Array.from({ length: 40 }, (_, i) =>
    ref(`${i}`, `<answer ${String.fromCharCode(97 + (i % 26))}${i}>`),
  );
  const seen: AskManyProgress[] = [];
  const clock = clockOf(t);
  const session = new Marked(800, undefined, clock);
  await askMany(session, { question: 'who?', documents, budgetSeconds: 0 }, undefined, (p) => seen.push(p));
  const limit = clock.now / 100 + 3;
  assert.ok(seen.length >= 2 && seen.length <= limit, `${seen.length} of ${limit}`);
  assert.ok(seen[0].done < 40 && seen[0].answers.length > 0);
  assert.ok(seen.some(({ left }) => left !== undefined && left > 0));
  const last = seen.at(-1)!;
  assert.deepEqual([last.stage, last.done, last.total, last.skipped, last.left], ['documents', 40, 40, 0, 0]);
  assert.equal(last.answers[0].margin, 39);
  for (let i = 1; i < seen.length; i++) assert.ok(seen[i].done >= seen[i - 1].done);
});

const filler = 'plain words without anything that matters to anybody. ';

test('documents beyond the budget are ranked by words: the passage is found, and little is read', async (t) => {
  const documents = Array.from({ length: 60 }, (_, i) => ref(`${i}`, filler.repeat(100)));
  documents[50].text += `The walrus sleeps on <the northern ice7> in winter. ${filler.repeat(100)}`;
  const clock = clockOf(t);
  const session = new Marked(40, undefined, clock);
  const cache = new IndexCache();
  const params = { question: 'Where does the walrus sleep?', documents, budgetSeconds: 3 };
  const result = await askMany(session, params, undefined, undefined, cache);
  const seconds = clock.now / 1000;
  assert.equal(result.read.ranked, true);
  assert.equal(result.answers[0].text, 'the northern ice');
  assert.equal(documents[50].text!.slice(result.answers[0].start, result.answers[0].end), 'the northern ice');
  assert.ok(result.read.characters < 0.5 * result.read.ofCharacters);
  assert.ok(result.read.documents < result.read.ofDocuments);
  assert.ok(seconds < 5, `${seconds} s`);
  assert.ok(Math.abs(cache.charactersPerSecond! - 25_000) < 1, `${cache.charactersPerSecond}`);

  // The second question knows the words already: its first passage is the right one.
  const again = new Marked(40, undefined, clock);
  documents[50] = { ...documents[50], text: filler };
  documents[20] = { ...documents[20], text: `${filler.repeat(80)}A walrus weighs <one ton6>. ${filler.repeat(80)}` };
  const second = await askMany(
    again,
    { ...params, question: 'What does a walrus weigh?' },
    undefined,
    undefined,
    cache,
  );
  assert.equal(second.answers[0].text, 'one ton');
  assert.equal(again.asked[0].key, 'untitled:20');
  assert.ok(again.asked.every(({ text }) => !text.includes('northern ice')));
});

/** Documents with words of the question in all of them; each is one passage, and so one window of `Marked`. */
const lighthouses = (count: number, text: (i: number) => string): DocumentRef[] =>
  Array.from({ length: count }, (_, i) => ref(`${i}`, `The lighthouse number ${i}. ${text(i)}`));
const aboutLighthouse = { question: 'Who keeps the lighthouse?', rankAtOnce: true };

test('ranked reading ends long before the budget when further passages change nothing, and says so', async () => {
  const count = 3 * patience.answered;
  // The best one has the most words of the question.
  const documents = lighthouses(count, (i) => (i === 200 ? 'Who keeps the lighthouse? <Ana5>' : 'A <guess1> of many.'));
  const session = new Marked();
  const seen: AskManyProgress[] = [];
  const result = await askMany(session, { ...aboutLighthouse, documents }, undefined, (p) => seen.push(p));
  assert.equal(result.answers[0].text, 'Ana');
  assert.equal(session.asked[0].key, 'untitled:200');
  assert.deepEqual([result.read.ranked, result.read.ended], [true, 'settled']);
  // A round may be begun when the last window is still missing, and none is after it.
  const read = session.asked.length;
  assert.ok(read >= patience.answered && read < patience.answered + 30, `${read}`);
  assert.equal(result.read.documents, read);
});

test('a better answer that comes late restarts the count; without a passing answer it reads for longer', async () => {
  const late = 80;
  assert.ok(late < patience.answered && patience.answered < patience.unanswered);
  const documents = lighthouses(4 * patience.unanswered, (i) =>
    i === 0 ? 'Keeps. <early2>' : i === late ? '<late3>' : 'other',
  );
  const session = new Marked();
  const result = await askMany(session, { ...aboutLighthouse, documents });
  assert.equal(result.answers[0].text, 'late');
  const read = session.asked.length;
  assert.ok(read >= late + patience.answered && read < late + patience.answered + 30, `${read}`);

  const unsure = new Marked();
  const weak = lighthouses(4 * patience.unanswered, (i) => (i === 0 ? 'Keeps. <weak-2>' : 'other'));
  const none = await askMany(unsure, { ...aboutLighthouse, documents: weak });
  assert.deepEqual([none.noAnswer.chosen, none.read.ended], [true, 'settled']);
  const asked = unsure.asked.length;
  assert.ok(asked >= patience.unanswered && asked < patience.unanswered + 30, `${asked}`);
});

test('ranked reading says whether the budget ended it or everything was read', async (t) => {
  const documents = lighthouses(2 * patience.answered, () => 'A <guess1> of many.');
  const slow = new Marked(400, undefined, clockOf(t));
  const spent = await askMany(slow, { ...aboutLighthouse, documents, budgetSeconds: 0.5 });
  assert.equal(spent.read.ended, 'time');
  const all = await askMany(new Marked(), { ...aboutLighthouse, documents: documents.slice(0, 20) });
  assert.deepEqual([all.read.ended, all.read.characters], ['all', all.read.ofCharacters]);
  const unranked = await askMany(new Marked(), { question: 'Who?', documents: documents.slice(0, 20) });
  assert.equal(unranked.read.ended, undefined);
});

test('the time left of ranked reading is what its patience takes, at most the budget; the same for a second question', async (t) => {
  const documents = lighthouses(4 * patience.answered, () => 'A <guess1> of many.');
  const cache = new IndexCache();
  await askMany(new Marked(), { ...aboutLighthouse, documents, budgetSeconds: 0 }, undefined, undefined, cache);
  const seen: AskManyProgress[] = [];
  const params = { ...aboutLighthouse, documents, budgetSeconds: 600 };
  await askMany(new Marked(100, undefined, clockOf(t)), params, undefined, (p) => seen.push(p), cache);
  const left = seen.slice(1).map((p) => p.left ?? Number.NaN);
  assert.ok(left.length > 2 && left.every((seconds) => seconds <= 60), left.join(' '));
  assert.equal(left.at(-1), 0);
});

test('progress of ranked reading says how much of the text was read, which no number of searched files does', async (t) => {
  const documents = lighthouses(4 * patience.answered, () => 'A <guess1> of many.');
  const seen: AskManyProgress[] = [];
  const params = { ...aboutLighthouse, documents, budgetSeconds: 600, rankAtOnce: true };
  const { read } = await askMany(new Marked(100, undefined, clockOf(t)), params, undefined, (p) => seen.push(p));
  const searched = seen.filter(({ done, total }) => done === total);
  assert.ok(searched.length > 1, 'every file is searched long before the end');
  for (const { read: soFar } of searched) assert.ok(soFar && soFar.characters < soFar.ofCharacters);
  const characters = seen.map((each) => each.read?.characters ?? Number.NaN);
  assert.deepEqual(
    characters,
    characters.toSorted((a, b) => a - b),
  );
  assert.equal(characters.at(-1), read.characters);
});

test('documents that are read one after the other have no such share', async () => {
  const seen: AskManyProgress[] = [];
  const documents = [ref('a', '<an answer5>'), ref('b', 'nothing')];
  await askMany(new Marked(), { question: 'who?', documents, budgetSeconds: 0 }, undefined, (p) => seen.push(p));
  assert.equal(seen.at(-1)?.read, undefined);
});

test('with time left, documents that were not indexed yet are indexed and read', async (t) => {
  // Time passes while indexing alone, 12 ms for each: half of the budget settles an answer, but does not index all.
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  class SlowIndex extends IndexCache {
    override set(...entry: Parameters<IndexCache['set']>): void {
      now += 12;
      super.set(...entry);
    }
  }
  const count = patience.answered + 60;
  const documents = lighthouses(count, (i) => (i === count - 1 ? 'Who keeps it? <Ana9>' : 'A <guess1> of many.'));
  const budgetSeconds = (1.5 * 12 * count) / 1000;
  const params = { ...aboutLighthouse, documents, budgetSeconds };
  const result = await askMany(new Marked(), params, undefined, undefined, new SlowIndex());
  assert.equal(result.answers[0].text, 'Ana');
  assert.deepEqual(result.warnings, []);
});

test('a budget of 0 reads everything, however long it takes', async () => {
  const documents = Array.from({ length: 10 }, (_, i) => ref(`${i}`, filler.repeat(30)));
  const cache = new IndexCache();
  cache.charactersPerSecond = 1;
  const result = await askMany(
    new Marked(),
    { question: 'who?', documents, budgetSeconds: 0 },
    undefined,
    undefined,
    cache,
  );
  assert.equal(result.read.ranked, false);
  assert.equal(result.read.characters, result.read.ofCharacters);
});

test('a long document is read in slices that cover all of it', async () => {
  const text = `${filler.repeat(3000)}<the end9>`;
  const session = new Marked();
  const result = await askMany(session, { question: 'who?', documents: [ref('long', text)] });
  assert.ok(session.asked.length > 3);
  assert.equal(result.answers[0].start, text.length - '<the end9>'.length + 1);
  assert.equal(result.read.characters, text.length);
  const row = await extract(session, { questions: [{ name: 'q', question: 'who?' }], documents: [ref('long', text)] });
  assert.equal(row.rows[0].cells[0]?.text, 'the end');
});

test('bad documents are skipped with their reasons, and the others are read', async () => {
  const good = file('good.txt', '<good2>');
  const vanishing = file('vanishing.txt', '<gone3>');
  const binary = file('b.bin', Buffer.from([1, 0, 2]));
  const line = file('line.txt', `${'x'.repeat(1_000_000)} <in a line5>`);
  const shrinking = file('shrinking.txt', filler.repeat(2000));
  let first = true;
  const session = new Marked(0, () => {
    if (first) rmSync(vanishing.path);
    if (first) writeFileSync(shrinking.path, '<short1>');
    first = false;
  });
  const documents = [good, good, vanishing, shrinking, binary, { uri: 'file:///no/such/file' }, line];
  const result = await askMany(session, { question: 'who?', documents });
  assert.deepEqual(
    result.answers.map(({ text }) => text),
    ['in a line', 'good', 'short'],
  );
  assert.deepEqual(
    new Set(result.skipped.map(({ uri, reason }) => `${path.basename(uri)} ${reason}`)),
    new Set(['vanishing.txt unreadable', 'b.bin binary', 'file unreadable']),
  );
  assert.equal(result.read.ofDocuments, 3);
  assert.equal(result.read.documents, 3);
});

test('a document in a language that the model does not read is told of the whole run', async () => {
  const otherLanguage = { found: 'de', languages: ['en'] };
  class Polyglot extends Marked {
    override async answer(request: AskRequest): Promise<AskResult> {
      const result = await super.answer(request);
      return request.text.startsWith('Der') ? { ...result, otherLanguage } : result;
    }
  }
  const documents = [ref('a', 'The <king3>'), ref('b', 'Der Mieter zahlt.'), ref('c', 'The queen')];
  const result = await askMany(new Polyglot(), { question: 'who?', documents });
  assert.deepEqual(result.otherLanguage, otherLanguage);
  const english = await askMany(new Polyglot(), { question: 'who?', documents: [documents[0]!, documents[2]!] });
  assert.ok(!('otherLanguage' in english));
});

test('no documents: no answer', async () => {
  const result = await askMany(new Marked(), { question: 'who?', documents: [] });
  assert.equal(result.noAnswer.chosen, true);
  assert.deepEqual(result.answers, []);
  assert.deepEqual(result.read, { documents: 0, ofDocuments: 0, characters: 0, ofCharacters: 0, ranked: false });
  assert.equal(result.engine.name, 'cpu');
});

test('a cancel ends it at once, while reading and while indexing', async (t) => {
  const documents = Array.from({ length: 300 }, (_, i) => ref(`${i}`, filler.repeat(200)));
  const clock = clockOf(t);
  const asked = { question: 'what words?', documents };
  const reading = new AbortController();
  const session = new Marked(10, () => session.asked.length === 5 && reading.abort(), clock);
  const read = askMany(session, { ...asked, budgetSeconds: 0 }, reading.signal);
  await assert.rejects(read, { code: 'Cancelled' });
  assert.equal(session.asked.length, 5);

  const indexing = new AbortController();
  let indexed = 0;
  class Counting extends IndexCache {
    override set(...entry: Parameters<IndexCache['set']>): void {
      if (++indexed === 5) indexing.abort();
      super.set(...entry);
    }
  }
  const ranked = { ...asked, budgetSeconds: 1, rankAtOnce: true };
  const unread = new Marked(10, undefined, clock);
  await assert.rejects(askMany(unread, ranked, indexing.signal, undefined, new Counting()), { code: 'Cancelled' });
  assert.ok(indexed < 10, `${indexed}`);
  assert.equal(unread.asked.length, 0);
  await assert.rejects(askMany(new Marked(), { question: 'who?', documents }, AbortSignal.abort()), {
    code: 'Cancelled',
  });
});

test('extract: a row for each document, null where there is no answer, thresholds by question', async () => {
  const documents = [ref('a', '<one2> <two-1>'), ref('b', 'none'), ref('c', '<low-2>'), { uri: 'file:///no/such' }];
  const questions = [
    { name: 'strict', question: 'what?' },
    { name: 'lenient', question: 'what?', noAnswerThreshold: 3 },
  ];
  const rows: ExtractRow[] = [];
  const seen: number[][] = [];
  const result = await extract(new Marked(), { questions, documents }, undefined, ({ row, done, total }) => {
    rows.push(row);
    seen.push([done, total]);
  });
  assert.deepEqual(rows, result.rows);
  assert.deepEqual(seen, [
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  assert.deepEqual(
    result.rows.map(({ uri, cells }) => [uri, ...cells.map((cell) => cell?.text ?? null)]),
    [
      ['untitled:a', 'one', 'one'],
      ['untitled:b', null, null],
      ['untitled:c', null, 'low'],
    ],
  );
  assert.equal(result.skipped.length, 1);
  assert.equal(result.engine.name, 'cpu');
});
