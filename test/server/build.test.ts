/** `ask-bert build` and `ask-bert info` with the real TensorRT-RTX, which needs no device to build. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isMappedWeights } from '../../server/engine/mapped-weights.js';
import {
  describeNative,
  rememberedDevice,
  rtxFolder,
  rtxVersion,
  temporaryFolder,
} from '../unit/engine/tensorrt-fixtures.js';
import { CommandLines } from './command-lines.js';
import { until } from './fake-worker.js';
import { SidecarProcess, tinyModel } from './sidecar-process.js';

interface Started {
  pid: number;
  done: Promise<{ code: number | null; out: string; err: string }>;
}

/** Starts the CLI in a process group of its own, as a shell does. */
function start(...args: string[]): Started {
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const done = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return { pid: child.pid!, done };
}

const run = (...args: string[]) => start(...args).done;

/** Living processes of a group; those that nobody has waited for yet do not count. */
function membersOf(group: number): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.filter((id) => {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state !== 'Z' && Number(processGroup) === group;
    } catch {
      return false;
    }
  });
}

describe('build without TensorRT', () => {
  it('says what was tried, and which flag is wrong', async (t) => {
    const lines = new CommandLines();
    t.after(() => lines.close());
    const nowhere = path.join(temporaryFolder(), 'nowhere');
    const cache = ['--cache', temporaryFolder()];
    const none = await run('build', tinyModel, '--engine', 'tensorrt', '--tensorrt', nowhere, ...cache);
    assert.equal(none.code, 1);
    assert.match(none.err, /^ask-bert: No usable TensorRT was found\. .*nowhere\): there is no such file or folder/);
    for (const [flags, message] of [
      [['--engine', 'cpu'], /--engine: found "cpu"/],
      [['--precision', 'fp4'], /--precision: found "fp4"/],
      [['--max-batch', '0'], /--max-batch: found 0/],
      [['--max-length', '65'], /--max-length: found 65, expected an integer from 1 to 64/],
    ] as const) {
      const { code, out, err } = await lines.run(['build', tinyModel, ...cache, ...flags]);
      assert.deepEqual([code, out], [2, ''], err);
      assert.match(err, message);
    }
    const wrong = await run('build', nowhere, ...cache);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /nowhere/);
  });
});

describeNative('build with TensorRT-RTX', () => {
  const flags = (cache: string) => ['--engine', 'tensorrt-rtx', '--tensorrt', rtxFolder(), '--cache', cache];

  it('builds the requested engine, describes it, and finds it again', async () => {
    const cache = temporaryFolder();
    const args = ['build', tinyModel, '--precision', 'bf16', '--max-batch', '4', '--max-length', '32', ...flags(cache)];
    const first = await run(...args, '--json');
    assert.deepEqual([first.code, first.err], [0, '']);
    const report = JSON.parse(first.out);
    assert.deepEqual(
      { ...report, file: 0, bytes: 0, seconds: 0, device: 0, computeCapability: 0 },
      {
        model: 'tiny-f32',
        engine: 'tensorrt-rtx',
        version: rtxVersion,
        precision: 'bf16',
        buckets: [1, 4].map((batch) => ({ batch, length: 32 })),
        built: true,
        answers: false,
        file: 0,
        bytes: 0,
        seconds: 0,
        device: 0,
        computeCapability: 0,
      },
    );
    assert.equal(report.bytes, statSync(report.file).size);
    assert.ok(report.seconds > 0);
    const again = await run(...args);
    assert.equal(again.code, 0);
    assert.match(again.out, /^Engine {2}tiny-f32 bf16, TensorRT-RTX 1\.7\.1, for /);
    assert.ok(again.out.includes(report.file));
    assert.match(again.out, /\nShapes {2}1x32 4x32\nAlready built; the build took \d+\.\d s\n/);
    writeFileSync(report.file, 'spoilt');
    const mended = JSON.parse((await run(...args, '--json')).out);
    assert.equal(mended.built, true);
    assert.match(mended.damaged, /6 bytes, expected/);
  });

  it('refuses 8 bits without ranges, with the command that measures them', async () => {
    for (const precision of ['int8', 'fp8']) {
      const { code, out, err } = await run('build', tinyModel, '--precision', precision, ...flags(temporaryFolder()));
      assert.deepEqual([code, out], [1, '']);
      assert.ok(err.startsWith(`ask-bert: ${precision} needs the ranges of the model, and ${tinyModel} has no `), err);
      assert.ok(err.includes(`ask-bert calibrate ${JSON.stringify(tinyModel)}`), err);
    }
  });

  it('Ctrl-C ends it: no lock, no file, no process', {
    skip: process.platform === 'win32',
  }, async () => {
    const cache = temporaryFolder();
    const { pid, done } = start('build', ...flags(cache));
    // The whole group, as a terminal does it.
    await until(() => readdirSync(cache).some((name) => name.endsWith('.tmp')), 'the child builds');
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(-pid, 'SIGINT');
    const { code, out, err } = await done;
    assert.deepEqual([code, out, err], [1, '', 'ask-bert: The build was cancelled.\n']);
    assert.deepEqual(readdirSync(cache), ['weights.json']);
    await until(() => membersOf(pid).length === 0, 'the child has gone');
  });

  it('info lists every library that was tried, with the reason', async () => {
    const old = path.join(temporaryFolder(), 'old');
    mkdirSync(old);
    writeFileSync(path.join(old, 'libnvinfer.so.8'), '');
    const env = process.env.ASKBERT_TENSORRT_PATH;
    process.env.ASKBERT_TENSORRT_PATH = old;
    const args = ['info', '--model', tinyModel, '--tensorrt', rtxFolder(), '--cache', temporaryFolder()];
    try {
      const { libraries, choice, engine } = JSON.parse((await run(...args, '--json')).out);
      assert.ok(existsSync(old));
      assert.match(libraries[0].description, /^TensorRT-RTX 1\.7\.1 \(setting: .*\): /);
      assert.match(libraries[1].description, /^TensorRT \(environment: .*so\.8\): version 8 is not supported/);
      assert.deepEqual([libraries[1].usable, libraries[1].chosen], [false, false]);
      assert.equal(libraries[0].chosen, engine.name === 'tensorrt-rtx');
      assert.ok(choice.length > 0);
      const { out } = await run(...args);
      assert.equal(out.split('libnvinfer.so.8').length, 2, 'each is told once');
      assert.match(out, /\nGPU {5}TensorRT-RTX 1\.7\.1/);
    } finally {
      if (env === undefined) delete process.env.ASKBERT_TENSORRT_PATH;
      else process.env.ASKBERT_TENSORRT_PATH = env;
    }
  });
});

describeNative('build while the sidecar answers', () => {
  it('is reported by the status with its outcome, and ends with the sidecar', async (context) => {
    if (existsSync('/proc/driver/nvidia')) return context.diagnostic('this machine has a driver');
    const cacheFolder = rememberedDevice();
    const sidecar = await SidecarProcess.start({ engine: 'auto', tensorRtPath: rtxFolder(), cacheFolder });
    const { statuses } = sidecar;
    try {
      const { engine } = await sidecar.ask({});
      assert.equal(engine.name, 'cpu');
      await until(() => statuses.some(({ building }) => building), 'building');
      assert.deepEqual(statuses.find(({ building }) => building)?.building, { device: 'NVIDIA X', done: 0 });
      // The child finds no driver.
      await until(() => statuses.at(-1)?.notice !== undefined, 'the end of the build');
      assert.match(
        statuses.at(-1)!.notice!,
        /^The engine for NVIDIA X could not be built; the CPU continues to answer\./,
      );
      assert.deepEqual([statuses.at(-1)!.state, statuses.at(-1)!.building], ['ready', undefined]);
      assert.equal((await sidecar.ask({})).engine.name, 'cpu');
    } finally {
      await sidecar.kill();
    }
    const another = await SidecarProcess.start({ engine: 'auto', tensorRtPath: rtxFolder(), cacheFolder });
    try {
      await another.ask({});
      await until(() => another.statuses.some(({ building }) => building), 'building');
      await another.connection.sendRequest('shutdown');
      await another.connection.sendNotification('exit');
      await another.exited;
      const left = readdirSync(cacheFolder).filter((name) => !isMappedWeights(name));
      assert.deepEqual(left.sort(), ['probes.json', 'weights.json']);
    } finally {
      await another.kill();
    }
  });
});
