import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, largest, smallest } from '../../../server/text/arrays.js';

test('arrays of a million items are added and compared', () => {
  const many = Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) % 1_000_003);
  const target = [-1];
  append(target, many);
  assert.equal(target.length, 1_000_001);
  assert.deepEqual([target[0], target[1_000_000]], [-1, 968_327]);
  assert.deepEqual([largest(many), smallest(many)], [1_000_002, 0]);
  assert.deepEqual([largest([]), smallest([])], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});
