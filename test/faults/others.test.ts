/** What other users, other folders and crafted names could do: caches, libraries, links, paths in files. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EngineCache, type EngineIdentity } from '../../server/engine/tensorrt/cache.js';
import { discover } from '../../server/engine/tensorrt/discover.js';
import { importModel } from '../../server/model/import/import-model.js';
import { tinyModel } from '../server/sidecar-process.js';
import { folderMaker } from './folders.js';

const newFolder = folderMaker('others');

const identity = {
  model: 'm',
  weights: 'w',
  precision: 'fp16',
  buckets: [{ batch: 1, length: 128 }],
  flavour: 'trt10',
  version: '10.6.0',
  device: 'X',
  computeCapability: '9.0',
  cudaMajor: 13,
  tuning: {},
  networkVersion: 2,
} as unknown as EngineIdentity;

async function filled(folder: string): Promise<{ cache: EngineCache; key: string }> {
  const cache = new EngineCache(folder);
  const key = cache.keyOf(identity);
  await cache.write(key, identity, async (file) => {
    writeFileSync(file, 'plan');
    return { networkLayers: 1, attention: true };
  });
  return { cache, key };
}

if (process.platform !== 'win32') {
  test('plans are not taken from a cache that others may write to, and a new cache is private', async () => {
    const folder = path.join(newFolder(), 'cache');
    const { cache, key } = await filled(folder);
    assert.equal(statSync(folder).mode & 0o077, 0);
    assert.ok('plan' in (await cache.read(key)));
    for (const place of [folder, path.join(folder, key)]) {
      const { mode } = statSync(place);
      for (const open of [0o777, 0o702, 0o1777]) {
        chmodSync(place, open);
        await assert.rejects(cache.read(key), { code: 'EngineBuild', message: /Everyone may write to .*cache/ });
      }
      chmodSync(place, mode);
    }
    // As many systems make folders: a group of one's own may write.
    chmodSync(folder, 0o775);
    assert.ok('plan' in (await cache.read(key)));
  });

  test('plans are not taken from a cache of another user', async () => {
    const { cache, key } = await filled(newFolder());
    const getuid = process.getuid!;
    if (getuid() === 0) chownSync(cache.folder, 5555, 5555);
    try {
      process.getuid = () => (getuid() || 5555) + 1;
      await assert.rejects(cache.read(key), { code: 'EngineBuild', message: /belongs to another user/ });
    } finally {
      process.getuid = getuid;
    }
  });
}

test('libraries are not looked for in the current folder, whatever the environment says', () => {
  const folder = newFolder();
  const names = ['libnvinfer.so.10', 'libnvinfer.so.11', 'libtensorrt_rtx.so.1', 'nvinfer_10.dll'];
  const site = path.join(folder, 'lib', 'python3.12', 'site-packages', 'tensorrt_libs');
  for (const place of [folder, path.join(folder, 'lib'), site]) {
    mkdirSync(place, { recursive: true });
    for (const name of names) writeFileSync(path.join(place, name), '');
  }
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const list of [
      '',
      '.',
      'lib',
      './lib',
      ['', '/nonexistent'].join(path.delimiter),
      ['/nonexistent', ''].join(path.delimiter),
      ['.', 'lib', '..'].join(path.delimiter),
    ]) {
      const environment = {
        LD_LIBRARY_PATH: list,
        PATH: list,
        ASKBERT_TENSORRT_PATH: list,
        VIRTUAL_ENV: list,
        CONDA_PREFIX: list,
      };
      const found = discover(undefined, environment).filter((each) => !each.refused);
      assert.deepEqual(
        found.filter((each) => !path.isAbsolute(each.path) || each.path.startsWith(folder)),
        [],
        list,
      );
    }
  } finally {
    process.chdir(before);
  }
});

test('links in a cache: their targets are not touched', async () => {
  const precious = newFolder();
  writeFileSync(path.join(precious, 'engine.plan'), 'precious');
  const { cache, key } = await filled(newFolder());
  rmSync(path.join(cache.folder, key), { recursive: true });
  symlinkSync(precious, path.join(cache.folder, key));
  symlinkSync(precious, path.join(cache.folder, `${key}.${process.pid}.tmp`));
  symlinkSync(path.join(precious, 'engine.plan'), path.join(cache.folder, `${key}.lock`));
  await filled(cache.folder);
  await cache.locked('other', undefined, async () => {});
  await cache.clear();
  assert.deepEqual(readdirSync(precious), ['engine.plan']);
  assert.equal(readFileSync(path.join(precious, 'engine.plan'), 'utf8'), 'precious');
});

test('an import writes only into its folder: links, and names that lead out of it', async () => {
  const precious = newFolder();
  writeFileSync(path.join(precious, 'letter.txt'), 'precious');
  const place = newFolder();
  symlinkSync(precious, path.join(place, 'link'));
  await importModel(tinyModel, path.join(place, 'link'), { force: true }).catch(() => {});
  assert.equal(readFileSync(path.join(precious, 'letter.txt'), 'utf8'), 'precious');
  const checkpoint = newFolder();
  cpSync(tinyModel, checkpoint, { recursive: true });
  const config = JSON.parse(readFileSync(path.join(checkpoint, 'config.json'), 'utf8'));
  config.ask_bert = { name: '../../../outside' };
  config._name_or_path = '/outside';
  writeFileSync(path.join(checkpoint, 'config.json'), JSON.stringify(config));
  const before = readdirSync(path.dirname(place));
  const report = await importModel(checkpoint, path.join(place, 'model'), { name: '../../named' });
  assert.equal(report.folder, path.join(place, 'model'));
  assert.deepEqual(readdirSync(path.dirname(place)), before);
  assert.ok(!existsSync('/outside'));
});
