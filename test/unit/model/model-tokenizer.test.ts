/** Tokenisers of model folders: their bytes are read, hashed and imported as what they are. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { readModelConfig } from '../../../server/model/config.js';
import type { TokenizerKind } from '../../../server/model/families/family.js';
import { readOtherVocabulary } from '../../../server/model/import/vocabulary-file.js';
import { modelHash } from '../../../server/model/model-hash.js';
import { readModelTokenizer } from '../../../server/model/model-tokenizer.js';
import { scratch } from './import-fixtures.js';
import { copyOfModel, fixture } from './model-fixtures.js';

const family = (name: string): string => path.join('..', 'families', name);

describe('the tokeniser of a model folder', () => {
  it('may be larger than a configuration, as those of multilingual models, and begin with a byte order mark', () => {
    const folder = copyOfModel(family('xlm-roberta'));
    const file = path.join(folder, 'tokenizer.json');
    writeFileSync(file, `\uFEFF${' '.repeat(17 * 1024 * 1024)}${readFileSync(file, 'utf8')}`);
    const expected = readModelTokenizer(readModelConfig(fixture(family('xlm-roberta')))).encode('the king');
    assert.deepEqual(readModelTokenizer(readModelConfig(folder)).encode('the king'), expected);
  });

  it('counts in the hash of the model by its family, whatever else is in the folder', async () => {
    for (const [name, other] of [
      ['roberta', 'vocab.txt'],
      ['xlm-roberta', 'vocab.txt'],
      ['distilbert', 'tokenizer.json'],
    ]) {
      const folder = copyOfModel(family(name));
      const before = await modelHash(folder);
      writeFileSync(path.join(folder, other), '{}');
      const stray = await modelHash(folder);
      assert.equal(stray === before, name === 'distilbert', name);
      const own = path.join(folder, name === 'distilbert' ? 'vocab.txt' : 'tokenizer.json');
      writeFileSync(own, `${readFileSync(own, 'utf8')}\n`);
      assert.notEqual(await modelHash(folder), stray, name);
    }
  });
});

describe('the tokeniser that --vocab names', () => {
  const folder = scratch();
  for (const name of ['tokenizer.json', 'vocab.json', 'merges.txt', 'my-vocab.json', 'spiece.model']) {
    writeFileSync(path.join(folder, name), name);
  }
  const taken = (kind: TokenizerKind, name?: string) =>
    readOtherVocabulary(folder, kind, name && path.join(folder, name)).files.map(
      (file) => `${file.name}: ${Buffer.from(file.bytes)}`,
    );
  const both = ['vocab.json: vocab.json', 'merges.txt: merges.txt'];

  it('is that one, also with another beside it', () => {
    assert.deepEqual(taken('BPE'), ['tokenizer.json: tokenizer.json']);
    assert.deepEqual(taken('BPE', 'vocab.json'), both);
    assert.deepEqual(taken('BPE', 'my-vocab.json'), ['tokenizer.json: my-vocab.json']);
    assert.deepEqual(taken('Unigram', 'tokenizer.json'), ['tokenizer.json: tokenizer.json']);
    const alone = scratch();
    cpSync(path.join(folder, 'vocab.json'), path.join(alone, 'vocab.json'));
    assert.throws(() => readOtherVocabulary(folder, 'BPE', path.join(alone, 'vocab.json')), /cannot be read/);
  });

  it('is refused by its name if it is another file', () => {
    for (const [kind, name, expected] of [
      ['BPE', 'merges.txt', 'tokenizer.json or vocab.json'],
      ['Unigram', 'spiece.model', 'tokenizer.json'],
    ] as const) {
      assert.throws(
        () => taken(kind, name),
        (e) => {
          assert.ok(e instanceof AskBertError && e.code === 'ModelInvalid', String(e));
          assert.ok(e.message.includes(name) && e.message.endsWith(`expected ${expected}.`), e.message);
          return true;
        },
      );
    }
  });
});
