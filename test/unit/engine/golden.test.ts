/** The plain forward pass against Hugging Face's logits, and the golden logits that ship against the plain forward pass. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readModelConfig } from '../../../server/model/config.js';
import { goldenFault, makeGolden } from '../../../server/model/golden/golden.js';
import { goldenName, isGoldenRight } from '../../../server/model/golden/golden-file.js';
import { erf, referenceLogits } from '../../../server/model/golden/reference.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { sha256OfFile } from '../../../server/storage/hash.js';
import { fixture } from '../model/model-fixtures.js';

interface HuggingFace {
  lengths: number[];
  inputIds: number[][];
  segmentIds: number[][];
  start: number[][];
  end: number[][];
}

const models = ['tiny-f32', 'tiny-f16', 'tiny-bf16', 'tiny-int8'];

describe('plain forward pass', () => {
  for (const name of models) {
    it(`logits of ${name} are within 1e-5 of Hugging Face's`, async () => {
      const expected: HuggingFace = JSON.parse(readFileSync(path.join(fixture(name), 'golden.json'), 'utf8'));
      const weights = new ModelWeights(readModelConfig(fixture(name)));
      const windows = expected.lengths.map((length, i) => ({
        inputIds: expected.inputIds[i].slice(0, length),
        segmentIds: expected.segmentIds[i].slice(0, length),
      }));
      const logits = await referenceLogits(weights, windows);
      let worst = 0;
      for (const [i, { start, end }] of logits.entries()) {
        for (const [k, value] of start.entries()) worst = Math.max(worst, Math.abs(value - expected.start[i][k]));
        for (const [k, value] of end.entries()) worst = Math.max(worst, Math.abs(value - expected.end[i][k]));
        assert.equal(start.length, expected.lengths[i]);
      }
      assert.ok(worst < 1e-5, `largest difference ${worst}`);
      // Each window alone says the same, to the last bit.
      assert.deepEqual(await referenceLogits(weights, windows.slice(1, 2)), logits.slice(1, 2));
      weights.close();
    });
  }

  it('can be cancelled', async () => {
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
    await assert.rejects(makeGolden(weights, '', AbortSignal.abort()), { code: 'Cancelled' });
    weights.close();
  });

  it('erf has the published values', () => {
    const table = [
      [0, 0],
      [0.5, 0.5204998778130465],
      [-1, -0.8427007929497149],
      [2.5, 0.999593047982555],
      [5.9, 1],
      [1e300, 1],
      [Number.NEGATIVE_INFINITY, -1],
    ];
    for (const [x, value] of table) assert.ok(Math.abs(erf(x) - value) < 1e-14, `erf(${x}) = ${erf(x)}`);
    assert.ok(Number.isNaN(erf(Number.NaN)));
  });
});

describe('golden logits that ship', () => {
  for (const folder of ['models/default', ...models.map(fixture)]) {
    it(`${path.basename(folder)}: belong to its weights and to no others`, async () => {
      const config = readModelConfig(path.resolve(folder));
      const weights = new ModelWeights(config);
      const hash = await sha256OfFile(path.join(folder, 'model.safetensors'));
      assert.ok(await isGoldenRight(weights, hash), 'node scripts/make-golden.mjs makes them');
      weights.close();
      const golden = JSON.parse(readFileSync(path.join(folder, goldenName), 'utf8'));
      assert.equal(goldenFault(golden, config, hash), undefined);
      assert.equal(goldenFault(golden, { ...config, heads: config.heads * 2 }, hash), 'for another configuration');
    });
  }
});
