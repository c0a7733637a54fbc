/** Models of other families than BERT: read, imported and computed as transformers does. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CpuEngine } from '../../../server/engine/cpu/cpu-engine.js';
import { huggingFaceFiles } from '../../../server/engine/export/huggingface.js';
import { unsupportedByTensorRt } from '../../../server/engine/tensorrt/supported.js';
import { checkModel } from '../../../server/model/check-model.js';
import { readModelConfig } from '../../../server/model/config.js';
import { families } from '../../../server/model/families/families.js';
import { bertName, storedName } from '../../../server/model/families/family.js';
import { referenceLogits } from '../../../server/model/golden/reference.js';
import { importModel } from '../../../server/model/import/import-model.js';
import { torchTarget } from '../../../server/model/import/torch-names.js';
import { SafetensorsFile } from '../../../server/model/safetensors.js';
import { expectedTensors, ModelWeights } from '../../../server/model/weights.js';
import { goldenOf, logitDifference, logitsOf, refusedAsync, scratch, tensorDifference } from './import-fixtures.js';
import { copyOfModel, fixture } from './model-fixtures.js';

const CASES = [
  { name: 'distilbert', family: 'distilbert', segments: 1, width: undefined },
  { name: 'electra', family: 'electra', segments: 2, width: 12 },
  { name: 'electra-wide', family: 'electra', segments: 2, width: undefined },
  { name: 'roberta', family: 'roberta', segments: 1, width: undefined },
  { name: 'xlm-roberta', family: 'xlm-roberta', segments: 1, width: undefined },
] as const;

for (const { name, family, segments, width } of CASES) {
  const model = path.join('..', 'families', name);

  describe(`${name}, made by transformers`, () => {
    it('gives its logits on the CPU engine in FP32', async () => {
      const difference = logitDifference(await logitsOf(fixture(model), model), goldenOf(model));
      assert.ok(difference < 1e-4, `largest difference ${difference}`);
    });

    it('gives its logits in the plain forward pass, which every engine is checked by', async () => {
      const { lengths, inputIds, segmentIds, start, end } = JSON.parse(
        readFileSync(path.join(fixture(model), 'golden.json'), 'utf8'),
      );
      const weights = new ModelWeights(readModelConfig(fixture(model)));
      const windows = lengths.map((n: number, i: number) => ({
        inputIds: inputIds[i].slice(0, n),
        segmentIds: segmentIds[i].slice(0, n),
      }));
      const logits = await referenceLogits(weights, windows);
      weights.close();
      const rows = { start: logits.map((l) => [...l.start]), end: logits.map((l) => [...l.end]) };
      assert.ok(logitDifference(rows, { start, end }) < 1e-4);
    });

    it('has the shape that its configuration states', () => {
      const config = checkModel(fixture(model));
      assert.equal(config.family, family);
      assert.equal(config.segmentTypes, segments);
      assert.equal(config.embeddingSize, width);
      assert.equal(config.pair.contextSegment, segments - 1);
    });

    it('is imported with its own names, and gives the same logits', async () => {
      const folder = path.join(scratch(), 'model');
      const report = await importModel(fixture(model), folder);
      assert.equal(tensorDifference(folder, fixture(model)), 0);
      assert.ok(logitDifference(await logitsOf(folder, model), goldenOf(model)) < 1e-4);
      const file = new SafetensorsFile(path.join(folder, 'model.safetensors'));
      const given = new SafetensorsFile(path.join(fixture(model), 'model.safetensors'));
      for (const [tensor, { shape }] of file.tensors) assert.deepEqual(shape, given.tensors.get(tensor)?.shape, tensor);
      assert.equal(file.tensors.size, report.tensors);
      file.close();
      given.close();
      assert.ok(existsSync(path.join(folder, 'ask-bert-golden.json')));
      const written = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
      const stated = JSON.parse(readFileSync(path.join(fixture(model), 'config.json'), 'utf8'));
      assert.deepEqual(written.architectures, stated.architectures);
      for (const [field, value] of Object.entries(written)) {
        if (field in stated) assert.deepEqual(value, stated[field], field);
      }
    });

    it('is stored in 8 bits, and computed in them', async () => {
      const folder = path.join(scratch(), 'model');
      await importModel(fixture(model), folder, { storage: 'int8' });
      const weights = new ModelWeights(checkModel(folder));
      const matrices = [...expectedTensors(weights.config)].filter(([, shape]) => shape.length === 2);
      for (const [tensor] of matrices) {
        const expected = tensor.startsWith('bert.encoder.') || tensor.endsWith('word_embeddings.weight');
        assert.equal(weights.int8(tensor) !== undefined, expected, tensor);
      }
      const engine = await CpuEngine.create(weights, { precision: 'int8', threads: 1 });
      const ids = Int32Array.from({ length: 12 }, (_, i) => 5 + i);
      const { start } = await engine.run({
        count: 1,
        length: 12,
        inputIds: ids,
        segmentIds: new Int32Array(12),
        lengths: Int32Array.of(12),
      });
      assert.ok(start.every(Number.isFinite));
      const [exact] = await referenceLogits(weights, [{ inputIds: [...ids], segmentIds: Array(12).fill(0) }]);
      await engine.close();
      weights.close();
      const spread = Math.max(...exact.start) - Math.min(...exact.start);
      const worst = Math.max(...exact.start.map((value, i) => Math.abs(value - start[i])));
      assert.ok(worst < 0.25 * spread, `${worst} of ${spread}`);
    });

    it('is exported under its own name', () => {
      const files = huggingFaceFiles(readModelConfig(fixture(model)));
      const { model_type, architectures } = JSON.parse(String(files['config.json']));
      const stated = JSON.parse(readFileSync(path.join(fixture(model), 'config.json'), 'utf8'));
      assert.deepEqual([model_type, architectures], [family, stated.architectures]);
    });
  });
}

describe('TensorRT', () => {
  it('says why the CPU answers for a model with a projection after its embeddings', () => {
    const of = (name: string) => unsupportedByTensorRt(readModelConfig(fixture(name)));
    assert.match(of('../families/electra')!, /its embeddings have 12 numbers and its layers 24/);
    for (const name of [
      'tiny-f32',
      '../families/distilbert',
      '../families/electra-wide',
      '../families/roberta',
      '../families/xlm-roberta',
    ]) {
      assert.equal(of(name), undefined, name);
    }
  });
});

describe('the families', () => {
  it('name every tensor of BERT, and are found again by these names', () => {
    const config = readModelConfig(fixture('tiny-f32'));
    const names = [...expectedTensors(config).keys()];
    for (const family of families) {
      const own = names.map((name) => storedName(family, name));
      assert.equal(new Set(own).size, names.length, family.type);
      for (const [i, name] of own.entries()) {
        if (name === undefined) continue;
        assert.equal(bertName(family, name), names[i], family.type);
        assert.equal(torchTarget(`module.${name}`), name);
        for (const other of families) {
          if (other.names === family.names || name.startsWith('qa_outputs.')) continue;
          assert.equal(bertName(other, name), undefined, `${name} as ${other.type}`);
        }
      }
    }
  });

  it('are not mistaken for each other: weights of one with the configuration of another are refused', async () => {
    const folder = copyOfModel(path.join('..', 'families', 'electra-wide'), { config: { model_type: 'bert' } });
    assert.throws(() => checkModel(folder), /lacks the tensor bert\.embeddings\.word_embeddings\.weight/);
    await refusedAsync(() => importModel(folder, path.join(scratch(), 'x')), 'bert.embeddings.word_embeddings.weight');
  });

  it('that are not known are refused by their name, with those that are', () => {
    const folder = copyOfModel('tiny-f32', { config: { model_type: 'longformer' } });
    const types = families.map(({ type }) => `"${type}"`).join(', ');
    assert.throws(
      () => checkModel(folder),
      (e: Error & { remedy?: string }) => {
        assert.ok(e.message.includes('"longformer"') && e.message.includes(types), e.message);
        return families.every(({ type }) => e.remedy?.includes(type));
      },
    );
  });

  it('refuse a field of their own configuration by its own name', () => {
    const folder = copyOfModel(path.join('..', 'families', 'distilbert'), { config: { n_heads: 5 } });
    assert.throws(() => checkModel(folder), /"n_heads" is 5, expected a divisor of dim 24/);
    const wide = copyOfModel(path.join('..', 'families', 'electra'), { config: { embedding_size: 'x' } });
    assert.throws(() => checkModel(wide), /"embedding_size" is "x"/);
  });
});
