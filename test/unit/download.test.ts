/** Downloads from a server on this machine: good ones, and everything that goes wrong with them. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AskBertError } from '../../server/errors.js';
import type { CatalogueEntry } from '../../server/model/catalogue.js';
import { checkBase } from '../../server/model/download/address.js';
import { realDisk } from '../../server/model/download/disk.js';
import { type DownloadOptions, downloadModel, sourceOf } from '../../server/model/download/download-model.js';
import { type DownloadProgress, Speed } from '../../server/model/download/speed.js';
import { readManifest } from '../../server/model/manifest.js';
import { ModelStore, partialFolder } from '../../server/model/store.js';
import { cutAt, ModelServer, sha256, tinyEntry, tinyFiles } from './model-server.js';

const entry = tinyEntry(true);
const unhashed = tinyEntry(false);
const WEIGHTS = 'model.safetensors';
/** Long enough for a machine that is busy with other tests. */
const patience = { silenceMs: 10_000, retryMs: 5, tries: 3 };

let server: ModelServer;
let store: ModelStore;
let base: string;

beforeEach(async () => {
  server = await new ModelServer(tinyFiles(entry)).start();
  base = server.base;
  store = new ModelStore(path.join(mkdtempSync(path.join(tmpdir(), 'ask-bert-store-')), 'models'));
});
afterEach(() => {
  server.close();
  rmSync(path.dirname(store.folder), { recursive: true, force: true });
});

const get = (what: CatalogueEntry = entry, options: Partial<DownloadOptions> = {}) =>
  downloadModel(what, store, { fetch, base, patience, ...options });

const partFile = () => path.join(partialFolder(store.folderOf('tiny')), `${WEIGHTS}.part`);
const weights = () => server.files.get(WEIGHTS)!;

/** The store holds the whole model and nothing else. */
async function assertInstalled(verified: string): Promise<void> {
  assert.deepEqual(readdirSync(store.folder), ['tiny']);
  const folder = store.folderOf('tiny');
  assert.deepEqual(readdirSync(folder).sort(), ['ask-bert-model.json', 'config.json', WEIGHTS, 'vocab.txt']);
  for (const [name, content] of server.files) assert.deepEqual(readFileSync(path.join(folder, name)), content);
  const [model] = await store.list();
  assert.equal(model.fault, undefined);
  const found = model.manifest!.files.find(({ name }) => name === WEIGHTS)!;
  assert.deepEqual(found, { name: WEIGHTS, bytes: weights().length, sha256: sha256(weights()), verified });
}

/** It fails with one sentence that has all the words, and something to do. */
async function refused(work: Promise<unknown>, code: string, ...words: Array<string | RegExp>): Promise<AskBertError> {
  const error = await work.then(
    () => assert.fail(`not refused: ${words.join(', ')}`),
    (e: unknown) => e,
  );
  assert.ok(error instanceof AskBertError, String((error as Error).stack));
  assert.equal(error.code, code, error.message);
  assert.ok(!error.message.includes('\n'), error.message);
  assert.ok(error.remedy, error.message);
  for (const word of words) {
    if (typeof word === 'string') assert.ok(error.message.includes(word), `${word} is not in: ${error.message}`);
    else assert.match(error.message, word);
  }
  assert.ok(!existsSync(store.folderOf('tiny')), 'nothing was installed');
  return error;
}

describe('a download', () => {
  it('comes into the store with hashes, and is not asked for twice', async () => {
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

  it('without a hash in the catalogue: by length, or by the hash that the server states', async () => {
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

  it('a hash that the server states and does not keep is refused', async () => {
    server.behaviour = ({ file, request, response }) => {
      if (file !== WEIGHTS || request.url!.startsWith('/cdn/')) return undefined;
      response.writeHead(302, { location: `/cdn/${file}`, 'x-linked-etag': `"${'0'.repeat(64)}"` }).end();
      return true;
    };
    await refused(get(unhashed), 'DownloadFailed', WEIGHTS, sha256(weights()), '0'.repeat(64));
  });

  it('another model of the same name is not replaced', async () => {
    await get();
    await assert.rejects(get({ ...entry, repository: 'else/where' }), {
      code: 'BadRequest',
      message: /another model with the name tiny: someone\/tiny@/,
    });
  });
});

describe('a download that breaks off', () => {
  it('goes on where it was, by itself', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS && asked.time < 3 ? cutAt(server, asked, 30_000) : undefined);
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

  it('is kept when it is given up, and goes on the next time', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000) : undefined);
    const error = await refused(get(), 'DownloadFailed', /ended after 30000 of 95544 bytes|broke/);
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

  it('that was whole but not yet in place is not asked for again, unless it is damaged or of another revision', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000) : undefined);
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
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000) : undefined);
    await refused(get(), 'DownloadFailed');
    server.behaviour = () => undefined;
    server.asked.length = 0;
    await get({ ...entry, revision: 'f'.repeat(40) });
    assert.deepEqual(
      server.asked.map(({ file, range }) => [file, range]),
      entry.files.map(({ name }) => [name, undefined]),
    );
  });

  it('begins anew when the server knows no ranges', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS) return undefined;
      if (asked.time === 1) return cutAt(server, asked, 30_000);
      asked.response.writeHead(200, { 'content-length': asked.content.length }).end(asked.content);
      return true;
    };
    await get();
    await assertInstalled('catalogue');
    assert.equal(server.times(WEIGHTS), 2);
  });

  it('begins anew when the file has changed meanwhile', async () => {
    server.behaviour = (asked) =>
      asked.file === WEIGHTS && asked.time === 1 ? cutAt(server, asked, 30_000) : undefined;
    const work = get(unhashed, { patience: { ...patience, retryMs: 100 } });
    while (server.times(WEIGHTS) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const changed = Buffer.from(weights());
    changed.fill(0x3c, changed.length - 4000);
    server.files.set(WEIGHTS, changed);
    server.etag = '"v2"';
    await work;
    await assertInstalled('length');
  });

  it('begins anew when a server continues another file all the same', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS || asked.time > 2) return undefined;
      if (asked.time === 1) return cutAt(server, asked, 30_000);
      const range = `bytes 30000-${asked.content.length - 1}/${asked.content.length}`;
      asked.response.writeHead(206, { etag: '"v9"', 'content-range': range }).end(asked.content.subarray(30_000));
      return true;
    };
    await get(unhashed);
    await assertInstalled('length');
    assert.equal(server.asked.at(-1)!.range, undefined);
  });

  it('begins anew when what was there is damaged', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000) : undefined);
    await refused(get(), 'DownloadFailed');
    const part = readFileSync(partFile());
    part[17] ^= 1;
    writeFileSync(partFile(), part);
    server.behaviour = () => undefined;
    await get();
    await assertInstalled('catalogue');
  });

  it('a part that is longer than the file is dropped', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 10_000) : undefined);
    await refused(get(), 'DownloadFailed');
    writeFileSync(partFile(), Buffer.concat([weights(), weights()]));
    server.behaviour = () => undefined;
    await get();
    await assertInstalled('catalogue');
  });
});

describe('a server that misbehaves', () => {
  const only =
    (act: (response: import('node:http').ServerResponse, time: number) => unknown) =>
    ({ file, response, time }: { file: string; response: import('node:http').ServerResponse; time: number }) =>
      file === WEIGHTS && act(response, time) !== false;

  it('the wrong bytes are refused by their hash, and not kept', async () => {
    const wrong = Buffer.from(weights());
    wrong[wrong.length - 1] ^= 1;
    server.files.set(WEIGHTS, wrong);
    await refused(get(), 'DownloadFailed', WEIGHTS, sha256(wrong), entry.files[2].sha256!);
    assert.ok(!existsSync(partFile()));
  });

  it('a file of the wrong length is refused before it is read', async () => {
    server.files.set(WEIGHTS, weights().subarray(0, 5000));
    await refused(get(), 'DownloadFailed', WEIGHTS, '5000 bytes', 'expected 95544');
  });

  it('fewer bytes than announced, again and again', async () => {
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 0) : undefined);
    await refused(get(), 'DownloadFailed', /127\.0\.0\.1/);
    assert.equal(server.times(WEIGHTS), 3);
  });

  it('404, 403 and 401 are final', async () => {
    for (const status of [404, 403, 401]) {
      server.asked.length = 0;
      server.behaviour = only((response) => response.writeHead(status).end('no'));
      await refused(get(), 'DownloadFailed', WEIGHTS, `answered ${status}`);
      assert.equal(server.times(WEIGHTS), 1);
    }
  });

  it('500 and 429 are tried again, as late as the server wants', async () => {
    const times: number[] = [];
    server.behaviour = only((response, time) => {
      times.push(performance.now());
      if (time === 1) response.writeHead(500).end('later');
      else if (time === 2) response.writeHead(429, { 'retry-after': '1' }).end();
      else return false;
    });
    await get();
    await assertInstalled('catalogue');
    assert.ok(times[2] - times[1] > 900, 'retry-after was kept');
  });

  it('500 for ever is given up', async () => {
    server.behaviour = only((response) => response.writeHead(503).end());
    await refused(get(), 'DownloadFailed', 'answered 503');
    assert.equal(server.times(WEIGHTS), 3);
  });

  it('silence is noticed: before the answer, and in the middle of it', async () => {
    const impatient = { ...patience, silenceMs: 300 };
    server.behaviour = only(() => true);
    await refused(get(entry, { patience: impatient }), 'DownloadFailed', 'did not answer within 0.3 s');
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS) return undefined;
      if (asked.request.headers.range) return false;
      asked.response.writeHead(200, { etag: server.etag, 'content-length': asked.content.length });
      asked.response.write(asked.content.subarray(0, 20_000));
      return true;
    };
    // It goes on after the silence.
    await get(entry, { patience: impatient });
    await assertInstalled('catalogue');
    assert.equal(server.asked.at(-1)!.range, 'bytes=20000-');
  });

  it('a slow one is waited for', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS) return undefined;
      asked.response.writeHead(200, { 'content-length': asked.content.length });
      let sent = 0;
      const timer = setInterval(() => {
        asked.response.write(asked.content.subarray(sent, sent + 6000));
        sent += 6000;
        if (sent >= asked.content.length) clearInterval(timer);
      }, 150);
      return true;
    };
    const speeds: DownloadProgress[] = [];
    await get(entry, { onProgress: (each) => speeds.push(each) });
    await assertInstalled('catalogue');
    const timed = speeds.filter(({ secondsLeft }) => secondsLeft !== undefined);
    assert.ok(timed.length > 0);
    for (const { bytesPerSecond } of timed) assert.ok(bytesPerSecond! > 5000 && bytesPerSecond! < 200_000);
  });

  it('redirects are followed, but not for ever, and not to where nothing is encrypted', async () => {
    const redirect = (to: (file: string, url: string) => string) => {
      server.behaviour = ({ file, request, response }) => {
        const location = to(file, request.url!);
        if (!location) return undefined;
        response.writeHead(307, { location }).end();
        return true;
      };
    };
    redirect((file, url) => (url.startsWith('/4/') ? '' : `/${Number(url[1]) + 1 || 1}/${file}`));
    await get();
    await assertInstalled('catalogue');
    await store.remove('tiny');
    redirect((file) => `/again/${file}`);
    await refused(get(), 'DownloadFailed', 'redirects more than 5 times');
    for (const location of ['http://example.com/x', 'ftp://127.0.0.1/x', 'file:///etc/passwd']) {
      redirect(() => location);
      await refused(get(), 'DownloadFailed', 'redirects to', 'not encrypted');
    }
    redirect(() => 'http://[');
    await refused(get(), 'DownloadFailed', 'redirects to no address');
  });

  it('a redirect from https to http is refused, even to this machine', async () => {
    const asked: string[] = [];
    const secure: typeof fetch = async (address) => {
      asked.push(String(address));
      return new Response(null, { status: 302, headers: { location: `${server.base}/x` } });
    };
    await refused(get(entry, { fetch: secure, base: 'https://models.example' }), 'DownloadFailed', 'not encrypted');
    assert.equal(asked.length, 1);
  });

  it('a sign-in page in place of the file is called so', async () => {
    server.behaviour = ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Welcome to our network');
      return true;
    };
    const { remedy } = await refused(get(), 'DownloadFailed', 'config.json', 'web page');
    assert.match(remedy!, /sign in/);
  });

  it('nobody there at all', async () => {
    server.close();
    await refused(get(), 'DownloadFailed', 'cannot be reached', 'ECONNREFUSED');
  });

  it('more bytes than were announced', async () => {
    server.behaviour = ({ file, response, content }) => {
      if (file !== WEIGHTS) return undefined;
      response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(Buffer.concat([content, content]));
      return true;
    };
    await refused(get(), 'DownloadFailed', 'more than the 95544 bytes');
  });
});

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

describe('disk, locks and cancelling', () => {
  it('no room: said before anything is asked for, with both figures', async () => {
    const disk = { ...realDisk, free: async () => 1_000_000 };
    await refused(get(entry, { disk }), 'InputUnreadable', 'Not enough room', '1.0 MB are free');
    assert.equal(server.asked.length, 0);
  });

  it('no room for what the server announces', async () => {
    let asked = 0;
    const disk = { ...realDisk, free: async () => (++asked > 1 ? 1000 : 1e12) };
    await refused(get(unhashed, { disk }), 'InputUnreadable', 'Not enough room');
  });

  it('a disk that fills up while it is written: said, kept, and continued', async () => {
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
      setTimeout(() => asked.response.end(asked.content.subarray(20_000)), 50);
      return true;
    };
    const { remedy } = await refused(get(entry, { disk }), 'InputUnreadable', 'The disk is full', WEIGHTS);
    assert.match(remedy!, /kept/);
    room = 1e9;
    await get(entry, { disk });
    await assertInstalled('catalogue');
    assert.match(server.asked.at(-1)!.range!, /^bytes=\d+-$/);
  });

  it('a folder that cannot be written to', async () => {
    writeFileSync(path.join(path.dirname(store.folder), 'file'), '');
    const nowhere = new ModelStore(path.join(path.dirname(store.folder), 'file', 'models'));
    await assert.rejects(downloadModel(entry, nowhere, { fetch, base: server.base }), { code: 'InputUnreadable' });
  });

  it('cancelled: it ends at once with the reason, and what is there is continued', async () => {
    const stop = new AbortController();
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS || asked.request.headers.range) return undefined;
      asked.response.writeHead(200, { etag: server.etag, 'content-length': asked.content.length });
      asked.response.write(asked.content.subarray(0, 50_000));
      setTimeout(() => stop.abort(new AskBertError('Cancelled', 'enough')), 100);
      return true;
    };
    const began = performance.now();
    const slow = { ...patience, silenceMs: 60_000 };
    await assert.rejects(get(entry, { signal: stop.signal, patience: slow }), { code: 'Cancelled', message: 'enough' });
    assert.ok(performance.now() - began < 5000);
    assert.equal(statSync(partFile()).size, 50_000);
    assert.deepEqual(readdirSync(store.folder), ['.tiny.download']);
    await get();
    await assertInstalled('catalogue');
    assert.equal(server.asked.at(-1)!.range, 'bytes=50000-');
  });

  it('cancelled while it waits for another try, or before it begins', async () => {
    const stop = new AbortController();
    server.behaviour = ({ response }) => {
      response.writeHead(500).end();
      setTimeout(() => stop.abort(new AskBertError('Cancelled', 'enough')), 50);
      return true;
    };
    const slow = { ...patience, retryMs: 60_000 };
    await assert.rejects(get(entry, { signal: stop.signal, patience: slow }), { code: 'Cancelled' });
    await assert.rejects(get(entry, { signal: stop.signal }), { code: 'Cancelled' });
  });

  it('two at once: one downloads, the other waits for it', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS) return undefined;
      setTimeout(() => server.serve(asked.request, asked.response, asked.content), 200);
      return true;
    };
    const waits: DownloadProgress[] = [];
    const onProgress = (each: DownloadProgress) => each.waiting && waits.push(each);
    const both = await Promise.all([get(entry, { onProgress }), get(entry, { onProgress })]);
    assert.deepEqual(both.map(({ already }) => already).sort(), [false, true]);
    assert.equal(server.times(WEIGHTS), 1);
    assert.equal(waits.length, 1);
    await assertInstalled('catalogue');
  });

  it('a model that is being downloaded is not removed', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS) return undefined;
      setTimeout(() => server.serve(asked.request, asked.response, asked.content), 300);
      return true;
    };
    const work = get();
    while (server.times(WEIGHTS) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await assert.rejects(store.remove('tiny'), { code: 'BadRequest', message: /being downloaded/ });
    await work;
    await assertInstalled('catalogue');
  });
});

describe('the address of a mirror', () => {
  it('is https, or http on this machine', () => {
    assert.equal(checkBase('https://models.example/hub/', 'x'), 'https://models.example/hub');
    assert.equal(checkBase('http://localhost:8080', 'x'), 'http://localhost:8080');
    assert.equal(checkBase('http://127.0.0.1', 'x'), 'http://127.0.0.1');
    for (const wrong of [
      ...['', 'models.example', 'http://models.example', 'ftp://models.example', 'file:///models'],
      ...['http://localhost.example', 'https://user:secret@models.example', 'https://models.example/?a=b', 'https://'],
    ]) {
      assert.throws(() => checkBase(wrong, '--mirror'), { code: 'BadRequest', message: /^--mirror: found / }, wrong);
    }
  });
});

describe('speed', () => {
  it('is that of the last seconds', () => {
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
    // It began anew.
    assert.deepEqual(speed.measure(0, 10_000), {});
  });
});

it('the manifest names the source and survives being read back', async () => {
  const { folder, manifest } = await get();
  assert.deepEqual(await readManifest(folder), manifest);
  assert.equal(manifest.source, sourceOf(entry));
  for (const damaged of ['', '{', '{"format":2}', '{"format":1,"title":1}', 'null']) {
    writeFileSync(path.join(folder, 'ask-bert-model.json'), damaged);
    assert.equal(await readManifest(folder), undefined);
  }
  assert.equal((await store.list())[0].fault, undefined);
});
