import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findIn, itemsOf, pageText, queryPattern } from '../../../webview/pdf/find-text.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';

const line = (str: string, hasEOL = true) => ({ str, hasEOL });
const PAGE = pageText([
  line('The ', false),
  line('lease', false),
  line(' ends with the ten-'),
  line('ancy of Mr. Ågren (EUR 5).'),
]);
const found = (query: string) => {
  const pattern = queryPattern(query);
  return pattern ? findIn(PAGE, pattern, 100).map(({ start, end }) => PAGE.text.slice(start, end)) : undefined;
};

describe('finding words on a page', () => {
  it('without case, over white space, line ends and broken words', () => {
    assert.deepEqual(found('the'), ['The', 'the']);
    assert.deepEqual(found('LEASE  ends'), ['lease ends']);
    assert.deepEqual(found('tenancy of'), ['ten-\nancy of']);
    assert.deepEqual(found('ågren'), ['Ågren']);
  });

  it('signs mean themselves; nothing is searched for nothing', () => {
    assert.deepEqual(found('(EUR 5).'), ['(EUR 5).']);
    for (const query of ['.*', '[a-z]', '\\w', '^T', '|', '$', '(?<x>']) assert.deepEqual(found(query), [], query);
    assert.equal(found(''), undefined);
    assert.equal(found(' \t\n'), undefined);
  });

  it('any query gives a pattern that finds itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (query) => {
        const pattern = queryPattern(query);
        if (!pattern) return;
        const page = pageText([line(`x ${query.trim()} y`)]);
        assert.ok(findIn(page, pattern, 10).length > 0);
      }),
    );
  });

  it('a place covers parts of the items, without their line ends', () => {
    const [{ start, end }] = findIn(PAGE, queryPattern('lease ends with the tenancy') ?? assert.fail(), 1);
    assert.deepEqual(itemsOf(PAGE, { start, end }), [
      { item: 1, from: 0, to: 5 },
      { item: 2, from: 0, to: 19 },
      { item: 3, from: 0, to: 4 },
    ]);
    assert.deepEqual(itemsOf(PAGE, { start: 0, end: 3 }), [{ item: 0, from: 0, to: 3 }]);
    assert.deepEqual(itemsOf(pageText([]), { start: 0, end: 0 }), []);
  });

  it('no more places than are wanted', () => {
    const page = pageText([line('a'.repeat(1000))]);
    assert.equal(findIn(page, queryPattern('a') ?? assert.fail(), 7).length, 7);
  });

  it('time is linear in the text, whatever the query', () => {
    const pattern = queryPattern('a a a a b') ?? assert.fail();
    assertGrowsInProportion('find', 200_000, (size) => {
      findIn(pageText(Array.from({ length: size }, () => line('a a a a a a a a a a'))), pattern, 10);
    });
  });
});
