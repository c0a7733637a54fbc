/** 8-bit rows whose products no processor saturates: against plain integer arithmetic, by ONNX Runtime on this processor. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactRows, exactRowsOf } from '../../../server/engine/cpu/exact-rows.js';
import { OnnxGraph } from '../../../server/engine/cpu/onnx-writer.js';
import { loadOnnxRuntime } from '../../../server/engine/cpu/runtime.js';
import type { Int8Rows } from '../../../server/model/weights.js';
import fc from '../helpers/fast-check.js';

/** 255 * (|a| + |b|) for columns 2i and 2i + 1 must be a 16-bit number. */
function checkPairs({ values, scales }: Int8Rows, columns: number): void {
  for (let r = 0; r < scales.length; r++) {
    for (let c = 0; c < columns; c += 2) {
      const [a, b] = [values[r * columns + c], c + 1 < columns ? values[r * columns + c + 1] : 0];
      assert.ok(255 * (Math.abs(a) + Math.abs(b)) <= 32767, `${a} beside ${b}`);
      assert.ok(a > -128 && b > -128);
    }
  }
}

const matrix = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc.array(fc.integer({ min: -127, max: 127 }), { minLength: rows * columns, maxLength: rows * columns }),
  }),
);

describe('8-bit rows that add up exactly', () => {
  it('two neighbours fit into 16 bits, and each weight is off by half a step at most, or a whole one where rounding overflowed', () => {
    fc.assert(
      fc.property(matrix, fc.float({ min: 2 ** -20, max: 8, noNaN: true }), ({ rows, columns, values }, scale) => {
        const stored: Int8Rows = { values: Int8Array.from(values), scales: new Float32Array(rows).fill(scale) };
        const floats = Float32Array.from(values, (v) => v * scale);
        for (const made of [exactRows(stored), exactRowsOf(floats, rows)]) {
          checkPairs(made, columns);
          for (const [i, v] of made.values.entries()) {
            const step = made.scales[Math.floor(i / columns)];
            assert.ok(Math.abs(v * step - floats[i]) <= 1.001 * step, `${floats[i]} as ${v} * ${step}`);
          }
        }
      }),
    );
  });

  it('a row that fits is unchanged; one that does not gets the smallest step with which it fits', () => {
    const fits: Int8Rows = { values: Int8Array.of(127, -1, 0, -127, 64, 64), scales: Float32Array.of(0.5) };
    assert.deepEqual(exactRows(fits), fits);
    const rows = exactRows({ values: Int8Array.of(127, 127, 2, 0, 127, 1, 0, 0), scales: Float32Array.of(1, 0.5) });
    // 254 / 128 = 1.984375: 127 becomes 64, 2 becomes 1; the second row stays.
    assert.deepEqual([...rows.values], [64, 64, 1, 0, 127, 1, 0, 0]);
    assert.deepEqual([...rows.scales], [1.984375, 0.5]);
    // 64.5 beside 64.5 would both be rounded up: one of them is not.
    const [a, b] = exactRowsOf(Float32Array.of(0.75, 0.75), 1).values;
    assert.deepEqual([a, b], [64, 64]);
    assert.deepEqual([...exactRowsOf(Float32Array.of(0, 0, 0), 1).values], [0, 0, 0]);
  });

  it('ONNX Runtime adds their products exactly on any processor', async () => {
    const ort = loadOnnxRuntime();
    const { Tensor } = ort;
    let seed = 7;
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed / 2 ** 32;
    };
    for (const [m, k, n] of [
      [1, 32, 16],
      [1, 384, 1152],
      [5, 30, 33],
      [37, 1536, 384],
      [64, 384, 96],
    ]) {
      // Large weights of one sign meet large activations: where sums saturate, these do.
      const weights = Float32Array.from({ length: k * n }, () => (random() < 0.9 ? 1 : -1) * (0.2 + random()));
      const { values } = exactRowsOf(weights, n);
      checkPairs({ values, scales: new Float32Array(n) }, k);
      const x = Uint8Array.from({ length: m * k }, () => (random() < 0.8 ? 255 : Math.floor(random() * 256)));
      const transposed = new Int8Array(k * n);
      for (let r = 0; r < n; r++) for (let c = 0; c < k; c++) transposed[c * n + r] = values[r * k + c];
      const graph = new OnnxGraph();
      const a = graph.input('a', 'uint8', [m, k]);
      const b = graph.constant('b', 'int8', [k, n], transposed);
      graph.node('MatMulInteger', [a, b], { outputs: ['product'] });
      graph.output('product', 'int32', [m, n]);
      const { model, size, external } = graph.finish('weights.bin');
      const session = await ort.InferenceSession.create(model, {
        intraOpNumThreads: 1,
        ...(size > 0 && { externalData: [{ path: 'weights.bin', data: external() }] }),
      });
      const { product } = await session.run({ a: new Tensor('uint8', x, [m, k]) });
      const expected = new Int32Array(m * n);
      for (let i = 0; i < m; i++) {
        for (let r = 0; r < n; r++) {
          let sum = 0;
          for (let c = 0; c < k; c++) sum += x[i * k + c] * values[r * k + c];
          expected[i * n + r] = sum;
        }
      }
      assert.deepEqual(product.data, expected, `${m} x ${k} x ${n}`);
      await session.release();
    }
  });
});
