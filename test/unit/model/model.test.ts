/** Model folders: what is read, and that everything wrong is refused by the name of the file, field or tensor. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { readModelConfig } from '../../../server/model/config.js';
import { importModel } from '../../../server/model/import/import-model.js';
import { isCut, readModelVocabulary } from '../../../server/model/model-vocabulary.js';
import { SafetensorsFile } from '../../../server/model/safetensors.js';
import { bfloat16ToFloat, dequantise, halfToFloat, ModelWeights, quantise } from '../../../server/model/weights.js';
import { Session } from '../../../server/session/session.js';
import { copyOfModel, fixture } from './model-fixtures.js';

const open = (folder: string): ModelWeights => new ModelWeights(readModelConfig(folder));

function refused(run: () => unknown, ...words: Array<string | RegExp>): void {
  assert.throws(run, (e) => {
    assert.ok(e instanceof AskBertError, String(e));
    assert.equal(e.code, 'ModelInvalid');
    assert.ok(!e.message.includes('\n'));
    assert.ok(e.remedy);
    for (const w of words)
      assert.match(e.message, typeof w === 'string' ? new RegExp(w.replace(/[.[\]]/g, '\\$&')) : w);
    return true;
  });
}

/** Replaces the header of a safetensors file, keeping the data. */
function editHeader(
  file: string,
  edit: (header: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>) => void,
): void {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  edit(header);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([size, text, bytes.subarray(8 + length)]));
}

describe('config.json', () => {
  it('gives shapes, defaults and the tokeniser switches', () => {
    const c = readModelConfig(fixture('tiny-f16'));
    assert.deepEqual([c.hiddenSize, c.heads, c.layers, c.intermediateSize, c.activation], [24, 3, 1, 40, 'gelu_tanh']);
    assert.deepEqual([c.maxSequenceLength, c.docStride, c.noAnswerThreshold], [64, 21, 0]);
    assert.deepEqual(c.tokenizer, { lowerCase: true, stripAccents: null, chineseChars: true });
    assert.equal(c.int8F1Loss, undefined);
  });

  it('tokenizer_config.json overrides the switches of the tokeniser', () => {
    const folder = copyOfModel('tiny-f16');
    writeFileSync(
      path.join(folder, 'tokenizer_config.json'),
      JSON.stringify({ do_lower_case: false, strip_accents: true }),
    );
    assert.deepEqual(readModelConfig(folder).tokenizer, { lowerCase: false, stripAccents: true, chineseChars: true });
  });

  it('a missing folder, a missing file, invalid JSON and an array are refused', () => {
    refused(() => readModelConfig('/no/such/model'), '/no/such/model');
    const folder = copyOfModel('tiny-f16');
    writeFileSync(path.join(folder, 'config.json'), '{"hidden_size": 24,');
    refused(() => readModelConfig(folder), 'config.json', 'JSON');
    writeFileSync(path.join(folder, 'config.json'), '[]');
    refused(() => readModelConfig(folder), 'config.json', 'object');
    rmSync(path.join(folder, 'config.json'));
    refused(() => readModelConfig(folder), 'config.json');
  });

  for (const [field, value, expected] of [
    ['hidden_size', '24', 'whole number'],
    ['hidden_size', undefined, 'missing'],
    ['hidden_size', -1, 'whole number'],
    ['num_attention_heads', 5, 'divisor'],
    ['num_hidden_layers', 1e9, 'whole number'],
    ['hidden_act', 'swish', 'gelu'],
    ['hidden_act', 3, 'string'],
    ['model_type', 'longformer', '"bert"'],
    ['position_embedding_type', 'relative_key', '"absolute"'],
    ['layer_norm_eps', 2, 'between'],
    ['do_lower_case', 'yes', 'boolean'],
    ['ask_bert', 7, 'object'],
    ['quantization_config', { quant_method: 'gptq' }, 'ask-bert-int8'],
  ] as const) {
    it(`${field} = ${JSON.stringify(value)} is refused by name`, () => {
      const folder = copyOfModel('tiny-f16', { config: { [field]: value } });
      refused(() => readModelConfig(folder), 'config.json', field, expected);
    });
  }

  it('the windows of ask_bert must fit the positions', () => {
    refused(
      () => readModelConfig(copyOfModel('tiny-f16', { config: { ask_bert: { max_seq_length: 128 } } })),
      'ask_bert.max_seq_length',
      '64',
    );
    refused(
      () => readModelConfig(copyOfModel('tiny-f16', { config: { ask_bert: { doc_stride: 64 } } })),
      'ask_bert.doc_stride',
    );
  });
});

describe('model.safetensors', () => {
  const weightsOf = (folder: string): string => path.join(folder, 'model.safetensors');

  it('reads every storage type', () => {
    for (const [name, storage] of [
      ['tiny-f32', 'F32'],
      ['tiny-f16', 'F16'],
      ['tiny-bf16', 'BF16'],
      ['tiny-int8', 'I8'],
    ]) {
      const w = open(fixture(name));
      assert.equal(w.storage, storage);
      const c = w.config;
      assert.equal(w.float('bert.encoder.layer.0.output.dense.weight').length, c.hiddenSize * c.intermediateSize);
      assert.equal(w.int8('bert.encoder.layer.0.output.dense.weight') !== undefined, storage === 'I8');
      w.close();
      w.close();
    }
  });

  it('converts half, bfloat16 and 8-bit rows to float', () => {
    assert.deepEqual(
      [...halfToFloat(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000, 0x7bff))],
      [1, -2, 2 ** -24, Infinity, -0, 65504],
    );
    assert.ok(Number.isNaN(halfToFloat(Uint16Array.of(0x7e00))[0]));
    assert.deepEqual([...bfloat16ToFloat(Uint16Array.of(0x3f80, 0xc000))], [1, -2]);
    const rows = quantise(Float32Array.of(1, -0.5, 0, 0), 2);
    assert.deepEqual([...rows.values], [127, -64, 0, 0]);
    assert.ok(Math.abs(dequantise(rows)[0] - 1) < 1e-6);
  });

  it('refuses a file that is missing, empty, tiny or a folder', () => {
    const folder = copyOfModel('tiny-f16');
    writeFileSync(weightsOf(folder), '');
    refused(() => open(folder), 'model.safetensors', '0 bytes');
    rmSync(weightsOf(folder));
    refused(() => open(folder), 'model.safetensors', 'cannot be opened');
    refused(() => new SafetensorsFile(folder), folder);
    writeFileSync(path.join(folder, 'model.safetensors.index.json'), '{}');
    refused(() => open(folder), 'several files');
  });

  it('refuses a file that is truncated, oversized, or has a wrong header length or invalid JSON', () => {
    const folder = copyOfModel('tiny-f16');
    const size = readFileSync(weightsOf(folder)).length;
    truncateSync(weightsOf(folder), size - 1);
    refused(() => open(folder), 'model.safetensors', 'truncated', `${size - 1} bytes`);
    truncateSync(weightsOf(folder), 100);
    refused(() => open(folder), 'model.safetensors', 'truncated');
    const other = copyOfModel('tiny-f16');
    appendFileSync(weightsOf(other), 'xyz');
    refused(() => open(other), 'model.safetensors', '3 bytes after');
    const third = copyOfModel('tiny-f16');
    const bytes = readFileSync(weightsOf(third));
    bytes.write('!', 8);
    writeFileSync(weightsOf(third), bytes);
    refused(() => open(third), 'not JSON');
  });

  it('refuses a tensor that is missing, unknown, overlapping or of another shape or type', () => {
    const name = 'bert.encoder.layer.0.attention.self.key.weight';
    const edited = (edit: Parameters<typeof editHeader>[1]): (() => unknown) => {
      const folder = copyOfModel('tiny-f16');
      editHeader(weightsOf(folder), edit);
      return () => open(folder);
    };
    const rename = (to: string) =>
      edited((h) => {
        h[to] = h[name];
        delete h[name];
      });
    refused(rename('other'), name, 'lacks');
    refused(rename('bert.surprise'), name);
    refused(
      edited((h) => {
        h[name].shape = [12, 48];
      }),
      name,
      '[12, 48]',
      '[24, 24]',
    );
    refused(
      edited((h) => {
        h[name].dtype = 'I16';
      }),
      name,
      'I16',
    );
    refused(
      edited((h) => {
        h[name].dtype = 'F8';
      }),
      name,
      'F8',
    );
    refused(
      edited((h) => {
        h[name].shape = [24];
      }),
      name,
      '48',
    );
    refused(
      edited((h) => {
        h[name].shape = [-24, -24];
      }),
      name,
      'shape',
    );
    refused(
      edited((h) => {
        h[name].data_offsets = h['qa_outputs.weight'].data_offsets;
        h[name].shape = [2, 24];
      }),
      /overlaps|gap/,
    );
    const grown = copyOfModel('tiny-f16', { config: { num_hidden_layers: 2 } });
    refused(() => open(grown), 'bert.encoder.layer.1.', 'lacks');
    const shrunk = copyOfModel('tiny-f32', { config: { num_hidden_layers: 1 } });
    refused(() => open(shrunk), 'bert.encoder.layer.1.', 'does not describe');
  });

  it('refuses 8-bit weights without their scales', () => {
    const folder = copyOfModel('tiny-int8', { config: { quantization_config: undefined } });
    refused(() => open(folder), 'word_embeddings', 'I8');
  });

  it('old names of LayerNorm are read', () => {
    const folder = copyOfModel('tiny-f16');
    editHeader(weightsOf(folder), (h) => {
      for (const key of Object.keys(h)) {
        const old = key.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');
        if (old === key) continue;
        h[old] = h[key];
        delete h[key];
      }
    });
    assert.equal(open(folder).float('bert.embeddings.LayerNorm.weight').length, 24);
  });
});

describe('a vocabulary that does not belong to its model', () => {
  const lines = () =>
    readFileSync(path.join(fixture('tiny-f32'), 'vocab.txt'), 'utf8')
      .split('\n')
      .slice(0, -1);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const read = (text: string, own: object = {}, installed?: string): number => {
    const folder = copyOfModel('tiny-f32', { config: { ask_bert: own } });
    writeFileSync(path.join(folder, 'vocab.txt'), text);
    if (installed !== undefined) writeFileSync(path.join(folder, 'ask-bert-model.json'), installed);
    return readModelVocabulary(readModelConfig(folder)).size;
  };
  const text = (pieces: readonly string[]) => `${pieces.join('\n')}\n`;
  const whole = text(lines());

  it('may lack rows that no piece has, unless the file was cut', () => {
    assert.equal(read(whole), 110);
    assert.equal(read(text(lines().slice(0, 103))), 103);
    refused(() => read(text(lines().slice(0, 10))), 'vocab.txt has 10 pieces', '110');
    refused(() => read(text(lines().slice(0, 80)).trimEnd()), 'vocab.txt has 80 pieces', '110');
    // Padded to a multiple of 64 or 128; with a thousand rows, or 19,479, that no piece has (real models).
    for (const [pieces, rows] of [
      [30_522, 30_528],
      [30_522, 30_592],
      [31_102, 32_102],
      [30_521, 50_000],
    ])
      assert.equal(isCut(pieces, rows), false, `${pieces} of ${rows}`);
    assert.equal(isCut(15_000, 30_522), true);
    assert.equal(isCut(30_394, 30_522, false), true);
    assert.equal(isCut(30_522, 30_528, false), false);
  });

  it('is refused if a line is longer than any piece', () => {
    const pieces = lines();
    pieces[20] = 'x'.repeat(256);
    assert.equal(read(text(pieces)), 110);
    pieces[20] = 'x'.repeat(15_000_000);
    refused(() => read(text(pieces)), 'vocab.txt is damaged: line 21 has 15000000 characters', 'at most 256');
  });

  it('is checked by the hash in config.json, whatever its line ends', () => {
    const own = { vocabulary_sha256: sha256(whole) };
    assert.equal(read(whole, own), 110);
    assert.equal(read(whole.replaceAll('\n', '\r\n'), own), 110);
    const pieces = lines();
    [pieces[50], pieces[51]] = [pieces[51], pieces[50]];
    refused(() => read(text(pieces), own), 'vocab.txt is not that of this model', sha256(whole));
    refused(() => read(whole, { vocabulary_sha256: 'x' }), 'config.json', 'vocabulary_sha256');
  });

  it('is checked by the hash recorded when it was stored', () => {
    const noted = (sha: string) => JSON.stringify({ files: [{ name: 'vocab.txt', sha256: sha }] });
    assert.equal(read(whole, {}, noted(sha256(whole))), 110);
    refused(() => read(text(lines().slice(0, 109)), {}, noted(sha256(whole))), 'is not that of this model');
    for (const odd of ['', '{', 'null', '{"files":3}', '{"files":[null]}', noted('x')]) {
      assert.equal(read(whole, {}, odd), 110);
    }
  });

  it('is checked in the embedded model and after an import', async () => {
    const embedded = readModelConfig('models/default');
    assert.equal(
      embedded.vocabularySha256,
      sha256(readFileSync('models/default/vocab.txt', 'utf8').replaceAll('\r\n', '\n')),
    );
    const folder = `${copyOfModel('tiny-f32')}-imported`;
    await importModel(fixture('tiny-f32'), folder);
    assert.equal(readModelConfig(folder).vocabularySha256, sha256(whole));
    writeFileSync(path.join(folder, 'vocab.txt'), text(lines().slice(0, 109)));
    refused(() => readModelVocabulary(readModelConfig(folder)), 'is not that of this model');
    rmSync(folder, { recursive: true });
  });
});

describe('Session with a bad model', () => {
  it('names a vocabulary that is missing or too long, and recovers once it is repaired', async () => {
    const folder = copyOfModel('tiny-f32');
    const vocabulary = path.join(folder, 'vocab.txt');
    const session = new Session({ modelPath: folder, threads: 1 });
    renameSync(vocabulary, `${vocabulary}.bak`);
    await assert.rejects(session.prepare(), { code: 'ModelInvalid', message: /vocab\.txt/ });
    writeFileSync(vocabulary, `${readFileSync(`${vocabulary}.bak`, 'utf8')}extra\n`);
    await assert.rejects(session.prepare(), { code: 'ModelInvalid', message: /vocab\.txt has \d+ pieces/ });
    renameSync(`${vocabulary}.bak`, vocabulary);
    await session.prepare();
    assert.equal(session.model?.layers, 2);
    await session.unload();
    assert.equal(session.model, null);
  });
});
