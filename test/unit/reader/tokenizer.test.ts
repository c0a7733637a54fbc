import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { AskBertError } from '../../../server/errors.js';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import { Tokenizer } from '../../../server/tokenizer/tokenizer.js';
import type { TokenizerOptions } from '../../../server/tokenizer/unicode/characters.js';
import { Vocabulary } from '../../../server/tokenizer/vocabulary.js';

/** Made by test/fixtures/make-tokenizer-fixtures.py, which says what is in it. */
interface Fixture {
  vocabularies: Record<string, string>;
  hard: string[];
  random: string[];
  sets: { name: string; vocabulary: string; options: TokenizerOptions; hard: number[][]; random: number[] }[];
}
const fixture = JSON.parse(
  gunzipSync(readFileSync(path.join(process.cwd(), 'test/fixtures/tokenizer.json.gz'))).toString('utf8'),
) as Fixture;

const UNCASED: TokenizerOptions = { lowerCase: true, stripAccents: null, chineseChars: true };
const vocabulary = Vocabulary.parse(fixture.vocabularies.uncased);
const uncased = new Tokenizer(vocabulary, UNCASED);

const golden = (pieces: Pieces): number[] =>
  Array.from(pieces.ids).flatMap((id, i) => [
    id,
    pieces.wordStarts[i] === 1 ? ~pieces.starts[i] : pieces.starts[i],
    pieces.ends[i],
  ]);

function digest(numbers: number[]): number {
  let hash = 0x811c9dc5;
  for (const n of numbers) {
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((n >> shift) & 255), 0x01000193);
  }
  return hash >>> 0;
}

/** Each piece with the text that it covers. */
const shown = (pieces: Pieces, text: string): string[] =>
  Array.from(pieces.ids, (id, i) => `${vocabulary.pieceOf(id)}=${text.slice(pieces.starts[i], pieces.ends[i])}`);
const shownOf = (text: string): string[] => shown(uncased.encode(text), text);

describe('Tokenizer equals Hugging Face', () => {
  for (const set of fixture.sets) {
    const tokenizer = new Tokenizer(Vocabulary.parse(fixture.vocabularies[set.vocabulary]), set.options);
    it(`on hard cases: ${set.name}`, () => {
      for (const [i, text] of fixture.hard.entries()) {
        assert.deepEqual(golden(tokenizer.encode(text)), set.hard[i], JSON.stringify(text));
      }
    });
    it(`on ${fixture.random.length} random strings: ${set.name}`, () => {
      for (const [i, text] of fixture.random.entries()) {
        const pieces = golden(tokenizer.encode(text));
        assert.equal(digest(pieces), set.random[i], `${JSON.stringify(text)} gives ${pieces}`);
      }
    });
  }
});

describe('Tokenizer', () => {
  it('gives offsets into the original text', () => {
    assert.deepEqual(shownOf('CAFÉ!'), ['c=C', '##a=A', '##f=F', '##e=É', '!=!']);
    // The accent after the last letter belongs to no piece; one within a word lies between two.
    assert.deepEqual(shownOf('e\u0301e\u0301'), ['e=e', '##e=e']);
    assert.deepEqual(shownOf('한'), ['ᄒ=한', '##ᅡ=한', '##ᆫ=한']);
    assert.deepEqual(shownOf('a𝒜\u00adb'), ['a=a', '##𝒜=𝒜', '##b=b']);
    assert.deepEqual(shownOf('İ'), ['i=İ']);
    assert.deepEqual(shownOf('(«a»)'), ['(=(', '«=«', 'a=a', '»=»', ')=)']);
  });

  it('reads special pieces in a text as plain text', () => {
    const special = [vocabulary.clsId, vocabulary.sepId, vocabulary.padId, vocabulary.idOf('[MASK]')];
    const { ids } = uncased.encode('[CLS] a [SEP] b [PAD][MASK] [sep]');
    assert.ok(Array.from(ids).every((id) => !special.includes(id)));
    assert.equal(shownOf('[SEP]')[0], '[=[');
  });

  it('gives one unknown piece for a word that has no pieces, and for one above 100 code points', () => {
    assert.deepEqual(shownOf('a \u{12345}b c'), ['a=a', '[UNK]=\u{12345}b', 'c=c']);
    assert.equal(uncased.encode('b'.repeat(100)).ids.includes(vocabulary.unkId), false);
    const long = uncased.encode(`a ${'b'.repeat(101)}.`);
    assert.deepEqual([long.ids[1], long.starts[1], long.ends[1], long.wordStarts[1]], [vocabulary.unkId, 2, 103, 1]);
  });

  it('removes lone surrogates like other characters of category C', () => {
    assert.deepEqual(shownOf('a\ud800b')[0].at(-1), shownOf('a\u0001b')[0].at(-1));
    for (const lone of ['\ud800', '\udbff', '\udc00', '\udfff', '\udc00\ud800', '\ud800\ud800']) {
      const stand = '\u0001'.repeat(lone.length);
      for (const frame of ['', 'a', ' ', '中', 'e\u0301', '𝒜', '\u1b44']) {
        const text = frame + lone + frame;
        assert.deepEqual(
          golden(uncased.encode(text)),
          golden(uncased.encode(frame + stand + frame)),
          JSON.stringify(text),
        );
      }
    }
  });

  it('tokenises a part as if it were a text', () => {
    const text = 'abc \u{1d15e}\u1b44\u0323 한국 👍 x中y';
    for (let start = 0; start <= text.length; start++) {
      for (let end = start; end <= text.length; end++) {
        const part = uncased.encode(text, start, end);
        const alone = uncased.encode(text.slice(start, end));
        assert.deepEqual(part.ids, alone.ids);
        assert.deepEqual(
          part.starts,
          alone.starts.map((n) => n + start),
        );
        assert.deepEqual(
          part.ends,
          alone.ends.map((n) => n + start),
        );
        assert.deepEqual(part.wordStarts, alone.wordStarts);
      }
    }
    for (const [start, end] of [
      [-1, 2],
      [2, 1],
      [0, text.length + 1],
      [Number.NaN, 2],
    ]) {
      assert.throws(() => uncased.encode(text, start, end), RangeError);
    }
  });

  it('gives arrays of exactly the right length', () => {
    for (const text of ['', 'a', '. '.repeat(100000), 'b'.repeat(100)]) {
      const pieces = uncased.encode(text);
      for (const array of [pieces.ids, pieces.starts, pieces.ends, pieces.wordStarts]) {
        assert.equal(array.length, pieces.length);
      }
    }
  });
});

describe('Tokenizer.encodeAsync', () => {
  const long = Array.from({ length: 25000 }, (_, i) => fixture.random[(i * 37) % fixture.random.length]).join(' ');

  it('gives the same as encode, wherever the chunks end', async () => {
    const monotone = { spaces: 'the cat, '.repeat(40000), 'one word': 'x'.repeat(400001), points: '.'.repeat(300001) };
    const mixed = { long, pairs: `a${'𝒜'.repeat(200000)}`, marks: `a${'\u1b44\u0323'.repeat(70000)} b` };
    for (const [name, text] of Object.entries({ ...monotone, ...mixed })) {
      assert.ok(text.length > 128 * 1024);
      assert.deepEqual(await uncased.encodeAsync(text), uncased.encode(text), name);
      assert.deepEqual(
        await uncased.encodeAsync(text, 5, text.length - 3),
        uncased.encode(text, 5, text.length - 3),
        name,
      );
    }
  });

  it('reports progress in units, ending with all of them', async () => {
    const calls: [number, number][] = [];
    await uncased.encodeAsync(long, 10, long.length, undefined, (done, total) => calls.push([done, total]));
    assert.ok(calls.length > 1);
    assert.deepEqual(calls.at(-1), [long.length - 10, long.length - 10]);
    for (let i = 1; i < calls.length; i++) assert.ok(calls[i][0] > calls[i - 1][0]);
  });

  it('stops when the signal is aborted, before and between chunks', async () => {
    const isCancelled = (error: unknown): boolean => error instanceof AskBertError && error.code === 'Cancelled';
    await assert.rejects(uncased.encodeAsync('a', 0, 1, AbortSignal.abort()), isCancelled);
    const controller = new AbortController();
    let chunks = 0;
    const run = uncased.encodeAsync(long, 0, long.length, controller.signal, () => {
      chunks++;
      controller.abort();
    });
    await assert.rejects(run, isCancelled);
    assert.equal(chunks, 1);
  });

  it('lets the event loop run between chunks', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await uncased.encodeAsync('the cat sat. '.repeat(200000));
    clearInterval(timer);
    assert.ok(turns > 0);
  });
});
