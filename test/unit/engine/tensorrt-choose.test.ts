/** What is found, what is refused and why, and who answers in the end. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { BatchingEngine } from '../../../server/engine/batching.js';
import { chooseEngine } from '../../../server/engine/choose/choose-engine.js';
import type { Engine } from '../../../server/engine/engine.js';
import { isMappedWeights } from '../../../server/engine/mapped-weights.js';
import type { SwitchingEngine } from '../../../server/engine/switching.js';
import type { ProbeResult } from '../../../server/engine/tensorrt/child-messages.js';
import { probeInChild } from '../../../server/engine/tensorrt/child-process.js';
import { discover } from '../../../server/engine/tensorrt/discover.js';
import { checkProbe, describe as describeProbed, probeAll } from '../../../server/engine/tensorrt/probe.js';
import { readModelConfig } from '../../../server/model/config.js';
import { ModelWeights } from '../../../server/model/weights.js';
import type { BackgroundState } from '../../../server/protocol.js';
import { fixture } from '../model/model-fixtures.js';
import {
  describeNative,
  probeOrder,
  rememberedDevice,
  rtxFolder,
  rtxLibrary,
  temporaryFolder,
} from './tensorrt-fixtures.js';

const linux = { skip: process.platform !== 'linux' };

describe('discovery', linux, () => {
  const library = (folder: string, ...names: string[]) => {
    mkdirSync(folder, { recursive: true });
    for (const name of names) writeFileSync(path.join(folder, name), '');
    return folder;
  };
  const seen = (setting?: string, environment: NodeJS.ProcessEnv = {}) =>
    discover(setting, environment).map((c) => [c.source, c.flavour, path.basename(c.path), c.refused]);

  it('looks at the setting first, then the environment, then pip, then the loader path', () => {
    const root = temporaryFolder();
    const setting = library(
      path.join(root, 'setting'),
      'libnvinfer.so.10',
      'libnvinfer.so.10.6.0',
      'libnvinfer_plugin.so.10',
    );
    const variable = library(path.join(root, 'variable'), 'libtensorrt_rtx.so.1');
    library(path.join(root, 'venv/lib/python3.12/site-packages/tensorrt_libs'), 'libnvinfer.so.11', 'libnvinfer.so.10');
    const loader = library(path.join(root, 'loader'), 'libnvinfer.so.10.9.0');
    const environment = {
      ASKBERT_TENSORRT_PATH: variable,
      VIRTUAL_ENV: path.join(root, 'venv'),
      LD_LIBRARY_PATH: loader,
    };
    assert.deepEqual(seen(setting, environment).slice(0, 5), [
      ['setting', 'trt10', 'libnvinfer.so.10', undefined],
      ['environment', 'rtx', 'libtensorrt_rtx.so.1', undefined],
      ['pip', 'trt11', 'libnvinfer.so.11', undefined],
      ['pip', 'trt10', 'libnvinfer.so.10', undefined],
      ['system', 'trt10', 'libnvinfer.so.10.9.0', undefined],
    ]);
  });

  it('says what is wrong with a configured place', () => {
    const root = temporaryFolder();
    assert.match(String(seen(path.join(root, 'none'))[0][3]), /no such file or folder/);
    assert.match(String(seen(root)[0][3]), /no TensorRT library/);
    const old = library(path.join(root, 'old'), 'libnvinfer.so.8');
    assert.match(String(seen(old)[0][3]), /version 8 is not supported, expected TensorRT 10 or 11/);
    assert.deepEqual(seen(path.join(old, 'libnvinfer.so.8'))[0].slice(0, 3), ['setting', undefined, 'libnvinfer.so.8']);
  });
});

describe('judgement of a probe', () => {
  const candidate = { flavour: 'trt10' as const, path: '/x/libnvinfer.so.10', source: 'setting' as const };
  const device = { ordinal: 0, name: 'NVIDIA H200', major: 9, minor: 0, totalBytes: 1 };
  const result: ProbeResult = {
    library: { version: '10.6.0', attention: false },
    driver: { cuda: 13000, devices: [device] },
    builder: {},
  };

  it('accepts a library that works', () => {
    const good = checkProbe(candidate, 'trt10', result);
    assert.equal(good.usable?.device.name, 'NVIDIA H200');
    assert.equal(describeProbed(good), 'TensorRT 10.6.0 (setting: /x/libnvinfer.so.10): NVIDIA H200, CUDA 13.0');
  });

  it('refuses a device that the library does not support', () => {
    assert.match(checkProbe(candidate, 'rtx', result).refused!, /NVIDIA H200 \(compute capability 9\.0\)/);
    const turing = {
      ...result.driver,
      devices: [{ ...device, name: 'RTX 2080', major: 7, minor: 5 }],
    } as ProbeResult['driver'];
    assert.match(checkProbe(candidate, 'rtx', { ...result, driver: turing }).refused!, /RTX 2080 .*7\.5/);
    assert.equal(checkProbe(candidate, 'trt10', { ...result, driver: turing }).usable?.device.name, 'RTX 2080');
    const volta = { cuda: 12000, devices: [{ ...device, name: 'Tesla V100', major: 7 }] };
    assert.match(checkProbe(candidate, 'trt10', { ...result, driver: volta }).refused!, /Tesla V100 .*7\.0/);
  });

  it('passes on the messages of the loader, the driver and the builder', () => {
    assert.equal(checkProbe(candidate, 'trt10', { ...result, library: { error: 'bad ELF' } }).refused, 'bad ELF');
    assert.equal(
      checkProbe(candidate, 'trt10', { ...result, driver: { error: 'none' } }).refused,
      'no CUDA driver: none',
    );
    const missing = 'Unable to load library: libnvinfer_builder_resource_sm90.so.11.2.1';
    assert.equal(checkProbe(candidate, 'trt10', { ...result, builder: { error: missing } }).refused, missing);
  });
});

describeNative('probe in a child process', () => {
  it('reports a library that works and a missing driver', async () => {
    const order = probeOrder(rtxLibrary());
    const result = await probeInChild(order);
    assert.deepEqual(result.library, { version: '1.7.1', attention: true });
    assert.ok('error' in result.driver && /libnothing/.test(result.driver.error));
    assert.equal(result.builder, undefined);
  });

  it('survives a library that ends the process', linux, async (context) => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'libcrash.so');
    writeFileSync(
      path.join(folder, 'crash.c'),
      '#include <stdlib.h>\n__attribute__((constructor)) void f(void) { abort(); }\n',
    );
    const { status } = spawnSync('cc', ['-shared', '-fPIC', '-o', file, path.join(folder, 'crash.c')]);
    if (status !== 0) return context.diagnostic('no C compiler');
    const order = probeOrder(file);
    await assert.rejects(probeInChild(order), { code: 'LibraryMissing', message: /SIGABRT/ });
  });

  it('names what is wrong with a file that is not a library, or an incomplete one', linux, async () => {
    const refusal = async (content: Uint8Array): Promise<string> => {
      const file = path.join(temporaryFolder(), 'libtensorrt_rtx.so.1');
      writeFileSync(file, content);
      const [first] = await probeAll({ tensorRtPath: file, cacheFolder: temporaryFolder(), flavours: ['rtx'] });
      assert.equal(first.candidate.path, file);
      return first.refused!;
    };
    assert.equal(await refusal(Buffer.from('not a library')), 'file too short');
    assert.match(await refusal(Buffer.alloc(5000, 'text')), /^invalid ELF header/);
    const whole = readFileSync(rtxLibrary());
    assert.match(
      await refusal(whole.subarray(0, 100_000)),
      /own process: ended by SIGBUS, since a file is incomplete\.$/,
    );
    // The class of the file, at its fifth byte: 32 bits.
    const small = Buffer.from(whole.subarray(0, 100_000));
    small[4] = 1;
    assert.match(await refusal(small), /wrong ELF class: ELFCLASS32/);
  });

  it('can be cancelled', async () => {
    const order = probeOrder(rtxLibrary());
    await assert.rejects(probeInChild(order, AbortSignal.abort()), { code: 'Cancelled' });
  });
});

const behind = (engine: Engine) => (engine as BatchingEngine).inner as SwitchingEngine;

describeNative('choice of the engine', () => {
  const withDriver = async (): Promise<boolean> =>
    (await probeAll({ tensorRtPath: rtxFolder(), cacheFolder: temporaryFolder() })).some((each) => each.usable);

  it('falls back to the CPU without a GPU, and says what was tried', async (context) => {
    if (await withDriver()) return context.diagnostic('this machine has a usable GPU');
    for (const wish of ['auto', 'tensorrt-rtx'] as const) {
      const settings = { engine: wish, threads: 1, tensorRtPath: rtxFolder(), cacheFolder: temporaryFolder() };
      const { engine, reasons } = await chooseEngine(new ModelWeights(readModelConfig(fixture('tiny-f32'))), settings);
      assert.equal(engine.info.name, 'cpu');
      if (wish === 'auto') {
        assert.equal(reasons[0], 'cpu until TensorRT has been tried');
        await behind(engine).settled();
      }
      assert.match(reasons[0], /^cpu: no usable TensorRT/);
      assert.match(reasons[1], /^TensorRT-RTX 1\.7\.1 \(setting: .*\): no CUDA driver: /);
      await engine.close();
    }
  });

  it('does not look for engines that were not requested', async () => {
    const weights = () => new ModelWeights(readModelConfig(fixture('tiny-f32')));
    const folders = { threads: 1, tensorRtPath: rtxFolder(), cacheFolder: temporaryFolder() };
    const cpu = await chooseEngine(weights(), { ...folders, engine: 'cpu', precision: 'fp16' });
    assert.deepEqual(cpu.reasons, ['cpu: chosen in the settings', 'fp32: the CPU engine has no fp16']);
    await cpu.engine.close();
    const int8 = await chooseEngine(weights(), { ...folders, engine: 'auto', precision: 'int8' });
    assert.deepEqual([int8.engine.info.name, int8.engine.info.precision], ['cpu', 'int8']);
    assert.ok(int8.reasons.includes('int8: chosen in the settings'));
    await int8.engine.close();
    const full = await chooseEngine(weights(), { ...folders, engine: 'tensorrt', precision: 'fp32' });
    assert.equal(full.engine.info.name, 'cpu');
    // It was named, and is not even loaded: there is no version.
    assert.match(full.reasons[1], /^TensorRT-RTX \(setting: .*\): another engine was requested$/);
    await full.engine.close();
  });

  it('builds in the background while the CPU answers, and reports the outcome', async (context) => {
    if (await withDriver()) return context.diagnostic('this machine has a usable GPU');
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
    const settings = {
      engine: 'auto' as const,
      threads: 1,
      tensorRtPath: rtxFolder(),
      cacheFolder: rememberedDevice(),
    };
    const heard: BackgroundState[] = [];
    const choice = await chooseEngine(weights, settings, { onBackground: (state) => heard.push(state) });
    assert.equal(choice.engine.info.name, 'cpu');
    assert.equal(choice.reasons[0], 'cpu until the engine for NVIDIA X is built');
    await behind(choice.engine).settled();
    assert.deepEqual(heard[0], { building: { device: 'NVIDIA X', done: 0 } });
    // There is no driver, whatever the memory says.
    assert.match(heard.at(-1)!.notice!, /^The engine for NVIDIA X could not be built; the CPU continues .*libcuda/);
    assert.match(choice.reasons.at(-1)!, /libcuda/);
    await choice.engine.close();
  });

  it('can abandon a build, and leaves neither a lock nor a file', async (context) => {
    if (await withDriver()) return context.diagnostic('this machine has a usable GPU');
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
    const settings = {
      engine: 'auto' as const,
      threads: 1,
      tensorRtPath: rtxFolder(),
      cacheFolder: rememberedDevice(),
    };
    const heard: BackgroundState[] = [];
    const choice = await chooseEngine(weights, settings, { onBackground: (state) => heard.push(state) });
    await choice.stopBuilding?.();
    assert.deepEqual(heard, [{ building: { device: 'NVIDIA X', done: 0 } }, {}]);
    const left = readdirSync(settings.cacheFolder).filter((name) => !isMappedWeights(name));
    assert.deepEqual(left.sort(), ['probes.json', 'weights.json']);
    assert.equal(choice.engine.info.name, 'cpu');
    await choice.engine.close();
  });

  it('builds nothing in the background of a single question', async (context) => {
    if (await withDriver()) return context.diagnostic('this machine has a usable GPU');
    const weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
    const settings = {
      engine: 'auto' as const,
      threads: 1,
      tensorRtPath: rtxFolder(),
      cacheFolder: rememberedDevice(),
    };
    const choice = await chooseEngine(weights, settings, {
      background: false,
      onBackground: () => assert.fail('nothing happens in the background'),
    });
    assert.match(choice.reasons[0], /^cpu: the engine for NVIDIA X is not built yet; `ask-bert build`/);
    assert.equal(choice.stopBuilding, undefined);
    await choice.engine.close();
  });
});
