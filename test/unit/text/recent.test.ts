/** What is kept of the texts that were looked at last. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recent } from '../../../server/text/recent.js';

describe('what was found out last', () => {
  it('is there again', () => {
    const recent = new Recent<string, number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    assert.deepEqual([recent.get('a'), recent.get('b'), recent.get('c')], [1, 2, undefined]);
  });

  it('makes room for what comes later, the oldest first', () => {
    const recent = new Recent<string, number>(2);
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
    ] as const)
      recent.set(key, value);
    assert.deepEqual([recent.get('a'), recent.get('b'), recent.get('c')], [3, undefined, 4]);
  });
});
