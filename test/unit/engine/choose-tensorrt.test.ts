/** In which precision TensorRT answers, with which ranges, and what is said if it is not the one that was asked for. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { rangesFor, tensorRtPrecision } from '../../../server/engine/choose/precision.js';
import { readModelConfig } from '../../../server/model/config.js';
import type { Ranges } from '../../../server/model/ranges/ranges.js';
import { rangesFile, writeRanges } from '../../../server/model/ranges/ranges-file.js';
import type { BackgroundState } from '../../../server/protocol.js';
import { sha256OfFile } from '../../../server/storage/hash.js';
import { bare, choose, device, discarded, layer, type Made, model, oneWindow, settled } from './choose-fixtures.js';
import { temporaryFolder } from './tensorrt-fixtures.js';

const measured = (f1: number, speed: number | undefined = 1.5) => ({
  f1,
  questions: 100,
  data: 'some',
  speed,
  device: 'NVIDIA Y',
});
/** As it was noted before speeds were. */
const withoutSpeed = { f1: 0.1, questions: 100, data: 'some' };

const cacheFolder = temporaryFolder();
const place = (folder: string, on: ReturnType<typeof device> | undefined = device(9, 0)) => ({
  config: readModelConfig(folder),
  device: on,
  cacheFolder,
});

describe('the precision of TensorRT', () => {
  it('int8 and fp8 come with the ranges of the model', async () => {
    const folder = await model();
    for (const wish of ['int8', 'fp8'] as const) {
      const { precision, ranges, reason, unmet } = await tensorRtPrecision(wish, place(folder));
      assert.deepEqual([precision, reason, unmet], [wish, `${wish}: chosen in the settings`, undefined]);
      assert.deepEqual([...ranges!], [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7]);
    }
    const half = await tensorRtPrecision('bf16', place(folder));
    assert.deepEqual(half, { precision: 'bf16', reason: 'bf16: chosen in the settings' });
  });

  it('without ranges they are refused with the command that measures them, and fp16 answers', async () => {
    const folder = bare();
    const why =
      `int8 needs the ranges of the model, and ${folder} has no ask-bert-ranges.json. ` +
      `Measure them: ask-bert calibrate ${JSON.stringify(folder)}`;
    assert.deepEqual(await tensorRtPrecision('int8', place(folder)), {
      precision: 'fp16',
      reason: `fp16: ${why}`,
      unmet: {
        precision: 'fp16',
        message: `The precision int8 was requested, but TensorRT answers in fp16: ${why}.`,
        why,
      },
    });
    await assert.rejects(rangesFor('fp8', place(folder)), {
      code: 'ModelInvalid',
      message: `fp8 needs the ranges of the model, and ${folder} has no ask-bert-ranges.json.`,
    });
  });

  it('with ranges of other weights they are refused, too', async () => {
    const folder = await model({ weights: '0'.repeat(64) });
    const { precision, ranges, unmet } = await tensorRtPrecision('fp8', place(folder));
    assert.deepEqual([precision, ranges], ['fp16', undefined]);
    assert.ok(unmet?.message.includes(`${rangesFile({ folder })} is for other weights`), unmet?.message);
  });

  it('int8 needs compute capability 7.5, fp8 8.9; the device is named with its own', async () => {
    const folder = await model();
    const cases = [
      ['int8', 7, 0, 7.5],
      ['int8', 7, 5, undefined],
      ['fp8', 7, 5, 8.9],
      ['fp8', 8, 6, 8.9],
      ['fp8', 8, 9, undefined],
      ['fp8', 12, 0, undefined],
    ] as const;
    for (const [wish, major, minor, least] of cases) {
      const { precision, reason } = await tensorRtPrecision(wish, place(folder, device(major, minor)));
      if (least === undefined) assert.equal(precision, wish);
      else {
        const has = `NVIDIA X has ${major}.${minor}`;
        const needs = `${wish} needs a device of compute capability ${least} or newer; ${has}. Choose fp16 or auto`;
        assert.deepEqual([precision, reason], ['fp16', `fp16: ${needs}`]);
      }
    }
    // For no particular device.
    assert.equal((await tensorRtPrecision('fp8', { ...place(folder), device: undefined })).precision, 'fp8');
  });

  it('auto takes what was measured to be fastest, if its loss is below the limit and it is faster than fp16', async () => {
    const usual = 'fp16: products and LayerNorm are summed in fp32';
    const chosen = (precision: string, f1: number, speed: number) =>
      `${precision}: it costs this model ${f1} F1 (100 questions of some) and is ${speed} times as fast as fp16 ` +
      '(measured on NVIDIA Y)';
    const slower = (precision: string, speed: number) =>
      `fp16: ${precision} is ${speed} times as fast with this model (measured on NVIDIA Y)`;
    const cases: [change: Partial<Ranges> | undefined, precision: string, reason: string][] = [
      [undefined, 'fp16', usual],
      [{}, 'fp16', usual],
      [{ loss: { int8: measured(0.3) } }, 'fp16', usual],
      [{ loss: { int8: measured(0.29) } }, 'int8', chosen('int8', 0.29, 1.5)],
      [{ loss: { int8: measured(-0.1), fp8: measured(-1) } }, 'int8', chosen('int8', -0.1, 1.5)],
      [{ loss: { int8: measured(0.1, 1.2), fp8: measured(0.2, 1.3) } }, 'fp8', chosen('fp8', 0.2, 1.3)],
      [{ loss: { int8: measured(0.3), fp8: measured(0.1) } }, 'fp8', chosen('fp8', 0.1, 1.5)],
      [{ loss: { int8: measured(0.3, 9), fp8: measured(0.1, 1.001) } }, 'fp8', chosen('fp8', 0.1, 1.001)],
      [{ loss: { fp8: measured(0.31) } }, 'fp16', usual],
      [{ loss: { int8: measured(0, 1) } }, 'fp16', slower('int8', 1)],
      [{ loss: { int8: measured(0, 0.8), fp8: measured(0, 0.9) } }, 'fp16', slower('fp8', 0.9)],
      [{ loss: { int8: measured(0, 0.8), fp8: measured(0.3, 2) } }, 'fp16', slower('int8', 0.8)],
      [{ loss: { fp8: withoutSpeed } }, 'fp16', 'fp16: whether fp8 is faster with this model was not measured'],
      [{ loss: { int8: withoutSpeed, fp8: measured(0.1) } }, 'fp8', chosen('fp8', 0.1, 1.5)],
    ];
    for (const [change, precision, reason] of cases) {
      const folder = change ? await model(change) : bare();
      const found = await tensorRtPrecision('auto', place(folder));
      assert.deepEqual([found.precision, found.reason, found.unmet], [precision, reason, undefined]);
      assert.equal(found.ranges?.length, precision === 'fp16' ? undefined : 14);
    }
    const folder = await model({ loss: { int8: measured(0), fp8: measured(0) } });
    assert.equal((await tensorRtPrecision('auto', place(folder, device(8, 9)))).precision, 'fp16');
    assert.equal((await tensorRtPrecision('auto', { ...place(folder), device: undefined })).precision, 'fp16');
  });

  it('auto says what is wrong with the ranges that it does not use', async () => {
    const folder = bare();
    writeFileSync(rangesFile({ folder }), '{"format":');
    const { precision, reason } = await tensorRtPrecision('auto', place(folder));
    assert.equal(precision, 'fp16');
    assert.ok(reason.startsWith(`fp16: ${rangesFile({ folder })} cannot be read: `), reason);
  });
});

describe('an engine of 8 bits', () => {
  const precisions = (made: readonly Made[]) => made.map(({ precision }) => precision);

  it('is made with the ranges and answers', async () => {
    const { engine, made, reasons } = await choose(await model(), { precision: 'int8' });
    assert.deepEqual([engine.info.name, engine.info.precision], ['tensorrt', 'int8']);
    assert.deepEqual(
      made.map(({ ranges }) => ranges?.length),
      [14],
    );
    assert.ok(reasons.includes('int8: chosen in the settings'));
    await engine.close();
  });

  it('that cannot be made is one of the CPU with int8 and auto, and fp16 with what was asked for otherwise', async () => {
    const folder = bare();
    const cpu = await choose(folder, { precision: 'int8' });
    assert.deepEqual([cpu.engine.info.name, cpu.engine.info.precision, cpu.unmet], ['cpu', 'int8', undefined]);
    assert.match(cpu.reasons[0], /^cpu: int8 needs the ranges of the model, and .* Measure them: ask-bert calibrate /);
    for (const settings of [{ engine: 'tensorrt', precision: 'int8' }, { precision: 'fp8' }] as const) {
      const half = await choose(folder, settings);
      assert.deepEqual([half.engine.info.name, half.engine.info.precision], ['tensorrt', 'fp16']);
      assert.match(half.unmet!.message, /^The precision (int8|fp8) was requested, .* fp16: .*ask-bert calibrate/);
      await half.engine.close();
    }
    await cpu.engine.close();
  });

  it('that cannot be made is said so when fp16 answers after its build, too', async () => {
    const { engine, unmet } = await choose(bare(), { precision: 'fp8' }, { kept: [] });
    assert.equal(engine.info.name, 'cpu');
    assert.equal(unmet?.precision, 'fp16');
    await engine.close();
  });

  it('chosen automatically gives way to fp16 if it misses the golden logits; one that was asked for to the CPU', async () => {
    const folder = await model({ loss: { int8: measured(0) } });
    const auto = await choose(folder, {}, { wrong: ['int8'] });
    assert.deepEqual([auto.engine.info.name, auto.engine.info.precision], ['tensorrt', 'fp16']);
    assert.deepEqual(precisions(auto.made), ['int8', 'fp16']);
    assert.equal(auto.made[1].ranges, undefined);
    assert.match(auto.refused.join(), /^The tensorrt engine in int8 was refused: .* fp16 answers instead\.$/);
    assert.ok(auto.reasons.some((reason) => /^fp16: The tensorrt engine in int8 was refused/.test(reason)));
    const asked = await choose(folder, { precision: 'int8' }, { wrong: ['int8'] });
    assert.deepEqual([asked.engine.info.name, precisions(asked.made)], ['cpu', ['int8']]);
    await asked.engine.close();
    await auto.engine.close();
  });

  it('chosen automatically gives way to fp16 also while the CPU answers', async () => {
    const folder = await model({ loss: { int8: measured(0) } });
    const { engine, made } = await choose(folder, {}, { wrong: ['int8'], kept: [] });
    assert.equal(engine.info.name, 'cpu');
    await settled(engine);
    await engine.run(oneWindow);
    assert.deepEqual([engine.info.name, engine.info.precision], ['tensorrt', 'fp16']);
    // One shape in each precision, then all shapes.
    assert.deepEqual(precisions(made), ['int8', 'fp16', 'fp16']);
    await engine.close();
  });

  it('of one shape answers first, then one of all shapes; the first plan is removed', async () => {
    const heard: BackgroundState[] = [];
    discarded.length = 0;
    const { engine, made } = await choose(bare(), {}, { kept: [], onBackground: (state) => void heard.push(state) });
    assert.equal(engine.info.name, 'cpu');
    await settled(engine);
    await engine.run(oneWindow);
    assert.equal(engine.info.name, 'tensorrt');
    const { maxSequenceLength: length } = readModelConfig(bare());
    assert.deepEqual(
      made.map(({ buckets }) => buckets),
      [[{ batch: 8, length }], undefined],
    );
    assert.deepEqual(discarded, ['part of fp16']);
    const building = { building: { device: 'NVIDIA X', done: 0 } };
    const notice = { notice: 'The engine for NVIDIA X is built and answers from now on.' };
    assert.deepEqual(heard, [building, notice, building, {}]);
    await engine.close();
  });

  it('of one shape that is on disk answers at once, and is enough where nothing is built', async () => {
    for (const background of [true, false]) {
      const kept = ['part of fp16'];
      const { engine, made } = await choose(bare(), {}, { kept, background });
      assert.equal(engine.info.name, 'tensorrt');
      await settled(engine);
      assert.deepEqual(
        made.map(({ buckets }) => buckets?.length),
        background ? [1, undefined] : [1],
      );
      await engine.close();
    }
  });

  it('that was asked for is built: one shape before the first answer, or all where nothing is built behind it', async () => {
    for (const background of [true, false]) {
      const { engine, made } = await choose(bare(), { engine: 'tensorrt' }, { kept: [], background });
      assert.equal(engine.info.name, 'tensorrt');
      assert.deepEqual(
        made.slice(0, 1).map(({ buckets }) => buckets?.length),
        [background ? 1 : undefined],
      );
      await engine.close();
    }
  });

  it('that was refused is tried again after another calibration, and only then', async () => {
    const folder = await model();
    const cache = temporaryFolder();
    const settings = { engine: 'tensorrt', precision: 'int8' } as const;
    const tries = async (wrong: string[]) => {
      const { engine, made } = await choose(folder, settings, { wrong, cache });
      await engine.close();
      return [engine.info.name, made.length];
    };
    assert.deepEqual(await tries(['int8']), ['cpu', 1]);
    assert.deepEqual(await tries([]), ['cpu', 0]);
    const weights = await sha256OfFile(path.join(folder, 'model.safetensors'));
    const layers = [layer, { ...layer, inner: 8 }];
    writeRanges({ folder }, { format: 1, weights, windows: 3, method: 'max', layers });
    assert.deepEqual(await tries([]), ['tensorrt', 1]);
  });
});
