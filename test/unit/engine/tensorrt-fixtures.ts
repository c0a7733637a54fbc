/** What the tests of TensorRT share: the add-on, the real TensorRT-RTX library, weights made on the spot. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import {
  addonPath,
  type Bucket,
  loadAddon,
  type NativeAddon,
  type NativeBuilder,
  type TensorRtPrecision,
  type Tuning,
} from '../../../server/engine/tensorrt/native.js';
import type { NetworkShape } from '../../../server/model/config.js';
import { expectedTensors } from '../../../server/model/weights.js';

/** Why the tests of the native add-on cannot run here; undefined: they can. */
export const absent = !addonPath('rtx')
  ? 'the native add-on is not built (node scripts/build-native.mjs)'
  : process.platform === 'linux'
    ? undefined
    : 'the library for the tests is that of Linux';

/** Set where the add-on has been built, such as in CI: then there must be tests of it. */
const required = process.env.ASKBERT_REQUIRE_NATIVE === '1';

/**
 * Tests of the native add-on. Where it could not be compiled there are none, and that is said; it is a failure where
 * `ASKBERT_REQUIRE_NATIVE=1` is set.
 * @param missing another reason why they cannot run here
 */
export function describeNative(name: string, tests: () => void, missing = absent): void {
  if (!missing) describe(name, tests);
  else if (required) it(name, () => assert.fail(`ASKBERT_REQUIRE_NATIVE is set, but ${missing}`));
  else process.stderr.write(`${name}: no tests, ${missing}\n`);
}

let folder: string | undefined;
/** Folder of the real library, fetched once. Throws where it cannot be fetched: a test that needs it must not pass silently. */
export function rtxFolder(): string {
  if (!folder) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/fetch-tensorrt-rtx.mjs'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    folder = stdout.trim();
  }
  return folder;
}
export const rtxLibrary = (): string => path.join(rtxFolder(), 'libtensorrt_rtx.so.1');
export const rtxVersion = '1.7.1';

/** The add-on for TensorRT-RTX that is tested instead of the one that ships (tensorrt-sanitized.test.ts). */
export const otherAddon: string | undefined = process.env.ASKBERT_TEST_ADDON;

/** The add-on that is tested. */
export const testedAddon = (): NativeAddon => (otherAddon ? require(otherAddon) : loadAddon('rtx'));

export function rtxAddon(): NativeAddon {
  const addon = testedAddon();
  addon.openLibrary(rtxLibrary());
  return addon;
}

const shape = (hiddenSize: number, layers: number, heads: number, intermediateSize: number): NetworkShape => ({
  vocabularySize: 30522,
  positions: 512,
  segmentTypes: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu' as const,
  hiddenSize,
  layers,
  heads,
  intermediateSize,
});
export const tinyShape: NetworkShape = { ...shape(32, 2, 2, 64), vocabularySize: 120, positions: 64 };
export const embeddedShape = shape(384, 6, 12, 1536);
export const baseShape = shape(768, 12, 12, 3072);
export const largeShape = shape(1024, 24, 16, 4096);

/** A builder with weights that mean nothing: slices of one block of numbers. */
export function builderOf(
  addon: NativeAddon,
  c: NetworkShape,
  precision: TensorRtPrecision,
  buckets: Bucket[],
  tuning: Tuning = {},
): NativeBuilder {
  // As good as any: no test without a device runs the engine.
  const ranges = new Float32Array(c.layers * 7).fill(4);
  const builder = new addon.Builder({ ...c, precision, ranges, buckets, device: -1, ...tuning });
  const largest = Math.max(c.vocabularySize, c.intermediateSize, c.positions) * c.hiddenSize;
  const tensors = [...expectedTensors(c)];
  // Each begins elsewhere: TensorRT keeps equal constants once.
  const block = new Float32Array(largest + tensors.length * 31);
  for (let i = 0, seed = 1; i < block.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    block[i] = (seed / 2 ** 31) * 0.04;
  }
  for (const [i, [name, dimensions]] of tensors.entries()) {
    const count = dimensions.reduce((product, each) => product * each, 1);
    builder.add(name, block.subarray(i * 31, i * 31 + count));
  }
  return builder;
}

const made: string[] = [];
after(() => {
  for (const each of made) rmSync(each, { recursive: true, force: true });
});
export function temporaryFolder(): string {
  const made1 = mkdtempSync(path.join(tmpdir(), 'ask-bert-tensorrt-'));
  made.push(made1);
  return made1;
}

/** A cache folder that remembers a device, NVIDIA X, for which the library is said to work. There is no such device. */
export function rememberedDevice(): string {
  const stamp = (file: string) => {
    const real = realpathSync(file);
    const { size, mtimeMs } = statSync(real);
    return [real, size, mtimeMs];
  };
  const folder = temporaryFolder();
  const key = JSON.stringify(['rtx', stamp(rtxLibrary()), stamp(addonPath('rtx')!), undefined]);
  const device = { ordinal: 0, name: 'NVIDIA X', major: 12, minor: 0, totalBytes: 1 };
  const library = { version: rtxVersion, attention: true };
  const result = { library, driver: { cuda: 13000, devices: [device] }, builder: {} };
  writeFileSync(path.join(folder, 'probes.json'), JSON.stringify({ [key]: result }));
  return folder;
}

/** What asks a child process about a library. */
export const probeOrder = (library: string, driver = 'libnothing.so') => ({
  type: 'probe' as const,
  flavour: 'rtx' as const,
  library,
  driver,
  builder: true,
});
