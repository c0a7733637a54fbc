/** TensorRT engines whose plan is damaged, of other weights, or wrong on this driver; the device is a stand-in. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { BatchingEngine } from '../../server/engine/batching.js';
import { Admission, type EngineMakers, type PlannedEngine, realMakers } from '../../server/engine/check/admission.js';
import type { Choice, ChooseOptions } from '../../server/engine/choose/choice.js';
import { chooseTensorRt } from '../../server/engine/choose/choose-tensorrt.js';
import { CpuEngine } from '../../server/engine/cpu/cpu-engine.js';
import type { Engine } from '../../server/engine/engine.js';
import type { SwitchingEngine } from '../../server/engine/switching.js';
import { NotPrepared } from '../../server/engine/tensorrt/prepare.js';
import type { Usable } from '../../server/engine/tensorrt/probe.js';
import { AskBertError } from '../../server/errors.js';
import { readModelConfig } from '../../server/model/config.js';
import { ModelWeights } from '../../server/model/weights.js';
import type { BackgroundState } from '../../server/protocol.js';
import { each, engineOn, type Fault, FaultyEngine, noise, after as output, rowsSwapped } from './faulty-engines.js';
import { Random } from './random.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-plans-'));
after(() => rmSync(root, { recursive: true, force: true }));

const config = readModelConfig(path.resolve('test/fixtures/models/tiny-f32'));
const usable: Usable = {
  flavour: 'trt10',
  library: '/x/libnvinfer.so.10',
  version: '10.6.0',
  attention: true,
  driver: 'libcuda.so.1',
  cuda: 13000,
  device: { ordinal: 0, name: 'NVIDIA X', major: 9, minor: 0, totalBytes: 1 },
};

class Planned extends FaultyEngine implements PlannedEngine {
  readonly notes: readonly string[];
  constructor(
    inner: Engine,
    fault: Fault | undefined,
    readonly fresh: boolean,
    readonly discard: () => Promise<void>,
    notes: string[],
  ) {
    super(inner, 'fp16', fault, 'tensorrt', [32, 64]);
    this.notes = notes;
  }
}

/**
 * A device with a cache of two plans, of all shapes and of one: what is wrong with the plan of all shapes that is there,
 * and with each that is built.
 */
class Device {
  builds = 0;
  loads = 0;
  part: { fault?: Fault | undefined } | undefined;
  constructor(
    public cached: { fault?: Fault | undefined; engine?: () => Promise<Engine> } | undefined,
    readonly built: Fault | undefined,
  ) {}

  readonly makers: EngineMakers = {
    ...realMakers,
    tensorRt: async (weights, _, { cachedOnly, refused, buckets }) => {
      const place = buckets ? 'part' : 'cached';
      if (!this[place] && cachedOnly) throw new NotPrepared(refused);
      const fresh = !this[place];
      if (fresh) this.builds++;
      const plan: NonNullable<Device['cached']> = this[place] ?? { fault: this.built };
      this[place] = plan;
      this.loads++;
      const inner = await (plan.engine?.() ?? rightEngine(weights));
      const discard = async () => {
        this[place] = undefined;
      };
      return new Planned(inner, plan.fault, fresh, discard, refused ? [`rebuilt: ${refused}`] : []);
    },
  };
}

/** In the background the weights of the load are closed. */
async function rightEngine({ config }: ModelWeights): Promise<Engine> {
  const weights = new ModelWeights(config);
  try {
    return await CpuEngine.create(weights, { precision: 'fp32', threads: 1 });
  } finally {
    weights.close();
  }
}

async function choose(
  device: Device,
  cache: string,
  engine: 'auto' | 'tensorrt' = 'tensorrt',
  options: ChooseOptions = {},
): Promise<Choice & { refused: string[]; heard: BackgroundState[] }> {
  const weights = new ModelWeights(config);
  const folder = path.join(root, cache);
  const refused: string[] = [];
  const heard: BackgroundState[] = [];
  try {
    const admission = await Admission.open(weights, folder, undefined, device.makers);
    const choice = await chooseTensorRt(weights, usable, folder, {
      settings: { engine, precision: 'fp16', threads: 1 },
      admission,
      onRefused: (sentence) => refused.push(sentence),
      onBackground: (state) => heard.push(state),
      ...options,
    });
    return { ...choice, refused, heard };
  } finally {
    weights.close();
  }
}

const settled = ({ engine }: Choice) => ((engine as BatchingEngine).inner as SwitchingEngine).settled();

/** Wrong only for rows padded to this many pieces. */
const inLength =
  (length: number, fault: Fault): Fault =>
  (run) =>
  (batch) =>
    batch.length === length ? fault(run)(batch) : run(batch);

/** Right once for each shape, wrong when it is repeated. */
function whenRepeated(fault: Fault): Fault {
  const seen = new Set<string>();
  return (run) => (batch) => {
    const shape = `${batch.count}x${batch.length}`;
    if (seen.has(shape)) return fault(run)(batch);
    seen.add(shape);
    return run(batch);
  };
}

const zero = each(() => 0);
const cachedFaults: Record<string, NonNullable<Device['cached']>> = {
  'of other weights': {
    engine: () =>
      engineOn(new ModelWeights(config), (name, values) =>
        /layer\.1\..*weight$/.test(name) ? values.map((v) => -v) : values,
      ),
  },
  'that gives nothing': { fault: zero },
  'that mixes the rows of a batch': { fault: rowsSwapped },
  'that is too coarse for FP16': { fault: noise(0.01, new Random('plan')) },
  'that is wrong for long windows alone': {
    fault: inLength(
      64,
      each((v) => v * 1.1),
    ),
  },
  'that is wrong when it is run again': { fault: whenRepeated(zero) },
  'that gives no numbers for one window alone': {
    fault: output((logits, { count }) => (count > 1 ? logits : { ...logits, end: logits.end.map(() => Number.NaN) })),
  },
  'that the driver fails on': {
    fault: () => () => Promise.reject(new AskBertError('EngineRun', 'an illegal memory access')),
  },
};

for (const [name, cached] of Object.entries(cachedFaults)) {
  test(`a plan in the cache ${name}: discarded and rebuilt once`, async () => {
    const device = new Device(cached, undefined);
    const choice = await choose(device, name.replaceAll(' ', '-'), 'tensorrt', { background: false });
    assert.deepEqual([device.builds, device.loads], [1, 2]);
    assert.deepEqual(choice.refused, []);
    assert.equal(choice.engine.info.name, 'tensorrt');
    assert.match(choice.reasons.join(), /rebuilt: The tensorrt engine in fp16 was refused: /);
    const { check } = choice.engine.info;
    assert.ok(check && check.difference <= check.tolerance, JSON.stringify(check));
    await choice.engine.close();
  });

  test(`a plan in the cache ${name}: discarded, and one shape answers until all are built`, async () => {
    const device = new Device(cached, undefined);
    const choice = await choose(device, `${name.replaceAll(' ', '-')}-behind`);
    assert.equal(choice.engine.info.name, 'tensorrt');
    assert.match(choice.reasons.join(), /the engine on disk was refused: The tensorrt engine in fp16 was refused: /);
    await settled(choice);
    assert.deepEqual([device.builds, device.loads, device.part], [2, 3, undefined]);
    assert.deepEqual(device.cached, { fault: undefined });
    assert.deepEqual(choice.refused, []);
    await choice.engine.close();
  });

  test(`a plan ${name}, and every newly built one: the CPU answers, and nothing is rebuilt`, async () => {
    const device = new Device(cached, cached.fault ?? zero);
    const cache = `${name.replaceAll(' ', '-')}-always`;
    for (let i = 0; i < 3; i++) {
      const choice = await choose(device, cache);
      assert.deepEqual([device.builds, device.loads], [1, 2]);
      assert.equal(choice.engine.info.name, 'cpu');
      assert.match(choice.reasons[0], /^cpu: TensorRT 10\.6\.0 failed: The tensorrt engine in fp16 was refused: /);
      assert.equal(choice.refused.length, 1);
      assert.match(choice.refused[0], /^The tensorrt engine in fp16 was refused: .* The CPU answers instead\.$/);
      await choice.engine.close();
    }
  });
}

test('the first plan, built in the background, is wrong: the CPU continues, and the message names the engine', async () => {
  const device = new Device(undefined, zero);
  const choice = await choose(device, 'background', 'auto');
  assert.equal(choice.engine.info.name, 'cpu');
  await settled(choice);
  assert.deepEqual([device.builds, device.loads, device.cached], [1, 1, undefined]);
  assert.match(
    choice.heard.at(-1)!.notice!,
    /^The tensorrt engine in fp16 was refused: .* The CPU continues to answer\.$/,
  );
  assert.match(choice.reasons.at(-1)!, /tensorrt engine in fp16 was refused/);
  assert.equal(choice.engine.info.name, 'cpu');
  await choice.engine.close();
  const again = await choose(device, 'background', 'auto');
  assert.equal(device.builds, 1);
  assert.equal(again.refused.length, 1);
  await again.engine.close();
});

test('with auto, a wrong plan in the cache is rebuilt in the background', async () => {
  const device = new Device({ fault: zero }, undefined);
  const choice = await choose(device, 'again', 'auto');
  assert.equal(choice.engine.info.name, 'cpu');
  assert.match(choice.reasons[1], /^the engine on disk was refused: The tensorrt engine in fp16 was refused: /);
  await settled(choice);
  // One shape, then all.
  assert.equal(device.builds, 2);
  await choice.engine.run(windowOf());
  assert.equal(choice.engine.info.name, 'tensorrt');
  assert.ok(choice.engine.info.check);
  await choice.engine.close();
});

test('a device fails later: the CPU that takes over is checked as well', async () => {
  let failing = false;
  const lost: Fault = (run) => (batch) =>
    failing ? Promise.reject(new AskBertError('EngineRun', 'lost')) : run(batch);
  const choice = await choose(new Device({ fault: lost }, undefined), 'lost');
  failing = true;
  await choice.engine.run(windowOf());
  const { name, check } = choice.engine.info;
  assert.equal(name, 'cpu');
  assert.ok(check && check.difference < 1e-4, JSON.stringify(check));
  await choice.engine.close();
});

function windowOf() {
  const [inputIds, segmentIds] = [Int32Array.of(2, 5, 3, 6, 3), Int32Array.of(0, 0, 0, 1, 1)];
  return { count: 1, length: 5, inputIds, segmentIds, lengths: Int32Array.of(5) };
}
