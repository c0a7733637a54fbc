/** Checksums and number formats of the importers, against published values and plain definitions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, crc32c, unmask } from '../../../server/model/import/crc.js';
import { decodeFloats, floatToHalf, transpose } from '../../../server/model/import/floats.js';
import { tensorflowTarget } from '../../../server/model/import/tf-names.js';
import { torchTarget } from '../../../server/model/import/torch-names.js';
import { halfToFloat } from '../../../server/model/weights.js';
import { seeded } from './import-fixtures.js';

describe('checksums', () => {
  it('have the published values', () => {
    const digits = Buffer.from('123456789');
    assert.equal(crc32c(digits), 0xe3069283);
    assert.equal(crc32(digits), 0xcbf43926);
    // RFC 3720, B.4.
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
    assert.equal(crc32c(new Uint8Array(0)), 0);
  });

  it('are the same in pieces of any length', () => {
    const random = seeded(1);
    const bytes = Uint8Array.from({ length: 1000 }, () => random(256));
    for (let i = 0; i < 50; i++) {
      const cut = random(1000);
      assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), crc32c(bytes));
      assert.equal(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), crc32(bytes));
    }
  });

  it('are unmasked', () => {
    for (const crc of [0, 1, 0x80000000, 0xffffffff, 0xe3069283]) {
      const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
      assert.equal(unmask(masked), crc);
    }
  });
});

describe('floats', () => {
  it('every half is unchanged after conversion to single and back', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const back = floatToHalf(halfToFloat(halves));
    for (let h = 0; h < 65536; h++) {
      const notANumber = (h & 0x7fff) > 0x7c00;
      if (notANumber) assert.ok((back[h] & 0x7fff) > 0x7c00);
      else assert.equal(back[h], h);
    }
  });

  it('singles between two halves are rounded to the nearer, ties to even', () => {
    const steps = halfToFloat(Uint16Array.from({ length: 0x7c00 }, (_, i) => i));
    const random = seeded(2);
    for (let i = 0; i < 20000; i++) {
      const h = random(0x7bff);
      const middle = (steps[h] + steps[h + 1]) / 2;
      const even = h % 2 === 0 ? h : h + 1;
      const [tie, below, above, negative] = floatToHalf(
        Float32Array.of(middle, middle - middle * 2 ** -20, middle + middle * 2 ** -20, -middle),
      );
      assert.deepEqual([tie, below, above, negative], [even, h, h + 1, 0x8000 | even], `half ${h}`);
    }
    assert.deepEqual(
      [...floatToHalf(Float32Array.of(65519.9, 65520, 1e10, -Infinity, 1e-30))],
      [0x7bff, 0x7c00, 0x7c00, 0xfc00, 0],
    );
  });

  it('both byte orders and all types are read', () => {
    const f64 = new Uint8Array(Float64Array.of(1.5, -2).buffer);
    assert.deepEqual(decodeFloats(f64.slice(), 'F64'), Float32Array.of(1.5, -2));
    assert.deepEqual(decodeFloats(f64.slice(0, 8).reverse(), 'F64', true), Float32Array.of(1.5));
    assert.deepEqual(decodeFloats(Uint8Array.of(0x3f, 0xc0), 'BF16', true), Float32Array.of(1.5));
    assert.deepEqual(decodeFloats(Uint8Array.of(0x00, 0x3e), 'F16'), Float32Array.of(1.5));
  });

  it('odd shapes are transposed', () => {
    for (const [rows, columns] of [
      [1, 5],
      [33, 65],
      [70, 3],
    ]) {
      const turned = transpose(
        Float32Array.from({ length: rows * columns }, (_, i) => i),
        rows,
        columns,
      );
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) assert.equal(turned[c * rows + r], r * columns + c);
    }
  });
});

describe('names', () => {
  it('of TensorFlow are on an allow-list', () => {
    assert.deepEqual(tensorflowTarget('bert/encoder/layer_11/attention/self/query/kernel'), {
      name: 'bert.encoder.layer.11.attention.self.query.weight',
      transpose: true,
    });
    assert.deepEqual(tensorflowTarget('cls/squad/output_weights'), { name: 'qa_outputs.weight', transpose: false });
    for (const name of [
      'bert/encoder/layer_0/attention/self/query/kernel/adam_m',
      'bert/pooler/dense/kernel',
      'cls/predictions/output_bias',
      'global_step',
      'loss_scale',
      'bert/encoder/layer_0/attention/self/query/gamma',
      'bert/encoder/layer_0/output/LayerNorm/kernel',
      'bert/encoder/layer_00/output/dense/bias',
      'toString',
    ]) {
      assert.equal(tensorflowTarget(name), undefined, name);
    }
  });

  it("of PyTorch are Hugging Face's and NVIDIA's, old and wrapped", () => {
    for (const [name, target] of [
      ['module.bert.encoder.layer.3.intermediate.dense_act.bias', 'bert.encoder.layer.3.intermediate.dense.bias'],
      ['model.module.qa_outputs.weight', 'qa_outputs.weight'],
      [
        'bert.encoder.layer.0.attention.output.LayerNorm.gamma',
        'bert.encoder.layer.0.attention.output.LayerNorm.weight',
      ],
      ['bert.embeddings.token_type_embeddings.weight', 'bert.embeddings.token_type_embeddings.weight'],
    ]) {
      assert.equal(torchTarget(name), target);
    }
    for (const name of [
      'bert.pooler.dense.weight',
      'bert.embeddings.position_ids',
      'cls.predictions.bias',
      'bert.encoder.layer.0.attention.self.query.amax',
    ]) {
      assert.equal(torchTarget(name), undefined);
    }
  });
});
