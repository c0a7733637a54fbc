/** Which precision the CPU answers in, and why. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { chooseEngine, type EngineSettings } from '../../../server/engine/choose/choose-engine.js';
import { MAX_F1_LOSS } from '../../../server/engine/choose/precision.js';
import { readModelConfig } from '../../../server/model/config.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { copyOfModel } from '../model/model-fixtures.js';

const cacheFolder = mkdtempSync(path.join(tmpdir(), 'ask-bert-choose-'));
after(() => rmSync(cacheFolder, { recursive: true, force: true }));

/** @param loss F1 points that the model says 8-bit arithmetic costs it */
async function choice(loss: number | undefined, settings: EngineSettings = {}) {
  const folder = copyOfModel('tiny-f32', { config: { ask_bert: { int8_f1_loss: loss } } });
  const weights = new ModelWeights(readModelConfig(folder));
  try {
    const chosen = await chooseEngine(weights, { engine: 'cpu', threads: 1, cacheFolder, ...settings });
    const { engine, reasons, unmet } = chosen;
    await engine.close();
    return { precision: engine.info.precision, reasons, ...(unmet && { unmet }) };
  } finally {
    weights.close();
  }
}

describe('the precision of the CPU', () => {
  it('is int8 if the loss is below the limit, otherwise fp32', async () => {
    assert.equal(MAX_F1_LOSS, 0.3);
    const below = await choice(0.29);
    assert.deepEqual(below, {
      precision: 'int8',
      reasons: ['cpu: chosen in the settings', 'int8: it costs this model 0.29 F1'],
    });
    for (const loss of [0.3, 2]) {
      const { precision, reasons } = await choice(loss);
      assert.equal(precision, 'fp32');
      assert.deepEqual(reasons, ['cpu: chosen in the settings', `fp32: 8-bit arithmetic costs this model ${loss} F1`]);
    }
  });

  it('is fp32 if the model does not state the loss of int8', async () => {
    const { precision, reasons } = await choice(undefined);
    assert.equal(precision, 'fp32');
    assert.match(reasons[1], /does not state/);
  });

  it('is the one named by the settings, whatever the loss; fp32 for precisions that the CPU does not have', async () => {
    assert.equal((await choice(5, { precision: 'int8' })).precision, 'int8');
    assert.equal((await choice(0, { precision: 'fp32' })).precision, 'fp32');
    assert.deepEqual(await choice(0, { precision: 'bf16' }), {
      precision: 'fp32',
      reasons: ['cpu: chosen in the settings', 'fp32: the CPU engine has no bf16'],
      unmet: {
        precision: 'fp32',
        message: 'The precision bf16 was requested, but the CPU answers in fp32.',
      },
    });
  });
});
