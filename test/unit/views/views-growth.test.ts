/**
 * Every view takes time in proportion to its input, whatever that is made of: a few runs, nestings and alternations of
 * what each format is made of. `npm run test:growth` tries many more and prints the exponents.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { viewOf } from '../../../server/views/choose-view.js';
import { fragmentsOf, type Input, randomInput, randomOf, runsOf } from '../../growth/inputs.js';
import { views } from '../../growth/subjects.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { rounds } from '../helpers/long.js';

/** Work that grows with the square of these takes seconds on any processor. */
const UNITS = 200_000;
/** Fragments of each view, the most typical ones, and random inputs. */
const RUNS = rounds(4, 6);
const RANDOM = rounds(2, 4);

describe('time in proportion to the input', () => {
  for (const { name, work, alphabet } of views) {
    it(name, () => {
      const random = randomOf(1);
      const fragments = fragmentsOf(alphabet);
      const inputs = [
        ...fragments.slice(0, RUNS).flatMap((part) => runsOf(part).slice(-1)),
        ...Array.from({ length: RANDOM }, () => randomInput(random, fragments)),
      ];
      for (const { name: input, make } of inputs) {
        const text = make(UNITS);
        assertGrowsInProportion(`${name}, ${input}`, UNITS, (size) => work(text.slice(0, size)));
      }
    });
  }

  const run = (name: string, part: string, end = ''): Input => ({
    name,
    make: (units) => part.repeat(units / part.length) + end,
  });
  const nest = (name: string, open: string, close: string): Input => ({
    name,
    make: (units) => open.repeat(units / 2 / open.length) + close.repeat(units / 2 / close.length),
  });
  const known: [languageId: string, input: Input][] = [
    ...['rust', 'kotlin', 'swift', 'scala', 'dart'].map((id): [string, Input] => [id, nest('comments', '/* ', '*/')]),
    ['julia', nest('comments', '#= ', '=#')],
    ['haskell', nest('comments', '{- ', '-}')],
    ['ocaml', nest('comments', '(* ', '*)')],
    ['haskell', run('dashes', '-', '~')],
    ['latex', run('line ends and mathematics', '\\\\$')],
    ['latex', run('code without an end', '\\verb{')],
    ['latex', run('environments without a name', '\\begin{')],
    ['latex', run('escaped signs in mathematics', '$\\$ ')],
    ['dockerfile', run('here-documents without an end', '\nRUN <<EOF')],
    ['dockerfile', { name: 'others each', make: (units) => ids(units / 10, (i) => `\nRUN <<E${i}`) }],
    ['yaml', { name: 'maps in maps', make: (units) => `\n ${'a: %'.repeat(units / 8)}${'\n '.repeat(units / 4)}` }],
  ];
  const ids = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join('');
  for (const [languageId, { name, make }] of known) {
    it(`${languageId}: ${name}`, () => {
      assertGrowsInProportion(`${languageId}, ${name}`, UNITS, (size) => viewOf(make(size), { languageId }));
    });
  }

  it('the same seed gives the same inputs, of the wanted length', () => {
    const inputs = () =>
      Array.from(
        { length: 40 },
        (
          (random) => () =>
            randomInput(random, fragmentsOf('rust'))
        )(randomOf(7)),
      );
    const [first, second] = [inputs(), inputs()];
    assert.deepEqual(
      first.map(({ make }) => make(1000)),
      second.map(({ make }) => make(1000)),
    );
    for (const { name, make } of first) {
      const { length } = make(1000);
      assert.ok(length >= 990 && length <= 1100, `${name}: ${length}`);
    }
  });
});
