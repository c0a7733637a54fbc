/** docs/expectations.md names tests that exist. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const rows = readFileSync('docs/expectations.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!expected|---)/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

describe('docs/expectations.md', () => {
  it('names a test for each row', () => {
    assert.ok(rows.length >= 30);
    for (const [what, here, tests, ...more] of rows) {
      assert.ok(here && tests && more.length === 0, what);
      assert.match(tests, /^`test\/[^`]+` "/, what);
    }
  });

  it('names tests that are there', () => {
    let source = '';
    for (const [, , tests] of rows) {
      for (const [, file, title] of tests.matchAll(/(?:`(test\/[^`]+)` )?"(.+?)"(?=; |$)/g)) {
        if (file) source = readFileSync(file, 'utf8');
        assert.ok(source.includes(title), title);
      }
    }
  });
});
