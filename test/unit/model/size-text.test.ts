/** Sizes as they are shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeText } from '../../../server/storage/disk.js';

test('kB below one MB, GB from 1,000 MB', () => {
  const sizes: [bytes: number, text: string][] = [
    [0, '0 kB'],
    [2_400, '2 kB'],
    [1_000_000, '1.0 MB'],
    [23_500_000, '24 MB'],
    [999_400_000, '999 MB'],
    [999_500_000, '1.00 GB'],
    [1_340_000_000, '1.34 GB'],
  ];
  for (const [bytes, text] of sizes) assert.equal(sizeText(bytes), text);
});
