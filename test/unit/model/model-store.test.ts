/** The store of models, its names, and the default model of the command line. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { configFile, folderOfModel, readDefaultModel, writeDefaultModel } from '../../../server/cli/default-model.js';
import { isAllowed } from '../../../server/model/download/base.js';
import { durationText, progressText } from '../../../server/model/download/progress-text.js';
import { importModel } from '../../../server/model/import/import-model.js';
import { importToStore } from '../../../server/model/import/import-to-store.js';
import { catalogue } from '../../../server/model/store/catalogue.js';
import {
  defaultStoreFolder,
  isModelName,
  isSameFolder,
  ModelStore,
  modelNameOf,
  nameForCheckpoint,
} from '../../../server/model/store/store.js';
import fc from '../helpers/fast-check.js';
import { checkpoint } from './import-fixtures.js';
import { fixture } from './model-fixtures.js';

let root: string;
let store: ModelStore;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ask-bert-store-'));
  store = new ModelStore(path.join(root, 'models'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (name: string) => cpSync(fixture('tiny-f32'), path.join(store.folder, name), { recursive: true });

describe('the store', () => {
  it('is empty if its folder does not exist', async () => {
    assert.deepEqual([await store.list(), await store.partials()], [[], []]);
    assert.equal(store.find('x'), undefined);
    assert.ok(!existsSync(store.folder));
  });

  it('lists models put there by hand, damaged ones with the reason, and nothing else', async () => {
    put('good');
    put('bad');
    writeFileSync(path.join(store.folder, 'bad', 'model.safetensors'), 'x');
    put('half.importing-0123abcd');
    mkdirSync(path.join(store.folder, '.other.download'), { recursive: true });
    writeFileSync(path.join(store.folder, '.other.download', 'model.safetensors.part'), 'abc');
    writeFileSync(path.join(store.folder, 'file'), '');
    const models = await store.list();
    assert.deepEqual(
      models.map(({ name }) => name),
      ['bad', 'good'],
    );
    assert.match(models[0].fault!, /model\.safetensors has 1 bytes/);
    assert.equal(models[1].fault, undefined);
    assert.ok(models[1].bytes > 95_000);
    assert.deepEqual(await store.partials(), [{ name: 'other', bytes: 3 }]);
  });

  it('removes a model, an unfinished download, and of a link only the link', async () => {
    put('good');
    put('../elsewhere');
    symlinkSync(path.join(root, 'elsewhere'), path.join(store.folder, 'link'), 'junction');
    mkdirSync(path.join(store.folder, '.good.download'));
    assert.ok((await store.remove('good')) > 95_000);
    await store.remove('link');
    assert.deepEqual(readdirSync(store.folder), []);
    assert.ok(existsSync(path.join(root, 'elsewhere', 'model.safetensors')));
    await assert.rejects(store.remove('good'), { code: 'BadRequest', message: /no model good/ });
  });

  it('never leaves its folder', async () => {
    put('good');
    writeFileSync(path.join(root, 'precious'), '');
    for (const name of ['..', '.', '', '../precious', 'a/b', 'a\\b', '/etc', 'C:', '.good.download', 'good/', 'x\0']) {
      assert.equal(store.find(name), undefined, name);
      await assert.rejects(store.remove(name), { code: 'BadRequest' }, name);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const name of [text, modelNameOf(text)]) {
          if (isModelName(name)) assert.equal(path.dirname(store.folderOf(name)), store.folder);
        }
        assert.ok(isModelName(modelNameOf(text)));
      }),
    );
    assert.ok(existsSync(path.join(root, 'precious')));
  });

  it('stores imports under the names of their checkpoints, each under a unique one', async () => {
    const first = await importToStore(checkpoint('torch-huggingface'), store, undefined);
    const second = await importToStore(checkpoint('tf-google', 'bert_model.ckpt'), store, undefined);
    const third = await importToStore(checkpoint('tf-google', 'bert_model.ckpt'), store, undefined);
    const names = [first, second, third].map(({ folder }) => path.basename(folder));
    assert.deepEqual(names, ['torch-huggingface', 'tf-google', 'tf-google-2']);
    const [model] = await store.list();
    assert.equal(model.manifest!.source, checkpoint('tf-google', 'bert_model.ckpt'));
    assert.equal(model.manifest!.files.length, 4);
    await assert.rejects(importToStore(checkpoint('tf-google'), store, 'tf-google'), { code: 'BadRequest' });
    await assert.rejects(importToStore(checkpoint('none'), store, undefined), { code: 'BadRequest' });
    await assert.rejects(importToStore(checkpoint('tf-google'), store, '../x'), { code: 'BadRequest' });
    assert.equal((await store.list()).length, 3);
  });

  it('if several imports use a name at once, one succeeds and the others say why they cannot', async () => {
    const from = checkpoint('tf-google', 'bert_model.ckpt');
    const imports = [1, 2, 3].map(() => importToStore(from, store, 'same'));
    const ended = await Promise.allSettled(imports);
    const reasons = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    assert.equal(reasons.length, 2);
    for (const reason of reasons) assert.match(reason.message, /same is being downloaded or imported|already exists/);
    assert.equal((await store.list()).find(({ name }) => name === 'same')?.fault, undefined);
    assert.deepEqual(
      readdirSync(store.folder).filter((name) => name.includes('same')),
      ['same'],
    );
  });

  it('simultaneous imports without a name get different names', async () => {
    const from = checkpoint('torch-nvidia');
    const reports = await Promise.all([1, 2, 3].map(() => importToStore(from, store, undefined)));
    assert.equal(new Set(reports.map(({ folder }) => folder)).size, 3);
    for (const { name, fault } of await store.list()) assert.equal(fault, undefined, name);
  });

  it('an import never replaces a folder that appeared meanwhile, unless it is told to', async () => {
    const folder = path.join(root, 'chosen');
    const from = checkpoint('tf-google', 'bert_model.ckpt');
    const ended = await Promise.allSettled([1, 2, 3].map(() => importModel(from, folder)));
    const reasons = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    assert.equal(reasons.length, 2);
    for (const reason of reasons) assert.match(reason.message, /already exists and is not empty/);
    await importModel(from, folder, { force: true });
    assert.deepEqual(
      readdirSync(root).filter((name) => name.startsWith('chosen')),
      ['chosen'],
    );
  });

  it('names checkpoints after their folder if the file name says nothing', () => {
    assert.equal(nameForCheckpoint('/a/my-model/model.safetensors'), 'my-model');
    assert.equal(nameForCheckpoint('/a/my-model/bert_model.ckpt.index'), 'my-model');
    assert.equal(nameForCheckpoint('/a/b/squad.pt'), 'squad');
    assert.equal(nameForCheckpoint('/a/größer & mehr'), 'gr-er-mehr');
    assert.equal(nameForCheckpoint('/a/...'), 'model');
  });

  it('recognises a folder by any of its names', () => {
    put('good');
    symlinkSync(store.folder, path.join(root, 'link'), 'junction');
    assert.ok(isSameFolder(path.join(root, 'link', 'good'), `${path.join(store.folder, 'good')}${path.sep}`));
    assert.ok(!isSameFolder(path.join(root, 'link', 'good'), store.folder));
  });

  it('is where the platform or the environment says', () => {
    assert.equal(defaultStoreFolder({ ASKBERT_MODELS: root }), root);
    assert.match(defaultStoreFolder({}), /ask-bert.models$/);
    assert.match(configFile({}), /ask-bert.config\.json$/);
    if (process.platform !== 'linux') return;
    assert.equal(defaultStoreFolder({ XDG_DATA_HOME: '/d' }), '/d/ask-bert/models');
    assert.equal(configFile({ XDG_CONFIG_HOME: '/c' }), '/c/ask-bert/config.json');
    // As if it were not set.
    for (const relative of ['', 'd', './d']) {
      assert.equal(defaultStoreFolder({ XDG_DATA_HOME: relative }), defaultStoreFolder({}));
      assert.equal(configFile({ XDG_CONFIG_HOME: relative }), configFile({}));
    }
  });
});

describe('the default model of the command line', () => {
  it('is stored, read and forgotten', () => {
    const file = path.join(root, 'deep', 'config.json');
    assert.equal(readDefaultModel(file), undefined);
    writeDefaultModel('mine', file);
    assert.equal(readDefaultModel(file), 'mine');
    assert.deepEqual(readdirSync(path.dirname(file)), ['config.json']);
    writeDefaultModel(undefined, file);
    writeDefaultModel(undefined, file);
    assert.equal(readDefaultModel(file), undefined);
  });

  it('a damaged file is named in the error, with a remedy', () => {
    const file = path.join(root, 'config.json');
    for (const text of ['', '{', 'null', '{"model": 3}', '{"model": ""}']) {
      writeFileSync(file, text);
      assert.throws(() => readDefaultModel(file), { code: 'BadRequest', message: /config\.json cannot be used/ }, text);
    }
    mkdirSync(path.join(root, 'folder'));
    // One that cannot be read is as good as none.
    assert.equal(readDefaultModel(path.join(root, 'folder')), undefined);
    assert.equal(readDefaultModel(path.join(file, 'x')), undefined);
    assert.throws(() => writeDefaultModel('x', path.join(file, 'x')), { code: 'InputUnreadable' });
  });

  it('is a path if a path was given, and empty for the embedded model', () => {
    assert.deepEqual(folderOfModel('embedded'), {});
    assert.equal(folderOfModel('./some/where').stored, path.resolve('some/where'));
    assert.throws(() => folderOfModel('no-such-model'), { code: 'ModelInvalid', message: /no model no-such-model/ });
  });
});

describe('the catalogue', () => {
  it('is pinned, encrypted, complete, and its names fit the store', () => {
    assert.equal(new Set(catalogue.map(({ id }) => id)).size, catalogue.length);
    for (const { id, repository, revision, files, licence, f1 } of catalogue) {
      assert.ok(isModelName(id), id);
      assert.match(repository, /^[\w.-]+\/[\w.-]+$/);
      assert.match(revision, /^[0-9a-f]{40}$/);
      assert.ok(licence);
      if (f1) assert.ok(f1.value > 50 && f1.value < 100 && f1.source);
      const vocabulary = id.startsWith('roberta-') ? ['vocab.json', 'merges.txt'] : ['vocab.txt'];
      assert.deepEqual(
        files.map(({ name }) => name),
        ['config.json', 'tokenizer_config.json', ...vocabulary, 'model.safetensors'],
      );
      for (const { bytes, about, sha256 } of files) {
        assert.ok((bytes ?? about ?? 0) > 0);
        if (sha256) assert.match(sha256, /^[0-9a-f]{64}$/);
      }
    }
    assert.ok(isAllowed(new URL('https://a')) && !isAllowed(new URL('http://a')));
  });
});

describe('texts of a download', () => {
  it('say how far, how fast, how long, or what the problem is', () => {
    assert.equal(durationText(29.2), '30 s');
    assert.equal(durationText(61), '1 min 1 s');
    assert.equal(durationText(3725), '1 h 2 min');
    const progress = { bytes: 12e6, total: 133e6 };
    assert.equal(progressText(progress), '12 MB of 133 MB');
    assert.equal(
      progressText({ ...progress, bytesPerSecond: 4.2e6, secondsLeft: 28.8 }),
      '12 MB of 133 MB, 4.2 MB/s, 29 s left',
    );
    assert.match(progressText({ ...progress, trouble: 'x answered 500' }), /x answered 500; trying again/);
    assert.match(progressText({ ...progress, waiting: true }), /another process/);
  });
});
