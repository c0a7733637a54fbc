import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { Vocabulary } from '../../../server/tokenizer/vocabulary.js';

const SPECIAL = '[PAD]\n[UNK]\n[CLS]\n[SEP]\n';

function rejected(source: Uint8Array | string): AskBertError {
  try {
    Vocabulary.parse(source, 'some/vocab.txt');
  } catch (error) {
    assert.ok(error instanceof AskBertError);
    assert.equal(error.code, 'ModelInvalid');
    assert.match(error.message, /some\/vocab\.txt.*found.*expected/s);
    assert.ok(error.remedy);
    return error;
  }
  return assert.fail('no error');
}

describe('Vocabulary', () => {
  it('gives the ids of the special pieces and the piece of an id', () => {
    const vocabulary = Vocabulary.parse(new TextEncoder().encode(`${SPECIAL}the\n##ing\n中\n`));
    assert.deepEqual(
      [vocabulary.padId, vocabulary.unkId, vocabulary.clsId, vocabulary.sepId, vocabulary.size],
      [0, 1, 2, 3, 7],
    );
    assert.deepEqual([vocabulary.pieceOf(4), vocabulary.pieceOf(5), vocabulary.pieceOf(6)], ['the', '##ing', '中']);
    assert.deepEqual([vocabulary.idOf('the'), vocabulary.idOf('##ing'), vocabulary.idOf('ing')], [4, 5, undefined]);
    assert.throws(() => vocabulary.pieceOf(7), RangeError);
    assert.throws(() => vocabulary.pieceOf(-1), RangeError);
  });

  it('accepts CRLF, a byte order mark, a missing last newline, and empty lines as pieces', () => {
    const vocabulary = Vocabulary.parse(`\ufeff${SPECIAL}the\n\nlast`.replaceAll('\n', '\r\n'));
    assert.equal(vocabulary.size, 7);
    assert.deepEqual([vocabulary.padId, vocabulary.pieceOf(4), vocabulary.pieceOf(5)], [0, 'the', '']);
    assert.equal(vocabulary.idOf('last'), 6);
    const bytes = new TextEncoder().encode(`\ufeff${SPECIAL}`);
    assert.equal(Vocabulary.parse(bytes).padId, 0);
  });

  it('removes white space at the end of a line, as Hugging Face does', () => {
    const vocabulary = Vocabulary.parse(`${SPECIAL}foo \nbar\u00a0\t\nx\u2028y\n\u3000qux\n`);
    assert.deepEqual(
      [4, 5, 6, 7].map((id) => vocabulary.pieceOf(id)),
      ['foo', 'bar', 'x\u2028y', '\u3000qux'],
    );
  });

  it('uses the last of two equal lines', () => {
    assert.equal(Vocabulary.parse(`${SPECIAL}foo\nbar\nfoo\n[UNK]\n`).idOf('foo'), 6);
    assert.equal(Vocabulary.parse(`${SPECIAL}foo\nbar\nfoo\n[UNK]\n`).unkId, 7);
  });

  it('names what is missing', () => {
    for (const piece of ['[PAD]', '[UNK]', '[CLS]', '[SEP]']) {
      assert.match(rejected(SPECIAL.replace(`${piece}\n`, 'x\n')).message, new RegExp(`\\${piece.slice(0, -1)}\\]`));
    }
    // Part of a line is not the line.
    assert.match(rejected(SPECIAL.replace('[SEP]', 'x[SEP]')).message, /\[SEP\]/);
    assert.match(rejected('[unused0]\n').message, /1 lines/);
  });

  it('refuses a file that is empty or not text', () => {
    assert.match(rejected('').message, /empty/);
    assert.match(rejected('\n\r\n  \n').message, /empty/);
    assert.match(rejected(`${SPECIAL}a\0b\n`).message, /NUL/);
    assert.match(rejected(Uint8Array.of(0x5b, 0xff, 0xfe, 0x0a)).message, /UTF-8/);
    assert.match(rejected(new Uint8Array(64)).message, /NUL/);
  });

  it('finds every piece in the trie, even after the table has grown', () => {
    const pieces = Array.from(
      { length: 3000 },
      (_, i) => `${i % 3 === 0 ? '##' : ''}${(i * 7919).toString(36)}中${i}long`,
    );
    const vocabulary = Vocabulary.parse(SPECIAL + pieces.join('\n'));
    const { trie } = vocabulary;
    for (const [i, piece] of pieces.entries()) {
      let node: number = piece.startsWith('##') ? 1 : 0;
      let slot = -1;
      for (const unit of piece.replace('##', '')) {
        slot = trie.find(node, unit.charCodeAt(0));
        assert.equal(trie.slots[slot], node);
        node = trie.slots[slot + 2];
      }
      assert.equal(trie.slots[slot + 3], i + 4);
    }
  });
});
