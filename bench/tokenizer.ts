/**
 * Speed of our tokeniser on the SQuAD contexts; bench/tokenizer_hf.py measures Hugging Face's on the same texts.
 *
 *   npx esbuild bench/tokenizer.ts --bundle --platform=node --outfile=out-test/bench/tokenizer.js
 *   node out-test/bench/tokenizer.js --data DIR [--vocab models/default/vocab.txt] [--json]
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Tokenizer } from '../server/tokenizer/tokenizer.js';
import type { TokenizerOptions } from '../server/tokenizer/unicode/characters.js';
import { Vocabulary } from '../server/tokenizer/vocabulary.js';
import { squadTexts } from './tokenizer-texts.js';

const ROUNDS = 7;
const UNCASED: TokenizerOptions = { lowerCase: true, stripAccents: null, chineseChars: true };

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '.' },
    vocab: { type: 'string', default: 'models/default/vocab.txt' },
    json: { type: 'boolean', default: false },
  },
});

const vocabularyFile = readFileSync(values.vocab);
const [vocabulary, parseMs] = timed(() => Vocabulary.parse(vocabularyFile, values.vocab));
const [, trieMs] = timed(() => vocabulary.trie);
const tokenizer = new Tokenizer(vocabulary, UNCASED);
const [, asciiMs] = timed(() => tokenizer.encode('Who wrote it?'));
const [, tablesMs] = timed(() => tokenizer.encode('Who wrote “Les Misérables”?'));

const contexts = [...new Set(squadTexts(values.data).map((paragraph) => paragraph.context))];
const whole = contexts.join('\n');
const megabytes = (text: string): number => Buffer.byteLength(text) / 1e6;
const [cold, coldMs] = timed(() => tokenizer.encode(whole));
const wholeMs = best(() => tokenizer.encode(whole));
const eachMs = best(() => {
  for (const context of contexts) tokenizer.encode(context);
});

const result = {
  contexts: contexts.length,
  megabytes: megabytes(whole),
  pieces: cold.length,
  wholeMBps: megabytes(whole) / (wholeMs / 1000),
  eachMBps: contexts.reduce((sum, context) => sum + megabytes(context), 0) / (eachMs / 1000),
  coldMBps: megabytes(whole) / (coldMs / 1000),
  parseMs,
  trieMs,
  firstAsciiMs: asciiMs,
  firstOtherMs: tablesMs,
};
if (values.json) console.log(JSON.stringify(result));
else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(13)} ${Number(value.toFixed(3))}`);

function timed<T>(work: () => T): [result: T, milliseconds: number] {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

function best(work: () => unknown): number {
  return Math.min(...Array.from({ length: ROUNDS }, () => timed(work)[1]));
}
