/** Tests of the native add-on cannot vanish where it is required. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { temporaryFolder } from './tensorrt-fixtures.js';

it('without the add-on they do not exist, or fail if ASKBERT_REQUIRE_NATIVE=1 is set', () => {
  // A copy in a folder beside which no add-on lies.
  const copy = path.join(temporaryFolder(), 'tensorrt-native.test.js');
  copyFileSync(path.join('out-test', 'unit', 'engine', 'tensorrt-native.test.js'), copy);
  const run = (required: string | undefined) =>
    spawnSync(process.execPath, ['--test', '--test-reporter=tap', copy], {
      encoding: 'utf8',
      // Without the first variable a runner within a runner runs nothing.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ASKBERT_REQUIRE_NATIVE: required },
    });
  const free = run(undefined);
  assert.equal(free.status, 0, free.stdout);
  assert.match(free.stdout, /native add-on: no tests, the native add-on is not built/);
  const required = run('1');
  assert.equal(required.status, 1);
  assert.match(required.stdout, /^not ok 1 - native add-on$/m);
  assert.match(required.stdout, /ASKBERT_REQUIRE_NATIVE is set, but the native add-on is not built/);
});
