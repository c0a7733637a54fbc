/** Servers that go on at another place than the one that was asked for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertInstalled, entry, get, partFile, server, store, unhashed, WEIGHTS } from './download-fixtures.js';
import { cutAt } from './model-server.js';

const KEPT = 30_000;

/** Breaks off after {@link KEPT} bytes; then goes on as a wrong server does, once; then is a good one. */
function goOn(from: number, contentRange?: (from: number, size: number) => string): void {
  server.behaviour = (asked) => {
    if (asked.file !== WEIGHTS || asked.time > 2) return undefined;
    if (asked.time === 1) return cutAt(server, asked, KEPT, partFile());
    const range = contentRange?.(from, asked.content.length);
    asked.response.writeHead(206, { etag: server.etag, ...(range && { 'content-range': range }) });
    asked.response.end(asked.content.subarray(from));
    return true;
  };
}
const rangeOf = (from: number, size: number) => `bytes ${from}-${size - 1}/${size}`;

describe('a server that continues at a different place', () => {
  for (const [what, from] of Object.entries({
    'too early': KEPT - 10_000,
    'at the beginning': 0,
    'too late': KEPT + 1,
  })) {
    it(`${what}: the kept part is dropped, and the whole file is requested`, async () => {
      for (const wish of [unhashed, entry]) {
        server.asked.length = 0;
        goOn(from, rangeOf);
        await get(wish);
        await assertInstalled(wish === entry ? 'catalogue' : 'length');
        const asked = server.asked.filter(({ file }) => file === WEIGHTS).map(({ range }) => range);
        assert.deepEqual(asked, [undefined, `bytes=${KEPT}-`, undefined]);
        await store.remove('tiny');
      }
    });
  }

  it('without saying where: the same happens', async () => {
    goOn(KEPT);
    await get(unhashed);
    await assertInstalled('length');
    assert.equal(server.times(WEIGHTS), 3);
  });
});
