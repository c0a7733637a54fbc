/** Engines held against golden logits: what is refused, and which golden logits are believed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { checkEngine } from '../../../server/engine/check/check.js';
import type { Engine, Logits, WindowBatch } from '../../../server/engine/engine.js';
import { readModelConfig } from '../../../server/model/config.js';
import { type Golden, goldenFault, spreadOf, withDigest } from '../../../server/model/golden/golden.js';
import { goldenName } from '../../../server/model/golden/golden-file.js';
import type { EngineName, Precision } from '../../../server/protocol.js';
import { engineOf } from '../helpers/fake-engine.js';
import { fixture } from '../model/model-fixtures.js';

const folder = fixture('tiny-f32');
const config = readModelConfig(folder);
const { maxSequenceLength: maxLength } = config;
let golden: Golden;
before(() => {
  golden = JSON.parse(readFileSync(path.join(folder, goldenName), 'utf8'));
});

interface Faults {
  /** Added to the logit of a place; `row` is that of the batch. */
  off?: (batch: WindowBatch, row: number, place: number) => number;
  /** Lengths that the engine pads to. */
  lengths?: number[];
}

/** An engine that knows the golden logits by heart. */
function reciting({ off = () => 0, lengths }: Faults = {}): Engine & { batches: string[] } {
  const batches: string[] = [];
  return {
    ...engineOf(() => 0),
    ...(lengths && { paddedLength: (length: number) => lengths.find((each) => each >= length) ?? length }),
    batches,
    async run(batch): Promise<Logits> {
      batches.push(`${batch.count}x${batch.length}`);
      const start = new Float32Array(batch.count * batch.length);
      const end = new Float32Array(batch.count * batch.length);
      for (let row = 0; row < batch.count; row++) {
        const from = row * batch.length;
        const ids = [...batch.inputIds.subarray(from, from + batch.lengths[row])];
        const window = golden.windows.find(({ inputIds }) => String(inputIds) === String(ids));
        assert.ok(window, 'a golden window');
        for (let i = 0; i < ids.length; i++) {
          const wrong = off(batch, row, i);
          start[from + i] = window.start[i] + wrong;
          end[from + i] = window.end[i];
        }
      }
      return { start, end };
    },
  };
}
const check = (engine: Engine) => checkEngine(engine, golden, { maxLength });
const refused = (engine: Engine, message: RegExp) => assert.rejects(check(engine), { code: 'EngineBuild', message });

describe('an engine', () => {
  it('that gives the golden logits passes, with all windows in one batch', async () => {
    const engine = reciting();
    const found = await check(engine);
    assert.ok(found.difference < 1e-6 && found.tolerance > 0);
    assert.equal(found.windows, golden.windows.length);
    assert.equal(engine.batches.length, 1);
  });

  it('that pads is checked at every length, with all rows and with one, twice each', async () => {
    const engine = reciting({ lengths: [32, maxLength] });
    await check(engine);
    const expected = [32, maxLength].flatMap((length) => {
      const all = `${golden.windows.length}x${length}`;
      return [all, all, `1x${length}`, `1x${length}`];
    });
    assert.deepEqual(engine.batches, expected);
  });

  it('is refused when a single logit is off by more than its precision allows, even of the last piece of the last row', async () => {
    const { length } = golden.windows;
    const last = golden.windows[length - 1].inputIds.length - 1;
    const by = 0.01 * spreadOf(golden);
    await refused(reciting({ off: (_, row, i) => (row === length - 1 && i === last ? by : 0) }), /differ from the/);
    await refused(reciting({ off: (_, row, i) => (row === 0 && i === 0 ? -by : 0) }), /differ from the/);
  });

  it('is refused when all logits are off, each by less than a single one may be', async () => {
    await refused(reciting({ off: () => 7e-4 * spreadOf(golden) }), /on average/);
  });

  it('is refused when only one length, a single row or the second run is wrong', async () => {
    const far = spreadOf(golden);
    const lengths = [32, maxLength];
    await refused(reciting({ lengths, off: ({ length }) => (length === maxLength ? far : 0) }), /differ from the/);
    await refused(reciting({ lengths, off: ({ count }) => (count === 1 ? far : 0) }), /differ from the/);
    const seen = new Set<string>();
    const engine = reciting({ lengths, off: ({ count, length }) => (seen.has(`${count}x${length}`) ? far : 0) });
    const { run } = engine;
    engine.run = async (batch) => {
      const logits = await run(batch);
      seen.add(`${batch.count}x${batch.length}`);
      return logits;
    };
    await refused(engine, /differ from the/);
  });

  it('of 8 bits with scales fixed beforehand, as on TensorRT, may differ by more than one with scales of its own', async () => {
    const spread = spreadOf(golden);
    const named = (name: EngineName, precision: Precision, share: number): Engine => {
      // The last piece of a window cannot be an answer.
      const engine = reciting({ off: ({ lengths }, row, place) => (place === lengths[row] - 1 ? -share * spread : 0) });
      return { ...engine, info: { ...engine.info, name, precision } };
    };
    await check(named('tensorrt', 'int8', 0.2));
    await refused(named('tensorrt', 'int8', 0.3), /tensorrt engine in int8 was refused: its logits differ/);
    await refused(named('cpu', 'int8', 0.2), /cpu engine in int8 was refused: its logits differ/);
    await check(named('tensorrt-rtx', 'fp8', 0.15));
    await refused(named('tensorrt-rtx', 'fp8', 0.3), /tensorrt-rtx engine in fp8 was refused: its logits differ/);
  });

  it('is refused when it gives NaN or fails', async () => {
    await refused(reciting({ off: () => Number.NaN }), /not numbers/);
    const failing: Engine = { ...reciting(), run: () => Promise.reject(new Error('no device')) };
    await refused(failing, /failed during its check\. .*no device/);
  });
});

describe('golden logits of a file', () => {
  it('are trusted only for these weights and this configuration, and only if unchanged', () => {
    const { weights, digest: _, ...rest } = golden;
    assert.equal(goldenFault(golden, config, weights), undefined);
    assert.equal(goldenFault(golden, config, 'f'.repeat(64)), 'for other weights');
    assert.equal(goldenFault(golden, { ...config, layers: 3 }, weights), 'for another configuration');
    const [first, ...others] = golden.windows;
    const windows = [{ ...first, start: first.start.map((value) => value + 1) }, ...others];
    assert.match(goldenFault({ ...golden, windows }, config, weights) ?? '', /checksum/);
    assert.equal(goldenFault(withDigest({ ...rest, weights, windows }), config, weights), undefined);
    assert.equal(goldenFault(withDigest({ ...rest, weights, windows: [] }), config, weights), 'empty');
  });
});
