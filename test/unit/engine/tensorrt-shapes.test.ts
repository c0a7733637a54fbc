/**
 * Real builds by TensorRT-RTX without a GPU: the embedded model with its own weights, in every precision; in `npm run
 * test:long` BERT-Base and BERT-Large, too.
 */
import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { filledBuilder } from '../../../server/engine/tensorrt/filled-builder.js';
import type { Bucket, NativeBuilder, TensorRtPrecision, Tuning } from '../../../server/engine/tensorrt/native.js';
import { type NetworkShape, networkShape, readModelConfig } from '../../../server/model/config.js';
import { amaxOf } from '../../../server/model/ranges/ranges.js';
import { readRanges } from '../../../server/model/ranges/ranges-file.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { isLong } from '../helpers/long.js';
import {
  baseShape,
  builderOf,
  describeNative,
  largeShape,
  otherAddon,
  rtxAddon,
  temporaryFolder,
  tinyShape,
} from './tensorrt-fixtures.js';

// There is no GPU for these tests, whatever the machine has: the library asks the driver, which heeds this variable.
process.env.CUDA_VISIBLE_DEVICES = '-1';

const buckets: Bucket[] = [
  { batch: 1, length: 16 },
  { batch: 4, length: 64 },
];
const precisions: TensorRtPrecision[] = ['fp32', 'fp16', 'bf16', 'int8', 'fp8'];
const isQuantised = (precision: TensorRtPrecision) => precision === 'int8' || precision === 'fp8';

/** Layers of the network with IAttention: outside of the encoder, and each layer of it. */
const layersOf = (precision: TensorRtPrecision, { layers }: NetworkShape): number => {
  // In 8 bits six weights are widened and four tensors rounded, each with its scale; casts around products are gone.
  const [outside, each] = precision === 'fp32' ? [33, 34] : [37, isQuantised(precision) ? 69 : 52];
  return outside + layers * each;
};

/** Positions, their slice, row and lengths as axes, the comparison. */
const layersOfMask = 5;

const embeddedConfig = () => readModelConfig(path.resolve('models/default'));

/** The embedded model as it ships: its weights are kept in 8-bit rows. */
async function embedded(precision: TensorRtPrecision, tuning: Tuning): Promise<NativeBuilder> {
  const weights = new ModelWeights(embeddedConfig());
  try {
    const ranges = amaxOf((await readRanges(weights.config, temporaryFolder()))!);
    return await filledBuilder(rtxAddon(), weights, { precision, ranges, buckets, device: -1, tuning });
  } finally {
    weights.close();
  }
}

/** BERT-Large in FP32 took 6.5 GB: its weights, TensorRT's copies of them, and the plan. */
const memoryOfLarge = 9e9;
const roomy = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) >= memoryOfLarge;
if (isLong && !roomy) process.stderr.write('BERT-Large: no tests, this machine has less than 9 GB of memory\n');

interface Model {
  name: string;
  shape: () => NetworkShape;
  builder: (precision: TensorRtPrecision, tuning: Tuning) => Promise<NativeBuilder> | NativeBuilder;
  /** Whether it is also built without IAttention; the larger ones take long, and the network is that of the tiny one. */
  both: boolean;
}
const random = (name: string, shape: NetworkShape, both: boolean): Model => ({
  name,
  shape: () => shape,
  builder: (precision, tuning) => builderOf(rtxAddon(), shape, precision, buckets, tuning),
  both,
});
const models: Model[] = [
  random('a tiny shape', tinyShape, true),
  { name: 'the embedded model', shape: () => networkShape(embeddedConfig()), builder: embedded, both: isLong },
  ...(isLong ? [random('BERT-Base', baseShape, false)] : []),
  ...(isLong && roomy ? [random('BERT-Large', largeShape, false)] : []),
  // Under a sanitizer the larger ones take long, and run the same code.
].slice(0, otherAddon ? 1 : undefined);

/** What a build says about itself. */
async function built(model: Model, precision: TensorRtPrecision, tuning: Tuning) {
  const seen: Array<[string, number]> = [];
  const builder = await model.builder(precision, tuning);
  const { plan, timingCache: _, ...facts } = await builder.build((phase, done) => seen.push([phase, done]));
  assert.ok(seen.length > 5 && seen.every(([, d], i) => d >= 0 && d <= 1 && (i === 0 || d >= seen[i - 1][1])));
  return { ...facts, planBytes: plan.length };
}

describeNative('TensorRT-RTX without a GPU builds', () => {
  for (const model of models) {
    // In eight bits the larger shapes run the same code for minutes more.
    const isLarge = model.shape().hiddenSize > 384;
    for (const precision of precisions.filter((each) => !isLarge || !isQuantised(each))) {
      it(`${model.name} in ${precision}, with IAttention${model.both ? ' and without' : ''}`, async () => {
        const whole = await built(model, precision, {});
        assert.deepEqual(
          { ...whole, planBytes: undefined, warnings: undefined },
          {
            networkLayers: layersOf(precision, model.shape()),
            profiles: 2,
            inputs: [
              { name: 'input_ids', type: 'int32', shape: [-1, -1] },
              { name: 'segment_ids', type: 'int32', shape: [-1, -1] },
              { name: 'lengths', type: 'int32', shape: [-1] },
            ],
            outputs: [
              { name: 'start', type: 'fp32', shape: [-1, -1] },
              { name: 'end', type: 'fp32', shape: [-1, -1] },
            ],
            attention: true,
            planBytes: undefined,
            warnings: undefined,
          },
        );
        const bytes = bytesOf(precision) * encoderWeights(model.shape());
        assert.ok(whole.planBytes > bytes, `${whole.planBytes} bytes, weights alone ${bytes}`);
        if (!model.both) return;
        const apart = await built(model, precision, { fusedAttention: false });
        assert.equal(apart.attention, false);
        assert.ok(apart.networkLayers > whole.networkLayers);
        // What TensorRT 10 does by default.
        const measured = { fusedAttention: false, normFp32: false, residualFp32: false, exactGelu: false };
        assert.equal((await built(model, precision, measured)).profiles, 2);
      });
    }
  }
});

describeNative('INT8 attention', () => {
  it('rounds queries, keys, values and shares, too, where it is made of products; FP8 does not', async () => {
    const layers = async (precision: TensorRtPrecision) =>
      (await built(models[0], precision, { fusedAttention: false })).networkLayers;
    // Four tensors: a scale, and to 8 bits and back.
    assert.equal((await layers('int8')) - (await layers('fp8')), models[0].shape().layers * 4 * 3);
  });
});

describeNative('TensorRT-RTX without a GPU, on request,', () => {
  const [tiny] = models;

  for (const precision of precisions.filter((each) => !isQuantised(each))) {
    it(`passes the lengths of the rows to attention in ${precision} instead of a mask`, async () => {
      for (const model of models.slice(0, isLong ? 2 : 1)) {
        const facts = await built(model, precision, { keyLengths: true });
        assert.equal(facts.networkLayers, layersOf(precision, model.shape()) - layersOfMask);
        assert.equal(facts.attention, true);
        const apart = await built(model, precision, { keyLengths: true, fusedAttention: false });
        const usual = await built(model, precision, { fusedAttention: false });
        assert.equal(apart.networkLayers, usual.networkLayers, 'products need the mask');
      }
    });

    it(`refuses to strip a plan in ${precision}: it compiles for a refit only on a device`, async () => {
      await assert.rejects(built(tiny, precision, { strip: true }), {
        code: 'EngineBuild',
        message: /^TensorRT builds no engine: .*CUDA_SUCCESS/,
      });
    });
  }
});

const bytesOf = (precision: TensorRtPrecision) => (precision === 'fp32' ? 4 : isQuantised(precision) ? 1 : 2);

/** Numbers in the matrices of the encoder. */
function encoderWeights({ hiddenSize: h, intermediateSize: i, layers }: NetworkShape): number {
  return layers * (4 * h * h + 2 * h * i);
}
