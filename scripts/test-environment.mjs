// The environment that tests run in, whoever starts them.
import path from 'node:path';
import { root } from './ensure.mjs';

/**
 * What the user has of models, settings and remembered engines is not for the tests, nor the other way round. What is
 * compared are the English texts, wherever this runs; tests of other languages set their own.
 * @param folder of the sources
 * @param cache steps that run side by side have one each
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
