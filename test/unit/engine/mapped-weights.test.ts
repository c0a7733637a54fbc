import assert from 'node:assert/strict';
import fs, {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { CpuEngine } from '../../../server/engine/cpu/cpu-engine.js';
import type { CpuPrecision } from '../../../server/engine/cpu/graph.js';
import {
  isMappedWeights,
  keepMappedWeights,
  type MappedContents,
  mappedWeightsName,
} from '../../../server/engine/mapped-weights.js';
import { readModelConfig } from '../../../server/model/config.js';
import { ModelWeights } from '../../../server/model/weights.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-mapped-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const contents = (bytes: Uint8Array, source = 'model'): MappedContents => ({
  size: bytes.length,
  source,
  make: () => bytes,
});
/** What an engine maps, without the digest behind it. */
const weightsIn = (file: string, bytes: Uint8Array) => new Uint8Array(readFileSync(file)).subarray(0, bytes.length);

test('the file is written once, replaced if its bytes differ, and old ones are removed', () => {
  const cache = path.join(folder, 'a', 'cache');
  const name = mappedWeightsName('model', 'int8');
  const file = path.join(cache, name);
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
  assert.ok(isMappedWeights(name));
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
  const { ino } = statSync(file);
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
  assert.equal(statSync(file).ino, ino, 'not written again');
  writeFileSync(
    file,
    bytes.map((byte, i) => (i === 4000 ? byte ^ 1 : byte)),
  );
  const old = path.join(cache, mappedWeightsName('a model of last year'));
  writeFileSync(old, 'x');
  utimesSync(old, 0, 0);
  writeFileSync(path.join(cache, 'of-somebody-else'), 'x');
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
  assert.deepEqual(weightsIn(file, bytes), bytes);
  assert.deepEqual(readdirSync(cache).sort(), [name, 'of-somebody-else'].sort());
});

test('the weights are made only if the file is missing, damaged, or made from something else', () => {
  const cache = path.join(folder, 'made');
  const name = mappedWeightsName('made');
  const file = path.join(cache, name);
  const bytes = Uint8Array.of(1, 2, 3);
  let made = 0;
  const keep = (source: string, value = bytes) => {
    const make = () => {
      made++;
      return value;
    };
    assert.equal(keepMappedWeights(cache, name, { size: value.length, source, make }), true);
    assert.deepEqual(weightsIn(file, value), value);
    return made;
  };
  assert.deepEqual([keep('a'), keep('a'), keep('a')], [1, 1, 1]);
  assert.deepEqual([keep('b', Uint8Array.of(3, 2, 1)), keep('b', Uint8Array.of(3, 2, 1)), keep('a')], [2, 2, 3]);
  const whole = readFileSync(file);
  for (const [i, byte] of whole.entries()) {
    writeFileSync(file, whole.with(i, byte ^ 1));
    assert.equal(keep('a'), 4 + i, `byte ${i}`);
  }
  for (const length of [0, 1, 3, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    keep('a');
  }
  writeFileSync(file, Buffer.concat([whole, whole]));
  assert.equal(keep('a'), 3 + whole.length + 5);
  assert.deepEqual([keep('', new Uint8Array(0)), keep('', new Uint8Array(0))], [44, 44]);
});

test('where nothing can be written the engine gets the bytes', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  assert.equal(keepMappedWeights(file, mappedWeightsName('b'), contents(new Uint8Array(9))), false);
  const taken = path.join(folder, 'taken');
  mkdirSync(path.join(taken, mappedWeightsName('c')), { recursive: true });
  assert.equal(keepMappedWeights(taken, mappedWeightsName('c'), contents(new Uint8Array(9))), false);
  assert.deepEqual(readdirSync(taken), [mappedWeightsName('c')], 'nothing is left behind');
});

test('the file is checked in pieces of at most 1 MiB, to its last byte', (t) => {
  const cache = path.join(folder, 'pieces');
  const name = mappedWeightsName('d');
  const file = path.join(cache, name);
  const bytes = new Uint8Array(3.5 * 2 ** 20).fill(5);
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
  const { ino } = statSync(file);
  const digest = readFileSync(file).subarray(bytes.length);
  const read = t.mock.method(fs, 'readSync');
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
  assert.equal(statSync(file).ino, ino);
  const buffers = read.mock.calls.map((call) => call.arguments[1] as Buffer);
  assert.equal(buffers.length, 5, 'the weights and the digest');
  assert.deepEqual([new Set(buffers).size, buffers[0].length], [1, 2 ** 20]);
  for (const wrong of [Buffer.concat([bytes.subarray(1), Buffer.of(6)]), bytes.subarray(1), Buffer.alloc(2 ** 22, 5)]) {
    writeFileSync(file, Buffer.concat([wrong, digest]));
    assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
    assert.ok(Buffer.from(bytes).equals(weightsIn(file, bytes)));
  }
});

test('unused files are removed at each start; one that cannot be removed stops neither the rest nor the write', () => {
  const cache = path.join(folder, 'unused');
  const name = mappedWeightsName('e');
  const bytes = new Uint8Array(9);
  const unused = ['e1', 'e2', 'e3'].map((each) => mappedWeightsName(each)).sort();
  const age = () => {
    for (const each of [unused[0], unused[2]]) writeFileSync(path.join(cache, each), '');
    for (const each of [...unused, name])
      if (fs.existsSync(path.join(cache, each))) utimesSync(path.join(cache, each), 0, 0);
  };
  // No file, so it is not removed.
  mkdirSync(path.join(cache, unused[1]), { recursive: true });
  for (const start of ['first', 'second']) {
    age();
    const before = statSync(path.join(cache, name), { throwIfNoEntry: false });
    assert.equal(keepMappedWeights(cache, name, contents(bytes)), true, start);
    assert.deepEqual(readdirSync(cache).sort(), [unused[1], name].sort(), start);
    const { ino, mtimeMs } = statSync(path.join(cache, name));
    assert.ok(mtimeMs > 0, 'it is used');
    if (before) assert.equal(ino, before.ino, 'the file of this engine stays, however old');
  }
});

test('a right file serves where its time cannot be set', (t) => {
  const cache = path.join(folder, 'read-only');
  const name = mappedWeightsName('f');
  assert.equal(keepMappedWeights(cache, name, contents(new Uint8Array(9))), true);
  const refuse = () => {
    throw Object.assign(new Error('read-only file system'), { code: 'EROFS' });
  };
  const set = t.mock.method(fs, 'utimesSync', refuse);
  t.mock.method(fs, 'writeFileSync', refuse);
  assert.equal(keepMappedWeights(cache, name, contents(new Uint8Array(9))), true);
  assert.equal(set.mock.callCount(), 1);
  assert.equal(keepMappedWeights(cache, name, contents(new Uint8Array(8))), false, 'a wrong one does not');
});

test('nothing is mapped on a network file system', { skip: process.platform !== 'linux' }, (t) => {
  const cache = path.join(folder, 'network');
  const bytes = new Uint8Array(9);
  assert.equal(keepMappedWeights(cache, mappedWeightsName('g'), contents(bytes)), true);
  const real = fs.statfsSync(cache);
  let type = 0;
  t.mock.method(fs, 'statfsSync', () => ({ ...real, type }));
  for (type of [0x6969, 0xff534d42, 0xff534d42 | 0, 0xfe534d42, 0x517b, 0x65735546, 0x01021997]) {
    assert.equal(keepMappedWeights(cache, mappedWeightsName('g'), contents(bytes)), false, type.toString(16));
  }
  // ext4, overlayfs, tmpfs
  for (type of [0xef53, 0x794c7630, 0x01021994]) {
    assert.equal(keepMappedWeights(cache, mappedWeightsName('g'), contents(bytes)), true, type.toString(16));
  }
});

test('nothing is mapped that other users may change', { skip: process.platform === 'win32' }, (t) => {
  const cache = path.join(folder, 'foreign');
  const name = mappedWeightsName('h');
  const file = path.join(cache, name);
  const bytes = new Uint8Array(9);
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
  chmodSync(cache, 0o777);
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), false, 'everyone may write');
  chmodSync(cache, 0o700);
  const { ino } = statSync(file);
  chmodSync(file, 0o666);
  // Another user may have it open for writing: a new file takes its place.
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), true);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.notEqual(statSync(file).ino, ino);
  if (process.getuid?.() === 0) chownSync(cache, 54321, 54321);
  const owner = statSync(cache).uid;
  t.mock.method(process as { getuid(): number }, 'getuid', () => owner + 1);
  assert.equal(keepMappedWeights(cache, name, contents(bytes)), false, 'the folder of another user');
});

test('the logits are the same with a mapped file, a second time, after damage, and without', async () => {
  const cache = path.join(folder, 'engine');
  const length = 8;
  const batch = {
    count: 1,
    length,
    inputIds: Int32Array.from({ length }, (_, i) => i + 1),
    segmentIds: new Int32Array(length),
    lengths: Int32Array.of(length),
  };
  const model = path.join(folder, 'model');
  cpSync('test/fixtures/models/tiny-f32', model, { recursive: true });
  const logits = async (cacheFolder?: string, precision: CpuPrecision = 'fp32') => {
    const weights = new ModelWeights(readModelConfig(model));
    const engine = await CpuEngine.create(weights, { precision, threads: 1, cacheFolder });
    weights.close();
    const { start, end } = await engine.run(batch);
    await engine.close();
    return [...start, ...end];
  };
  const expected = await logits();
  assert.deepEqual(await logits(cache), expected);
  const [name, ...more] = readdirSync(cache);
  assert.ok(isMappedWeights(name) && more.length === 0);
  assert.deepEqual(await logits(cache), expected);
  writeFileSync(path.join(cache, name), Buffer.alloc(statSync(path.join(cache, name)).size, 7));
  assert.deepEqual(await logits(cache), expected);

  // Other weights of the same size and time, in the same file.
  const file = path.join(model, 'model.safetensors');
  const time = statSync(file).mtime;
  const bytes = readFileSync(file);
  // The last weights are those of the head: half of a number, whichever.
  const others = Buffer.from(bytes);
  for (let i = bytes.length - 64; i < bytes.length; i += 4) others.writeFloatLE(others.readFloatLE(i) / 2, i);
  writeFileSync(file, others);
  utimesSync(file, time, time);
  const changed = await logits();
  assert.notDeepEqual(changed, expected);
  assert.deepEqual(await logits(cache), changed);
  assert.deepEqual(await logits(cache), changed);

  const eight = await logits(undefined, 'int8');
  assert.notDeepEqual(eight, changed);
  assert.deepEqual(await logits(cache, 'int8'), eight);
  assert.deepEqual(await logits(cache, 'int8'), eight);
});
