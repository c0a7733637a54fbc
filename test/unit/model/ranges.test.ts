/** The file with a model's ranges: what is in it, what is refused, and how it is replaced. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { readModelConfig } from '../../../server/model/config.js';
import { amaxOf, type Ranges } from '../../../server/model/ranges/ranges.js';
import { rangesFile, readRanges, withLoss, writeRanges } from '../../../server/model/ranges/ranges-file.js';
import { nearestE4m3, nearestEven, roundRows } from '../../../server/model/ranges/rounding.js';
import { sha256OfFile } from '../../../server/storage/hash.js';
import { copyOfModel } from './model-fixtures.js';

const cache = mkdtempSync(path.join(tmpdir(), 'ask-bert-ranges-'));
after(() => rmSync(cache, { recursive: true, force: true }));

const layer = { input: 1, query: 2, key: 3, value: 4, context: 5, middle: 6, inner: 7 };

/** A copy of a model of two layers, and ranges for it. */
async function model(): Promise<{ folder: string; ranges: Ranges }> {
  const folder = copyOfModel('tiny-f32');
  const weights = await sha256OfFile(path.join(folder, 'model.safetensors'));
  const inner = { inner: 0.5, middle: 60000, input: 0.25, query: 1e-30, key: 9, value: 10, context: 11 };
  return { folder, ranges: { format: 1, weights, windows: 3, method: 'max', layers: [layer, inner] } };
}

const read = (folder: string) => readRanges(readModelConfig(folder), cache);

describe('ranges of a model', () => {
  it('are read as they were written, and come in the order that engines expect', async () => {
    const { folder, ranges } = await model();
    assert.equal(await read(folder), undefined);
    writeRanges({ folder }, ranges);
    assert.deepEqual(await read(folder), ranges);
    const expected = [1, 2, 3, 4, 5, 6, 7, 0.25, Math.fround(1e-30), 9, 10, 11, 60000, 0.5];
    assert.deepEqual([...amaxOf(ranges)], expected);
  });

  it('keep what a precision costs beside those of the others', async () => {
    const { folder, ranges } = await model();
    const int8 = { f1: 0.21, questions: 10570, data: 'SQuAD v1.1 dev', speed: 1.6, device: 'NVIDIA X' };
    const fp8 = { f1: -0.02, questions: 100, data: 'some' };
    writeRanges({ folder }, withLoss(withLoss(ranges, 'int8', int8), 'fp8', fp8));
    assert.deepEqual((await read(folder))?.loss, { int8, fp8 });
  });

  it('are refused by name with what was found if anything is wrong with them', async () => {
    const { folder, ranges } = await model();
    const file = rangesFile({ folder });
    const text = JSON.stringify(ranges);
    const changed = (change: object) => JSON.stringify({ ...ranges, ...change });
    const second = (change: object) => changed({ layers: [layer, { ...layer, ...change }] });
    const fast = (change: object) =>
      changed({ loss: { int8: { f1: 0, questions: 1, data: 'd', speed: 2, device: 'x', ...change } } });
    const expected = 'expected a number above 0 and at most 65504';
    const cases: [content: string, fault: string][] = [
      ['', 'cannot be read: Unexpected end of JSON input'],
      [text.slice(0, text.length / 2), 'cannot be read:'],
      ['ranges', 'cannot be read:'],
      ['[]', 'is not an object'],
      ['null', 'is not an object'],
      [changed({ format: 2 }), 'is of an unknown version (2, expected 1)'],
      [changed({ format: undefined }), 'is of an unknown version (missing, expected 1)'],
      [changed({ weights: '0'.repeat(64) }), 'is for other weights'],
      [changed({ windows: 0 }), 'is damaged: windows is 0'],
      [changed({ method: 'mean' }), 'is damaged: method is "mean", expected max, percentile'],
      [changed({ layers: {} }), 'is damaged: layers is {}, expected a list'],
      [changed({ layers: [layer] }), 'is for 1 layers, but the model has 2'],
      [changed({ layers: [layer, layer, layer] }), 'is for 3 layers, but the model has 2'],
      [changed({ layers: [layer, 1] }), `is damaged: layers[1].input is missing, ${expected}`],
      [second({ key: undefined }), `is damaged: layers[1].key is missing, ${expected}`],
      [second({ key: 0 }), `is damaged: layers[1].key is 0, ${expected}`],
      [second({ key: -1 }), `is damaged: layers[1].key is -1, ${expected}`],
      [second({ key: '1' }), `is damaged: layers[1].key is "1", ${expected}`],
      // What JSON makes of NaN and of infinity.
      [second({ inner: Number.NaN }), `is damaged: layers[1].inner is null, ${expected}`],
      [text.replace('"inner":7', '"inner":NaN'), 'cannot be read:'],
      [text.replace('"inner":7', '"inner":1e999'), `is damaged: layers[0].inner is null, ${expected}`],
      // No 32-bit float; larger than FP16 holds.
      [second({ inner: 1e-50 }), `is damaged: layers[1].inner is 1e-50, ${expected}`],
      [second({ inner: 65505 }), `is damaged: layers[1].inner is 65505, ${expected}`],
      [changed({ loss: 1 }), 'is damaged: loss is 1, expected an object'],
      [changed({ loss: { fp4: {} } }), 'is damaged: loss is {"fp4":{}}, expected int8, fp8'],
      [changed({ loss: { int8: 0.1 } }), 'is damaged: loss.int8 is 0.1, expected an object'],
      [changed({ loss: { int8: { f1: null } } }), 'is damaged: loss.int8.f1 is null, expected a number'],
      [changed({ loss: { int8: { f1: 0, questions: 0 } } }), 'is damaged: loss.int8.questions is 0'],
      [changed({ loss: { int8: { f1: 0, questions: 1 } } }), 'is damaged: loss.int8.data is missing'],
      [fast({ speed: 0 }), 'is damaged: loss.int8.speed is 0, expected a number above 0'],
      [fast({ speed: '2' }), 'is damaged: loss.int8.speed is "2", expected a number above 0'],
      [fast({ speed: 7 }).replace(':7,"device"', ':1e999,"device"'), 'is damaged: loss.int8.speed is null'],
      [fast({ speed: undefined }), 'is damaged: loss.int8.speed is missing'],
      [fast({ device: undefined }), 'is damaged: loss.int8.device is missing, expected a string'],
      [' '.repeat(1 << 20) + text, 'cannot be read: it has 10'],
    ];
    for (const [content, fault] of cases) {
      writeFileSync(file, content);
      await assert.rejects(read(folder), (error: { code: string; message: string; remedy: string }) => {
        assert.equal(error.code, 'ModelInvalid');
        assert.ok(error.message.startsWith(`${file} ${fault}`), error.message);
        assert.equal(error.remedy, `Calibrate the model again: ask-bert calibrate ${JSON.stringify(folder)}.`);
        return true;
      });
    }
  });

  it('where they cannot be replaced, nothing half written is left', async () => {
    const { folder, ranges } = await model();
    mkdirSync(path.join(rangesFile({ folder }), 'in the way'), { recursive: true });
    const names = readdirSync(folder);
    assert.throws(() => writeRanges({ folder }, ranges), { syscall: 'rename' });
    assert.deepEqual(readdirSync(folder), names);
    await assert.rejects(read(folder), { code: 'ModelInvalid', message: /cannot be read: it is a folder/ });
  });

  it('of the embedded model are for its weights, of many windows', async () => {
    const ranges = await read(path.resolve('models/default'));
    assert.equal(ranges?.layers.length, 12);
    assert.ok(ranges.windows >= 200);
  });
});

describe('rounding to 8 bits', () => {
  it('E4M3: three bits of fraction, ties to even, steps of 2^-9 below 2^-6, nothing beyond 448', () => {
    const pairs: [number, number][] = [
      [0, 0],
      [1.06, 1],
      [1.0625, 1],
      [1.1875, 1.25],
      [-17.1, -18],
      [0.3, 0.3125],
      [247, 240],
      [249, 256],
      [447, 448],
      [500, 448],
      [-1e9, -448],
      [0.015625, 0.015625],
      [0.003, 0.00390625],
      [0.0009, 0],
      [0.001, 0.001953125],
    ];
    for (const [value, rounded] of pairs) assert.equal(nearestE4m3(value) + 0, rounded, `${value}`);
  });

  it('whole numbers: ties to even', () => {
    assert.deepEqual(
      [0.5, 1.5, 2.5, -0.5, -1.5, -2.4, 3.49].map((x) => nearestEven(x) + 0),
      [0, 2, 2, 0, -2, -2, 3],
    );
  });

  it('rows have a scale each; a row of zeros stays one', () => {
    const matrix = Float32Array.of(127, 1.4, -0.6, 1270, 14, -4, 0, 0, 0);
    assert.deepEqual(
      [...roundRows(matrix, 3, 'int8')].map((x) => x + 0),
      [127, 1, -1, 1270, 10, 0, 0, 0, 0],
    );
    const fine = roundRows(Float32Array.of(448, 17.1, 1.06), 1, 'fp8');
    assert.deepEqual([...fine], [448, 18, 1]);
  });
});
