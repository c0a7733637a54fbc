/** Marks of Markdown in comments: what is hidden, and what only looks like it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeView } from '../../../server/views/code/code.js';
import { shownParts } from '../../../server/views/code/comment-inline.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { fuzzRuns } from '../helpers/long.js';
import { checkView } from './view-invariants.js';

const shown = (line: string) =>
  shownParts(line)
    .map(({ start, end }) => line.slice(start, end))
    .join('');

describe('marks in comments', () => {
  for (const [line, expected] of [
    ['Use [`tempfile()`] or [`Dir::new()`].', 'Use tempfile() or Dir::new().'],
    ['See [the cleaners](#cleaners) and [x](https://a.b/c).', 'See the cleaners and x.'],
    ['See [`name`](crate::name) and [text][label].', 'See name and text.'],
    ['A ``word`` with `one`, **very `strong` words**.', 'A word with one, very strong words.'],
    ['`**not strong**` and `[no](#link)`', '**not strong** and [no](#link)'],
    // What is not a mark.
    ['a[i](x) and a[i](b.c), f(**kwargs), 2**3**4', 'a[i](x) and a[i](b.c), f(**kwargs), 2**3**4'],
    ['[optional] [see](it)', '[optional] [see](it)'],
    ['an open ` tick and ```three```', 'an open ` tick and ```three```'],
    ['`', '`'],
    ['', ''],
  ]) {
    it(line, () => assert.equal(shown(line), expected));
  }

  it('an answer is the name without its marks', () => {
    const text = '/// Uses [`tempfile()`](fn.x) by default.\nfn a() {}\n';
    const view = codeView(text, 'rust');
    checkView(view, text, [0, 0.5, 1]);
    const at = view.text.indexOf('tempfile()');
    assert.deepEqual(view.toFile(at, at + 10), { start: text.indexOf('tempfile'), end: text.indexOf('`](fn') });
    assert.ok(view.text.startsWith('Uses tempfile() by default.'));
  });

  it('parts are in order, within the line, and hide only marks and targets', () => {
    const piece = fc.constantFrom('`', '``', '**', '[', ']', '](', ')', '(', '#a', 'x.y', 'word', ' ', '*', '/');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const line = pieces.join('');
        let at = 0;
        for (const { start, end } of shownParts(line)) {
          assert.ok(at <= start && start < end && end <= line.length);
          at = end;
        }
        const words = (text: string) => text.match(/word/g)?.length ?? 0;
        const targets = line.match(/\]\([^()\s]*\)|\]\[[^[\]]*\]/g)?.join('') ?? '';
        assert.ok(words(shown(line)) >= words(line) - words(targets));
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('long lines take time in proportion to their length', () => {
    for (const part of ['`', '**a', '[a](', '[a](.', '[', '.', '[`a`', '``a']) {
      assertGrowsInProportion(part, 1_000_000, (size) => {
        shownParts(part.repeat(size / part.length));
        shownParts(`[a](${part.repeat(size / part.length)}`);
      });
    }
  });
});
