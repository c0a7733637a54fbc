import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GAP, Layout, ScrollScale } from '../../../webview/pdf/layout.js';
import fc from '../helpers/fast-check.js';

const sizes = (...heights: number[]) => heights.map((height) => ({ width: 100, height }));

describe('layout of the pages', () => {
  it('pages are below each other, with gaps', () => {
    const layout = new Layout(sizes(50, 70, 30));
    assert.deepEqual(
      [0, 1, 2].map((index) => layout.topOf(index)),
      [GAP, 2 * GAP + 50, 3 * GAP + 120],
    );
    assert.equal(layout.height, 150 + 4 * GAP);
    assert.equal(layout.width, 100 + 2 * GAP);
  });

  it('finds the page at a height; a gap belongs to the page above', () => {
    const layout = new Layout(sizes(50, 70, 30));
    assert.deepEqual(
      [-100, 0, GAP, GAP + 55, layout.topOf(1), 10_000].map((y) => layout.at(y)),
      [0, 0, 0, 0, 1, 2],
    );
  });

  it('an anchor leads back to its place, also after sizes have changed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (heights, at) => {
          const layout = new Layout(sizes(...heights));
          const index = Math.floor(at * (heights.length - 1));
          const y = layout.topOf(index) + at * layout.sizeOf(index).height;
          const anchor = layout.anchorAt(y);
          assert.ok(Math.abs(layout.yOf(anchor) - y) < 1e-6);
          const larger = new Layout(sizes(...heights.map((height) => 2 * height)));
          assert.equal(larger.at(larger.yOf({ index: anchor.index, part: 0.5 })), anchor.index);
        },
      ),
    );
  });

  it('time grows with the logarithm of the pages: 100,000 are found by few steps', () => {
    const layout = new Layout(Array.from({ length: 100_000 }, () => ({ width: 1, height: 1000 })));
    let read = 0;
    const { topOf } = layout;
    layout.topOf = (index) => {
      read++;
      return topOf.call(layout, index);
    };
    assert.equal(layout.at(layout.height), 99_999);
    assert.ok(read <= 20, String(read));
  });

  it('scrolls one to one, unless the column is higher than browsers allow', () => {
    const small = new ScrollScale(1_000_000, 800);
    assert.ok(small.isOneToOne);
    assert.equal(small.scrolled, 1_000_000);
    assert.equal(small.toColumn(5000), 5000);
    const high = new ScrollScale(150_000_000, 800);
    assert.ok(!high.isOneToOne);
    assert.equal(high.scrolled, 15_000_000);
    assert.equal(Math.round(high.toColumn(high.scrolled - 800)), 150_000_000 - 800);
    assert.equal(Math.round(high.toColumn(high.toScrollTop(77_777_777))), 77_777_777);
  });
});
