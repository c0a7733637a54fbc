/** Words of the question near a place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RELEVANCE_REACH } from '../../../server/reader/calibration.js';
import { Relevance } from '../../../server/reader/relevance.js';
import { answersBelow, repetitionsOf } from '../../../server/reader/repetition.js';
import { WordIndex } from '../../../server/reader/word-index.js';
import { wordsOf } from '../../../server/text/stems.js';
import { plainView, ViewBuilder } from '../../../server/views/base/view-builder.js';
import { viewOf } from '../../../server/views/choose-view.js';
import fc from '../helpers/fast-check.js';

const near = async (text: string, question: string, ...places: number[]) =>
  new Relevance(await WordIndex.of(plainView(text)), question).proximityOf(Int32Array.from(places), 0, places.length);
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, expected ${expected}`);

describe('relevance', () => {
  it('falls with the distance to the nearest place of a word, on both sides, and is 0 beyond the reach', async () => {
    const text = `${'. '.repeat(500)}harbour${' .'.repeat(500)}`;
    const [before, at, after, far] = await near(text, 'harbour', 900, 1000, 1100, 1000 + RELEVANCE_REACH);
    close(at, 1);
    close(before, 1 - 100 / RELEVANCE_REACH);
    close(after, 1 - 100 / RELEVANCE_REACH);
    close(far, 0);
  });

  it('words with the same stem are the same, common words count only if there are no others', async () => {
    close((await near('The harbours', 'Which harbour is it?', 4))[0], 1);
    close((await near('who is it', 'who?', 0))[0], 1);
    close((await near('the', 'Is the harbour there?', 0))[0], 0);
  });

  it('a rare word counts more than a frequent one, and a missing word lowers the relevance', async () => {
    const text = `${'port '.repeat(1000)}licence ${'port '.repeat(1000)}`;
    const [common, rare] = await near(text, 'licence of the port', 100, 5000);
    assert.ok(rare > 0.99 && common < 0.2 && common > 0, `${rare} ${common}`);
    assert.ok((await near('harbour', 'harbour licence', 0))[0] < 0.6);
    close((await near('nothing of it', 'harbour licence', 0))[0], 0);
  });

  it('a word of a heading counts everywhere below it', async () => {
    const text = `${'x '.repeat(400)}\n\n## Harbour\n\n${'y '.repeat(600)}\n\n## Other\n\n${'z '.repeat(600)}`;
    const view = viewOf(`# All\n\n${text}`, { languageId: 'markdown' });
    const relevance = new Relevance(await WordIndex.of(view), 'harbour');
    const places = [view.text.lastIndexOf('y'), view.text.lastIndexOf('z')];
    const [below, beside] = relevance.proximityOf(Int32Array.from(places), 0, 2);
    close(below, 1);
    close(beside, 0);
  });

  it('finds words that the document joins or abbreviates, but no common words', async () => {
    const text = `maxRetries 5${' .'.repeat(500)}eol 2030${' .'.repeat(500)}are`;
    const [joined, far] = await near(text, 'max retries', 0, 700);
    close(joined, 1);
    close(far, 0);
    const [initials] = await near(text, 'end of life', text.indexOf('eol'));
    close(initials, 1);
    // "are" is not an abbreviation, nor "at the" a word.
    close((await near(text, 'annual rate effect', text.length - 3))[0], 0);
  });

  it('a word that links a record and its field counts only where the document has it', async () => {
    const log = (message: string) => `May  1 10:00:00 edge1 nginx[1]: ${message}\n`.repeat(3);
    for (const [message, expected] of [
      ['pool-7 is up', 1],
      ['pool-7 is up; pool-9 answered', 1],
    ] as const) {
      const view = viewOf(log(message), { fileName: 'a.log' });
      const relevance = new Relevance(await WordIndex.of(view), 'Which host answered for pool-7?', view);
      close(relevance.proximityOf(Int32Array.of(view.text.indexOf('edge1')), 0, 1)[0], expected);
    }
    const two = `${log('pool-7 is up')}May  1 10:00:01 edge2 nginx[1]: pool-9 answered\n`;
    const view = viewOf(two, { fileName: 'a.log' });
    const relevance = new Relevance(await WordIndex.of(view), 'Which host answered for pool-7?', view);
    assert.ok(relevance.proximityOf(Int32Array.of(view.text.indexOf('edge1')), 0, 1)[0] < 1);
  });

  it('who asks the question in a conversation does not answer it', async () => {
    const chat = [
      '[12:01] <petra> Who brings the old projector?',
      '[12:02] <oskar> I bring the old projector',
      '[12:03] <lin> ok',
    ];
    const text = chat.join('\n');
    const view = viewOf(text, { fileName: 'chat.txt' });
    const relevance = new Relevance(await WordIndex.of(view), 'Who brings the old projector?', view);
    const places = ['petra', 'oskar'].map((name) => view.text.indexOf(name));
    const [asks, answers] = relevance.proximityOf(Int32Array.from(places), 0, 2);
    assert.equal(asks, Number.NEGATIVE_INFINITY);
    assert.ok(answers > 0.5);
  });

  describe('where the document repeats the question', () => {
    const question = 'Who built the old harbour of Ostia?';
    const repeated = async (text: string, asked = question) => {
      const found = repetitionsOf(await WordIndex.of(plainView(text)), asked);
      return found.flatMap((at, i) => (i % 2 === 0 ? [text.slice(at, found[i + 1])] : []));
    };

    it('is found in any list, quotation or test, if complete, whatever its case, forms and marks', async () => {
      for (const text of [
        'Issues:\n- WHO built the old harbours of Ostia\n- Who else?',
        "test('who built the old harbour, of Ostia?', () => {})",
        'Does anybody know who built the *old* harbour of Ostia? Thanks.',
        'Who built that old harbour of Ostia',
      ]) {
        const [found, ...more] = await repeated(text);
        assert.match(found, /^who built th\w+ \*?old\*? harbours?,? of Ostia$/i);
        assert.deepEqual(more, []);
      }
      assert.equal((await repeated(`${question} ${question}\n${question}`)).length, 3);
    });

    it('is not text that answers it, has its words in another order, or has fewer of them', async () => {
      for (const text of [
        'Claudius built the old harbour of Ostia.',
        'Ostia has an old harbour; who built it is not known.',
        'who built the old',
        'built the old harbour of Ostia',
        '',
      ]) {
        assert.deepEqual(await repeated(text), [], text);
      }
      assert.deepEqual(await repeated('and who built it: Claudius', 'Who built it?'), []);
      assert.deepEqual(await repeated('Nero said: does it float? It does', 'Does it float'), []);
    });

    it('there is no answer, and its words count nothing next to it; elsewhere they do', async () => {
      const text = `${question} Nobody knows. ${'x '.repeat(600)} Claudius built it: the old harbour of Ostia.`;
      const places = ['Who', 'built', 'Ostia', 'Nobody', 'Claudius'].map((word) => text.indexOf(word));
      const [who, built, ostia, beside, answer] = await near(text, question, ...places);
      assert.deepEqual([who, built, ostia], Array(3).fill(Number.NEGATIVE_INFINITY));
      close(beside, 0);
      assert.ok(answer > 0.8, `${answer}`);
    });

    it('a heading that is the question still counts for the text below it', async () => {
      const view = viewOf(`# FAQ\n\n## ${question}\n\nIt was Claudius.\n`, { languageId: 'markdown' });
      const relevance = new Relevance(await WordIndex.of(view), question);
      const [heading, below] = relevance.proximityOf(
        Int32Array.from([view.text.indexOf('Who'), view.text.indexOf('Claudius')]),
        0,
        2,
      );
      assert.equal(heading, Number.NEGATIVE_INFINITY);
      assert.ok(below > 0.9, `${below}`);
    });

    it('in a list of frequent questions, the text below or after the line answers it, as below a heading', async () => {
      const faq = (...between: string[]) =>
        `Old title of the harbour\n\n${between[0]}${question}${between[1]}It was Claudius.\n\nWhen was it built?\nIn the year 42.\n`;
      for (const text of [faq('', '\n'), faq('3. ', '\n\n'), faq('Q: ', ' A: ')]) {
        const view = viewOf(text, { fileName: 'faq.txt' });
        const relevance = new Relevance(await WordIndex.of(view), question);
        const places = ['Old title', 'Claudius', 'In the year'].map((word) => view.text.indexOf(word));
        const [title, below, other] = relevance.proximityOf(Int32Array.from(places), 0, 3);
        close(below, 1);
        assert.ok(title < 0.5 && other < 0.5, `${title} ${other}`);
      }
    });

    it('another question below it is not an answer, nor is the rest of a sentence that it is part of', async () => {
      const asked = async (text: string) =>
        answersBelow(text, repetitionsOf(await WordIndex.of(plainView(text)), question));
      assert.deepEqual(await asked(`${question}\nWhen was it built?\nWhy?\n`), []);
      assert.deepEqual(await asked(`test('${question}', () => ask());\n`), []);
      assert.deepEqual(await asked(`He asked me: ${question} Nobody knows.\n`), []);
    });

    it('equals the result of a slow search, in any text', async () => {
      const word = fc.constantFrom('who', 'built', 'the', 'old', 'harbour', 'of', 'ostia', 'x', '.', '\n');
      const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(' '));
      await fc.assert(
        fc.asyncProperty(text, async (some) => {
          const words = wordsOf(some);
          const asked = wordsOf(question);
          const at = words.findIndex(
            (_, i) =>
              words[i] === 'who' && asked.filter((each, k) => words[i + k] === each).length >= 0.8 * asked.length,
          );
          const found = await repeated(some);
          assert.equal(found.length > 0, at >= 0);
          if (at >= 0) assert.equal(wordsOf(found[0])[0], 'who');
        }),
      );
    });
  });

  it('the index of an edited text equals that of the text indexed from scratch', async () => {
    const word = fc.constantFrom('harbour', 'Licences', 'x', '東京', 'é', '\n', ' ', '  ', 'a.b', '# T');
    const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(' '));
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (head, old, now, tail) => {
        const viewNow = plainView(`${head} ${now}${tail}`);
        const edited = await WordIndex.of(viewNow, await WordIndex.of(plainView(`${head} ${old}${tail}`)));
        const alone = await WordIndex.of(viewNow);
        assert.deepEqual(edited.words, alone.words);
      }),
    );
  });

  it('can be cancelled', async () => {
    const signal = AbortSignal.abort();
    const view = new ViewBuilder('w '.repeat(60_000)).block('paragraph', []).copy(0, 120_000).build();
    await assert.rejects(WordIndex.of(view, undefined, signal), { code: 'Cancelled' });
  });
});
