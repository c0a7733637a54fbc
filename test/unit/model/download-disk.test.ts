/** Downloads of models that do not load, onto disks that are full, cancelled, and two at once. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { downloadModel } from '../../../server/model/download/download-model.js';
import type { DownloadProgress } from '../../../server/model/download/speed.js';
import { ModelStore } from '../../../server/model/store/store.js';
import { realDisk } from '../../../server/storage/disk.js';
import { END_MS } from '../helpers/waits.js';
import {
  assertInstalled,
  base,
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
import { seeded } from './import-fixtures.js';
import { cutAt, tinyFiles, whenKept } from './model-server.js';

describe('a model that does not load', () => {
  it('is refused by its name, and not kept, when its bytes have the right length', async () => {
    const damaged = Buffer.from(weights());
    damaged.fill(0x20, 8, 200);
    server.files.set(WEIGHTS, damaged);
    await refused(get(unhashed), 'ModelInvalid', 'someone/tiny', WEIGHTS);
    assert.deepEqual(readdirSync(store.folder), []);
  });

  it('is refused for a vocabulary or configuration of another model', async () => {
    server.files.set('vocab.txt', Buffer.from('a\nb\n'));
    await refused(get(unhashed), 'ModelInvalid', 'someone/tiny', 'vocab.txt');
    server.files.set('vocab.txt', tinyFiles(entry).get('vocab.txt')!);
    server.files.set('config.json', Buffer.from('{"model_type": "gpt2"}'));
    await refused(get(unhashed), 'ModelInvalid', 'someone/tiny', 'model_type', 'gpt2');
  });
});

/** The server keeps the weights back until the returned function is called. */
function heldBack(): () => void {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  server.behaviour = (asked) => {
    if (asked.file !== WEIGHTS) return undefined;
    void released.then(() => server.serve(asked.request, asked.response, asked.content));
    return true;
  };
  return release;
}

describe('disk, locks and cancelling', () => {
  it('no room: reported before the first request, with both figures', async () => {
    const disk = { ...realDisk, free: async () => 1_000_000 };
    await refused(get(entry, { disk }), 'InputUnreadable', 'Not enough space', '1.0 MB free');
    assert.equal(server.asked.length, 0);
  });

  it('no room for what the server announces', async () => {
    let asked = 0;
    const disk = { ...realDisk, free: async () => (++asked > 1 ? 1000 : 1e12) };
    await refused(get(unhashed, { disk }), 'InputUnreadable', 'Not enough space');
  });

  it('a disk that fills up during a download: reported, the part is kept and continued', async () => {
    let room = 40_000;
    const disk = {
      ...realDisk,
      append: async (file: string) => {
        const sink = await realDisk.append(file);
        return {
          ...sink,
          write: async (bytes: Uint8Array) => {
            room -= bytes.length;
            if (room < 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC', syscall: 'write' });
            return sink.write(bytes);
          },
        };
      },
    };
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS || asked.request.headers.range) return undefined;
      asked.response.writeHead(200, { etag: server.etag, 'content-length': asked.content.length });
      asked.response.write(asked.content.subarray(0, 20_000));
      void whenKept(partFile(), 20_000, asked.response).then(() => asked.response.end(asked.content.subarray(20_000)));
      return true;
    };
    const { remedy } = await refused(get(entry, { disk }), 'InputUnreadable', 'The disk is full', WEIGHTS);
    assert.match(remedy!, /kept/);
    room = 1e9;
    await get(entry, { disk });
    await assertInstalled('catalogue');
    assert.match(server.asked.at(-1)!.range!, /^bytes=\d+-$/);
  });

  it('a folder that cannot be written to is reported', async () => {
    writeFileSync(path.join(path.dirname(store.folder), 'file'), '');
    const nowhere = new ModelStore(path.join(path.dirname(store.folder), 'file', 'models'));
    await assert.rejects(downloadModel(entry, nowhere, { fetch, base }), { code: 'InputUnreadable' });
  });

  it('a cancelled download ends at once with the reason, and is continued later', async () => {
    const stop = new AbortController();
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS || asked.request.headers.range) return undefined;
      asked.response.writeHead(200, { etag: server.etag, 'content-length': asked.content.length });
      asked.response.write(asked.content.subarray(0, 50_000));
      void whenKept(partFile(), 50_000, asked.response).then(() => stop.abort(new AskBertError('Cancelled', 'enough')));
      return true;
    };
    await assert.rejects(get(entry, { signal: stop.signal }), { code: 'Cancelled', message: 'enough' });
    assert.equal(statSync(partFile()).size, 50_000);
    assert.deepEqual(readdirSync(store.folder), ['.tiny.download']);
    await get();
    await assertInstalled('catalogue');
    assert.equal(server.asked.at(-1)!.range, 'bytes=50000-');
  });

  it('can be cancelled before it begins and while it waits to try again', async () => {
    const stop = new AbortController();
    server.behaviour = ({ response }) => {
      response.writeHead(500).end();
      setTimeout(() => stop.abort(new AskBertError('Cancelled', 'enough')), 50);
      return true;
    };
    const slow = { ...patience, retryMs: END_MS };
    await assert.rejects(get(entry, { signal: stop.signal, patience: slow }), { code: 'Cancelled' });
    await assert.rejects(get(entry, { signal: stop.signal }), { code: 'Cancelled' });
  });

  it('two at once: one downloads, the other waits for it', async () => {
    const release = heldBack();
    const waits: DownloadProgress[] = [];
    const onProgress = (each: DownloadProgress) => {
      if (!each.waiting) return;
      waits.push(each);
      release();
    };
    const both = await Promise.all([get(entry, { onProgress }), get(entry, { onProgress })]);
    assert.deepEqual(both.map(({ already }) => already).sort(), [false, true]);
    assert.equal(server.times(WEIGHTS), 1);
    assert.equal(waits.length, 1);
    await assertInstalled('catalogue');
  });

  it('a model that is being downloaded is not removed', async () => {
    const release = heldBack();
    const work = get();
    while (server.times(WEIGHTS) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await assert.rejects(store.remove('tiny'), { code: 'BadRequest', message: /being downloaded/ });
    release();
    await work;
    await assertInstalled('catalogue');
  });
});

it('whatever happened to an unfinished download, the next one completes the model', async () => {
  const random = seeded(6);
  for (let round = 0; round < 60; round++) {
    server.behaviour = (asked) =>
      asked.file === WEIGHTS ? cutAt(server, asked, 5000 + random(25_000), partFile()) : undefined;
    await refused(get(entry, { patience: { ...patience, tries: 1 } }), 'DownloadFailed');
    server.behaviour = () => undefined;
    const folder = path.dirname(partFile());
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      const content = readFileSync(file);
      const act = random(6);
      if (act === 0) truncateSync(file, random(content.length + 1));
      else if (act === 1) writeFileSync(file, Buffer.concat([content, content]));
      else if (act === 2 && content.length > 0) {
        content[random(content.length)] ^= 1 << random(8);
        writeFileSync(file, content);
      } else if (act === 3) writeFileSync(file, ['', 'null', '{"total": -1}', '{"etag": {}, "total": 3}'][random(4)]);
    }
    await get();
    await assertInstalled('catalogue');
    await store.remove('tiny');
  }
});
