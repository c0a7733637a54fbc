/** Flipped bits and cut files: refused, or the same numbers; never a crash or other ones. */
import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { tensorPickle, zip } from './import-crafted.js';
import { copyOf, outcome, readAll, seeded } from './import-fixtures.js';

/** Flips one bit at each of `count` places of a file, one after the other, and counts the outcomes. */
function flips(file: string, given: string, count: number, seed: number, places = (n: number): boolean => n >= 0) {
  const original = readAll(given);
  const bytes = readFileSync(file);
  const random = seeded(seed);
  const counts = { refused: 0, same: 0, different: 0 };
  for (let i = 0; i < count; i++) {
    let at = random(bytes.length);
    while (!places(at)) at = random(bytes.length);
    const bit = 1 << random(8);
    bytes[at] ^= bit;
    writeFileSync(file, bytes);
    counts[outcome(given, original)]++;
    bytes[at] ^= bit;
  }
  writeFileSync(file, bytes);
  assert.equal(outcome(given, original), 'same');
  return counts;
}

describe('import: damaged files', () => {
  for (const [name, file, seed] of [
    ['tf-google', 'bert_model.ckpt.index', 1],
    ['tf-google', 'bert_model.ckpt.data-00000-of-00001', 2],
    ['tf-shards', 'model.ckpt-7.data-00001-of-00002', 3],
    ['tf-big-endian', 'model.ckpt.index', 4],
    ['torch-huggingface', 'pytorch_model.bin', 5],
    ['torch-nvidia', 'ckpt.pt', 6],
    ['torch-big-endian', 'model.pt', 7],
  ] as const) {
    it(`200 flipped bits of ${name}/${file}: refused, or the same tensors`, () => {
      const folder = copyOf(name);
      const counts = flips(path.join(folder, file), folder, 200, seed);
      assert.equal(counts.different, 0);
      // Every byte of a TensorFlow checkpoint is under some checksum; a zip file has fields that nothing depends on.
      assert.ok(name.startsWith('tf-') ? counts.refused === 200 : counts.refused > 60, JSON.stringify(counts));
    });

    it(`${name}/${file} truncated at 40 places is refused`, () => {
      const folder = copyOf(name);
      const full = path.join(folder, file);
      const original = readAll(folder);
      const bytes = readFileSync(full);
      const random = seeded(seed);
      for (let i = 0; i < 40; i++) {
        writeFileSync(full, bytes.subarray(0, i === 0 ? 0 : random(bytes.length)));
        // A cut behind the last tensor that is needed takes nothing from it.
        const result = outcome(folder, original);
        assert.ok(result === 'refused' || (result === 'same' && file.includes('.data-')), result);
      }
    });
  }

  it('a flipped bit in any byte of a small zip file is refused or changes nothing', () => {
    const folder = copyOf('torch-refused');
    const file = path.join(folder, 'small.pt');
    writeFileSync(
      file,
      readFileSync(
        zip([
          ['m/data.pkl', tensorPickle('qa_outputs.bias', 2, 0, [2], [1])],
          ['m/data/0', new Uint8Array(8).fill(7)],
        ]),
      ),
    );
    const bytes = readFileSync(file);
    const original = readAll(file);
    for (let at = 0; at < bytes.length; at++) {
      const bit = 1 << ((at * 5) % 8);
      bytes[at] ^= bit;
      writeFileSync(file, bytes);
      assert.notEqual(outcome(file, original), 'different', `byte ${at}`);
      bytes[at] ^= bit;
    }
  });

  it('gluon-nlp files have no checksums, but 400 flipped bits outside the values are refused or change nothing', () => {
    const folder = copyOf('gluon');
    const file = path.join(folder, 'net.params');
    const bytes = readFileSync(file);
    // 39 arrays: 28 + 8 bytes before the values of a vector, 44 before those of a matrix.
    const isValue = new Uint8Array(bytes.length);
    let at = 24;
    for (let i = 0; i < 39; i++) {
      const rank = bytes.readInt32LE(at + 8);
      let size = 4;
      for (let d = 0; d < rank; d++) size *= Number(bytes.readBigInt64LE(at + 12 + 8 * d));
      at += 24 + 8 * rank;
      isValue.fill(1, at, at + size);
      at += size;
    }
    const counts = flips(file, file, 400, 8, (place) => isValue[place] === 0);
    assert.equal(counts.different, 0);
    assert.ok(counts.refused > 250, JSON.stringify(counts));
    truncateSync(file, bytes.length - 1);
    assert.throws(() => readAll(file), { code: 'ModelInvalid' });
  });
});
