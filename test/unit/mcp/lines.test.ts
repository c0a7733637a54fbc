/** Messages of a client, line by line, however they arrive. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LongLine, linesOf } from '../../../server/mcp/lines.js';
import fc from '../helpers/fast-check.js';

async function all(chunks: Uint8Array[], largest: number): Promise<(string | LongLine)[]> {
  async function* stream() {
    yield* chunks;
  }
  const lines: (string | LongLine)[] = [];
  for await (const line of linesOf(stream(), largest)) lines.push(line);
  return lines;
}

/** In pieces of these sizes, again and again. */
function cut(bytes: Buffer, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]) {
    chunks.push(bytes.subarray(at, at + sizes[i % sizes.length]));
  }
  return chunks;
}

describe('lines of a stream', () => {
  it('are the same in pieces of any size; what comes after the last one is dropped', async () => {
    const line = fc.string().map((text) => text.replaceAll('\n', ' ').replace(/\r$/, ''));
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(line), sizes, async (lines, pieces) => {
        const text = `${lines.map((each, i) => each + (i % 2 ? '\r\n' : '\n')).join('')}rest`;
        const expected = Buffer.from(lines.join('\n')).toString().split('\n');
        assert.deepEqual(await all(cut(Buffer.from(text), pieces), 1000), lines.length > 0 ? expected : []);
      }),
      { numRuns: 300 },
    );
  });

  it('that are too long are dropped but for their ends, and the next one is read', async () => {
    for (const sizes of [[100_000], [7], [4096]]) {
      const long = `BEGIN${'x'.repeat(5000)}END`;
      const [first, second, third] = await all(cut(Buffer.from(`short\n${long}\nnext\n`), sizes), 100);
      assert.deepEqual([first, third], ['short', 'next']);
      assert.ok(typeof second === 'object');
      assert.equal(second.bytes, long.length);
      assert.equal(second.begin, long.slice(0, 512));
      assert.equal(second.end, long.slice(-512));
    }
  });

  it('the limit is exact', async () => {
    assert.deepEqual(await all([Buffer.from('12345\n')], 5), ['12345']);
    assert.deepEqual(await all([Buffer.from('123456\n')], 5), [{ bytes: 6, begin: '123456', end: '123456' }]);
  });
});
