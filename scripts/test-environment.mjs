// The environment for all test runs.
import path from 'node:path';
import { root } from './ensure.mjs';

/**
 * Tests do not use the user's models, settings and remembered engines, and do not change them. English texts are
 * compared on every system; tests of other languages set their own.
 * @param folder of the sources
 * @param cache one for each step, since steps run in parallel
 */
export function testEnvironment(folder = root, cache = 'cache') {
  const nowhere = path.join(folder, 'out-test', 'no-models');
  return {
    ...process.env,
    LC_ALL: 'C',
    ASKBERT_MODELS: nowhere,
    ASKBERT_CONFIG: path.join(nowhere, 'config.json'),
    XDG_CACHE_HOME: path.join(folder, 'out-test', cache),
  };
}
