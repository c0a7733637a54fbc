/** Exported models: the graph gives the model's logits in ONNX Runtime, the files are those of Hugging Face and Triton. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type ExportTarget, exportModel } from '../../../server/engine/export/export-model.js';
import { readModelConfig } from '../../../server/model/config.js';
import { copyOfModel, fixture } from '../model/model-fixtures.js';
import { batchOf, expected } from './remote-fixtures.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-export-'));
after(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
async function exported(model: string, target: ExportTarget = 'onnx', name = 'ask-bert') {
  const folder = path.join(root, `${++count}`);
  return { folder, files: await exportModel(model, folder, { target, name }) };
}

/** Logits of rows that are padded to the longest, with a mask. */
async function run(model: string, lengths: readonly number[]) {
  const batch = batchOf(lengths);
  const session = await InferenceSession.create(model, { graphOptimizationLevel: 'basic' });
  const shape = [batch.count, batch.length];
  const mask = new Int32Array(batch.inputIds.length);
  for (const [row, length] of lengths.entries()) mask.fill(1, row * batch.length, row * batch.length + length);
  const wide = (values: Int32Array) => new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
  const { start_logits, end_logits } = await session.run({
    input_ids: wide(batch.inputIds),
    attention_mask: wide(mask),
    token_type_ids: wide(batch.segmentIds),
  });
  await session.release();
  assert.deepEqual(start_logits.dims, shape);
  return { batch, start: start_logits.data as Float32Array, end: end_logits.data as Float32Array };
}

describe('export', () => {
  for (const act of ['gelu', 'gelu_new', 'relu']) {
    it(`the graph gives the logits of the model, padded or not: ${act}`, async () => {
      const model = copyOfModel('tiny-f32', { config: { hidden_act: act } });
      const { folder } = await exported(model);
      const { batch, start, end } = await run(path.join(folder, 'onnx', 'model.onnx'), [12, 40, 33, 7]);
      for (const [row, wanted] of (await expected(batch, readModelConfig(model))).entries()) {
        const length = batch.lengths[row];
        for (let i = 0; i < length; i++) {
          assert.ok(Math.abs(start[row * batch.length + i] - wanted[i]) < 1e-4, `${row}, ${i}`);
          assert.ok(Math.abs(end[row * batch.length + i] - wanted[length + i]) < 1e-4, `${row}, ${i}`);
        }
      }
    });
  }

  it('weights of 8 bits are exported as what they stand for', async () => {
    const { folder } = await exported(fixture('tiny-int8'));
    const { start } = await run(path.join(folder, 'onnx', 'model.onnx'), [12]);
    assert.ok(start.every(Number.isFinite));
    const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
    assert.equal(config.quantization_config, undefined);
    assert.equal(config.model_type, 'bert');
  });

  it('the folder has what Hugging Face reads, and the report has their hashes', async () => {
    const { folder, files } = await exported(fixture('tiny-f32'));
    const names = ['onnx/model.onnx', 'config.json', 'tokenizer.json', 'tokenizer_config.json', 'vocab.txt'];
    assert.deepEqual(
      files.map(({ name }) => name),
      names,
    );
    for (const { name, bytes, sha256 } of files) {
      const content = readFileSync(path.join(folder, name));
      assert.equal(content.length, bytes);
      assert.equal(createHash('sha256').update(content).digest('hex'), sha256);
    }
    const { model, post_processor, added_tokens } = JSON.parse(
      readFileSync(path.join(folder, 'tokenizer.json'), 'utf8'),
    );
    const lines = readFileSync(path.join(folder, 'vocab.txt'), 'utf8').trimEnd().split('\n');
    for (const [id, piece] of lines.entries()) assert.equal(model.vocab[piece], id);
    assert.equal(Object.keys(model.vocab).length, lines.length);
    assert.deepEqual(post_processor.special_tokens['[SEP]'].ids, [lines.indexOf('[SEP]')]);
    for (const { id, content } of added_tokens) assert.equal(lines[id], content);
  });

  it('for Triton: the repository with its configuration', async () => {
    const { folder, files } = await exported(fixture('tiny-f32'), 'triton', 'team-qa');
    assert.deepEqual(files.map(({ name }) => name).sort(), ['team-qa/1/model.onnx', 'team-qa/config.pbtxt']);
    const config = readFileSync(path.join(folder, 'team-qa', 'config.pbtxt'), 'utf8');
    for (const wanted of [
      'name: "team-qa"',
      'backend: "onnxruntime"',
      'dynamic_batching {',
      'instance_group [',
      'name: "attention_mask"\n    data_type: TYPE_INT64\n    dims: [ -1 ]',
      'name: "end_logits"\n    data_type: TYPE_FP32\n    dims: [ -1 ]',
      'key: "ask_bert_vocabulary_sha256"',
    ]) {
      assert.ok(config.includes(wanted), wanted);
    }
    const hash = createHash('sha256')
      .update(readFileSync(path.join(fixture('tiny-f32'), 'vocab.txt')))
      .digest('hex');
    assert.ok(config.includes(`string_value: "${hash}"`));
    assert.equal(config.split('{').length, config.split('}').length);
    assert.equal(config.split('[').length, config.split(']').length);
  });

  it('overwrites nothing', async () => {
    const folder = path.join(root, 'mine');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'note.txt'), 'mine');
    const options = { target: 'onnx', name: 'ask-bert' } as const;
    await assert.rejects(exportModel(fixture('tiny-f32'), folder, options), /The folder .*mine is not empty/);
    assert.deepEqual(readdirSync(folder), ['note.txt']);
    await assert.rejects(exportModel(fixture('tiny-f32'), path.join(folder, 'note.txt'), options), /is not a folder/);
    const empty = path.join(root, 'empty');
    mkdirSync(empty);
    await exportModel(fixture('tiny-f32'), empty, options);
    assert.ok(existsSync(path.join(empty, 'onnx', 'model.onnx')));
  });

  it('leaves nothing behind when it fails or is cancelled', async () => {
    const place = path.join(root, 'place');
    mkdirSync(place);
    const stop = new AbortController();
    const options = { target: 'onnx', name: 'ask-bert', signal: stop.signal, onProgress: () => stop.abort() } as const;
    await assert.rejects(exportModel(fixture('tiny-f32'), path.join(place, 'out'), options), { code: 'Cancelled' });
    assert.deepEqual(readdirSync(place), []);
    await assert.rejects(exportModel(path.join(root, 'no-model'), path.join(place, 'out'), options), {
      code: 'ModelInvalid',
    });
    assert.deepEqual(readdirSync(place), []);
  });
});
