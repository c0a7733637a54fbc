/** The deliberate breaks of `npm run test:mutations` fit the sources: else nobody would know before they are run again. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { mutations } from '../../mutations/list.mjs';

test('each replaces a text that occurs once in its file, and names tests that exist', () => {
  assert.ok(mutations.length >= 25);
  assert.equal(new Set(mutations.map(({ name }) => name)).size, mutations.length);
  for (const { name, file, find, replace, tests } of mutations) {
    const times = readFileSync(file, 'utf8').split(find).length - 1;
    assert.equal(
      times,
      1,
      `${name}: its text occurs ${times} times in ${file}; write it again in test/mutations/list.mjs`,
    );
    assert.notEqual(find, replace);
    assert.ok(tests.length > 0);
    for (const test of tests) assert.ok(existsSync(path.join('test', test)), `${name}: there is no test/${test}`);
  }
});
