/** Disks that are full, read-only or not there, and folders that are files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { EngineCache, type EngineIdentity } from '../../server/engine/tensorrt/cache.js';
import { weightsHash } from '../../server/model/weights-hash.js';
import { tinyModel } from '../server/sidecar-process.js';
import { END_MS } from '../unit/helpers/waits.js';
import { Client } from './client.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-disk-'));
const mounted: string[] = [];
after(() => {
  for (const each of mounted) spawnSync('umount', ['-l', each]);
  rmSync(root, { recursive: true, force: true });
});

/** A file system of its own; false where that is not allowed. */
function mount(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) return false;
  mounted.push(folder);
  return true;
}

const small = path.join(root, 'small');
const isReal = mount(small, 'size=64k,mode=700');
const environment: Record<string, string> = {};
if (!isReal) {
  environment.ASKBERT_FULL = small;
  environment.NODE_OPTIONS = `--require ${path.resolve('test/faults/preload/full.cjs')}`;
  process.env.ASKBERT_FULL = small;
  require(path.resolve('test/faults/preload/full.cjs'));
}
console.log(`# disk: ${isReal ? 'a real file system of 64 KiB' : 'ENOSPC by a preload (no mount)'}`);

/** Leaves this many bytes on the small disk. */
function fill(left: number): void {
  rmSync(path.join(small, 'filler'), { force: true });
  if (!isReal) return;
  let size = 64 * 1024;
  for (; size > 0; size -= 4096) {
    try {
      writeFileSync(path.join(small, 'filler'), Buffer.alloc(size));
      break;
    } catch {
      rmSync(path.join(small, 'filler'), { force: true });
    }
  }
  if (left > 0) writeFileSync(path.join(small, 'filler'), Buffer.alloc(Math.max(0, size - left)));
}

const cli = (args: string[], env: Record<string, string | undefined> = {}, input?: string) => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['dist/cli.js', ...args], {
    encoding: 'utf8',
    timeout: END_MS,
    input,
    env: { ...process.env, ...environment, ...env } as NodeJS.ProcessEnv,
  });
  assert.equal(signal, null, stderr);
  return { status, stdout, stderr };
};

const identity: EngineIdentity = {
  model: 'm',
  weights: 'w',
  precision: 'fp16',
  buckets: [{ batch: 1, length: 128 }],
  flavour: 'trt10',
  version: '10.6.0',
  device: 'NVIDIA X',
  computeCapability: '9.0',
  cudaMajor: 13,
  tuning: {},
  networkVersion: 2,
  config: {
    vocabularySize: 1,
    hiddenSize: 1,
    layers: 1,
    heads: 1,
    intermediateSize: 1,
    positions: 1,
    segmentTypes: 2,
    layerNormEpsilon: 1e-12,
    activation: 'gelu',
  },
};
const built = { networkLayers: 1, attention: true };
const make = (bytes: number) => async (file: string) => {
  writeFileSync(file, Buffer.alloc(bytes));
  return built;
};

test('full: a new engine is not kept, and an existing one stays', async () => {
  fill(0);
  const cache = new EngineCache(small, { staleMs: 2000, heartbeatMs: 100, pollMs: 20 });
  const key = cache.keyOf(identity);
  const told = { code: 'EngineBuild', message: /cannot be stored in .*small.*ENOSPC/, remedy: /Free some space/ };
  await assert.rejects(cache.write(key, identity, make(100_000)), told);
  await assert.rejects(
    cache.locked(key, undefined, async () => {}),
    told,
  );
  // No lock, and nothing half made: the next one would wait for it.
  assert.deepEqual(
    readdirSync(small).filter((name) => name !== 'filler'),
    [],
  );
  const hash = await weightsHash(small, path.join(tinyModel, 'model.safetensors'));
  assert.match(hash, /^[0-9a-f]{64}$/);
  if (isReal) {
    fill(24_000);
    await cache.write(key, identity, make(4000));
    await assert.rejects(cache.write(key, identity, make(60_000)), told);
    assert.ok('plan' in (await cache.read(key)));
    await cache.clear();
  }
});

test('full: an import says so and leaves nothing', () => {
  fill(8000);
  const { status, stderr } = cli(['model', 'import', tinyModel, path.join(small, 'model')]);
  assert.equal(status, 1);
  assert.match(stderr, /small.*(ENOSPC|no space)/s, stderr);
  assert.doesNotMatch(stderr, /\n\s+at /);
  assert.deepEqual(
    readdirSync(small).filter((name) => name !== 'filler'),
    [],
  );
});

test('full: a table reports it, and the table that was resumed still exists', () => {
  const documents = path.join(root, 'documents');
  mkdirSync(documents);
  for (let i = 0; i < 5; i++) writeFileSync(path.join(documents, `${i}.txt`), 'the king built a city');
  const set = path.join(root, 'set.json');
  writeFileSync(set, JSON.stringify([{ name: 'who', question: 'who built a city' }]));
  const table = path.join(isReal ? small : root, 'table.csv');
  const args = [
    'extract',
    '--questions',
    set,
    '--dir',
    documents,
    '--out',
    table,
    '--model',
    tinyModel,
    '--threads',
    '1',
  ];
  fill(32_000);
  assert.equal(cli(args).status, 0);
  const state = readFileSync(`${table}.state.jsonl`);
  fill(0);
  if (!isReal) {
    environment.ASKBERT_FULL = root;
  }
  writeFileSync(path.join(documents, 'new.txt'), 'the queen built a bridge and the king built a city. '.repeat(200));
  const { status, stderr } = cli([...args, '--resume']);
  if (status !== 0) {
    assert.equal(status, 1);
    assert.match(stderr, /table\.csv.* cannot be written: ENOSPC/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
  assert.ok(readFileSync(`${table}.state.jsonl`).subarray(0, state.length).equals(state), 'the state was lost');
  environment.ASKBERT_FULL = small;
});

test('full: standard output', () => {
  const command = `"${process.execPath}" dist/cli.js ask - --question "who built a city" --model "${tinyModel}" > /dev/full`;
  const { status, signal, stderr } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    input: 'the king built a city',
  });
  assert.equal(signal, null);
  assert.equal(status, 1, stderr);
  assert.match(stderr, /Cannot write to standard output: ENOSPC/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

/** A folder that nobody can write to. */
function readOnly(name: string): string {
  const folder = path.join(root, name);
  if (!mount(folder, 'ro,mode=700')) chmodSync(folder, 0o555);
  return folder;
}

const places: [string, () => string][] = [
  ['read-only', () => readOnly('read-only')],
  ['below a read-only folder', () => path.join(readOnly('read-only-2'), 'a', 'b')],
  [
    'a file',
    () => {
      writeFileSync(path.join(root, 'file'), 'x');
      return path.join(root, 'file');
    },
  ],
  ['below a file', () => path.join(root, 'file', 'cache')],
  ['a name that cannot be one', () => path.join(root, 'x'.repeat(300))],
  ['a NUL in it', () => `${root}/\0`],
];

for (const [what, place] of places) {
  test(`the cache folder is ${what}: the CPU answers, an engine is refused by name`, async () => {
    const folder = place();
    const client = new Client({ cacheFolder: folder, settings: { engine: 'auto' } });
    try {
      const { result, messages } = await client.ask();
      assert.ok(result, messages.join());
      const cache = new EngineCache(folder);
      await assert.rejects(
        cache.locked('k', undefined, async () => {}),
        { code: 'EngineBuild' },
      );
      assert.deepEqual(await cache.list(), []);
      assert.equal(await cache.clear(), 0);
    } finally {
      await client.end();
    }
  });
}

test('the storage of the editor is read-only: questions are answered, and remembered until the window closes', async () => {
  const client = new Client();
  client.storeFails = true;
  try {
    for (const question of ['who built it', 'what was built']) assert.ok((await client.ask({ question })).result);
    // What is not caught would end this test.
    assert.deepEqual(client.history, ['what was built', 'who built it']);
  } finally {
    await client.end();
  }
});

test('no home folder, or a missing one', () => {
  const ask = ['ask', '-', '--question', 'who built a city', '--model', tinyModel, '--threads', '1', '--json'];
  for (const HOME of [undefined, '', '/nonexistent/home', '/dev/null']) {
    const env = { HOME, XDG_CACHE_HOME: undefined, TMPDIR: '/nonexistent/tmp' };
    const { status, stdout, stderr } = cli(ask, env, 'the king built a city');
    assert.equal(status, 0, stderr);
    assert.ok(JSON.parse(stdout).answers.length > 0);
    assert.equal(cli(['engines', 'list'], env).status, 0);
    assert.equal(cli(['info', '--model', tinyModel], env).status, 0);
  }
});
