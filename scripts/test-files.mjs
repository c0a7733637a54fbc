// Which test files belong to `npm test`, and which to `npm run test:long`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './ensure.mjs';

/** Files that only `npm run test:long` runs: they cannot be made shorter. */
const LONG_ONLY = ['test/unit/engine/tensorrt-sanitized.test.ts', 'test/faults/soak.test.ts'];

/**
 * Test files below a folder of `test`, relative to the root, with `/` on every system.
 * @param long those that only `test:long` runs, and those that do more there, which import helpers/long.ts
 *   or helpers/growth.ts
 */
export function testFiles(folder, long = false) {
  const files = readdirSync(path.join(root, 'test', folder), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${folder}/${file.replaceAll('\\', '/')}`)
    .sort();
  if (!long) return files.filter((file) => !LONG_ONLY.includes(file));
  return files.filter((file) => LONG_ONLY.includes(file) || doesMore(file));
}

/** Whether a test file does more in `test:long`: all that it does in `npm test`, and the rest of it. */
export const doesMore = (file) =>
  /from '.*\/helpers\/(?:long|growth)\.js'/.test(readFileSync(path.join(root, file), 'utf8'));

/** Whether a test file has tests of the native add-on: it runs after that is built. */
export const needsNative = (file) => /\bdescribeNative\(/.test(readFileSync(path.join(root, file), 'utf8'));

/** Where esbuild.mjs puts the bundle of a test file of `unit` or `server`. */
export const bundleOf = (file) => path.join('out-test', ...file.replace(/\.ts$/, '.js').split('/').slice(1));
