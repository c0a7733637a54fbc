import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageBox, Rotation } from '../../../src/page-view/messages.js';
import {
  canvasRatio,
  joinedBoxes,
  POINT,
  type Rect,
  rectOf,
  type Size,
  scaleOf,
  shownSize,
  steppedZoom,
} from '../../../webview/pdf/geometry.js';
import fc from '../helpers/fast-check.js';

const PAGE = { width: 600, height: 800 };
const BOX: PageBox = { page: 1, x: 60, y: 80, width: 120, height: 16 };
const rounded = (values: object) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Math.round((value as number) * 1000) / 1000]));
/** In CSS pixels from the upper left corner of the page, as a browser places it. */
const pixelsOf = ({ left, top, width, height }: Rect, page: Size): Rect => ({
  left: left * page.width,
  top: top * page.height,
  width: width * page.width,
  height: height * page.height,
});
const pixels = (rotation: Rotation, zoom: number) =>
  rounded(pixelsOf(rectOf(BOX, PAGE, rotation), shownSize(PAGE, zoom, rotation)));

describe('geometry of a page', () => {
  it('a box in points, from the lower left corner, is in CSS pixels from the upper left one', () => {
    assert.deepEqual(pixels(0, 0.75), { left: 60, top: 704, width: 120, height: 16 });
    assert.deepEqual(pixels(0, 1.5), { left: 120, top: 1408, width: 240, height: 32 });
  });

  it('turned clockwise by the user', () => {
    // The upper left corner of the page is then the upper right one, ...
    assert.deepEqual(pixels(90, 0.75), { left: 80, top: 60, width: 16, height: 120 });
    assert.deepEqual(pixels(180, 0.75), { left: 420, top: 80, width: 120, height: 16 });
    assert.deepEqual(pixels(270, 0.75), { left: 704, top: 420, width: 16, height: 120 });
    assert.deepEqual(pixels(270, 1.5), { left: 1408, top: 840, width: 32, height: 240 });
  });

  it('four turns by 90 degrees are none, and two are one by 180', () => {
    const part = fc.double({ min: 0, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(part, part, part, part, (x, y, width, height) => {
        const turn = (box: PageBox): PageBox => {
          const { left, top, width: w, height: h } = rectOf(box, { width: 1, height: 1 }, 90);
          return { page: 1, x: left, y: 1 - top - h, width: w, height: h };
        };
        const box = { page: 1, x, y, width, height };
        const isSame = (a: object, b: object) => {
          const values = Object.values(b);
          return Object.values(a).every((value, i) => Math.abs(value - values[i]) < 1e-9);
        };
        assert.ok(isSame(turn(turn(turn(turn(box)))), box));
        const one = rectOf(box, { width: 1, height: 1 }, 180);
        assert.ok(isSame(rectOf(turn(turn(box)), { width: 1, height: 1 }, 0), one));
        assert.ok(
          isSame(rectOf(turn(turn(turn(box))), { width: 1, height: 1 }, 0), rectOf(box, { width: 1, height: 1 }, 270)),
        );
      }),
    );
  });

  it('sizes: turned, whole pixels, at least one, at most what a browser draws', () => {
    assert.deepEqual(shownSize({ width: 595.28, height: 841.89 }, 1, 0), { width: 793, height: 1122 });
    assert.deepEqual(shownSize({ width: 595.28, height: 841.89 }, 1, 90), { width: 1122, height: 793 });
    assert.deepEqual(shownSize({ width: 0.1, height: 0.1 }, 1, 0), { width: 1, height: 1 });
    assert.deepEqual(shownSize({ width: 200_000, height: 100_000 }, 5, 0), { width: 30_000, height: 15_000 });
    assert.equal(scaleOf(PAGE, 2), 2 * POINT);
  });

  it('canvases: as sharp as the screen, within the limits of browsers', () => {
    assert.equal(canvasRatio({ width: 800, height: 1000 }, 2), 2);
    for (const size of [
      { width: 30_000, height: 15_000 },
      { width: 5000, height: 5000 },
      { width: 30_000, height: 1 },
    ]) {
      const ratio = canvasRatio(size, 3);
      assert.ok(size.width * size.height * ratio * ratio <= 4096 * 4096 * 1.001);
      assert.ok(size.width * ratio <= 8192.01);
    }
  });

  it('zoom goes through the steps, from any factor', () => {
    assert.equal(steppedZoom(1, 1), 1.1);
    assert.equal(steppedZoom(1, -1), 0.9);
    assert.equal(steppedZoom(1.234, 1), 1.25);
    assert.equal(steppedZoom(1.234, -1), 1.1);
    assert.equal(steppedZoom(5, 1), 5);
    assert.equal(steppedZoom(0.1, -1), 0.1);
  });

  it('words of a line become one box; another line, column or page does not', () => {
    const word = (x: number, y: number, width: number, page = 1): PageBox => ({ page, x, y, width, height: 12 });
    const joined = joinedBoxes([
      word(10, 100, 30),
      word(46, 101, 20),
      word(10, 86, 25),
      word(200, 86, 20),
      word(226, 86, 9, 2),
    ]);
    assert.deepEqual(joined, [
      { page: 1, x: 10, y: 100, width: 56, height: 13 },
      { page: 1, x: 10, y: 86, width: 25, height: 12 },
      { page: 1, x: 200, y: 86, width: 20, height: 12 },
      { page: 2, x: 226, y: 86, width: 9, height: 12 },
    ]);
    assert.deepEqual(joinedBoxes([]), []);
    // Small capitals beside large ones.
    assert.equal(joinedBoxes([word(0, 0, 9), { page: 1, x: 9, y: 0, width: 20, height: 8 }]).length, 1);
  });
});
