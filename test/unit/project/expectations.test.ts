/** docs/expectations.md names tests that exist. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const rows = readFileSync('docs/expectations.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!expected|---)/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

/** Whole texts that are the first argument of a call, or the name of a function in an object (the end-to-end tests). */
const titlesOf = (file: string): Set<string> =>
  new Set(
    [...readFileSync(file, 'utf8').matchAll(/(?:\(\s*|^\s*)(['"`])((?:\\.|(?!\1)[^\\])*)\1/gm)].map(([, , text]) =>
      // A number that is put in before a title is not a part of its name.
      text.replace(/\\(.)/g, '$1').replace(/^\$\{\w+\} /, ''),
    ),
  );

describe('docs/expectations.md', () => {
  it('names a test for each row', () => {
    assert.ok(rows.length >= 30);
    for (const [what, here, tests, ...more] of rows) {
      assert.ok(here && tests && more.length === 0, what);
      assert.match(tests, /^`test\/[^`]+` "/, what);
    }
  });

  it('names tests that exist', () => {
    let titles = new Set<string>();
    for (const [, , tests] of rows) {
      for (const [, file, title] of tests.matchAll(/(?:`(test\/[^`]+)` )?"(.+?)"(?=; |$)/g)) {
        if (file) titles = titlesOf(file);
        assert.ok(titles.has(title), title);
      }
    }
  });
});
