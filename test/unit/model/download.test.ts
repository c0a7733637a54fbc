/** Downloads from a server on this machine: good ones, and those that break off and go on. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { checkBase } from '../../../server/model/download/address.js';
import { sourceOf } from '../../../server/model/download/download-model.js';
import { type DownloadProgress, Speed } from '../../../server/model/download/speed.js';
import { readManifest } from '../../../server/model/store/manifest.js';
import {
  assertInstalled,
  entry,
  get,
  partFile,
  patience,
  refused,
  server,
  store,
  unhashed,
  WEIGHTS,
  weights,
} from './download-fixtures.js';
import { cutAt, sha256 } from './model-server.js';

describe('a download', () => {
  it('is stored with its hashes, and is not requested twice', async () => {
    const progress: DownloadProgress[] = [];
    const { folder, manifest, already } = await get(entry, { onProgress: (each) => progress.push(each) });
    assert.equal(already, false);
    assert.equal(folder, store.folderOf('tiny'));
    assert.equal(manifest.source, 'someone/tiny@0123456789abcdef0123456789abcdef01234567');
    await assertInstalled('catalogue');
    const total = [...server.files.values()].reduce((sum, { length }) => sum + length, 0);
    assert.deepEqual([progress.at(-1)!.bytes, progress.at(-1)!.total], [total, total]);
    const requests = server.asked.length;
    assert.equal((await get()).already, true);
    assert.equal(server.asked.length, requests);
  });

  it('without a hash in the catalogue is checked by length, or by the hash that the server states', async () => {
    await get(unhashed);
    await assertInstalled('length');
    await store.remove('tiny');
    server.behaviour = ({ request, response, content, file }) => {
      if (request.url!.startsWith('/cdn/')) return undefined;
      const linked = { 'x-linked-etag': `"${sha256(content)}"`, 'x-linked-size': content.length };
      response.writeHead(302, { location: `/cdn/${file}`, ...linked }).end();
      return true;
    };
    await get(unhashed);
    await assertInstalled('server');
  });

  it('that does not match the hash stated by the server is refused', async () => {
    server.behaviour = ({ file, request, response }) => {
      if (file !== WEIGHTS || request.url!.startsWith('/cdn/')) return undefined;
      response.writeHead(302, { location: `/cdn/${file}`, 'x-linked-etag': `"${'0'.repeat(64)}"` }).end();
      return true;
    };
    await refused(get(unhashed), 'DownloadFailed', WEIGHTS, sha256(weights()), '0'.repeat(64));
  });

  it('does not replace another model of the same name', async () => {
    await get();
    await assert.rejects(get({ ...entry, repository: 'else/where' }), {
      code: 'BadRequest',
      message: /another model named tiny: someone\/tiny@/,
    });
  });
});

describe('a download that breaks off', () => {
  it('is resumed automatically', async () => {
    server.behaviour = (asked) =>
      asked.file === WEIGHTS && asked.time < 3 ? cutAt(server, asked, 30_000, partFile()) : undefined;
    await get();
    await assertInstalled('catalogue');
    assert.deepEqual(
      server.asked.filter(({ file }) => file === WEIGHTS).map(({ range, ifRange }) => [range, ifRange]),
      [
        [undefined, undefined],
        ['bytes=30000-', '"v1"'],
        ['bytes=60000-', '"v1"'],
      ],
    );
  });

  it('is kept when it is given up, and resumed the next time', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000, partFile()) : undefined);
    const error = await refused(get(), 'DownloadFailed', /ended after 30000 of 95544 bytes|was lost/);
    assert.match(error.remedy!, /kept/);
    assert.equal(statSync(partFile()).size, 30_000);
    assert.deepEqual(await store.list(), []);
    assert.equal((await store.partials())[0].name, 'tiny');
    server.behaviour = () => undefined;
    server.asked.length = 0;
    await get();
    await assertInstalled('catalogue');
    assert.deepEqual(server.asked, [{ file: WEIGHTS, range: 'bytes=30000-', ifRange: '"v1"' }]);
  });

  it('that was complete but not yet in place is not requested again, unless it is damaged or of another revision', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000, partFile()) : undefined);
    await refused(get(), 'DownloadFailed');
    const vocabulary = path.join(path.dirname(partFile()), 'vocab.txt');
    writeFileSync(vocabulary, readFileSync(vocabulary, 'utf8').replace('e', 'E'));
    server.behaviour = () => undefined;
    server.asked.length = 0;
    await get();
    assert.deepEqual(
      server.asked.map(({ file }) => file),
      ['vocab.txt', WEIGHTS],
    );
    await assertInstalled('catalogue');
    await store.remove('tiny');
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000, partFile()) : undefined);
    await refused(get(), 'DownloadFailed');
    server.behaviour = () => undefined;
    server.asked.length = 0;
    await get({ ...entry, revision: 'f'.repeat(40) });
    assert.deepEqual(
      server.asked.map(({ file, range }) => [file, range]),
      entry.files.map(({ name }) => [name, undefined]),
    );
  });

  it('starts over when the server does not support ranges', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS) return undefined;
      if (asked.time === 1) return cutAt(server, asked, 30_000, partFile());
      asked.response.writeHead(200, { 'content-length': asked.content.length }).end(asked.content);
      return true;
    };
    await get();
    await assertInstalled('catalogue');
    assert.equal(server.times(WEIGHTS), 2);
  });

  it('starts over when the file has changed meanwhile', async () => {
    server.behaviour = (asked) =>
      asked.file === WEIGHTS && asked.time === 1 ? cutAt(server, asked, 30_000, partFile()) : undefined;
    const work = get(unhashed, { patience: { ...patience, retryMs: 100 } });
    while (server.times(WEIGHTS) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const changed = Buffer.from(weights());
    changed.fill(0x3c, changed.length - 4000);
    server.files.set(WEIGHTS, changed);
    server.etag = '"v2"';
    await work;
    await assertInstalled('length');
  });

  it('starts over when a server continues a different file', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS || asked.time > 2) return undefined;
      if (asked.time === 1) return cutAt(server, asked, 30_000, partFile());
      const range = `bytes 30000-${asked.content.length - 1}/${asked.content.length}`;
      asked.response.writeHead(206, { etag: '"v9"', 'content-range': range }).end(asked.content.subarray(30_000));
      return true;
    };
    await get(unhashed);
    await assertInstalled('length');
    assert.equal(server.asked.at(-1)!.range, undefined);
  });

  it('with a weak ETag is resumed only if a hash shows whether it is the same file', async () => {
    server.etag = 'W/"v1"';
    server.behaviour = (asked) =>
      asked.file === WEIGHTS && asked.time === 1 ? cutAt(server, asked, 30_000, partFile()) : undefined;
    const ranges = () =>
      server.asked.filter(({ file }) => file === WEIGHTS).map(({ range, ifRange }) => [range, ifRange]);
    await get(unhashed);
    await assertInstalled('length');
    assert.deepEqual(ranges(), [
      [undefined, undefined],
      [undefined, undefined],
    ]);
    await store.remove('tiny');
    server.asked.length = 0;
    await get();
    await assertInstalled('catalogue');
    assert.deepEqual(ranges(), [
      [undefined, undefined],
      ['bytes=30000-', undefined],
    ]);
  });

  it('starts over when the part is damaged', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000, partFile()) : undefined);
    await refused(get(), 'DownloadFailed');
    const part = readFileSync(partFile());
    part[17] ^= 1;
    writeFileSync(partFile(), part);
    server.behaviour = () => undefined;
    await get();
    await assertInstalled('catalogue');
  });

  it('a part that is longer than the file is dropped', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000, partFile()) : undefined);
    await refused(get(), 'DownloadFailed');
    writeFileSync(partFile(), Buffer.concat([weights(), weights()]));
    server.behaviour = () => undefined;
    await get();
    await assertInstalled('catalogue');
  });
});

describe('the address of a mirror', () => {
  it('is https, or http on this machine', () => {
    assert.equal(checkBase('https://models.example/hub/', 'x'), 'https://models.example/hub');
    assert.equal(checkBase('http://localhost:8080', 'x'), 'http://localhost:8080');
    assert.equal(checkBase('http://127.0.0.1', 'x'), 'http://127.0.0.1');
    for (const wrong of [
      '',
      'models.example',
      'http://models.example',
      'ftp://models.example',
      'file:///models',
      'http://localhost.example',
      'https://user:secret@models.example',
      'https://models.example/?a=b',
      'https://',
    ]) {
      assert.throws(() => checkBase(wrong, '--mirror'), { code: 'BadRequest', message: /^--mirror: found / }, wrong);
    }
  });
});

describe('speed', () => {
  it('is measured over the last seconds', () => {
    let now = 0;
    const speed = new Speed(() => now);
    assert.deepEqual(speed.measure(0, 10_000), {});
    now = 1000;
    assert.deepEqual(speed.measure(500, 10_000), {});
    now = 2000;
    assert.deepEqual(speed.measure(1000, 10_000), { bytesPerSecond: 500, secondsLeft: 18 });
    for (; now < 8000; now += 1000) speed.measure(1000, 10_000);
    assert.deepEqual(speed.measure(1000, 10_000), { bytesPerSecond: 0 });
    now = 9000;
    assert.deepEqual(speed.measure(5000, 10_000).bytesPerSecond, 4000 / 5);
    // It started again.
    assert.deepEqual(speed.measure(0, 10_000), {});
  });
});

it('the manifest names the source and can be read back', async () => {
  const { folder, manifest } = await get();
  assert.deepEqual(await readManifest(folder), manifest);
  assert.equal(manifest.source, sourceOf(entry));
  for (const damaged of ['', '{', '{"format":2}', '{"format":1,"title":1}', 'null']) {
    writeFileSync(path.join(folder, 'ask-bert-model.json'), damaged);
    assert.equal(await readManifest(folder), undefined);
  }
  assert.equal((await store.list())[0].fault, undefined);
});
