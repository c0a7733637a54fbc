/** Typing errors in questions. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Dictionary, distance, spellingOf } from '../../../server/reader/spelling.js';
import { WordIndex } from '../../../server/reader/word-index.js';
import { Vocabulary } from '../../../server/tokenizer/vocabulary.js';
import { plainView } from '../../../server/views/base/view-builder.js';
import { assertGrowsInProportion, sizesCompared } from '../helpers/growth.js';

const dictionary = new Dictionary(Vocabulary.parse(readFileSync('models/default/vocab.txt')));
const indexOf = (text: string) => WordIndex.of(plainView(text));
const spelled = async (question: string, text: string, options = {}) =>
  spellingOf(question, await indexOf(text), dictionary, options);

const BRIDGE =
  'The bridge of Larkspur opened in 1931. Its architect, Kessler, painted it red. See getValue and conf.d/base.';

describe('spelling', () => {
  const right: [string, string][] = [
    ['wen did teh brige opne?', 'when did the bridge open?'],
    ['Who was the archtiect?', 'Who was the architect?'],
    ['When did the bridge of Larkspurr open?', 'When did the bridge of Larkspur open?'],
    ['Who is Kesler?', 'Who is Kessler?'],
    ['Which color was it painetd?', 'Which color was it painted?'],
    ['Waht is red?', 'What is red?'],
    ['Wich bridge is red?', 'Which bridge is red?'],
  ];
  for (const [typed, meant] of right) {
    it(typed, async () => assert.equal((await spelled(typed, BRIDGE)).question, meant));
  }

  const asTheyAre = [
    // Right words that the document lacks, numbers, identifiers, quotations, other forms of a word.
    'Who was the painter of the tower?',
    'What happened in 1932?',
    'What does getValu do?',
    'What is "brige"?',
    'What is in conf.d/bas?',
    'What does brige_name mean?',
    'Which hash is used?',
    'Who is the opener?',
    'Was ist eine Brücke?',
    '桥是什么时候开的?',
    '',
  ];
  for (const question of asTheyAre) {
    it(`is unchanged: ${question}`, async () => assert.equal((await spelled(question, BRIDGE)).question, question));
  }

  it('an ambiguous error is not corrected, but all its candidates are looked for', async () => {
    const { question, perhaps } = await spelled('Who owns the harbxr?', 'A harbor and a harber are here.');
    assert.equal(question, 'Who owns the harbxr?');
    assert.deepEqual(perhaps.sort(), ['harber', 'harbor']);
  });

  describe('a question in another language is unchanged', () => {
    const lease =
      'Die Dauer der Garantie: zwei Jahre. Das Ende ist am 31. Mai. Wir zahlen die Kosten der Reparatur. The First owner.';
    const asked = [
      'Wie lange dauert die Garantie?',
      'Wann endet es?',
      'Wer zahlt für die Reparaturen?',
      'Welche Frist gilt?',
      'Was kostet eine Reparatur?',
      'Combien coûte la garantie?',
      'Wie lange dauret die Garantei?',
    ];
    for (const question of asked) {
      it(question, async () => assert.equal((await spelled(question, lease)).question, question));
    }

    it('similar words of the document are looked for', async () => {
      const { perhaps } = await spelled('Wie lange dauert die Garantei?', lease);
      assert.deepEqual(perhaps, ['dauer', 'garantie']);
    });

    it('an English question about a name with such words is corrected', async () => {
      const text = 'The director of Das Boot is Wolfgang Petersen.';
      const { question } = await spelled('Who is the dirctor of Das Boot?', text);
      assert.equal(question, 'Who is the director of Das Boot?');
    });
  });

  it('among other documents only known words are corrected, since a name may be in another one', async () => {
    const options = { onlyKnownWords: true };
    assert.equal((await spelled('Who is Kesler?', BRIDGE, options)).question, 'Who is Kesler?');
    assert.equal((await spelled('When was the brige built?', BRIDGE, options)).question, 'When was the bridge built?');
  });

  it('swapped letters and a missing letter have the smallest distances', () => {
    assert.equal(distance('bridge', 'bridge', 2), 0);
    assert.equal(distance('bridgde', 'bridge', 2), 1.2);
    assert.equal(distance('brigde', 'bridge', 2), 0.8);
    assert.equal(distance('brige', 'bridge', 2), 0.9);
    assert.equal(distance('briidge', 'bridge', 2), 0.9);
    assert.equal(distance('bricge', 'bridge', 2), 1.1);
    assert.ok(distance('tower', 'bridge', 2) > 2);
    assert.equal(distance('a', 'abcdef', 2), Number.POSITIVE_INFINITY);
  });

  it('takes time in proportion to the words of the document', async () => {
    const letters = (i: number) => [...String(i)].map((digit) => 'bcdfghjklm'[Number(digit)]).join('a');
    const words = Array.from({ length: 150_000 }, (_, i) => `word${letters(i)}`);
    const indexes = new Map<number, WordIndex>();
    for (const n of sizesCompared(words.length)) indexes.set(n, await indexOf(words.slice(0, n).join(' ')));
    assertGrowsInProportion('spelling', words.length, (n) => {
      // What is kept for an index is not kept for this one.
      const { text, words: all } = indexes.get(n)!;
      const stems = new Set(all.stems);
      const has = (stem: number) => stems.has(stem);
      spellingOf('Which brdige is it?', { text, words: all, has } as WordIndex, dictionary);
    });
  });
});
