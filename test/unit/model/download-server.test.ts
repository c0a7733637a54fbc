/** Downloads from a server that misbehaves in every way that was thought of. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { DownloadProgress } from '../../../server/model/download/speed.js';
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

describe('a server that misbehaves', () => {
  const only =
    (act: (response: ServerResponse, time: number) => unknown) =>
    ({ file, response, time }: { file: string; response: ServerResponse; time: number }) =>
      file === WEIGHTS && act(response, time) !== false;

  it('wrong bytes are refused by their hash and not kept', async () => {
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
    server.behaviour = (asked) => (asked.file === WEIGHTS ? cutAt(server, asked, 0, partFile()) : undefined);
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

  it('500 and 429 are tried again, when the server says', async () => {
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

  it('endless 500s are given up', async () => {
    server.behaviour = only((response) => response.writeHead(503).end());
    await refused(get(), 'DownloadFailed', 'answered 503');
    assert.equal(server.times(WEIGHTS), 3);
  });

  it('silence is noticed before the response and in the middle of it', async () => {
    const impatient = { ...patience, silenceMs: 3000 };
    server.behaviour = only(() => true);
    const once = { ...impatient, tries: 1 };
    await refused(get(entry, { patience: once }), 'DownloadFailed', 'did not answer within 3 s');
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

  it('a slow server is waited for', async () => {
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
    for (const { bytesPerSecond } of timed) assert.ok(bytesPerSecond! > 0 && bytesPerSecond! < 200_000);
  });

  it('redirects are followed, but not endlessly, and not to unencrypted addresses', async () => {
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

  it('a sign-in page instead of the file is recognised', async () => {
    server.behaviour = ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Welcome to our network');
      return true;
    };
    const { remedy } = await refused(get(), 'DownloadFailed', 'config.json', 'web page');
    assert.match(remedy!, /sign in/);
  });

  /** The page states a rounded size of the vocabulary, and no server need state any. */
  const rounded = (about: number) => ({
    ...unhashed,
    files: unhashed.files.map((file) => (file.name === 'vocab.txt' ? { ...file, about } : file)),
  });

  it('an endless file without a length is given up', async () => {
    server.behaviour = ({ file, response }) => {
      if (file !== 'vocab.txt') return undefined;
      response.writeHead(200, { 'transfer-encoding': 'chunked', etag: '"v1"' });
      const more = () => {
        while (!response.destroyed && response.write('endless\n'.repeat(1000)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
      return true;
    };
    await refused(get(rounded(100_000)), 'DownloadFailed', 'vocab.txt', /bytes or more, expected at most 110000/);
    const partial = path.join(path.dirname(partFile()), 'vocab.txt.part');
    assert.equal(existsSync(partial), false);
    server.behaviour = () => undefined;
    await get(rounded(1000));
    await assertInstalled('length');
  });

  it('a small file that decompresses to a very large one is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a'));
    server.behaviour = ({ file, response }) => {
      if (file !== 'vocab.txt') return undefined;
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb);
      return true;
    };
    let most = 0;
    const onProgress = ({ bytes }: { bytes: number }) => {
      most = Math.max(most, bytes);
    };
    await refused(get(rounded(100_000), { onProgress }), 'DownloadFailed', 'vocab.txt', 'expected at most 110000');
    assert.ok(most < 2_000_000, `${most} bytes were taken`);
  });

  it('an impossible length is refused', async () => {
    server.behaviour = ({ file, response }) => {
      if (file !== 'vocab.txt') return undefined;
      response.writeHead(200, { 'content-length': 5_000_000 });
      response.flushHeaders();
      return true;
    };
    await refused(get(rounded(1000)), 'DownloadFailed', 'has 5000000 bytes or more, expected at most 1100');
  });

  it('a server that sends a byte now and then is given up', async () => {
    const timers: NodeJS.Timeout[] = [];
    server.behaviour = ({ file, response, content }) => {
      if (file !== 'vocab.txt') return undefined;
      response.writeHead(200, { 'content-length': content.length, etag: '"v1"' });
      let at = 0;
      timers.push(setInterval(() => response.write(content.subarray(at, ++at)), 50));
      return true;
    };
    // Even a busy machine brings no kilobyte in this time: one byte comes every 50 ms at most.
    const work = get(entry, { patience: { ...patience, tries: 1, slowMs: 1000 } });
    const error = await refused(work, 'DownloadFailed', /sent only \d+ bytes in \d+ s/);
    assert.match(error.remedy!, /kept and continued/);
    for (const timer of timers) clearInterval(timer);
  });

  it('an unreachable server is reported', async () => {
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
