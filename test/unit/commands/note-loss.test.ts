/** The measured loss of 8 bits: noted with the ranges that it was measured with, and only if TensorRT was measured. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { noteLoss, rangedPrecision, type ScoredRun } from '../../../server/evaluation/note-loss.js';
import { readModelConfig } from '../../../server/model/config.js';
import type { Ranges } from '../../../server/model/ranges/ranges.js';
import { rangesFile, readRanges, writeRanges } from '../../../server/model/ranges/ranges-file.js';
import type { EngineName, Precision } from '../../../server/protocol.js';
import { sha256OfFile } from '../../../server/storage/hash.js';
import { temporaryFolder } from '../engine/tensorrt-fixtures.js';
import { copyOfModel } from '../model/model-fixtures.js';

const cacheFolder = temporaryFolder();
const layer = { input: 1, query: 2, key: 3, value: 4, context: 5, middle: 6, inner: 7 };

async function model(): Promise<{ folder: string; ranges: Ranges }> {
  const folder = copyOfModel('tiny-f32');
  const weights = await sha256OfFile(path.join(folder, 'model.safetensors'));
  const ranges: Ranges = { format: 1, weights, windows: 3, method: 'max', layers: [layer, layer] };
  writeRanges({ folder }, ranges);
  return { folder, ranges };
}

const scored = (f1: number, name: EngineName, precision: Precision): ScoredRun => ({
  f1,
  questions: 100,
  engine: { name, device: 'd', model: 'm', precision },
});

describe('the loss of a precision', () => {
  it('is the F1 of FP32 less its own, and stands beside the ranges for each precision', async () => {
    const { folder } = await model();
    const settings = { modelPath: folder, cacheFolder };
    const f1 = { int8: 85.2, fp8: 85.5, fp32: 85.4567 };
    for (const precision of ['int8', 'fp8'] as const) {
      const { low } = await noteLoss(settings, precision, 'dev.json', {
        run: async (each) => scored(f1[each], 'tensorrt', each),
        speedOf: async (each, ranges) => {
          assert.deepEqual([...ranges], [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7]);
          return { speed: { int8: 1.62, fp8: 0.9 }[each], device: 'NVIDIA X' };
        },
      });
      assert.equal(low.f1, f1[precision]);
    }
    const ranges = await readRanges(readModelConfig(folder), cacheFolder);
    assert.deepEqual(ranges?.loss, {
      int8: { f1: 0.257, questions: 100, data: 'dev.json', speed: 1.62, device: 'NVIDIA X' },
      fp8: { f1: -0.043, questions: 100, data: 'dev.json', speed: 0.9, device: 'NVIDIA X' },
    });
  });

  it('is not noted if another engine or precision answered, without ranges, or if they have changed', async () => {
    const { folder, ranges } = await model();
    const before = readFileSync(rangesFile({ folder }), 'utf8');
    const settings = { modelPath: folder, cacheFolder };
    const never = () => assert.fail('it is not measured');
    const runs: [(each: Precision) => ScoredRun, RegExp][] = [
      [(each) => scored(1, 'cpu', each), /cpu int8 answered, expected TensorRT in int8/],
      [() => scored(1, 'tensorrt', 'fp16'), /tensorrt fp16 answered, expected TensorRT in int8/],
      [() => scored(1, 'tensorrt-rtx', 'int8'), /tensorrt-rtx int8 answered, expected TensorRT in fp32/],
      [() => ({ f1: 0, questions: 0, engine: undefined }), /answered, expected TensorRT in int8/],
    ];
    for (const [run, message] of runs) {
      const measuring = noteLoss(settings, 'int8', 'd', { run: async (each) => run(each), speedOf: never });
      await assert.rejects(measuring, { code: 'EngineBuild', message });
    }
    assert.equal(readFileSync(rangesFile({ folder }), 'utf8'), before);
    const both = async (each: Precision) => scored(1, 'tensorrt', each);
    const slow = new AskBertError('OutOfMemory', 'The device has no memory left.');
    const unmeasured = noteLoss(settings, 'int8', 'd', { run: both, speedOf: () => Promise.reject(slow) });
    await assert.rejects(unmeasured, slow);
    assert.equal(readFileSync(rangesFile({ folder }), 'utf8'), before);
    const changing = noteLoss(settings, 'int8', 'd', {
      run: both,
      speedOf: async () => {
        writeRanges({ folder }, { ...ranges, layers: [layer, { ...layer, key: 9 }] });
        return { speed: 2, device: 'NVIDIA X' };
      },
    });
    await assert.rejects(changing, { code: 'ModelInvalid', message: /have changed while their loss was measured/ });
    const bare = { modelPath: copyOfModel('tiny-f32'), cacheFolder };
    await assert.rejects(noteLoss(bare, 'fp8', 'd', { run: never, speedOf: never }), {
      code: 'ModelInvalid',
      message: /has no ask-bert-ranges/,
    });
  });

  it('is that of int8 or fp8', () => {
    assert.equal(rangedPrecision('fp8'), 'fp8');
    for (const wish of [undefined, 'auto', 'fp16']) {
      assert.throws(() => rangedPrecision(wish), {
        code: 'BadRequest',
        message: /needs --precision, one of int8, fp8/,
      });
    }
  });
});
