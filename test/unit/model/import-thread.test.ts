/** An import in a thread of its own, from the bundle that the editor loads. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { importInThread, lookInThread } from '../../../server/model/import/import-thread.js';
import { lookAtCheckpoint } from '../../../server/model/import/look.js';
import { ModelStore } from '../../../server/model/store/store.js';
import { checkpoint, scratch } from './import-fixtures.js';

const bundle = path.resolve('dist/models-file.js');

it('creates the model, and reports each tensor', async () => {
  const store = new ModelStore(path.join(scratch(), 'models'));
  const seen: number[] = [];
  const { folder, tensors } = await importInThread(bundle, checkpoint('tf-google'), store, 'mine', {
    progress: (done) => seen.push(done),
  });
  assert.equal(folder, path.join(store.folder, 'mine'));
  assert.equal(seen.length, tensors);
  const [model] = await store.list();
  assert.deepEqual([model.name, model.fault], ['mine', undefined]);
});

it('an error arrives with its code and remedy', async () => {
  const store = new ModelStore(path.join(scratch(), 'models'));
  const file = path.join(scratch(), 'damaged.pt');
  writeFileSync(file, 'PK');
  const error = await importInThread(bundle, file, store, 'mine').catch((e) => e);
  assert.equal(error.code, 'ModelInvalid');
  assert.ok(error.message.includes(file) && error.remedy);
});

it('a cancelled import leaves nothing behind', async () => {
  const store = new ModelStore(path.join(scratch(), 'models'));
  const stop = new AbortController();
  const work = importInThread(bundle, checkpoint('tf-google'), store, 'mine', {
    signal: stop.signal,
    progress: (done) => done === 1 && stop.abort(),
  });
  const outcome = await work.then(
    () => 'done',
    (e) => e.code,
  );
  // A tiny model may be done before the word of it arrives.
  if (outcome !== 'done') {
    assert.equal(outcome, 'Cancelled');
    assert.ok(!existsSync(store.folder) || readdirSync(store.folder).length === 0);
  }
  const early = AbortSignal.abort();
  await assert.rejects(importInThread(bundle, checkpoint('tf-google'), store, 'late', { signal: early }), {
    code: 'Cancelled',
  });
  assert.equal(store.find('late'), undefined);
});

it('a module that does nothing does not make the import wait forever', async () => {
  const store = new ModelStore(path.join(scratch(), 'models'));
  const empty = path.join(scratch(), 'empty.js');
  writeFileSync(empty, '');
  await assert.rejects(importInThread(empty, 'x', store, 'mine'), { code: 'Internal', message: /exit code 0/ });
  writeFileSync(empty, 'throw new Error("broken")');
  await assert.rejects(importInThread(empty, 'x', store, 'mine'), { code: 'Internal', message: /broken/ });
});

it('a look finds what an import would refuse, and writes nothing', async () => {
  await lookInThread(bundle, checkpoint('tf-google'));
  await lookInThread(bundle, checkpoint('torch-huggingface'));
  const file = path.join(scratch(), 'damaged.pt');
  writeFileSync(file, 'PK');
  const error = await lookInThread(bundle, file).catch((e) => e);
  assert.equal(error.code, 'ModelInvalid');
  assert.ok(error.message.includes(file) && error.remedy);
  await assert.rejects(lookInThread(bundle, path.join(scratch(), 'nowhere')), { code: 'BadRequest' });
  await assert.rejects(lookInThread(bundle, checkpoint('tf-google'), { signal: AbortSignal.abort() }), {
    code: 'Cancelled',
  });
});

it('what a look writes for itself is removed, whatever it finds', () => {
  const names = ['TMPDIR', 'TEMP', 'TMP'] as const;
  const before = names.map((name) => process.env[name]);
  const folder = scratch();
  for (const name of names) process.env[name] = folder;
  try {
    lookAtCheckpoint(checkpoint('gluon'));
    assert.throws(() => lookAtCheckpoint(checkpoint('gluon'), { config: checkpoint('tf-google') }));
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
  }
});
