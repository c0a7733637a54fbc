/** The CPU engine against Hugging Face's logits, on tiny models of every storage type and activation. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { chooseEngine } from '../../../server/engine/choose/choose-engine.js';
import { CpuEngine } from '../../../server/engine/cpu/cpu-engine.js';
import type { WindowBatch } from '../../../server/engine/engine.js';
import { readModelConfig } from '../../../server/model/config.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { copyOfModel, fixture } from '../model/model-fixtures.js';

interface Golden {
  lengths: number[];
  inputIds: number[][];
  segmentIds: number[][];
  start: number[][];
  end: number[][];
}

function load(name: string): { weights: ModelWeights; golden: Golden; batch: WindowBatch } {
  const golden: Golden = JSON.parse(readFileSync(path.join(fixture(name), 'golden.json'), 'utf8'));
  const batch: WindowBatch = {
    count: golden.lengths.length,
    length: golden.inputIds[0].length,
    inputIds: Int32Array.from(golden.inputIds.flat()),
    segmentIds: Int32Array.from(golden.segmentIds.flat()),
    lengths: Int32Array.from(golden.lengths),
  };
  return { weights: new ModelWeights(readModelConfig(fixture(name))), golden, batch };
}

/** Largest difference over the pieces that are not padding. */
function difference(golden: Golden, length: number, logits: { start: Float32Array; end: Float32Array }): number {
  let worst = 0;
  for (const [row, n] of golden.lengths.entries()) {
    for (let i = 0; i < n; i++) {
      worst = Math.max(worst, Math.abs(golden.start[row][i] - logits.start[row * length + i]));
      worst = Math.max(worst, Math.abs(golden.end[row][i] - logits.end[row * length + i]));
    }
  }
  return worst;
}

describe('CPU engine', () => {
  for (const name of ['tiny-f32', 'tiny-f16', 'tiny-bf16', 'tiny-int8']) {
    it(`FP32 logits of ${name} are within 1e-4 of Hugging Face's`, async () => {
      const { weights, golden, batch } = load(name);
      const engine = await CpuEngine.create(weights, { precision: 'fp32', threads: 1 });
      const logits = await engine.run(batch);
      assert.equal(logits.start.length, batch.count * batch.length);
      const worst = difference(golden, batch.length, logits);
      assert.ok(worst < 1e-4, `largest difference ${worst}`);
      await engine.close();
    });
  }

  it('8-bit logits follow the FP32 ones', async () => {
    const { weights, golden, batch } = load('tiny-int8');
    const engine = await CpuEngine.create(weights, { precision: 'int8', threads: 1 });
    assert.equal(engine.info.precision, 'int8');
    const worst = difference(golden, batch.length, await engine.run(batch));
    const spread = Math.max(...golden.start.flat()) - Math.min(...golden.start.flat());
    assert.ok(worst > 0 && worst < 0.15 * spread, `largest difference ${worst}, spread ${spread}`);
    await engine.close();
  });

  it('quantises float weights itself when 8-bit is requested', async () => {
    const { weights, golden, batch } = load('tiny-f32');
    const engine = await CpuEngine.create(weights, { precision: 'int8', threads: 1 });
    const worst = difference(golden, batch.length, await engine.run(batch));
    const spread = Math.max(...golden.start.flat()) - Math.min(...golden.start.flat());
    assert.ok(worst < 0.15 * spread, `largest difference ${worst}, spread ${spread}`);
    await engine.close();
  });

  it('a window alone in its batch always gives the same 8-bit logits', async () => {
    const { weights, batch } = load('tiny-int8');
    const engine = await CpuEngine.create(weights, { precision: 'int8', threads: 1 });
    const n = batch.lengths[0];
    const one: WindowBatch = {
      count: 1,
      length: n,
      inputIds: batch.inputIds.slice(0, n),
      segmentIds: batch.segmentIds.slice(0, n),
      lengths: Int32Array.of(n),
    };
    const first = await engine.run(one);
    await engine.run(batch);
    assert.deepEqual(await engine.run(one), first);
    await engine.close();
  });

  it('refuses to run once aborted or closed, and may be closed twice', async () => {
    const { weights, batch } = load('tiny-f32');
    const engine = await CpuEngine.create(weights, { precision: 'fp32', threads: 1 });
    await assert.rejects(engine.run(batch, AbortSignal.abort()), { code: 'Cancelled' });
    await engine.close();
    await engine.close();
    await assert.rejects(engine.run(batch), { code: 'EngineRun' });
  });

  it('auto uses 8-bit only if the model states a small loss and the engine passes its check', async () => {
    for (const [stated, wished] of [
      [undefined, 'fp32'],
      [0.1, 'int8'],
      [0.4, 'fp32'],
    ] as const) {
      const folder = copyOfModel('tiny-int8', { config: { ask_bert: { int8_f1_loss: stated } } });
      const refused: string[] = [];
      const { engine, reasons } = await chooseEngine(
        new ModelWeights(readModelConfig(folder)),
        { engine: 'cpu', threads: 1, cacheFolder: folder },
        { onRefused: (sentence) => refused.push(sentence) },
      );
      const { precision, check } = engine.info;
      assert.ok(check && check.difference <= check.tolerance && check.windows === 3, JSON.stringify(check));
      assert.match(reasons[1], wished === 'int8' ? /^int8: it costs this model 0\.1 F1$/ : /^fp32: /);
      // Where the sums of a processor saturate, the check sees it.
      if (precision === wished) assert.deepEqual([reasons.length, refused], [2, []]);
      else {
        assert.equal(precision, 'fp32');
        assert.match(reasons[2], /^fp32: The cpu engine in int8 was refused: its logits differ .* by [\d.]+/);
        assert.match(refused.join(), /fp32 answers instead\.$/);
      }
      await engine.close();
    }
  });
});
