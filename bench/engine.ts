/**
 * Times the CPU engine on windows of 384 pieces: `node out-bench/engine.js MODEL THREADS ROUNDS`.
 * Prints one JSON object: {"fp32 x1": [ms, ...], "fp32 x8": ..., "int8 x1": ..., "int8 x8": ...}; a batch of 8 is one
 * call.
 */
import { CpuEngine } from '../server/engine/cpu/cpu-engine.js';
import type { WindowBatch } from '../server/engine/engine.js';
import { readModelConfig } from '../server/model/config.js';
import { ModelWeights } from '../server/model/weights.js';

const length = 384;

/** Windows of pseudo-random ids, the same in every process. */
function windows(count: number): WindowBatch {
  const inputIds = new Int32Array(count * length).map((_, i) => 1000 + ((i * 7919) % 20000));
  const segmentIds = new Int32Array(count * length).map((_, i) => (i % length > 16 ? 1 : 0));
  return { count, length, inputIds, segmentIds, lengths: new Int32Array(count).fill(length) };
}

async function main(): Promise<void> {
  const [model, threads, rounds] = process.argv.slice(2);
  const times: Record<string, number[]> = {};
  for (const precision of ['fp32', 'int8'] as const) {
    const weights = new ModelWeights(readModelConfig(model));
    const engine = await CpuEngine.create(weights, { precision, threads: Number(threads) });
    for (const count of [1, 8]) {
      const batch = windows(count);
      for (let i = 0; i < 3; i++) await engine.run(batch);
      const list: number[] = [];
      times[`${precision} x${count}`] = list;
      for (let i = 0; i < Number(rounds) / count; i++) {
        const began = performance.now();
        await engine.run(batch);
        list.push(performance.now() - began);
      }
    }
    await engine.close();
    weights.close();
  }
  process.stdout.write(`${JSON.stringify(times)}\n`);
}

void main();
