/** The tests of the native add-on once more, in a process with AddressSanitizer and UndefinedBehaviorSanitizer. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { END_MS } from '../helpers/waits.js';
import { absent, describeNative } from './tensorrt-fixtures.js';

const addon = path.resolve('native/bin-sanitized', `${process.platform}-${process.arch}`, 'askbert_rtx.node');

/** The runtime of the sanitizer, which must be in the process first; undefined: the compiler has none to be loaded so. */
function runtime(): string | undefined {
  const file = spawnSync('c++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout?.trim();
  return file && path.isAbsolute(file) && existsSync(file) ? file : undefined;
}

const preload = absent ? undefined : runtime();
const missing = existsSync(addon)
  ? !preload && 'the compiler has no libasan.so that could be loaded first'
  : 'the add-on with sanitizers is not built (node scripts/build-native.mjs --sanitize --flavour rtx)';

/** The titles of a file's tests, up to what is inserted into them. */
const titlesOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/\bit\((['`])(.*?)(?:\1|\$\{)/g)].map(([, , title]) => title);

function tests(): void {
  it('passes the same tests without a report of a sanitizer', () => {
    const node = (args: string[], environment: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, args, {
        encoding: 'utf8',
        // Without this variable a runner within a runner runs nothing.
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...environment },
        maxBuffer: 1 << 28,
        timeout: END_MS,
      });
    // It is the one with sanitizers: it does not start without their runtime.
    assert.match(node(['-e', `require(${JSON.stringify(addon)})`], {}).stderr, /ASan runtime does not come first/);
    const names = ['native', 'shapes'].map((name) => path.join('unit', 'engine', `tensorrt-${name}.test`));
    const files = names.map((name) => path.join('out-test', `${name}.js`));
    const { status, stdout, stderr } = node(['--test', '--test-reporter=tap', ...files], {
      ASKBERT_TEST_ADDON: addon,
      LD_PRELOAD: preload!,
      // Node keeps memory until it ends; a request for too much is answered, not a fault.
      ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    });
    const said = `${stdout}\n${stderr}`;
    assert.doesNotMatch(said, /Sanitizer|runtime error:/);
    assert.equal(status, 0, said.slice(-4000));
    assert.match(stdout, /^# skipped 0$/m);
    const passed = [...stdout.matchAll(/^ *ok \d+ - (.*)$/gm)].map(([, title]) => title);
    const titles = names.flatMap((name) => titlesOf(path.join('test', `${name}.ts`)));
    assert.ok(titles.length > 0);
    for (const title of titles)
      assert.ok(
        passed.some((each) => each.startsWith(title)),
        `"${title}" was not run`,
      );
  });
}

describeNative(
  'native add-on under AddressSanitizer and UndefinedBehaviorSanitizer',
  tests,
  absent ?? (missing || undefined),
);
