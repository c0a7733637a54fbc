/** Arrays are not spread into calls that take them as arguments: a long one ends the stack. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const SPREAD = /\b(?:push|unshift|splice|concat|max|min|fromCharCode|fromCodePoint)\(\s*(?:[^()[\]{};]*,\s*)?\.\.\./g;

test('an array of any length is added or compared by server/text/arrays.ts', () => {
  const files = ['server', 'src', 'webview'].flatMap((folder) =>
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(folder, file)),
  );
  assert.ok(files.length > 500);
  const found = files.flatMap((file) =>
    (readFileSync(file, 'utf8').match(SPREAD) ?? []).map((call) => `${file}: ${call}`),
  );
  assert.deepEqual(found, []);
});

test('the calls that would end the stack are found', () => {
  for (const call of [
    'rows.push(...more)',
    'Math.max(0, ...widths)',
    'words.splice(0, words.length, ...parts)',
    'String.fromCharCode(\n  ...bytes)',
  ]) {
    assert.equal(call.match(SPREAD)?.length, 1, call);
  }
  assert.equal('rows.push({ ...row }, [...cells])'.match(SPREAD), null);
});
