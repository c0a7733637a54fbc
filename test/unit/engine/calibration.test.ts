/** Ranges are those of the activations, every one of them counts in the quantised network, and the better way wins. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { type CalibrationWindows, calibrate, closest } from '../../../server/calibration/calibrate.js';
import { examplesOf } from '../../../server/calibration/examples.js';
import { Histogram } from '../../../server/calibration/histogram.js';
import { calibrationWindows, spread } from '../../../server/calibration/windows.js';
import { QuantisedGraph } from '../../../server/engine/cpu/calibration-graphs.js';
import { GraphRun } from '../../../server/engine/cpu/graph-run.js';
import type { WindowBatch } from '../../../server/engine/engine.js';
import { readModelConfig } from '../../../server/model/config.js';
import { referenceLogits } from '../../../server/model/golden/reference.js';
import { readModelTokenizer } from '../../../server/model/model-tokenizer.js';
import { type LayerRanges, rangedPrecisions, rangeSites } from '../../../server/model/ranges/ranges.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { copyOfModel, fixture } from '../model/model-fixtures.js';

const config = readModelConfig(fixture('tiny-f32'));
const weights = new ModelWeights(config);
after(() => weights.close());

/** Windows of the fixture of Hugging Face's logits. */
function fixtureWindows(): WindowBatch[] {
  const file = path.join(fixture('tiny-f32'), 'golden.json');
  const { lengths, inputIds, segmentIds } = JSON.parse(readFileSync(file, 'utf8')) as {
    lengths: number[];
    inputIds: number[][];
    segmentIds: number[][];
  };
  return lengths.map((length, i) => ({
    count: 1,
    length,
    inputIds: Int32Array.from(inputIds[i].slice(0, length)),
    segmentIds: Int32Array.from(segmentIds[i].slice(0, length)),
    lengths: Int32Array.of(length),
  }));
}

const windows: CalibrationWindows = { read: fixtureWindows(), held: fixtureWindows().slice(0, 2) };
const calibrated = calibrate(weights, 'hash', windows, { threads: 1 });

/** Rows of the first layer's input, computed here: word, position and segment vectors, normalised. */
function inputRows({ length, inputIds, segmentIds }: WindowBatch): number[][] {
  const h = config.hiddenSize;
  const float = (name: string) => weights.float(`bert.embeddings.${name}`);
  const [words, positions, segments] = ['word', 'position', 'token_type'].map((n) => float(`${n}_embeddings.weight`));
  const [gain, shift] = [float('LayerNorm.weight'), float('LayerNorm.bias')];
  return Array.from({ length }, (_, p) => {
    const at = (table: Float32Array, row: number, c: number) => table[row * h + c];
    const row = Array.from(
      { length: h },
      (_, c) => at(words, inputIds[p], c) + at(positions, p, c) + at(segments, segmentIds[p], c),
    );
    const mean = row.reduce((a, b) => a + b, 0) / h;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / h;
    return row.map((x, c) => ((x - mean) / Math.sqrt(variance + config.layerNormEpsilon)) * gain[c] + shift[c]);
  });
}

/** Rows times a weight of the first layer plus its bias. */
function projected(rows: number[][], part: string): number[][] {
  const h = config.hiddenSize;
  const matrix = weights.float(`bert.encoder.layer.0.attention.self.${part}.weight`);
  const bias = weights.float(`bert.encoder.layer.0.attention.self.${part}.bias`);
  return rows.map((row) => Array.from(bias, (b, o) => row.reduce((sum, x, c) => sum + x * matrix[o * h + c], b)));
}

const largestOf = (rows: number[][]): number => rows.flat().reduce((a, b) => Math.max(a, Math.abs(b)), 0);

/** Root mean square of the differences of a quantised network's logits from the plain forward pass. */
async function errorOf(precision: 'int8' | 'fp8', layers: readonly LayerRanges[]): Promise<number> {
  const run = await GraphRun.open(new QuantisedGraph(weights, precision, { layers }), 1);
  let squares = 0;
  let count = 0;
  const expected = await referenceLogits(
    weights,
    windows.held.map(({ inputIds, segmentIds }) => ({ inputIds: [...inputIds], segmentIds: [...segmentIds] })),
  );
  for (const [i, window] of windows.held.entries()) {
    await run.run(window, ['start', 'end'], (name, data) => {
      const right = expected[i][name as 'start' | 'end'];
      for (const [k, value] of data.entries()) squares += (value - right[k]) ** 2;
      count += data.length;
    });
  }
  await run.close();
  return Math.sqrt(squares / count);
}

describe('a calibration', () => {
  it('finds the largest input, query, key and value of the first layer', async () => {
    const { ranges, errors } = await calibrated;
    assert.equal(ranges.method, closest(errors));
    const [first] = ranges.layers;
    const rows = windows.read.flatMap(inputRows);
    // By percentile a range is below the largest value, by at most what these small windows have.
    const near = (found: number, expected: number) =>
      assert.ok(
        found <= expected * 1.0001 && found > expected * (ranges.method === 'max' ? 0.9999 : 0.5),
        `${found} ${expected}`,
      );
    near(first.input, largestOf(rows));
    near(first.query, largestOf(projected(rows, 'query')) / Math.sqrt(config.hiddenSize / config.heads));
    near(first.key, largestOf(projected(rows, 'key')));
    near(first.value, largestOf(projected(rows, 'value')));
  });

  it('measures the error of the logits as anybody can who runs the network', async () => {
    const { ranges, errors } = await calibrated;
    for (const precision of rangedPrecisions) {
      const again = await errorOf(precision, ranges.layers);
      assert.ok(Math.abs(again - errors[ranges.method][precision]) < 1e-4, `${precision}: ${again}`);
      assert.ok(again > 1e-4, 'nothing was rounded');
    }
  });

  it('says the same each time', async () => {
    const { ranges, errors } = await calibrate(weights, 'hash', windows, { threads: 1 });
    assert.deepEqual({ ranges, errors }, await calibrated);
  });

  it('every range counts: one that is far too small moves the logits in both precisions', async () => {
    const { ranges } = await calibrated;
    for (const precision of rangedPrecisions) {
      const right = await errorOf(precision, ranges.layers);
      for (const site of rangeSites) {
        const small = ranges.layers.map((layer) => ({ ...layer, [site]: layer[site] / 1000 }));
        const found = await errorOf(precision, small);
        assert.ok(found > 1.5 * right, `${precision} ${site}: ${found}, with the right one ${right}`);
      }
    }
  });

  it('prefers the way with the smaller error of both precisions together', () => {
    assert.equal(closest({ max: { int8: 2, fp8: 1 }, percentile: { int8: 1, fp8: 1 } }), 'percentile');
    assert.equal(closest({ max: { int8: 2, fp8: 1 }, percentile: { int8: 1, fp8: 3 } }), 'max');
    assert.equal(closest({ max: { int8: 1, fp8: 1 }, percentile: { int8: 1, fp8: 1 } }), 'max');
  });

  it('reports its progress to the end, and can be cancelled at every step', async () => {
    const steps: number[] = [];
    const stop = new AbortController();
    const progress = (done: number, total: number): void => {
      steps.push(total - done);
      if (done === 3) stop.abort();
    };
    await assert.rejects(calibrate(weights, 'hash', windows, { threads: 1, signal: stop.signal, progress }), {
      code: 'Cancelled',
    });
    assert.equal(steps.length, 3);
    steps.length = 0;
    await calibrate(weights, 'hash', windows, { threads: 1, progress: (done, total) => steps.push(total - done) });
    assert.equal(steps[0], steps.length - 1);
    assert.equal(steps.at(-1), 0);
  });

  it('a model whose activations no range can hold is refused by name', async () => {
    // The gain of a LayerNorm that FP16 cannot hold.
    const folder = copyOfModel('tiny-f32');
    const wild = new ModelWeights(readModelConfig(folder));
    const float = wild.float.bind(wild);
    const changed = (name: string, value: number) => {
      wild.float = (each) => (each === name ? float(each).fill(value) : float(each));
      return calibrate(wild, 'hash', windows, { threads: 1 });
    };
    const norm = 'bert.encoder.layer.0.output.LayerNorm';
    await assert.rejects(changed(`${norm}.weight`, 1e6), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'ModelInvalid');
      assert.match(error.message, /"input" of layer 1 reaches \d+.*, expected a number above 0 and at most 65504\.$/);
      assert.ok(error.message.includes(folder));
      return true;
    });
    await assert.rejects(changed(`${norm}.bias`, Number.NaN), {
      code: 'ModelInvalid',
      message: /"input" of layer 1 reaches numbers that are not finite/,
    });
    wild.close();
  });
});

describe('a histogram', () => {
  it('knows the largest absolute value exactly and percentiles within a 128th', () => {
    const histogram = new Histogram();
    assert.ok(histogram.add(Float32Array.from({ length: 1000 }, (_, i) => (i % 2 ? -1 : 1) * i)));
    assert.ok(histogram.add(Float32Array.of(1e30, -2e30)));
    assert.equal(histogram.max, Math.fround(2e30));
    for (const share of [0.1, 0.5, 0.99]) {
      const [found, exact] = [histogram.percentile(share), share * 1002];
      assert.ok(found >= exact - 2 && found <= (exact + 2) * (1 + 1 / 128), `${share}: ${found}`);
    }
    assert.equal(histogram.percentile(1), histogram.max);
  });

  it('refuses what is not a finite number', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.equal(new Histogram().add(Float32Array.of(1, value)), false);
    }
  });

  it('a share that zeros fill is 0', () => {
    const histogram = new Histogram();
    histogram.add(Float32Array.from({ length: 10000 }, (_, i) => (i === 7 ? 3 : 0)));
    assert.equal(histogram.percentile(0.999), 0);
    assert.equal(histogram.max, 3);
  });
});

describe('windows of a calibration', () => {
  const tokenizer = readModelTokenizer(config);
  const example = (i: number) => ({ question: 'who ?', context: `the king ${'built '.repeat(i % 97)}` });

  it('are as many as asked for and a quarter more, from examples over the whole file', async () => {
    const examples = Array.from({ length: 1000 }, (_, i) => example(i));
    const { read, held } = await calibrationWindows(config, tokenizer, examples, 40);
    assert.deepEqual([read.length, held.length], [40, 10]);
    for (const window of [...read, ...held]) {
      assert.deepEqual([window.count, window.lengths[0]], [1, window.length]);
      assert.ok(window.length <= config.maxSequenceLength);
    }
    // Neighbours in the file have a length each.
    assert.ok(new Set(read.map(({ length }) => length)).size > 10);
  });

  it('of few examples are all their windows', async () => {
    const { read, held } = await calibrationWindows(config, tokenizer, [example(80)], 40);
    const lengths = [...read, ...held].map(({ length }) => length);
    assert.ok(lengths.length > 1 && lengths.length < 40, `${lengths}`);
  });

  it('stop when they are cancelled', async () => {
    await assert.rejects(calibrationWindows(config, tokenizer, [example(3)], 40, AbortSignal.abort()), {
      code: 'Cancelled',
    });
  });

  it('of a text are its pieces, each with every question, cut at lines', () => {
    const text = Array.from({ length: 20 }, (_, i) => `${i} ${'word '.repeat(90 + i)}\n`).join('\n');
    const pieces = [...new Set(examplesOf(text).map(({ context }) => context))];
    assert.equal(pieces.join(''), text);
    assert.ok(pieces.every((piece) => piece.endsWith('\n') && piece.length <= 3001));
    assert.equal(examplesOf(text).length % pieces.length, 0);
    // Without any line end, and without any word.
    assert.deepEqual([...new Set(examplesOf('x'.repeat(7000)).map(({ context }) => context.length))], [3000, 1000]);
    assert.deepEqual(examplesOf(' \n--\n'), []);
  });

  it('are spread evenly', () => {
    assert.deepEqual(spread([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4), [0, 2, 5, 7]);
    assert.deepEqual(spread([0, 1], 4), [0, 1]);
  });
});
