/** Engines on disk: kept, found, damaged, locked; and real builds in the child process that fill the cache. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { mappedWeightsName } from '../../../server/engine/mapped-weights.js';
import { EngineCache, type EngineIdentity } from '../../../server/engine/tensorrt/cache.js';
import { type BuildTarget, identityOf, NotPrepared, preparePlan } from '../../../server/engine/tensorrt/prepare.js';
import { readModelConfig } from '../../../server/model/config.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { fixture } from '../model/model-fixtures.js';
import { describeNative, rtxLibrary, rtxVersion, temporaryFolder, tinyShape } from './tensorrt-fixtures.js';

const identity: EngineIdentity = {
  model: 'm',
  weights: 'w',
  config: tinyShape,
  precision: 'fp16',
  buckets: [{ batch: 1, length: 16 }],
  flavour: 'trt10',
  version: '10.6.0',
  device: 'NVIDIA X',
  computeCapability: '9.0',
  cudaMajor: 13,
  tuning: {},
  networkVersion: 1,
};

const plan = Buffer.from('a plan');
const writePlan = async (file: string) => {
  writeFileSync(file, plan);
  return { networkLayers: 7, attention: false };
};

describe('engine cache', () => {
  it('keeps an engine with its description', async () => {
    const cache = new EngineCache(temporaryFolder());
    const key = cache.keyOf(identity);
    assert.deepEqual((await cache.read(key)) as { reason: string }, {
      reason: 'missing',
      detail: ((await cache.read(key)) as { detail: string }).detail,
    });
    await cache.write(key, identity, writePlan);
    const found = await cache.read(key);
    assert.ok('plan' in found);
    assert.deepEqual(Buffer.from(found.plan), plan);
    assert.equal(found.manifest.networkLayers, 7);
    assert.equal(found.manifest.planBytes, plan.length);
    assert.deepEqual(await cache.list(), [found.manifest]);
    assert.deepEqual(readdirSync(cache.folder), [key]);
  });

  it('has another key for everything that changes an engine, but not for the name of the model', () => {
    const cache = new EngineCache('.');
    const key = cache.keyOf(identity);
    assert.equal(cache.keyOf({ ...identity, model: 'other' }), key);
    for (const change of [
      { weights: 'v' },
      { config: { ...tinyShape, layers: tinyShape.layers + 1 } },
      { precision: 'bf16' as const },
      { buckets: [{ batch: 2, length: 16 }] },
      { flavour: 'trt11' as const },
      { version: '10.7.0' },
      { device: 'NVIDIA Y' },
      { computeCapability: '8.9' },
      { cudaMajor: 12 },
      { networkVersion: 2 },
      { tuning: { strip: true } },
      { ranges: 'r' },
    ]) {
      assert.notEqual(cache.keyOf({ ...identity, ...change }), key, JSON.stringify(change));
    }
  });

  it('an engine of another calibration has another key', async () => {
    const cache = new EngineCache(temporaryFolder());
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
    const target = { flavour: 'trt10', library: 'x', version: '10.6.0' } as const;
    const keyWith = async (ranges?: Float32Array) => {
      const { buckets } = identity;
      const options = { precision: 'int8' as const, buckets, cacheFolder: cache.folder, ...(ranges && { ranges }) };
      return cache.keyOf(await identityOf(weights, target, options));
    };
    const ranges = Float32Array.from({ length: 14 }, (_, i) => i + 1);
    const key = await keyWith(ranges);
    assert.equal(await keyWith(ranges.slice()), key);
    assert.notEqual(await keyWith(Float32Array.from(ranges, (x, i) => (i === 13 ? 14.5 : x))), key);
    assert.notEqual(await keyWith(), key);
    weights.close();
  });

  it('notices a plan that was truncated, changed or put in the wrong place', async () => {
    const cache = new EngineCache(temporaryFolder());
    const key = cache.keyOf(identity);
    const file = path.join(cache.folder, key, 'engine.plan');
    const manifest = path.join(cache.folder, key, 'manifest.json');
    for (const spoil of [
      () => writeFileSync(file, 'a pla'),
      () => writeFileSync(file, 'b plan'),
      () => writeFileSync(manifest, '{'),
      () => writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(key, key.replace(/^./, 'x'))),
    ]) {
      await cache.write(key, identity, writePlan);
      spoil();
      const found = await cache.read(key);
      assert.ok('reason' in found);
      assert.equal(found.reason, 'damaged');
    }
  });

  it('leaves nothing behind when a build fails', async () => {
    const cache = new EngineCache(temporaryFolder());
    await assert.rejects(
      cache.write(cache.keyOf(identity), identity, async (file) => {
        writeFileSync(file, 'half');
        throw new Error('failed');
      }),
      /failed/,
    );
    assert.deepEqual(readdirSync(cache.folder), []);
  });

  it('clears engines and timing caches, and nothing else', async () => {
    const cache = new EngineCache(temporaryFolder());
    await cache.write(cache.keyOf(identity), identity, writePlan);
    writeFileSync(cache.timingFile(identity), '');
    writeFileSync(path.join(cache.folder, 'notes.txt'), '');
    assert.equal(await cache.clear(), 1);
    assert.deepEqual(readdirSync(cache.folder), ['notes.txt']);
    assert.equal(await new EngineCache(path.join(cache.folder, 'none')).clear(), 0);
  });

  it('clears the rest when a file cannot be removed, and says so', async (t) => {
    const cache = new EngineCache(temporaryFolder());
    await cache.write(cache.keyOf(identity), identity, writePlan);
    const names = ['a', 'b', 'c'].map((each) => mappedWeightsName(each)).sort();
    for (const name of names) writeFileSync(path.join(cache.folder, name), '');
    const { rm } = files;
    const removed = t.mock.method(files, 'rm', async (file: string, options: object) => {
      if (file.endsWith(names[0])) throw Object.assign(new Error('EPERM: it is mapped'), { code: 'EPERM' });
      return rm(file, options);
    });
    await assert.rejects(cache.clear(), {
      code: 'EngineBuild',
      message: `1 of the files in ${cache.folder} could not be removed: EPERM: it is mapped.`,
    });
    assert.deepEqual(readdirSync(cache.folder), [names[0]]);
    removed.mock.restore();
    assert.equal(await cache.clear(), 0);
    assert.deepEqual(readdirSync(cache.folder), []);
  });

  it('lets only one builder at a time work on a key', async () => {
    const cache = new EngineCache(temporaryFolder());
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => cache.locked('k', undefined, work)));
    assert.equal(most, 1);
    assert.ok(!existsSync(path.join(cache.folder, 'k.lock')));
  });

  it('takes over a lock whose process has ended, or that was not refreshed for a long time', async (t) => {
    const cache = new EngineCache(temporaryFolder(), { staleMs: 300, heartbeatMs: 50, pollMs: 10 });
    const lock = path.join(cache.folder, 'k.lock');
    // No process can have this id.
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 30, host: hostname() }));
    assert.equal(await cache.locked('k', undefined, async () => 'taken'), 'taken');
    writeFileSync(lock, JSON.stringify({ pid: 1, host: 'another machine' }));
    // A clock that is not that of the other machine says nothing: the lock has to stay untouched while somebody waits.
    const old = new Date(Date.now() - 10 * 60_000);
    let now = 0;
    let looks = 0;
    t.mock.method(performance, 'now', () => {
      looks++;
      return now;
    });
    /** The waiter has seen the time and the lock as they are now. */
    const looked = async () => {
      for (const before = looks; looks < before + 2; ) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    let isTaken = false;
    const taken = cache.locked('k', undefined, async () => {
      isTaken = true;
    });
    await looked();
    now = 250;
    await looked();
    utimesSync(lock, old, old);
    await looked();
    now = 500;
    await looked();
    assert.equal(isTaken, false);
    now = 551;
    await taken;
    assert.equal(isTaken, true);
  });

  it('waits for a lock that is held, and can be cancelled meanwhile', async () => {
    const cache = new EngineCache(temporaryFolder());
    writeFileSync(path.join(cache.folder, 'k.lock'), JSON.stringify({ pid: process.pid, host: hostname() }));
    const signal = AbortSignal.timeout(300);
    await assert.rejects(
      cache.locked('k', signal, async () => assert.fail()),
      { code: 'Cancelled' },
    );
  });
});

describeNative('plans of TensorRT-RTX, built in a child process', () => {
  const target = (): BuildTarget => ({ flavour: 'rtx', library: rtxLibrary(), version: rtxVersion });
  const buckets = [{ batch: 2, length: 16 }];

  it('are built once, found again, and rebuilt when damaged', async () => {
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
    const options = { precision: 'fp16' as const, buckets, cacheFolder: temporaryFolder() };
    const cachedOnly = { ...options, cachedOnly: true };
    await assert.rejects(preparePlan(weights, target(), cachedOnly), NotPrepared);
    assert.deepEqual(readdirSync(options.cacheFolder), ['weights.json']);
    const phases: string[] = [];
    const first = await preparePlan(weights, target(), { ...options, onProgress: (phase) => phases.push(phase) });
    assert.equal(first.built, 'missing');
    assert.ok(phases.length > 5);
    assert.equal(first.manifest.attention, true);
    const second = await preparePlan(weights, target(), cachedOnly);
    assert.equal(second.built, undefined);
    assert.equal(second.key, first.key);
    writeFileSync(path.join(options.cacheFolder, first.key, 'engine.plan'), 'spoilt');
    await assert.rejects(preparePlan(weights, target(), { ...cachedOnly, refused: 'too old' }), {
      refused: 'too old',
      message: 'the engine on disk was refused: too old',
    });
    const third = await preparePlan(weights, target(), options);
    assert.equal(third.built, 'damaged');
    assert.match(third.detail!, /6 bytes, expected/);
    weights.close();
  });

  it('are built once when two ask at the same time', async () => {
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f16')));
    const options = { precision: 'fp16' as const, buckets, cacheFolder: temporaryFolder() };
    const both = await Promise.all([1, 2].map(() => preparePlan(weights, target(), options)));
    assert.deepEqual(both.map((each) => each.built).sort(), ['missing', undefined]);
    weights.close();
  });

  it('are abandoned after a cancel, and leave nothing behind', async () => {
    const weights = new ModelWeights(readModelConfig(fixture('tiny-bf16')));
    const options = { precision: 'bf16' as const, buckets, cacheFolder: temporaryFolder() };
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await assert.rejects(preparePlan(weights, target(), { ...options, signal: controller.signal, onProgress }), {
      code: 'Cancelled',
    });
    assert.deepEqual(readdirSync(options.cacheFolder), ['weights.json']);
    weights.close();
  });

  it('report what is wrong with a model or a library', async () => {
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
    const options = { precision: 'fp16' as const, buckets, cacheFolder: temporaryFolder() };
    const wrong = { ...target(), library: '/nowhere/libtensorrt_rtx.so.1' };
    await assert.rejects(preparePlan(weights, wrong, options), { code: 'LibraryMissing', message: /nowhere/ });
    const long = { ...options, buckets: [{ batch: 1, length: 4096 }] };
    await assert.rejects(preparePlan(weights, target(), long), { code: 'BadRequest', message: /length/ });
    weights.close();
  });
});
