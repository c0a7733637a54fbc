/** Engines that compute something else than their model says: refused by name, and the next one gives the right answer. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { type EngineMakers, realMakers } from '../../server/engine/check/admission.js';
import { checkEngine } from '../../server/engine/check/check.js';
import { CpuEngine } from '../../server/engine/cpu/cpu-engine.js';
import type { Engine } from '../../server/engine/engine.js';
import { AskBertError, cancelled } from '../../server/errors.js';
import { readModelConfig } from '../../server/model/config.js';
import { withDigest } from '../../server/model/golden/golden.js';
import { ModelWeights } from '../../server/model/weights.js';
import type { BackgroundState, Status } from '../../server/protocol.js';
import { Session } from '../../server/session/session.js';
import type { Sidecar } from '../../src/sidecar/supervisor.js';
import { SidecarState } from '../../src/status/state.js';
import * as faulty from './faulty-engines.js';
import { type Fault, FaultyEngine } from './faulty-engines.js';
import { Random } from './random.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-golden-'));
const modelPath = path.resolve('models/default');
const config = readModelConfig(modelPath);
const question = {
  text: 'The harbour was rebuilt in 1931. Its keeper is Ana Ferreira.',
  question: 'Who is the keeper?',
};

/** One real engine for all cases: loading it takes longer than the cases. */
const shared = (async (): Promise<Engine> => {
  const weights = new ModelWeights(config);
  try {
    return await CpuEngine.create(weights, { precision: 'fp32', threads: 1 });
  } finally {
    weights.close();
  }
})();
/** It stays when one of its users is closed. */
const lent = async (): Promise<Engine> => {
  const { info, batchPieces, run } = await shared;
  return { info, batchPieces, run: run.bind(await shared), close: async () => {} };
};
after(async () => {
  await (await shared).close();
  rmSync(root, { recursive: true, force: true });
});

type MakeFaulty = (weights: ModelWeights) => Promise<Engine>;

/** The "8-bit" engine is the given one, FP32 the real one. */
function makersWith(int8: MakeFaulty): EngineMakers & { made: string[] } {
  const makers: EngineMakers & { made: string[] } = {
    ...realMakers,
    made: [],
    cpu: async (weights, { precision }) => {
      makers.made.push(precision);
      return precision === 'int8' ? int8(weights) : new FaultyEngine(await lent(), 'fp32');
    },
  };
  return makers;
}

const withFault =
  (fault?: Fault): MakeFaulty =>
  async () =>
    new FaultyEngine(await lent(), 'int8', fault);
const withWeights =
  (change: Parameters<typeof faulty.engineOn>[1]): MakeFaulty =>
  async (weights) =>
    new FaultyEngine(await faulty.engineOn(weights, change), 'int8');

/** Rows of a [rows, columns] table, each in the place of the one before it. */
function rowsMovedUp(values: Float32Array<ArrayBuffer>, columns: number): Float32Array<ArrayBuffer> {
  const out = values.slice();
  out.set(values.subarray(columns));
  return out;
}

const layerOf = (name: string, layer: number): string => name.replace(/layer\.\d+/, `layer.${layer}`);
const differ = /logits differ from the model's by [\d.]+( on average)?, [\d.]+ is allowed/;

const faults: Record<string, { make: MakeFaulty; says: RegExp }> = {
  'logits that are scaled': { make: withFault(faulty.each((v) => 1.3 * v)), says: differ },
  'logits of zero': { make: withFault(faulty.each(() => 0)), says: differ },
  'one logit that is not a number': {
    make: withFault(faulty.each((v, i) => (i === 5 ? Number.NaN : v))),
    says: /gave logits that are not numbers/,
  },
  'an infinite logit': {
    make: withFault(faulty.each((v, i) => (i === 6 ? Number.POSITIVE_INFINITY : v))),
    says: /gave logits that are not numbers/,
  },
  'fewer logits than pieces': {
    make: withFault(faulty.after(({ start, end }) => ({ start: start.slice(0, -9), end: end.slice(0, -9) }))),
    says: /gave logits that are not numbers/,
  },
  'start and end swapped': {
    make: withFault(faulty.after(({ start, end }) => ({ start: end, end: start }))),
    says: differ,
  },
  'rows of a batch swapped': { make: withFault(faulty.rowsSwapped), says: differ },
  'logits of the piece before': {
    make: withFault(
      faulty.after(({ start, end }) => ({
        start: start.map((_, i) => start[i - 1] ?? 0),
        end: end.map((_, i) => end[i - 1] ?? 0),
      })),
    ),
    says: differ,
  },
  'noise in all logits': { make: withFault(faulty.noise(0.06, new Random('noise'))), says: differ },
  'one logit far off': { make: withFault(faulty.each((v, i) => (i === 3 ? v + 4 : v))), says: differ },
  'segments ignored': {
    make: withFault(faulty.before((batch) => ({ ...batch, segmentIds: batch.segmentIds.map(() => 0) }))),
    says: differ,
  },
  'positions off by one': {
    make: withWeights((name, values) =>
      name.includes('position_embeddings') ? rowsMovedUp(values, config.hiddenSize) : values,
    ),
    says: differ,
  },
  "one layer's scale wrong": {
    make: withWeights((name, values) =>
      name === 'bert.encoder.layer.3.intermediate.dense.weight' ? values.map((v) => v * 3) : values,
    ),
    says: differ,
  },
  'layers of another model': {
    make: withWeights((name, values, all) =>
      /layer\.2\./.test(name) ? (all as faulty.ChangedWeights).stored(layerOf(name, 4)) : values,
    ),
    says: differ,
  },
  'a constant with one bit turned': {
    make: withWeights((name, values) => {
      // The top bit of the exponent: 0.9 becomes 10^38.
      if (name.endsWith('layer.1.output.LayerNorm.weight')) new Uint32Array(values.buffer)[7] ^= 1 << 30;
      return values;
    }),
    says: /(logits differ .* is allowed|gave logits that are not numbers)/,
  },
  'a failure in the check': {
    make: withFault(() => () => Promise.reject(new Error('no kernel for this device'))),
    says: /failed during its check\. no kernel for this device/,
  },
  'a failure while it is loaded': {
    make: () => CpuEngine.create({ config } as ModelWeights, { precision: 'int8', threads: 1 }),
    says: /The CPU engine cannot load the model askbert-e5-small-l12/,
  },
};

describe('an engine with', () => {
  for (const [name, { make, says }] of Object.entries(faults)) {
    test(name, async () => {
      const makers = makersWith(make);
      const cacheFolder = path.join(root, name.replaceAll(' ', '-'));
      const session = new Session(
        { modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder },
        true,
        makers,
      );
      const heard: BackgroundState[] = [];
      session.onBackground = (state) => heard.push(state);
      const { answers, engine, warnings } = await session.answer(question);
      assert.equal(answers[0].text, 'Ana Ferreira');
      assert.equal(engine.precision, 'fp32');
      const [, wish, reason, ...others] = session.choice;
      assert.equal(wish, 'int8: chosen in the settings');
      assert.match(reason, says);
      assert.deepEqual(others, []);
      // Told once, by name, and not again with each answer.
      assert.equal(heard.length, 1);
      assert.match(heard[0].notice!, says);
      assert.match(heard[0].notice!, /fp32 answers instead\.$/);
      assert.deepEqual([warnings, (await session.answer(question)).warnings], [[], []]);
      const { check } = session.engine!;
      assert.ok(check && check.difference <= check.tolerance && check.ms > 0, JSON.stringify(check));
      assert.deepEqual(makers.made, ['int8', 'fp32']);
      await session.unload();
    });
  }

  test('no fault is used, as is one with the errors of 8-bit arithmetic', async () => {
    for (const fault of [undefined, faulty.noise(0.012, new Random('rounding'))]) {
      const makers = makersWith(withFault(fault));
      const session = new Session(
        { modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder: root },
        true,
        makers,
      );
      session.onBackground = () => assert.fail('nothing is refused');
      const { answers, engine } = await session.answer(question);
      assert.deepEqual([answers[0].text, engine.precision], ['Ana Ferreira', 'int8']);
      assert.deepEqual(session.choice, ['cpu: chosen in the settings', 'int8: chosen in the settings']);
      assert.deepEqual(makers.made, ['int8']);
      await session.unload();
    }
  });

  test('a check that does not end', async () => {
    const makers = makersWith(async () => {
      makers.limitMs = 50;
      return new FaultyEngine(await lent(), 'int8', () => () => new Promise(() => {}));
    });
    const { cpu } = makers;
    // The engine that is right has all the time it needs.
    makers.cpu = (weights, options) => {
      makers.limitMs = undefined;
      return cpu(weights, options);
    };
    const cacheFolder = path.join(root, 'hanging');
    const session = new Session({ modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder }, true, makers);
    assert.equal((await session.answer(question)).answers[0].text, 'Ana Ferreira');
    assert.match(
      session.choice.join(),
      /The cpu engine in int8 was refused: its check did not finish within 0\.05 seconds/,
    );
    await session.unload();
    // A machine that slept has lost the time, too: nothing is remembered of it.
    const later = makersWith(withFault());
    const again = new Session({ modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder }, true, later);
    assert.equal((await again.answer(question)).engine.precision, 'int8');
    await again.unload();
  });

  for (const reason of [cancelled(), new AskBertError('Superseded', 'A newer question came.')]) {
    test(`a check that was ended with its question (${reason.code}) says nothing about the engine`, async () => {
      const cacheFolder = path.join(root, `ended-${reason.code}`);
      const settings = { modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder } as const;
      const stop = new AbortController();
      const makers = makersWith(
        withFault(() => async () => {
          stop.abort(reason);
          throw reason;
        }),
      );
      const session = new Session(settings, true, makers);
      session.onBackground = () => assert.fail('nothing is refused');
      await assert.rejects(session.answer(question, stop.signal), { code: reason.code });
      assert.deepEqual(makers.made, ['int8']);
      await session.unload();
      const next = new Session(settings, true, makersWith(withFault()));
      assert.equal((await next.answer(question)).engine.precision, 'int8');
      await next.unload();
    });
  }
});

test('a refused engine is not created again, and says why; `engines clear` lets it be tried again', async () => {
  const { EngineCache } = await import('../../server/engine/tensorrt/cache.js');
  const cacheFolder = path.join(root, 'remembered');
  const settings = { modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder } as const;
  const makers = makersWith(withFault(faulty.each(() => 0)));
  for (const made of [['int8', 'fp32'], ['fp32']]) {
    makers.made = [];
    const session = new Session(settings, true, makers);
    await session.prepare();
    assert.deepEqual(makers.made, made);
    assert.match(session.choice[2], differ);
    await session.unload();
  }
  await new EngineCache(cacheFolder).clear();
  makers.made = [];
  const session = new Session(settings, true, makers);
  await session.prepare();
  assert.deepEqual(makers.made, ['int8', 'fp32']);
  await session.unload();
});

test('a client without background messages gets the reason with the first answer', async () => {
  const cacheFolder = path.join(root, 'warning');
  const makers = makersWith(withFault(faulty.each(() => 0)));
  const session = new Session({ modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder }, false, makers);
  const [first, second] = [await session.answer(question), await session.answer(question)];
  assert.equal(first.warnings.length, 1);
  assert.equal(first.warnings[0].code, 'EngineFallback');
  assert.match(first.warnings[0].message, differ);
  assert.deepEqual(second.warnings, []);
  await session.unload();
});

test('no engine left: one error that names the library, both engines, and what to do', async () => {
  const makers: EngineMakers = {
    ...realMakers,
    cpu: async (_, { precision }) => new FaultyEngine(await lent(), precision, faulty.rowsSwapped),
  };
  const cacheFolder = path.join(root, 'none-left');
  const settings = { modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder } as const;
  const failing = new Session(settings, true, makers);
  await assert.rejects(failing.answer(question), (error: Error & { code: string; remedy: string }) => {
    assert.equal(error.code, 'EngineBuild');
    assert.match(
      error.message,
      /^The model askbert-e5-small-l12 cannot be used: .* ONNX Runtime \d+\.\d+\.\d+\. The cpu engine in fp32 was refused: its logits differ/,
    );
    assert.match(error.remedy, /Install Ask BERT again/);
    return true;
  });
  await failing.unload();
  // The last engine is tried again each time.
  const session = new Session({ ...settings, precision: 'fp32' }, true, makersWith(withFault()));
  assert.equal((await session.answer(question)).answers[0].text, 'Ana Ferreira');
  await session.unload();
});

test('a different answer is noticed even if every logit is within its tolerance', async () => {
  const logits = Array.from({ length: 40 }, (_, i) => (i === 7 ? 10 : i === 21 ? 8.5 : 0));
  const window = { inputIds: logits.map(() => 5), segmentIds: logits.map(() => 1), start: logits, end: logits };
  const golden = withDigest({ format: 1, weights: '', network: config, windows: [window] });
  const shifted = (by: number): Engine => ({
    info: {
      name: 'cpu',
      device: '',
      model: '',
      precision: 'int8',
      library: '',
      libraryVersion: '',
      threads: 1,
      loadMs: 0,
    },
    batchPieces: 384,
    run: async () => {
      const values = Float32Array.from(logits, (v, i) => (i === 7 ? v - by : i === 21 ? v + by : v));
      return { start: values, end: values.slice() };
    },
    close: async () => {},
  });
  const check = await checkEngine(shifted(0.7), golden, { maxLength: 384 });
  assert.ok(check.difference < check.tolerance);
  await assert.rejects(
    checkEngine(shifted(0.9), golden, { maxLength: 384 }),
    /gives a different answer from the model/,
  );
});

test('the editor reports it once, however often the model is loaded', () => {
  let send: (status: Status) => void = () => {};
  const sidecar = {
    onStatus: (listener: typeof send) => {
      send = listener;
      return { dispose: () => {} };
    },
    info: async () => undefined,
  };
  const state = new SidecarState(sidecar as unknown as Sidecar);
  const told: string[] = [];
  state.onNotice((notice) => told.push(notice));
  for (let load = 0; load < 3; load++) {
    send({ state: 'loading', queued: 0 });
    send({ state: 'loading', queued: 0, notice: 'refused' });
    send({ state: 'ready', queued: 0, notice: 'refused' });
    send({ state: 'unloaded', queued: 0 });
  }
  send({ state: 'ready', queued: 0, notice: 'built' });
  assert.deepEqual(told, ['refused', 'built']);
  state.dispose();
});
