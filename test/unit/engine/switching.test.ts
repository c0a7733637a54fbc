/** The engine that becomes another one: never in the middle of a batch, and never without saying so. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Engine, Logits, WindowBatch } from '../../../server/engine/engine.js';
import { SwitchingEngine } from '../../../server/engine/switching.js';
import { AskBertError } from '../../../server/errors.js';
import type { EngineName } from '../../../server/protocol.js';

const batch: WindowBatch = {
  count: 1,
  length: 1,
  inputIds: Int32Array.of(1),
  segmentIds: Int32Array.of(0),
  lengths: Int32Array.of(1),
};

class FakeEngine implements Engine {
  closed = 0;
  failure: AskBertError | undefined;
  readonly batchPieces = 8;
  readonly info;
  constructor(name: EngineName) {
    this.info = {
      name,
      device: 'd',
      model: 'm',
      precision: 'fp32' as const,
      library: 'l',
      libraryVersion: '1',
      threads: 0,
      loadMs: 0,
    };
  }
  async run(): Promise<Logits> {
    if (this.failure) throw this.failure;
    return { start: new Float32Array(1), end: new Float32Array(1) };
  }
  async close(): Promise<void> {
    this.closed++;
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('switching engine', () => {
  it('switches to the better engine at the next batch, once it is ready', async () => {
    const cpu = new FakeEngine('cpu');
    const gpu = new FakeEngine('tensorrt');
    const reasons = ['first'];
    let finish = () => {};
    const ready = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const engine = new SwitchingEngine(cpu, reasons, [
      async () => {
        await ready;
        return { engine: gpu, reasons: ['second'] };
      },
    ]);
    await engine.run(batch);
    assert.equal(engine.info.name, 'cpu');
    finish();
    await engine.settled();
    assert.equal(engine.info.name, 'cpu');
    await engine.run(batch);
    assert.equal(engine.info.name, 'tensorrt');
    assert.deepEqual([cpu.closed, gpu.closed, reasons], [1, 0, ['first', 'second']]);
    await engine.close();
    assert.equal(gpu.closed, 1);
  });

  it('goes through several better engines, and closes one that never ran', async () => {
    const [cpu, part, whole] = [new FakeEngine('cpu'), new FakeEngine('tensorrt'), new FakeEngine('tensorrt-rtx')];
    const reasons: string[] = [];
    const steps = [part, whole].map((engine, i) => {
      let finish = () => {};
      const ready = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const make = async () => {
        await ready;
        return { engine, reasons: [`step ${i}`] };
      };
      return { make, finish };
    });
    const engine = new SwitchingEngine(
      cpu,
      reasons,
      steps.map(({ make }) => make),
    );
    steps[0].finish();
    await turn();
    await engine.run(batch);
    assert.deepEqual([engine.info.name, cpu.closed], ['tensorrt', 1]);
    steps[1].finish();
    await engine.settled();
    await engine.run(batch);
    assert.deepEqual([engine.info.name, part.closed, reasons], ['tensorrt-rtx', 1, ['step 0', 'step 1']]);
    await engine.close();

    const [idle, unused, last] = [new FakeEngine('cpu'), new FakeEngine('tensorrt'), new FakeEngine('tensorrt-rtx')];
    const quick = new SwitchingEngine(
      idle,
      [],
      [unused, last].map((each) => async () => ({ engine: each, reasons: [] })),
    );
    await quick.settled();
    await quick.run(batch);
    assert.deepEqual([quick.info.name, idle.closed, unused.closed, last.closed], ['tensorrt-rtx', 1, 1, 0]);
    await quick.close();
  });

  it('stays with the one before when a later one fails', async () => {
    const reasons: string[] = [];
    const part = new FakeEngine('tensorrt');
    const engine = new SwitchingEngine(new FakeEngine('cpu'), reasons, [
      async () => ({ engine: part, reasons: ['part'] }),
      async () => {
        throw new AskBertError('EngineBuild', 'no memory');
      },
    ]);
    await engine.settled();
    await engine.run(batch);
    assert.deepEqual([engine.info.name, part.closed, reasons], ['tensorrt', 0, ['part', 'no memory']]);
    await engine.close();
  });

  it('keeps the first engine when the better one fails, and says why', async () => {
    const reasons: string[] = [];
    const engine = new SwitchingEngine(new FakeEngine('cpu'), reasons, [
      async () => {
        throw new AskBertError('EngineBuild', 'no tactic');
      },
    ]);
    await engine.settled();
    await engine.run(batch);
    assert.equal(engine.info.name, 'cpu');
    assert.deepEqual(reasons, ['no tactic']);
    await engine.close();
  });

  it('ends its background work when it is closed', async () => {
    const cpu = new FakeEngine('cpu');
    const late = new FakeEngine('tensorrt');
    let told: AbortSignal | undefined;
    const engine = new SwitchingEngine(
      cpu,
      [],
      [
        async (signal) => {
          told = signal;
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          return { engine: late, reasons: [] };
        },
      ],
    );
    await engine.close();
    assert.ok(told?.aborted);
    assert.deepEqual([cpu.closed, late.closed], [1, 1]);
  });

  it('abandons its background work when asked to, and continues', async () => {
    const cpu = new FakeEngine('cpu');
    const reasons = ['first'];
    const engine = new SwitchingEngine(cpu, reasons, [
      async (signal) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        throw signal.reason;
      },
    ]);
    await engine.giveUp();
    await engine.run(batch);
    assert.deepEqual([engine.info.name, cpu.closed, reasons], ['cpu', 0, ['first']]);
    await engine.close();
  });

  it('answers with the fallback when the device fails for good', async () => {
    for (const code of ['OutOfMemory', 'EngineRun'] as const) {
      const gpu = new FakeEngine('tensorrt');
      const reasons = ['tensorrt: chosen in the settings'];
      const engine = new SwitchingEngine(gpu, reasons, undefined, async () => ({
        engine: new FakeEngine('cpu'),
        reasons: ['fp32'],
      }));
      await engine.run(batch);
      gpu.failure = new AskBertError(code, 'gone');
      await engine.run(batch);
      assert.equal(engine.info.name, 'cpu');
      assert.equal(gpu.closed, 1);
      assert.deepEqual(reasons.slice(1), ['tensorrt failed and was replaced: gone', 'fp32']);
      await engine.close();
    }
  });

  it('makes one fallback for calls that fail together', async () => {
    const gpu = new FakeEngine('tensorrt');
    gpu.failure = new AskBertError('EngineRun', 'gone');
    let made = 0;
    const engine = new SwitchingEngine(gpu, [], undefined, async () => {
      made++;
      await turn();
      return { engine: new FakeEngine('cpu'), reasons: [] };
    });
    await Promise.all([engine.run(batch), engine.run(batch)]);
    assert.deepEqual([made, gpu.closed, engine.info.name], [1, 1, 'cpu']);
    await engine.close();
  });

  it('closes an engine only when its last call has ended', async () => {
    const cpu = new FakeEngine('cpu');
    const gpu = new FakeEngine('tensorrt');
    let end = () => {};
    const ends = new Promise<void>((resolve) => {
      end = resolve;
    });
    cpu.run = async () => {
      await ends;
      assert.equal(cpu.closed, 0);
      return { start: new Float32Array(1), end: new Float32Array(1) };
    };
    let finish = () => {};
    const ready = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const engine = new SwitchingEngine(
      cpu,
      [],
      [
        async () => {
          await ready;
          return { engine: gpu, reasons: [] };
        },
      ],
    );
    const slow = engine.run(batch);
    finish();
    await engine.settled();
    const next = engine.run(batch);
    await turn();
    assert.equal(cpu.closed, 0);
    end();
    await Promise.all([slow, next]);
    assert.deepEqual([cpu.closed, engine.info.name], [1, 'tensorrt']);
    await engine.close();
  });

  it('passes on a cancellation', async () => {
    const gpu = new FakeEngine('tensorrt');
    gpu.failure = new AskBertError('Cancelled', 'stop');
    const engine = new SwitchingEngine(gpu, [], undefined, async () => assert.fail('no reason to fall back'));
    await assert.rejects(engine.run(batch), { code: 'Cancelled' });
    await engine.close();
  });
});
