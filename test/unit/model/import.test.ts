/** Imports of checkpoints that real libraries wrote: the same tensors, and the logits of Hugging Face. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { readModelConfig } from '../../../server/model/config.js';
import { describe as describeModel } from '../../../server/model/import/description.js';
import { importModel } from '../../../server/model/import/import-model.js';
import type { ImportedTensor, ImportedTensors } from '../../../server/model/import/imported.js';
import { ModelWeights } from '../../../server/model/weights.js';
import {
  assertOnly,
  checkpoint,
  copyOf,
  goldenOf,
  logitDifference,
  logitsOf,
  refusedAsync,
  scratch,
  tensorDifference,
} from './import-fixtures.js';
import { copyOfModel, fixture } from './model-fixtures.js';

const into = (): string => path.join(scratch(), 'model');

describe('import: logits', () => {
  // Every one of these holds the values of the tiny model as they are there, so the tensors are equal to the bit.
  for (const [name, model, given, format] of [
    ['gluon', 'tiny-f32', 'net.params', 'gluon-nlp'],
    ['gluon-v3', 'tiny-f16', '', 'gluon-nlp'],
    ['tf-big-endian', 'tiny-f16', 'model.ckpt', 'TensorFlow'],
    ['tf-half', 'tiny-f16', '', 'TensorFlow'],
    ['torch-huggingface', 'tiny-f32', '', 'PyTorch'],
    ['torch-nvidia', 'tiny-f16', 'ckpt.pt', 'PyTorch'],
  ]) {
    it(`${name} gives the tensors of ${model} and its logits`, async () => {
      const folder = into();
      const report = await importModel(checkpoint(name, given), folder);
      assert.equal(report.format, format);
      assertOnly(path.dirname(folder), 'model');
      assertOnly(
        folder,
        'ask-bert-golden.json',
        'config.json',
        'model.safetensors',
        'tokenizer_config.json',
        'vocab.txt',
      );
      assert.equal(tensorDifference(folder, fixture(model)), 0);
      const difference = logitDifference(await logitsOf(folder, model), goldenOf(model));
      assert.ok(difference < 1e-4, `largest difference ${difference}`);
      assert.equal(
        readFileSync(path.join(folder, 'vocab.txt'), 'utf8'),
        readFileSync(path.join(fixture(model), 'vocab.txt'), 'utf8'),
      );
    });
  }

  for (const name of ['tf-google', 'tf-shards']) {
    it(`${name} gives the logits of tiny-f32: with Google's gelu, and with Hugging Face's when its config.json says so`, async () => {
      const google = into();
      const report = await importModel(checkpoint(name), google);
      assert.equal(report.tensors, 16 * 2 + 7);
      assert.equal(report.skipped, name === 'tf-google' ? 43 : 0);
      assert.equal(readModelConfig(google).activation, 'gelu_tanh');
      assert.equal(tensorDifference(google, fixture('tiny-f32')), 0);
      const same = copyOfModel('tiny-f32', { config: { hidden_act: 'gelu_new' } });
      const expected = await logitsOf(same, 'tiny-f32');
      assert.ok(logitDifference(await logitsOf(google, 'tiny-f32'), expected) < 1e-4);

      const erf = into();
      await importModel(checkpoint(name), erf, { config: path.join(fixture('tiny-f32'), 'config.json') });
      assert.ok(logitDifference(await logitsOf(erf, 'tiny-f32'), goldenOf('tiny-f32')) < 1e-4);
    });
  }

  it('bfloat16 and big-endian half values are as close as their type allows', async () => {
    for (const [name, limit] of [
      ['tf-bfloat16', 2 ** -8],
      ['torch-big-endian', 2 ** -8],
    ] as const) {
      const folder = into();
      await importModel(checkpoint(name), folder);
      const difference = tensorDifference(folder, fixture('tiny-f16'));
      assert.ok(difference > 0 && difference < limit * 2, `${name}: ${difference}`);
    }
  });

  it('Hugging Face folders of every type can be imported', async () => {
    for (const model of ['tiny-f32', 'tiny-f16', 'tiny-bf16', 'tiny-int8']) {
      const folder = into();
      await importModel(fixture(model), folder);
      assert.equal(tensorDifference(folder, fixture(model)), 0);
      assert.ok(logitDifference(await logitsOf(folder, model), goldenOf(model)) < 1e-4);
    }
  });
});

describe('import: storage', () => {
  it('f16 keeps half values bit for bit', async () => {
    const folder = into();
    const report = await importModel(checkpoint('torch-nvidia'), folder, { storage: 'f16' });
    assert.equal(new ModelWeights(readModelConfig(folder)).storage, 'F16');
    assert.equal(tensorDifference(folder, fixture('tiny-f16')), 0);
    assert.ok(report.bytes < 22_000);
  });

  it('int8 stores rows with scales, close to the original; rounding again changes nothing', async () => {
    const folder = into();
    await importModel(checkpoint('tf-google'), folder, { storage: 'int8' });
    const weights = new ModelWeights(readModelConfig(folder));
    assert.equal(weights.storage, 'I8');
    assert.ok(weights.int8('bert.embeddings.word_embeddings.weight'));
    assert.equal(weights.int8('qa_outputs.weight'), undefined);
    weights.close();
    const difference = tensorDifference(folder, fixture('tiny-f32'));
    assert.ok(difference > 0 && difference < 0.01, String(difference));
    const again = into();
    await importModel(folder, again, { storage: 'int8' });
    assert.ok(tensorDifference(again, folder) < 1e-6);
  });

  it('a value too large for 16 bits is refused with the name of its tensor, and accepted in 32 bits', async () => {
    const folder = copyOfModel('tiny-f32');
    const file = path.join(folder, 'model.safetensors');
    const bytes = readFileSync(file);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE())));
    const at = 8 + Number(bytes.readBigUInt64LE()) + header['qa_outputs.weight'].data_offsets[0];
    bytes.writeFloatLE(70000, at);
    writeFileSync(file, bytes);
    const target = into();
    await refusedAsync(() => importModel(folder, target, { storage: 'f16' }), 'qa_outputs.weight', '70000');
    assertOnly(path.dirname(target));
    await importModel(folder, target);
    bytes.writeFloatLE(Number.NaN, at);
    writeFileSync(file, bytes);
    await refusedAsync(() => importModel(folder, into()), 'qa_outputs.weight', 'NaN');
  });
});

describe('import: description', () => {
  const caseOf = async (prepare: (folder: string) => string, lowerCase?: boolean): Promise<boolean> => {
    const target = into();
    const report = await importModel(prepare(copyOf('tf-half')), target, { lowerCase });
    assert.equal(readModelConfig(target).tokenizer.lowerCase, report.lowerCase);
    return report.lowerCase;
  };
  const withCapital = (folder: string): string => {
    const file = path.join(folder, 'vocab.txt');
    writeFileSync(file, readFileSync(file, 'utf8').replace('\nriver\n', '\nRiver\n'));
    return folder;
  };
  const renamed = (folder: string, name: string): string => {
    const to = path.join(path.dirname(folder), name);
    cpSync(folder, to, { recursive: true });
    return to;
  };

  it('lower case is decided by the flag, the configuration, the name and the vocabulary, in this order', async () => {
    assert.equal(await caseOf((f) => f), true);
    assert.equal(await caseOf(withCapital), false);
    assert.equal(await caseOf((f) => renamed(withCapital(f), 'bert_Uncased_L-12')), true);
    assert.equal(await caseOf(withCapital, true), true);
    assert.equal(await caseOf((f) => f, false), false);
    const configured = (folder: string): string => {
      writeFileSync(path.join(folder, 'tokenizer_config.json'), '{"do_lower_case": false}');
      return folder;
    };
    assert.equal(await caseOf(configured), false);
  });

  it('a name, and fields of ask_bert, are kept', async () => {
    const target = into();
    const source = copyOfModel('tiny-f16', { config: { ask_bert: { name: 'old', no_answer_threshold: -1.5 } } });
    assert.equal((await importModel(source, target)).name, 'old');
    assert.equal((await importModel(source, target, { name: 'new', force: true })).name, 'new');
    assert.deepEqual([readModelConfig(target).name, readModelConfig(target).noAnswerThreshold], ['new', -1.5]);
    assert.equal((await importModel(checkpoint('tf-half'), into())).name, 'model');
  });

  it('more rows of word embeddings than pieces are padding; fewer are refused', async () => {
    const folder = copyOf('tf-half');
    const file = path.join(folder, 'bert_config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...config, vocab_size: config.vocab_size - 3 }));
    const pieces = readFileSync(path.join(folder, 'vocab.txt'), 'utf8').split('\n');
    writeFileSync(path.join(folder, 'vocab.txt'), pieces.slice(0, -4).join('\n'));
    const target = into();
    await importModel(folder, target);
    assert.equal(readModelConfig(target).vocabularySize, config.vocab_size);
    writeFileSync(path.join(folder, 'vocab.txt'), `${pieces.join('\n')}one\nmore\n`);
    await refusedWords(folder, 'vocab.txt', 'vocab_size');
  });

  it('wrong or missing descriptions are refused with file and field', async () => {
    for (const [file, text, ...words] of [
      ['bert_config.json', undefined, 'bert_config.json'],
      ['bert_config.json', '{', 'bert_config.json', 'JSON'],
      ['bert_config.json', '[]', 'bert_config.json', 'JSON object'],
      ['bert_config.json', '{}', 'bert_config.json', 'hidden_size'],
      ['bert_config.json', '{"hidden_size": 24, "num_attention_heads": 5}', 'bert_config.json', 'num_attention_heads'],
      ['vocab.txt', undefined, 'vocab.txt', 'missing'],
      ['vocab.txt', 'a\nb\n', 'vocab.txt', '[CLS]'],
      ['vocab.txt', '\ud800', 'vocab.txt'],
      ['tokenizer_config.json', '{"strip_accents": 3}', `tokenizer_config.json`, 'strip_accents'],
    ] as const) {
      const folder = copyOf('tf-half');
      if (text === undefined) rmSync(path.join(folder, file));
      else writeFileSync(path.join(folder, file), text);
      await refusedWords(folder, ...words);
    }
    await refusedAsync(() => importModel(checkpoint('tf-half'), into(), { config: '/no/such.json' }), '/no/such.json');
    await refusedAsync(() => importModel(checkpoint('tf-half'), into(), { vocab: '/no/such.txt' }), '/no/such.txt');
  });

  it('the configuration of another model is refused with the first tensor that differs', async () => {
    const files = (model: string) => ({ config: path.join(fixture(model), 'config.json') });
    await refusedAsync(
      () => importModel(checkpoint('tf-half'), into(), files('tiny-f32')),
      'model.ckpt.index',
      'bert/embeddings/word_embeddings',
      /24\].*32\]/,
    );
    const changed = (change: object): string => {
      const folder = copyOf('tf-google');
      const file = path.join(folder, 'bert_config.json');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
      return folder;
    };
    await refusedWords(changed({ num_hidden_layers: 3 }), 'bert.encoder.layer.2.');
    await refusedWords(changed({ num_hidden_layers: 1 }), 'bert/encoder/layer_1/');
    await refusedWords(changed({ model_type: 'longformer' }), 'bert_config.json', 'model_type');
  });

  it('gluon-nlp stores no configuration: its two models are recognised by their shapes', () => {
    const shaped = (hidden: number, layers: number, format = 'gluon-nlp', rows = 112): ImportedTensors => {
      const tensor = (...shape: number[]): ImportedTensor => ({ source: '', shape, read: () => assert.fail() });
      const tensors = new Map([
        ['bert.embeddings.word_embeddings.weight', tensor(rows, hidden)],
        ['bert.embeddings.position_embeddings.weight', tensor(512, hidden)],
      ]);
      for (let i = 0; i < layers; i++) tensors.set(`bert.encoder.layer.${i}.intermediate.dense.bias`, tensor(1));
      const file = path.join(scratch(), 'net.params');
      return { file, format, tensors, skipped: [], close: () => {} };
    };
    const vocab = checkpoint('gluon', 'tiny.vocab');
    for (const [hidden, layers, heads] of [
      [768, 12, 12],
      [1024, 24, 16],
    ]) {
      const { config } = describeModel(shaped(hidden, layers), { vocab });
      assert.deepEqual(
        [config.hidden_size, config.num_hidden_layers, config.num_attention_heads, config.intermediate_size],
        [hidden, layers, heads, 4 * hidden],
      );
      assert.deepEqual([config.vocab_size, config.max_position_embeddings, config.hidden_act], [112, 512, 'gelu']);
    }
    assert.throws(() => describeModel(shaped(512, 12), { vocab }), /net\.params has no configuration/);
    // A vocabulary that was cut, or is of another model.
    assert.throws(
      () => describeModel(shaped(768, 12, 'gluon-nlp', 30_522), { vocab }),
      /has 110 pieces, but vocab_size .* is 30522/,
    );
    assert.throws(() => describeModel(shaped(768, 12, 'PyTorch'), { vocab }), /has no configuration/);
  });

  it('a checkpoint without a question-answering head is reported', async () => {
    const folder = copyOfModel('tiny-f32');
    const file = path.join(folder, 'model.safetensors');
    const text = readFileSync(file, 'latin1').replaceAll('qa_outputs.', 'classifiers');
    writeFileSync(file, text, 'latin1');
    await refusedWords(folder, 'model.safetensors', 'qa_outputs.weight');
  });

  const refusedWords = (folder: string, ...words: string[]): Promise<void> =>
    refusedAsync(() => importModel(folder, into()), ...words);
});

describe('import: paths', () => {
  const badRequest = (work: () => Promise<unknown>, word: string): Promise<void> =>
    assert.rejects(work, (e) => e instanceof AskBertError && e.code === 'BadRequest' && e.message.includes(word));

  it('a checkpoint is found by its prefix, its files, its folder and its state file', async () => {
    for (const given of [
      'tf-google/bert_model.ckpt',
      'tf-google/bert_model.ckpt.index',
      'tf-google/bert_model.ckpt.data-00000-of-00001',
      'tf-google',
      'tf-shards/checkpoint',
      'tf-shards/model.ckpt-7.data-00001-of-00002',
      'torch-huggingface/pytorch_model.bin',
    ]) {
      const report = await importModel(checkpoint(...given.split('/')), into());
      assert.equal(report.layers, 2, given);
    }
    await badRequest(() => importModel(checkpoint('none'), into()), 'none');
  });

  it('folders with several checkpoints or none are refused, and their files are listed', async () => {
    const folder = copyOf('tf-half');
    cpSync(path.join(folder, 'model.ckpt.index'), path.join(folder, 'other.ckpt.index'));
    await refusedAsync(() => importModel(folder, into()), 'model.ckpt.index', 'other.ckpt.index');
    writeFileSync(path.join(folder, 'checkpoint'), 'model_checkpoint_path: "model.ckpt"\n');
    await importModel(folder, into());
    await refusedAsync(() => importModel(scratch(), into()), 'without a checkpoint');
    writeFileSync(path.join(folder, 'checkpoint'), 'model_checkpoint_path: "gone"\n');
    await refusedAsync(() => importModel(folder, into()), 'gone');
    writeFileSync(path.join(folder, 'checkpoint'), 'nothing');
    await refusedAsync(() => importModel(folder, into()), 'model_checkpoint_path');
    const split = scratch();
    writeFileSync(path.join(split, 'pytorch_model.bin.index.json'), '{}');
    await refusedAsync(() => importModel(split, into()), 'split');
    writeFileSync(path.join(split, 'x.bin'), 'text');
    await refusedAsync(() => importModel(path.join(split, 'x.bin'), into()), 'x.bin', 'an unknown format');
  });

  it('nothing is overwritten without --force, and only a model folder with it', async () => {
    const target = into();
    mkdirSync(target);
    await importModel(checkpoint('tf-half'), target);
    const before = readFileSync(path.join(target, 'model.safetensors'));
    await badRequest(() => importModel(checkpoint('tf-google'), target), 'already exists');
    assert.deepEqual(readFileSync(path.join(target, 'model.safetensors')), before);
    await importModel(checkpoint('tf-google'), target, { force: true });
    assert.equal(readModelConfig(target).hiddenSize, 32);
    assertOnly(path.dirname(target), 'model');
    const other = into();
    mkdirSync(other);
    writeFileSync(path.join(other, 'letter.txt'), 'dear');
    await badRequest(() => importModel(checkpoint('tf-half'), other, { force: true }), 'not a model folder');
    await badRequest(() => importModel(checkpoint('tf-half'), path.join(other, 'letter.txt')), 'is a file');
    const own = copyOf('tf-half');
    await badRequest(() => importModel(own, own, { force: true }), 'would replace');
    await badRequest(() => importModel(path.join(own, 'model.ckpt'), own, { force: true }), 'would replace');
  });

  it('parent folders are created; if that is impossible, it is reported', async () => {
    await importModel(checkpoint('tf-half'), path.join(scratch(), 'a', 'b', 'c'));
    const file = path.join(scratch(), 'file');
    writeFileSync(file, '');
    await assert.rejects(importModel(checkpoint('tf-half'), path.join(file, 'model')), { code: 'InputUnreadable' });
  });

  it('an error or a cancel leaves the old folder and no temporary one', async () => {
    const target = into();
    await importModel(checkpoint('tf-half'), target);
    const folder = copyOf('tf-google');
    const data = path.join(folder, 'bert_model.ckpt.data-00000-of-00001');
    const bytes = readFileSync(data);
    bytes[bytes.length - 200] ^= 1;
    writeFileSync(data, bytes);
    await refusedAsync(() => importModel(folder, target, { force: true }), 'checksum');
    assertOnly(path.dirname(target), 'model');
    const stop = new AbortController();
    const cancelled = importModel(checkpoint('tf-google'), target, {
      force: true,
      signal: stop.signal,
      progress: (done) => done === 5 && stop.abort(),
    });
    await assert.rejects(cancelled, { code: 'Cancelled' });
    assertOnly(path.dirname(target), 'model');
    assert.equal(readModelConfig(target).hiddenSize, 24);
    assert.ok(existsSync(path.join(target, 'vocab.txt')));
  });
});
