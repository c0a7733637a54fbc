/** Golden logits that are missing, damaged or of other weights: made again, and never held against an engine that is right. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
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
import { readModelConfig } from '../../server/model/config.js';
import { type Golden, makeGolden, sameGolden } from '../../server/model/golden/golden.js';
import { goldenName, loadGolden } from '../../server/model/golden/golden-file.js';
import { importModel } from '../../server/model/import/import-model.js';
import { ModelWeights } from '../../server/model/weights.js';
import { Session } from '../../server/session/session.js';
import { rounds } from '../unit/helpers/long.js';
import { damaged, damagedJson } from './mutate.js';
import { Random } from './random.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-goldens-'));
after(() => rmSync(root, { recursive: true, force: true }));
let copies = 0;

/** A copy of a tiny model and an empty cache. */
function place(model = 'tiny-f32'): { folder: string; cache: string; file: string } {
  const folder = path.join(root, `${model}-${copies++}`);
  cpSync(path.resolve('test/fixtures/models', model), folder, { recursive: true });
  return { folder, cache: `${folder}-cache`, file: path.join(folder, goldenName) };
}

async function withWeights<T>(folder: string, work: (weights: ModelWeights) => Promise<T>): Promise<T> {
  const weights = new ModelWeights(readModelConfig(folder));
  try {
    return await work(weights);
  } finally {
    weights.close();
  }
}

const load = (folder: string, cache: string) => withWeights(folder, (weights) => loadGolden(weights, cache));
const right = ({ folder, cache }: { folder: string; cache: string }) =>
  load(folder, cache).then(({ golden }) => withWeights(folder, (weights) => makeGolden(weights, golden.weights)));
const goldensIn = (cache: string): string[] =>
  existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('golden-')) : [];

/** What a session chooses, and whether its FP32 engine passed. */
async function choice(modelPath: string, cacheFolder: string): Promise<readonly string[]> {
  const session = new Session({ modelPath, engine: 'cpu', precision: 'fp32', threads: 1, cacheFolder });
  try {
    await session.prepare();
    const { check } = session.engine!;
    assert.ok(check && check.difference < 1e-4 && check.tolerance > check.difference, JSON.stringify(check));
    return session.choice;
  } finally {
    await session.unload();
  }
}

test('a model without one gets it when it is first loaded; the model folder is unchanged', async () => {
  const { folder, cache, file } = place();
  rmSync(file);
  const files = readdirSync(folder);
  assert.deepEqual(await choice(folder, cache), ['cpu: chosen in the settings', 'fp32: chosen in the settings']);
  assert.deepEqual(readdirSync(folder), files);
  const [kept] = goldensIn(cache);
  const { mtimeMs } = statSync(path.join(cache, kept));
  const again = await load(folder, cache);
  assert.equal(again.fresh, false);
  assert.equal(statSync(path.join(cache, kept)).mtimeMs, mtimeMs);
  // And is the one that was shipped with it.
  const shipped: Golden = JSON.parse(readFileSync(path.resolve('test/fixtures/models/tiny-f32', goldenName), 'utf8'));
  assert.ok(sameGolden(again.golden, shipped));
});

/** Anything may be put into it. */
type Spoilt = { network: object; windows: { inputIds: number[]; start: number[]; end: number[] }[] };
const asJson = (change: (golden: Spoilt) => void) => (text: string) => {
  const golden: Spoilt = JSON.parse(text);
  change(golden);
  return JSON.stringify(golden);
};
const faults: Record<string, { write: (text: string) => string; says: RegExp }> = {
  'not JSON': { write: (text) => text.slice(0, -40), says: /cannot be read: .*JSON/ },
  'a list': { write: () => '[]', says: /is of an unknown version/ },
  nothing: { write: () => 'null', says: /is not an object/ },
  'of other weights': {
    write: asJson((g) => Object.assign(g, { weights: 'f'.repeat(64) })),
    says: /is for other weights/,
  },
  'of another configuration': {
    write: asJson((g) => Object.assign(g.network, { layerNormEpsilon: 1e-5 })),
    says: /is for another configuration/,
  },
  'without windows': { write: asJson((g) => Object.assign(g, { windows: [] })), says: /is empty/ },
  'a logit that is null': {
    write: asJson((g) => Object.assign(g.windows[1].start, { 3: null })),
    says: /is damaged in window 2/,
  },
  'a piece that the vocabulary does not have': {
    write: asJson((g) => Object.assign(g.windows[0].inputIds, { 3: 110 })),
    says: /is damaged in window 1/,
  },
  'a list that is too short': { write: asJson((g) => void g.windows[0].end.pop()), says: /is damaged in window 1/ },
  'one number that is wrong': {
    write: asJson((g) => Object.assign(g.windows[2].start, { 5: 3.25 })),
    says: /is damaged: its checksum does not match/,
  },
  'a megabyte of it': { write: (text) => text.padEnd(1 << 21), says: /it has 2097152 bytes, at most 1048576 are read/ },
};

for (const [name, { write, says }] of Object.entries(faults)) {
  test(`${name}: recomputed once, with a reason`, async () => {
    const { folder, cache, file } = place();
    writeFileSync(file, write(readFileSync(file, 'utf8')));
    const [, , reason] = await choice(folder, cache);
    assert.match(reason, /^the golden logits were computed again: /);
    assert.match(reason, says);
    assert.ok(reason.includes(goldenName));
    assert.equal((await choice(folder, cache)).length, 2);
    assert.equal(goldensIn(cache).length, 1);
  });
}

const DAMAGED = rounds(30, 300);

test(`${DAMAGED} damaged files: each load gives the right logits`, async () => {
  const random = new Random('goldens');
  const { folder, cache, file } = place();
  const bytes = readFileSync(file);
  const expected = await right({ folder, cache });
  for (let i = 0; i < DAMAGED; i++) {
    rmSync(cache, { recursive: true, force: true });
    const wrong = random.int(0, 1)
      ? damaged(bytes, random).bytes
      : Buffer.from(JSON.stringify(damagedJson(JSON.parse(bytes.toString()), random).value));
    writeFileSync(file, wrong);
    const { golden } = await load(folder, cache);
    assert.ok(sameGolden(golden, expected), `file ${i}`);
  }
});

test('a damaged one in the cache is recreated', async () => {
  const { folder, cache, file } = place();
  rmSync(file);
  const expected = (await load(folder, cache)).golden;
  const [name] = goldensIn(cache);
  writeFileSync(path.join(cache, name), 'x');
  assert.ok(sameGolden((await load(folder, cache)).golden, expected));
  assert.equal((await load(folder, cache)).fresh, false);
});

test('weights replaced by others of the same size and time: noticed before an engine is refused', async () => {
  const { folder, cache } = place();
  const file = path.join(folder, 'model.safetensors');
  const time = new Date(1e12);
  utimesSync(file, time, time);
  await choice(folder, cache);
  const bytes = readFileSync(file);
  // One value of the head, by its place in the file.
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  const [from] = header['qa_outputs.bias'].data_offsets;
  bytes.writeFloatLE(7, 8 + Number(bytes.readBigUInt64LE()) + from);
  writeFileSync(file, bytes);
  utimesSync(file, time, time);
  const reasons = await choice(folder, cache);
  assert.match(reasons[2], /^the golden logits were computed again: the weights have changed$/);
  assert.equal((await choice(folder, cache)).length, 2);
});

test('a cache that cannot be written, and a cache that is a file', async () => {
  for (const make of [
    (cache: string) => writeFileSync(cache, ''),
    (cache: string) => mkdirSync(path.join(cache, 'weights.json'), { recursive: true }),
  ]) {
    const { folder, cache, file } = place();
    rmSync(file);
    make(cache);
    for (let i = 0; i < 2; i++) assert.equal((await choice(folder, cache)).length, 2);
  }
});

test('the cache keeps the newest 32', async () => {
  const { folder, cache, file } = place();
  rmSync(file);
  mkdirSync(cache, { recursive: true });
  for (let i = 0; i < 40; i++) {
    const other = path.join(cache, `golden-${i.toString(16).padStart(64, '0')}.json`);
    writeFileSync(other, '{}');
    utimesSync(other, new Date(1e12 + i * 1000), new Date(1e12 + i * 1000));
  }
  const { golden } = await load(folder, cache);
  const names = goldensIn(cache);
  assert.equal(names.length, 32);
  assert.ok(names.includes(`golden-${golden.weights}.json`));
  assert.ok(!names.includes(`golden-${'0'.repeat(64)}.json`));
});

test('weights that give NaN: the error blames the model and names its file', async () => {
  const { folder, cache } = place();
  const file = path.join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  bytes.writeUInt32LE(0x7fc00000, bytes.length - 4 - (bytes.length % 4));
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  bytes.writeUInt32LE(0x7fc00000, 8 + Number(bytes.readBigUInt64LE()) + header['qa_outputs.bias'].data_offsets[0]);
  writeFileSync(file, bytes);
  await assert.rejects(choice(folder, cache), {
    code: 'ModelInvalid',
    message: /^model\.safetensors of .* is damaged/,
  });
});

test('an import of weights that give NaN names the checkpoint, and leaves nothing behind', async () => {
  const source = path.join(root, 'not-numbers');
  cpSync(path.resolve('test/fixtures/models/tiny-f32'), source, { recursive: true });
  const file = path.join(source, 'model.safetensors');
  const bytes = readFileSync(file);
  const head = 8 + Number(bytes.readBigUInt64LE());
  // Each value is a number: only what they make of a text is not.
  const [from, to] = JSON.parse(bytes.subarray(8, head).toString())['bert.embeddings.LayerNorm.weight'].data_offsets;
  for (let at = from; at < to; at += 4) bytes.writeFloatLE(3e38, head + at);
  writeFileSync(file, bytes);
  const target = path.join(root, 'imported-not-numbers');
  await assert.rejects(importModel(source, target), (e: Error & { code?: string; remedy?: string }) => {
    assert.equal(e.code, 'ModelInvalid');
    assert.ok(e.message.includes(source) && !e.message.includes(target), e.message);
    assert.match(e.message, /is damaged: the logits of the model that it holds are not numbers\.$/);
    assert.match(e.remedy!, /checkpoint again/);
    return true;
  });
  assert.equal(existsSync(target), false);
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('imported-not-numbers')),
    [],
  );
});

test('an import writes its own', async () => {
  const target = path.join(root, 'imported');
  await importModel(path.resolve('test/fixtures/models/tiny-f16'), target);
  const cache = `${target}-cache`;
  const { fresh } = await load(target, cache);
  assert.equal(fresh, false);
  assert.deepEqual(goldensIn(cache), []);
  assert.equal((await choice(target, cache)).length, 2);
});
