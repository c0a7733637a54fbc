/** Engines with one fault each, made of the real one; and weights that are not those of the file. */
import { CpuEngine } from '../../server/engine/cpu/cpu-engine.js';
import type { Engine, Logits, WindowBatch } from '../../server/engine/engine.js';
import { ModelWeights } from '../../server/model/weights.js';
import type { EngineDetails, Precision } from '../../server/protocol.js';
import type { Random } from './random.js';

type Run = (batch: WindowBatch) => Promise<Logits>;

/** What is wrong between the caller and an engine that is right. */
export type Fault = (run: Run) => Run;

/** The FP32 engine under the name of a precision: right, unless there is a fault in it. */
export class FaultyEngine implements Engine {
  readonly info: EngineDetails;
  readonly batchPieces: number;
  closed = 0;

  constructor(
    private readonly inner: Engine,
    precision: Precision,
    private readonly fault: Fault = (run) => run,
    name: EngineDetails['name'] = 'cpu',
    /** Lengths that rows are padded to; missing: none. */
    readonly lengths?: readonly number[],
  ) {
    this.info = { ...inner.info, name, precision, check: undefined };
    this.batchPieces = inner.batchPieces;
    if (lengths) this.paddedLength = (length) => lengths.find((each) => each >= length) ?? length;
  }

  paddedLength?: (length: number) => number;

  run(batch: WindowBatch): Promise<Logits> {
    return this.fault((given) => this.inner.run(given))(batch);
  }

  async close(): Promise<void> {
    this.closed++;
    await this.inner.close();
  }
}

/** A fault of what comes out. */
export const after =
  (change: (logits: Logits, batch: WindowBatch) => Logits): Fault =>
  (run) =>
  async (batch) =>
    change(await run(batch), batch);

/** A fault of what goes in. */
export const before =
  (change: (batch: WindowBatch) => WindowBatch): Fault =>
  (run) =>
  (batch) =>
    run(change(batch));

export const each = (change: (value: number, index: number) => number): Fault =>
  after(({ start, end }) => ({ start: start.map(change), end: end.map((value, i) => change(value, i)) }));

/** Logits of another row each. */
export const rowsSwapped: Fault = after(({ start, end }, { count, length }) => {
  const turned = (values: Float32Array) =>
    values.map((_, i) => values[(count - 1 - Math.floor(i / length)) * length + (i % length)]);
  return { start: turned(start), end: turned(end) };
});

/** Normal noise. @param share its deviation, of the spread of the logits */
export function noise(share: number, random: Random): Fault {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return after(({ start, end }) => {
    const spread = Math.max(...start, ...end) - Math.min(...start, ...end);
    const noisy = (values: Float32Array) => values.map((value) => value + share * spread * normal());
    return { start: noisy(start), end: noisy(end) };
  });
}

/** The weights of a file, changed on their way to the engine. */
export class ChangedWeights extends ModelWeights {
  constructor(
    config: ModelWeights['config'],
    private readonly change: (
      name: string,
      values: Float32Array<ArrayBuffer>,
      all: ModelWeights,
    ) => Float32Array<ArrayBuffer>,
  ) {
    super(config);
  }

  override float(name: string): Float32Array<ArrayBuffer> {
    return this.change(name, super.float(name), this);
  }

  /** As it is stored, under another name. */
  stored(name: string): Float32Array<ArrayBuffer> {
    return super.float(name);
  }

  /** The graph takes 8-bit rows as they are: here they go the way of all others. */
  override isInt8(): boolean {
    return false;
  }
}

/** The FP32 engine on changed weights. */
export async function engineOn(
  { config }: ModelWeights,
  change: ConstructorParameters<typeof ChangedWeights>[1],
): Promise<CpuEngine> {
  const changed = new ChangedWeights(config, change);
  try {
    return await CpuEngine.create(changed, { precision: 'fp32', threads: 1 });
  } finally {
    changed.close();
  }
}
