/** The native add-on: arguments, conversion of weights, libraries that are missing or wrong, and real builds without a GPU. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { addonPath, loadAddon } from '../../../server/engine/tensorrt/native.js';
import { halfToFloat } from '../../../server/model/weights.js';
import {
  builderOf,
  describeNative,
  embeddedShape,
  rtxAddon,
  rtxLibrary,
  rtxVersion,
  temporaryFolder,
  testedAddon,
  tinyShape,
} from './tensorrt-fixtures.js';

const nothing = () => {};

describeNative('native add-on', () => {
  it('exists in three flavours, each for its own library', () => {
    assert.deepEqual(
      (['trt10', 'trt11', 'rtx'] as const).map((flavour) => [loadAddon(flavour).flavour, loadAddon(flavour).major]),
      [
        ['trt10', 10],
        ['trt11', 11],
        ['rtx', 1],
      ],
    );
  });

  it('rounds to half as IEEE 754 requires: every half and the ties between them', () => {
    const { roundTo } = testedAddon();
    const bits = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
    const values = halfToFloat(bits);
    assert.deepEqual(roundTo('fp16', values), bits);
    // Halfway between two neighbours: to the even one.
    const ties = Float32Array.from({ length: 0x7bff }, (_, i) => (values[i] + values[i + 1]) / 2);
    assert.deepEqual(
      roundTo('fp16', ties),
      Uint16Array.from(ties, (_, i) => (i % 2 === 0 ? i : i + 1)),
    );
    assert.deepEqual(
      [...roundTo('fp16', Float32Array.of(-0, 65519, 65520, -Infinity, NaN, 1e-10))],
      [0x8000, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0],
    );
  });

  it('rounds to bfloat16, ties to even', () => {
    const { roundTo } = testedAddon();
    const values = new Float32Array(Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0xbf800000, 0x7f800000).buffer);
    assert.deepEqual([...roundTo('bf16', values)], [0x3f80, 0x3f82, 0x3f81, 0xbf80, 0x7f80]);
  });

  it('rounds to E4M3, ties to even, beyond 448 to 448', () => {
    const { roundTo } = testedAddon();
    // By hand, from the format: a sign, four bits of exponent with a bias of 7, three of the fraction.
    const table: Array<[number, number]> = [
      [0, 0x00],
      [-0, 0x80],
      [2 ** -9, 0x01],
      [2 ** -10, 0x00],
      [3 * 2 ** -10, 0x02],
      [7 * 2 ** -9, 0x07],
      [2 ** -6, 0x08],
      [15.5 * 2 ** -10, 0x08],
      [1, 0x38],
      [1.0625, 0x38],
      [1.1875, 0x3a],
      [-1.5, 0xbc],
      [1.9999, 0x40],
      [240, 0x77],
      [432, 0x7e],
      [431, 0x7d],
      [448, 0x7e],
      [1e9, 0x7e],
      [-Infinity, 0xfe],
      [NaN, 0x7f],
    ];
    const values = Float32Array.from(table, ([value]) => value);
    assert.deepEqual(
      [...roundTo('fp8', values)],
      table.map(([, bits]) => bits),
    );
  });

  it('names a library that is missing, is not a library, is a different one or has another version', () => {
    const addon = loadAddon('trt11');
    assert.throws(() => addon.openLibrary('/nowhere/libnvinfer.so.11'), { code: 'LibraryMissing', message: /nowhere/ });
    const text = path.join(temporaryFolder(), 'libnvinfer.so.11');
    writeFileSync(text, 'not a library');
    assert.throws(() => addon.openLibrary(text), { code: 'LibraryMissing', message: /libnvinfer\.so\.11/ });
    assert.throws(() => addon.openLibrary(addonPath('rtx')!), {
      code: 'LibraryMissing',
      message: /getInferLibVersion/,
    });
    assert.throws(() => addon.openLibrary(rtxLibrary()), {
      code: 'LibraryMissing',
      message: /1\.7\.1, expected 11\.x/,
    });
    assert.throws(() => addon.checkBuilder(-1), { code: 'LibraryMissing', message: /no TensorRT library is loaded/ });
    assert.throws(() => addon.deviceMemory(0), { code: 'LibraryMissing', message: /no CUDA driver is loaded/ });
    assert.throws(() => addon.openDriver('libnothing.so.1'), { code: 'LibraryMissing', message: /libnothing/ });
    assert.throws(() => addon.openLibrary(7 as unknown as string), { code: 'BadRequest' });
  });

  it('refuses an invalid request or tensor by name', async () => {
    const addon = rtxAddon();
    const request = { ...tinyShape, precision: 'fp16' as const, buckets: [{ batch: 1, length: 16 }], device: -1 };
    assert.throws(() => new addon.Builder({ ...request, heads: 5 }), { code: 'BadRequest', message: /heads/ });
    assert.throws(() => new addon.Builder({ ...request, precision: 'int4' as 'fp16' }), { message: /int4/ });
    assert.throws(() => new addon.Builder({ ...request, buckets: [{ batch: 1, length: 65 }] }), { message: /length/ });
    const builder = new addon.Builder(request);
    assert.throws(() => builder.add('x', Float32Array.of(1, NaN)), { code: 'BadRequest', message: /x has the value/ });
    assert.throws(() => builder.add('x', Float32Array.of(70000)), { code: 'BadRequest', message: /cannot hold/ });
    assert.throws(() => builder.add('x', new Int32Array(1) as unknown as Float32Array), { code: 'BadRequest' });
    await assert.rejects(builder.build(nothing), {
      code: 'BadRequest',
      message: /layer\.0\.attention\.self\.query\.weight was not given/,
    });
    assert.throws(() => builder.add('x', new Float32Array(1)), { message: /used already/ });
    const ranged = (values: number[]) => ({
      ...request,
      precision: 'int8' as const,
      ranges: Float32Array.from(values),
    });
    assert.throws(() => new addon.Builder({ ...request, precision: 'fp8' }), { code: 'BadRequest', message: /ranges/ });
    const good = Array.from({ length: 7 * tinyShape.layers }, () => 2);
    for (const [values, message] of [
      [good.slice(1), /ranges has 13 values, expected 14/],
      [[...good.slice(1), 0], /range of bert\.encoder\.layer\.1\.inner is 0\.0+, expected a positive number/],
      [[Number.NaN, ...good.slice(1)], /range of bert\.encoder\.layer\.0\.input is nan/],
    ] as const) {
      await assert.rejects(new addon.Builder(ranged([...values])).build(nothing), { code: 'BadRequest', message });
    }
    const eight = new addon.Builder(ranged(good));
    const name = 'bert.encoder.layer.0.intermediate.dense.weight';
    assert.throws(() => eight.add(name, new Float32Array(33)), { message: /has 33 values, expected rows of 32/ });
    assert.throws(() => eight.add(name, new Float32Array(64).fill(Number.NaN, 40)), { message: /at 40 .*not finite/ });
    const short = new addon.Builder(request);
    short.add('bert.encoder.layer.0.attention.self.query.weight', new Float32Array(8));
    await assert.rejects(short.build(nothing), { message: /has 8 values, the configuration asks for 1024/ });
  });
});

describeNative('TensorRT-RTX without a GPU', () => {
  it('is the version that the tests were written for', () => {
    assert.deepEqual(testedAddon().openLibrary(rtxLibrary()), { version: rtxVersion, attention: true });
  });

  const buckets = [
    { batch: 1, length: 16 },
    { batch: 4, length: 64 },
  ];
  it('stops early when cancelled', async () => {
    const builder = builderOf(rtxAddon(), embeddedShape, 'fp16', buckets);
    let asked = 0;
    await assert.rejects(
      builder.build(() => {
        asked++;
        builder.cancel();
      }),
      { code: 'Cancelled' },
    );
    assert.ok(asked > 0);
  });

  it('reports that no CUDA driver is loaded when a plan is to be run', async () => {
    // None is, whatever the machine has: no test of this file opens one.
    const addon = rtxAddon();
    const { plan } = await builderOf(addon, tinyShape, 'fp16', buckets).build(nothing);
    const missing = { code: 'LibraryMissing', message: 'no CUDA driver is loaded' };
    await assert.rejects(addon.loadEngine(plan, 0), missing);
    // A stripped plan comes with its weights.
    const request = { ...tinyShape, precision: 'fp16' as const, buckets, device: 0, strip: true };
    const builder = new addon.Builder(request);
    assert.throws(() => builder.load('plan' as unknown as Uint8Array), { code: 'BadRequest', message: /plan/ });
    await assert.rejects(new addon.Builder(request).load(plan), missing);
    assert.throws(() => builder.load(plan), { code: 'BadRequest', message: /used already/ });
    const nowhere = new addon.Builder({ ...request, device: -1 });
    assert.throws(() => nowhere.load(plan), { code: 'BadRequest', message: /device is -1/ });
  });
});
