/** Documents between questions: pieces are made once, and after an edit only of what changed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DocumentCache, type DocumentSource } from '../../../server/reader/document.js';
import { Reader } from '../../../server/reader/reader.js';
import { changedStretch } from '../../../server/text/changed-stretch.js';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import { retokenize } from '../../../server/tokenizer/retokenize.js';
import { Tokenizer } from '../../../server/tokenizer/tokenizer.js';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { plainView } from '../../../server/views/base/view-builder.js';
import { config, engineOf, favouring, tokenizer, vocabulary } from '../helpers/fake-engine.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';

const prose = 'the king built a city on the river in 1234 . what was red ?\n';
const plain = (p: Pieces) => [p.length, [...p.ids], [...p.starts], [...p.ends], [...p.wordStarts]];

/** Units of a long document. */
const SIZE = rounds(300_000, 1_000_000);

/** Counts the units that are tokenised. */
class CountingTokenizer extends Tokenizer {
  units = 0;
  override encodeAsync(text: string, start = 0, end = text.length, ...rest: [AbortSignal?]): Promise<Pieces> {
    this.units += end - start;
    return super.encodeAsync(text, start, end, ...rest);
  }
}
const counting = () => new CountingTokenizer(vocabulary, config.tokenizer);

const read = async (cache: DocumentCache, source: DocumentSource) => {
  const document = cache.open(source);
  const passage = await document.passage({ start: 0, end: source.text.length });
  cache.trim(document);
  return { document, passage };
};

/** Windows and batches as of the embedded model: the tiny one's are so short that there would be thirty times as many. */
function readerOf(pieces: Tokenizer): Reader {
  const engine = { ...engineOf(favouring('red')), batchPieces: 32 * 384 };
  return new Reader({ ...config, maxSequenceLength: 384, docStride: 128 }, vocabulary, pieces, engine);
}

describe('tokenising after an edit', () => {
  const characters = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'the', 'king', ' ', ' ', '\n', '\r\n', '.', '\t') },
    // Marks that stay, joiners, what is removed, other kinds of space, halves of pairs.
    fc.constantFrom(
      '\u0301',
      '\u1b44',
      '\u0f71',
      '\u200d',
      '\u0000',
      '\u00a0',
      '\u2028',
      '\ud83d',
      '\udc69',
      '\u3000',
      '\v',
      '\u00ad',
    ),
    fc.constantFrom('é', '中', '각', 'İ', '👩‍🚀', '\u{1d15e}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const text = fc.array(characters, { maxLength: 60 }).map((parts) => parts.join(''));

  it('gives the same pieces as tokenising all of it', async () => {
    const edit = fc.tuple(text, text, text, text);
    await fc.assert(
      fc.asyncProperty(edit, async ([before, old, now, after]) => {
        const older = before + old + after;
        const newer = before + now + after;
        const pieces = await retokenize(tokenizer, newer, { text: older, pieces: tokenizer.encode(older) });
        assert.deepEqual(plain(pieces), plain(tokenizer.encode(newer)));
      }),
      { numRuns: rounds(500, 15000) },
    );
  });

  it('is limited to the words next to the edit', () => {
    const long = prose.repeat(2000);
    const at = Math.floor(long.length / 2 / prose.length) * prose.length + 6;
    const edited = `${long.slice(0, at)}x${long.slice(at)}`;
    const { from, to } = changedStretch(long, edited);
    assert.equal(edited.slice(from, to), 'kixng ');
    assert.deepEqual(changedStretch(long, long), { from: long.lastIndexOf('?'), to: long.length });
    const russian = 'король построил город ';
    const { from: first, to: last } = changedStretch(russian.repeat(9), russian.repeat(4) + russian.repeat(5).slice(1));
    assert.ok(last - first < 30, 'words of other scripts');
    const grown = changedStretch(long, long + prose);
    assert.ok(grown.to - grown.from < 3 * prose.length);
  });
});

describe('documents kept', () => {
  it('the same text is neither viewed nor tokenised again', async () => {
    const counted = counting();
    let views = 0;
    const cache = new DocumentCache(counted, undefined, (text) => {
      views++;
      return plainView(text);
    });
    const text = prose.repeat(100);
    const first = await read(cache, { text, key: 'a' });
    const again = await read(cache, { text: Buffer.from(text).toString(), key: 'a' });
    assert.equal(again.document, first.document);
    assert.equal(again.passage, first.passage);
    assert.deepEqual([counted.units, views], [text.length, 1]);
  });

  it('after an edit little is tokenised, and the pieces are those of the new text', async () => {
    const counted = counting();
    const cache = new DocumentCache(counted);
    let text = prose.repeat(2000);
    await read(cache, { text, key: 'a' });
    for (const at of [60_000, 200, text.length - 3]) {
      counted.units = 0;
      text = `${text.slice(0, at)}x${text.slice(at)}`;
      const { passage } = await read(cache, { text, key: 'a' });
      assert.ok(counted.units < 100, `${counted.units} units`);
      assert.deepEqual(plain(passage.pieces), plain(tokenizer.encode(text)));
    }
  });

  it('a question about a selection between two edits loses nothing', async () => {
    const counted = counting();
    const cache = new DocumentCache(counted);
    const text = prose.repeat(2000);
    await read(cache, { text, key: 'a' });
    counted.units = 0;
    const edited = `red ${text}`;
    const part = await cache.open({ text: edited, key: 'a' }).passage({ start: 4, end: 12 });
    assert.deepEqual(plain(part.pieces), plain(tokenizer.encode(edited, 4, 12)));
    const { passage } = await read(cache, { text: `green ${edited}`, key: 'a' });
    assert.ok(counted.units < 200, `${counted.units} units`);
    assert.deepEqual(plain(passage.pieces), plain(tokenizer.encode(`green ${edited}`)));
  });

  it('another language, name or key, or raw reading, makes another document', async () => {
    const made: ReadingView[] = [];
    const cache = new DocumentCache(tokenizer, undefined, (text) => {
      made.push(plainView(text));
      return made[made.length - 1];
    });
    const source = { text: prose, key: 'a', languageId: 'markdown', fileName: 'a.md' };
    const first = cache.open(source);
    for (const other of [{ languageId: 'html' }, { fileName: 'b' }, { raw: true }, { key: 'b' }, { key: undefined }]) {
      assert.notEqual(cache.open({ ...source, ...other }), first);
    }
    assert.equal(made.length, 5);
  });

  it('the least recently used is dropped first, and the bytes stay within the limit', async () => {
    const text = (key: string) => `${key} ${prose.repeat(50)}`;
    const one = (await read(new DocumentCache(tokenizer), { text: text('a') })).document.bytes;
    assert.ok(one > 2 * text('a').length);
    const cache = new DocumentCache(tokenizer, 3.5 * one);
    const open = async (key: string) => (await read(cache, { text: text(key), key })).document;
    const first = await open('a');
    const second = await open('b');
    await open('c');
    assert.equal(await open('a'), first);
    await open('d');
    assert.equal(await open('a'), first);
    assert.notEqual(await open('b'), second);
    for (let i = 0; i < 100; i++) {
      await open(String(i));
      assert.ok(cache.bytes <= 3.5 * one && cache.bytes > 0);
    }
    await read(cache, { text: prose.repeat(1000), key: 'large' });
    assert.equal(cache.bytes, 0, 'one above the bound is not kept, and nothing is counted that is not there');
  });

  it('a cancel while tokenising leaves a document that can be read the next time', async () => {
    const cache = new DocumentCache(tokenizer);
    const text = prose.repeat(10_000);
    const controller = new AbortController();
    const reading = cache
      .open({ text, key: 'a' })
      .passage({ start: 0, end: text.length }, controller.signal, () => controller.abort());
    await assert.rejects(reading, { code: 'Cancelled' });
    const { passage } = await read(cache, { text, key: 'a' });
    assert.equal(passage.pieces.length, tokenizer.encode(text).length);
  });

  it('a second question on a long document tokenises nothing, and one after an edit only the changed part', async () => {
    const pieces = counting();
    const reader = readerOf(pieces);
    let text = prose.repeat(Math.ceil(SIZE / prose.length));
    const tokenized = async () => {
      const before = pieces.units;
      const question = 'what was red?';
      await reader.answer({ text: Buffer.from(text).toString(), question, key: 'a' });
      return pieces.units - before - question.length;
    };
    assert.ok((await tokenized()) > 0.9 * text.length);
    assert.equal(await tokenized(), 0);
    for (let i = 0; i < 3; i++) {
      text = `${text.slice(0, SIZE / 2)}x${text.slice(SIZE / 2)}`;
      const units = await tokenized();
      assert.ok(units > 0 && units < text.length / 100, `${units}`);
    }
  });

  it('a second question on a long Markdown document tokenises nothing', async () => {
    const pieces = counting();
    const reader = readerOf(pieces);
    const part = `## Part of the king\n\n${'The **king** built a [city](x) on the river; '.repeat(6)}\n\n- it was \`red\`\n\n`;
    let text = part.repeat(Math.ceil(SIZE / part.length));
    const tokenized = async (question: string) => {
      const given = { text: Buffer.from(text).toString(), languageId: 'markdown', key: 'a' };
      const before = pieces.units;
      const { answers } = await reader.answer({ ...given, question });
      assert.equal(answers[0].text, 'red');
      return pieces.units - before - question.length;
    };
    const all = await tokenized('What was red?');
    assert.ok(all > text.length / 2);
    for (const question of ['Which city did the king build?', 'What was red?', 'Where is the river?']) {
      assert.equal(await tokenized(question), 0);
    }
    for (let i = 0; i < 3; i++) {
      text = `${text.slice(0, SIZE / 2)}x${text.slice(SIZE / 2)}`;
      const units = await tokenized('Which city did the king build?');
      assert.ok(units > 0 && units < all / 100, `${units} of ${all}`);
    }
  });
});
