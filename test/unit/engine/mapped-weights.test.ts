import assert from 'node:assert/strict';
import {
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
import { isMappedWeights, keepMappedWeights, mappedWeightsName } from '../../../server/engine/mapped-weights.js';
import { readModelConfig } from '../../../server/model/config.js';
import { ModelWeights } from '../../../server/model/weights.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-mapped-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the file is written once, replaced if its bytes differ, and old ones are removed', () => {
  const cache = path.join(folder, 'a', 'cache');
  const name = mappedWeightsName('model', 'int8');
  const file = path.join(cache, name);
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
  assert.ok(isMappedWeights(name));
  assert.equal(keepMappedWeights(cache, name, bytes), true);
  const { ino } = statSync(file);
  assert.equal(keepMappedWeights(cache, name, bytes), true);
  assert.equal(statSync(file).ino, ino, 'not written again');
  writeFileSync(
    file,
    bytes.map((byte, i) => (i === 4000 ? byte ^ 1 : byte)),
  );
  const old = path.join(cache, mappedWeightsName('a model of last year'));
  writeFileSync(old, 'x');
  utimesSync(old, 0, 0);
  writeFileSync(path.join(cache, 'of-somebody-else'), 'x');
  assert.equal(keepMappedWeights(cache, name, bytes), true);
  assert.deepEqual(new Uint8Array(readFileSync(file)), bytes);
  assert.deepEqual(readdirSync(cache).sort(), [name, 'of-somebody-else'].sort());
});

test('where nothing can be written the engine gets the bytes', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  assert.equal(keepMappedWeights(file, mappedWeightsName('b'), new Uint8Array(9)), false);
  const taken = path.join(folder, 'taken');
  mkdirSync(path.join(taken, mappedWeightsName('c')), { recursive: true });
  assert.equal(keepMappedWeights(taken, mappedWeightsName('c'), new Uint8Array(9)), false);
  assert.deepEqual(readdirSync(taken), [mappedWeightsName('c')], 'nothing is left behind');
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
  const logits = async (cacheFolder?: string) => {
    const weights = new ModelWeights(readModelConfig('test/fixtures/models/tiny-f32'));
    const engine = await CpuEngine.create(weights, { precision: 'fp32', threads: 1, cacheFolder });
    weights.close();
    const { start, end } = await engine.run(batch);
    await engine.close();
    return [...start, ...end];
  };
  const expected = await logits();
  assert.deepEqual(await logits(cache), expected);
  const [name, ...others] = readdirSync(cache);
  assert.ok(isMappedWeights(name) && others.length === 0);
  assert.deepEqual(await logits(cache), expected);
  writeFileSync(path.join(cache, name), Buffer.alloc(statSync(path.join(cache, name)).size, 7));
  assert.deepEqual(await logits(cache), expected);
});
