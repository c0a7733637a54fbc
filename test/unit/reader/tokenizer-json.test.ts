/** Tokenisers that tokenizer.json describes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { AskBertError } from '../../../server/errors.js';
import { Charsmap } from '../../../server/tokenizer/charsmap.js';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import { byteLevelFromFiles } from '../../../server/tokenizer/read-byte-level.js';
import { tokenizerFromJson } from '../../../server/tokenizer/read-tokenizer.js';
import { retokenize } from '../../../server/tokenizer/retokenize.js';
import type { Json } from '../../../server/tokenizer/tokenizer-json.js';
import { assertGrowsInProportion } from '../helpers/growth.js';

/** Made by test/fixtures/make-tokenizer-json-fixtures.py, which says what is in it. */
interface Fixture {
  hard: string[];
  random: string[];
  sets: { name: string; json: Json; hard: (number[] | null)[]; random: (number | null)[] }[];
}
const fixture = JSON.parse(
  gunzipSync(readFileSync('test/fixtures/tokenizer-json.json.gz')).toString('utf8'),
) as Fixture;
const sourceOf = (name: string): Json => structuredClone(fixture.sets.find((set) => set.name === name)!.json);

/** Too deep for JSON.stringify and for String. */
const NESTED = Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], 1);

const golden = ({ ids, starts, ends, wordStarts }: Pieces): number[] =>
  Array.from(ids).flatMap((id, i) => [id, wordStarts[i] === 1 ? ~starts[i] : starts[i], ends[i]]);
/** Without word starts, which are finer in a Unigram tokeniser than in Hugging Face's. */
const placed = (numbers: number[]): number[] => numbers.map((n) => (n < 0 ? ~n : n));

function digest(numbers: number[]): number {
  let hash = 0x811c9dc5;
  for (const n of numbers) {
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((n >> shift) & 255), 0x01000193);
  }
  return hash >>> 0;
}

for (const set of fixture.sets) {
  describe(`${set.name}, as Hugging Face has it`, () => {
    const tokenizer = tokenizerFromJson('tokenizer.json', set.json);
    const isUnigram = set.name.startsWith('unigram');
    const found = (text: string): number[] => {
      const pieces = golden(tokenizer.encode(text));
      return isUnigram ? placed(pieces) : pieces;
    };

    it('gives the same pieces of hard cases', () => {
      for (const [i, text] of fixture.hard.entries()) {
        const expected = set.hard[i];
        if (expected !== null)
          assert.deepEqual(found(text), isUnigram ? placed(expected) : expected, JSON.stringify(text));
      }
      assert.ok(set.hard.filter((each) => each === null).length < 5);
    });

    it('gives the same pieces of random strings', () => {
      for (const [i, text] of fixture.random.entries()) {
        if (set.random[i] !== null) assert.equal(digest(found(text)), set.random[i], JSON.stringify(text));
      }
      assert.ok(set.random.filter((each) => each === null).length < 100);
    });

    it('gives the same pieces in chunks, and of a text after an edit', async () => {
      const words = fixture.hard.filter((text) => text.length < 200);
      const old = words.join(' x ');
      const long = Array<string>(Math.ceil(140_000 / old.length))
        .fill(old)
        .join('\n');
      assert.deepEqual(golden(await tokenizer.encodeAsync(long)), golden(tokenizer.encode(long)));
      for (const at of [0, 7, Math.floor(old.length / 2), old.length]) {
        for (const now of ['', ' ', 'x', ' new words ', '\n', '😀']) {
          const text = old.slice(0, at) + now + old.slice(at + 2);
          const again = await retokenize(tokenizer, text, { text: old, pieces: tokenizer.encode(old) });
          assert.deepEqual(golden(again), golden(tokenizer.encode(text)), JSON.stringify([at, now]));
        }
      }
    });

    it('reads lone surrogates, and a part as if it were the whole', () => {
      const text = 'a \ud83d b\ude00 ';
      const pieces = tokenizer.encode(text);
      for (let i = 0; i < pieces.length; i++)
        assert.ok(pieces.starts[i] <= pieces.ends[i] && pieces.ends[i] <= text.length);
      const part = tokenizer.encode('one two three', 4, 7);
      assert.deepEqual([...part.ids], [...tokenizer.encode('two').ids]);
      assert.deepEqual(
        [...part.starts],
        [...tokenizer.encode('two').starts].map((start) => start + 4),
      );
      assert.throws(() => tokenizer.encode('abc', 2, 4), RangeError);
    });

    it('takes time in proportion to the text: many words, one word, one character', () => {
      for (const part of ['the king built ', 'abcde', 'a', ' ', '中']) {
        assertGrowsInProportion(JSON.stringify(part), 400_000, (size) => {
          tokenizer.encode(part.repeat(Math.ceil(size / part.length)));
        });
      }
    });
  });
}

describe('the byte-level tokeniser', () => {
  it('is the same from vocab.json and merges.txt, whatever their line ends', () => {
    const json = sourceOf('byte-level');
    const { vocab, merges } = json.model as { vocab: Json; merges: [string, string][] };
    for (const end of ['\n', '\r\n']) {
      const lines = ['#version: 0.2', ...merges.map((pair) => pair.join(' ')), ''].join(end);
      const tokenizer = byteLevelFromFiles(
        { file: 'vocab.json', json: vocab },
        { file: 'merges.txt', text: lines },
        false,
      );
      for (const text of fixture.hard) {
        assert.deepEqual(golden(tokenizer.encode(text)), golden(tokenizerFromJson('t', json).encode(text)));
      }
    }
  });

  it('knows whole words, also with letters of several bytes', () => {
    const { vocabulary } = tokenizerFromJson('tokenizer.json', sourceOf('byte-level'));
    const id = vocabulary.idOfWord('king')!;
    assert.equal(vocabulary.wordOf(id), 'king');
    const { vocab } = sourceOf('byte-level').model as { vocab: Record<string, number> };
    assert.equal(id, vocab.Ġking);
    assert.equal(vocabulary.wordOf(vocab.he), undefined);
    assert.equal(vocabulary.idOfWord('unheardof'), undefined);
  });

  it('remembers words, but not the documents that they are in', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const tokenizer = tokenizerFromJson('tokenizer.json', sourceOf('byte-level'));
    tokenizer.encode('warm');
    collect();
    // Large strings are outside of the heap.
    const used = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
    const before = used();
    const bytes = Buffer.alloc(1 << 21, ' ');
    for (let length = 15; length < 40; length++) {
      const text = bytes.fill('a', 0, length).toString('latin1');
      tokenizer.encode(text, 0, length);
    }
    collect();
    const kept = used() - before;
    assert.ok(kept < 10 * 2 ** 20, `${kept} bytes`);
  });
});

describe('the Unigram tokeniser', () => {
  const { vocabulary, ...tokenizer } = { ...whole(), vocabulary: whole().vocabulary };
  function whole() {
    const made = tokenizerFromJson('tokenizer.json', sourceOf('unigram'));
    return { vocabulary: made.vocabulary, encode: made.encode.bind(made) };
  }
  const wordsOf = (text: string): string[] => {
    const { starts, ends, wordStarts, length } = tokenizer.encode(text);
    const words: [number, number][] = [];
    for (let i = 0; i < length; i++) {
      if (wordStarts[i] === 1) words.push([starts[i], ends[i]]);
      else words.at(-1)![1] = ends[i];
    }
    return words.map(([start, end]) => text.slice(start, end));
  };

  it('begins words at punctuation, and at every piece of a script without spaces', () => {
    assert.deepEqual(wordsOf('(the king, 1931)'), ['(', 'the', 'king', ',', '1931', ')']);
    assert.deepEqual(wordsOf('Brückenbau ist schön.'), ['Brückenbau', 'ist', 'schön', '.']);
    assert.ok(wordsOf('東京は日本の首都').length > 1);
  });

  it('reads special pieces in a text as plain text', () => {
    const { ids } = tokenizer.encode('a <s> b </s> <pad> <mask>');
    for (const id of ids) assert.ok(![vocabulary.clsId, vocabulary.sepId, vocabulary.padId].includes(id));
  });

  it('has the offsets of the text also if what it begins with is removed', () => {
    const text = '\u0001the king';
    const { starts, ends, length } = tokenizer.encode(text);
    assert.equal(text.slice(starts[length - 1], ends[length - 1]), text.slice(starts[length - 1]));
    assert.equal(ends[length - 1], text.length);
  });

  it('refuses another normaliser, splitting or byte pieces by their names', () => {
    const refusedFor = (change: (json: { [key: string]: unknown; model: Json }) => void, pattern: RegExp) => {
      const json = sourceOf('unigram') as { [key: string]: unknown; model: Json };
      change(json);
      assert.throws(() => tokenizerFromJson('tokenizer.json', json), pattern);
    };
    refusedFor((json) => (json.normalizer = { type: 'Lowercase' }), /normalizer\.type.*"Lowercase".*"Precompiled"/);
    refusedFor(
      (json) => (json.normalizer = { type: 'Precompiled', precompiled_charsmap: 'AAAA' }),
      /normaliser.*damaged/,
    );
    refusedFor((json) => (json.pre_tokenizer = { type: 'Metaspace' }), /pre_tokenizer.*Metaspace.*WhitespaceSplit/);
    refusedFor((json) => (json.model.byte_fallback = true), /byte_fallback/);
    refusedFor((json) => (json.model.unk_id = null), /unk_id/);
    refusedFor((json) => (json.model.vocab = [['a']]), /vocab\[0\].*a piece and its score/);
    refusedFor(
      (json) => (json.model.vocab as unknown[]).splice(5, 0, ['a'.repeat(257), -9]),
      /"model\.vocab\[5\]" is \["a{78}…, expected a piece of at most 256 characters/,
    );
    const spoilt = (nested: unknown) => [{ type: 'WhitespaceSplit' }, { type: nested }];
    for (const nested of [NESTED, { toString: 1 }]) {
      refusedFor(
        (json) => (json.pre_tokenizer = { type: 'Sequence', pretokenizers: spoilt(nested) }),
        /"pre_tokenizer" is /,
      );
    }
  });

  it('takes no replacement that has no end', () => {
    // A trie with the one key "a", whose replacement is at the beginning of the list.
    const of = (replacements: Buffer) => {
      const units = Buffer.alloc(4 + 4 * 256);
      units.writeUInt32LE(4 * 256);
      units.writeUInt32LE((0x80 << 10) | 0x100 | 0x61, 4 + 4 * 0x61);
      units.writeUInt32LE(0x80000000, 4 + 4 * (0x61 ^ 0x80));
      return new Charsmap('tokenizer.json', Buffer.concat([units, replacements]).toString('base64')).of('a');
    };
    assert.equal(of(Buffer.from('xyz\0')), 'xyz');
    assert.equal(of(Buffer.from('xyz')), 'xyz');
    assert.equal(of(Buffer.from(`${'x'.repeat(256)}\0`)), 'x'.repeat(256));
    assert.equal(of(Buffer.alloc(1 << 20, 'x')), undefined);
  });
});

describe('a tokenizer.json that cannot be read', () => {
  // biome-ignore lint/suspicious/noExplicitAny: it is spoilt.
  type Change = (json: any) => void;
  const refused = (remedy: RegExp, change: Change, ...words: string[]) => {
    const json = sourceOf('byte-level');
    change(json);
    assert.throws(
      () => tokenizerFromJson('tokenizer.json', json),
      (e) => {
        assert.ok(e instanceof AskBertError && e.code === 'ModelInvalid', String(e));
        assert.match(e.remedy!, remedy);
        for (const word of ['tokenizer.json', ...words]) assert.ok(e.message.includes(word), `${word}: ${e.message}`);
        return true;
      },
    );
  };
  const unsupported = (change: Change, ...words: string[]) => refused(/Choose another model/, change, ...words);
  const damaged = (change: Change, ...words: string[]) => refused(/^Get the tokenizer's files again/, change, ...words);

  it('is refused by the name of what is not supported, with what is', () => {
    unsupported((json) => (json.model.type = 'WordLevel'), 'model.type', '"WordLevel"', '"BPE"');
    unsupported((json) => (json.normalizer = { type: 'NFC' }), 'normalizer', '"NFC"', 'null');
    unsupported(
      (json) => (json.pre_tokenizer = { type: 'Whitespace' }),
      'pre_tokenizer.type',
      '"Whitespace"',
      '"ByteLevel"',
    );
    unsupported((json) => (json.pre_tokenizer = null), 'pre_tokenizer.type');
    unsupported((json) => (json.pre_tokenizer.use_regex = false), 'use_regex', 'false');
    unsupported(
      (json) => (json.post_processor = { type: 'BertProcessing' }),
      'post_processor.type',
      '"BertProcessing"',
    );
    unsupported((json) => (json.model.dropout = 0.1), 'model.dropout', '0.1');
    unsupported((json) => (json.model.end_of_word_suffix = '</w>'), 'end_of_word_suffix', '</w>');
    unsupported((json) => (json.model.ignore_merges = true), 'ignore_merges');
    unsupported((json) => json.added_tokens.push({ id: 9, content: 'X', special: false }), 'added_tokens', '"X"');
    unsupported((json) => {
      delete json.model.vocab['<s>'];
      json.added_tokens.shift();
    }, '<s>');
  });

  it('is refused for a vocabulary or merges that are damaged', () => {
    damaged((json) => (json.model = null), 'model', 'null');
    damaged((json) => delete json.model.vocab.Ċ, 'byte 10');
    damaged((json) => (json.model.vocab.x = 1.5), 'x', '1.5');
    damaged((json) => (json.model.vocab.x = json.model.vocab.y), 'expected a number of its own');
    damaged((json) => (json.model.vocab = []), 'model.vocab');
    damaged((json) => (json.model.merges = {}), 'model.merges');
    damaged((json) => json.model.merges.push(['Ġ', 'Ġking']), 'merge', '["Ġ","Ġking"]');
    damaged((json) => json.model.merges.push('a'), 'merge', '"a"');
  });

  it('is refused for values that cannot be shown, or are very long', () => {
    for (const value of [NESTED, { toString: 1 }]) {
      damaged((json) => (json.model.vocab.x = value), 'piece "x"', 'expected a number of its own');
      damaged((json) => (json.model.merges[1] = [value, 'a']), 'merge 2 is');
      damaged((json) => (json.model.merges[1] = value), 'merge 2 is');
      unsupported((json) => (json.normalizer = { type: value }), 'normalizer.type');
      unsupported((json) => (json.model.dropout = value), 'model.dropout');
    }
    damaged((json) => (json.model.vocab['x'.repeat(1000)] = -1), `piece "${'x'.repeat(79)}…`);
  });
});
