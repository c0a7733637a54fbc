/**
 * Dumps the output of our tokeniser for many texts, for test/reference/tokenizer_squad.py to compare with Hugging Face.
 *
 *   npx esbuild bench/tokenizer-dump.ts --bundle --platform=node --outfile=out-test/bench/tokenizer-dump.js
 *   node out-test/bench/tokenizer-dump.js --vocab models/default/vocab.txt --texts texts.json --out dump.json
 *   node out-test/bench/tokenizer-dump.js --vocab ... --data DIR --out dump.json
 *
 * --texts: a JSON array of strings. --data: a folder with dev-v1.1.json and dev-v2.0.json, or the same with .xz.
 * --options: TokenizerOptions as JSON; --tokenizer tokenizer.json instead of --vocab for other tokenisers. The dump is a JSON array with [ids, starts, ends, wordStarts] for each text.
 */

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { tokenizerFromJson } from '../server/tokenizer/read-tokenizer.js';
import { Tokenizer } from '../server/tokenizer/tokenizer.js';
import type { TokenizerOptions } from '../server/tokenizer/unicode/characters.js';
import { Vocabulary } from '../server/tokenizer/vocabulary.js';
import { squadTexts } from './tokenizer-texts.js';

const UNCASED: TokenizerOptions = { lowerCase: true, stripAccents: null, chineseChars: true };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      vocab: { type: 'string', default: 'models/default/vocab.txt' },
      texts: { type: 'string' },
      data: { type: 'string' },
      options: { type: 'string' },
      tokenizer: { type: 'string' },
      out: { type: 'string' },
    },
  });
  if (!values.out || !(values.texts || values.data)) throw new Error('--out and one of --texts and --data are needed.');
  const options = values.options ? (JSON.parse(values.options) as TokenizerOptions) : UNCASED;
  const tokenizer = values.tokenizer
    ? tokenizerFromJson(values.tokenizer, JSON.parse(readFileSync(values.tokenizer, 'utf8')))
    : new Tokenizer(Vocabulary.parse(readFileSync(values.vocab), values.vocab), options);
  const texts = values.texts
    ? (JSON.parse(readFileSync(values.texts, 'utf8')) as string[])
    : squadTexts(values.data ?? '').flatMap((paragraph) => [paragraph.context, ...paragraph.questions]);
  const out = createWriteStream(values.out);
  out.write('[');
  for (let i = 0; i < texts.length; i++) {
    const { ids, starts, ends, wordStarts } = tokenizer.encode(texts[i]);
    const line = JSON.stringify([ids, starts, ends, wordStarts].map((array) => Array.from(array)));
    if (!out.write(`${i > 0 ? ',' : ''}\n${line}`)) await once(out, 'drain');
  }
  out.end('\n]\n');
  await once(out, 'finish');
}

void main();
