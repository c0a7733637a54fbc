/** Plans without their weights beside whole ones: size, time to load, GPU time, and the same logits. The figures decide whether `strip` becomes the rule. */

import { preparePlan } from '../../server/engine/tensorrt/prepare.js';
import type { Usable } from '../../server/engine/tensorrt/probe.js';
import { TensorRtEngine } from '../../server/engine/tensorrt/tensorrt-engine.js';
import { readModelConfig } from '../../server/model/config.js';
import { ModelWeights } from '../../server/model/weights.js';
import { batchOf, cacheFolder, check, compare, left, modelFolder, o, record, say, tolerance } from './context.js';

const length = 384;

export async function stripped(usable: Usable): Promise<void> {
  for (const name of ['embedded', ...o.models.split(',')]) {
    if (left() < 90) return check(false, `no time left for stripped ${name}`);
    const whole = await measured(usable, name, false);
    const without = await measured(usable, name, true);
    const { worst, largest } = compare(whole.batch, whole.logits, without.logits);
    const share = without.planBytes / whole.planBytes;
    // The two builds may have chosen other kernels: no more is asked than of FP16 itself.
    const most = tolerance('fp16', name, largest);
    check(worst <= most, `stripped ${name}: logits of the refitted plan differ by ${worst.toExponential(2)}`);
    check(without.networkLayers === whole.networkLayers, `stripped ${name}: ${without.networkLayers} layers`);
    check(share < 0.2, `stripped ${name}: ${megabytes(without.planBytes)} of ${megabytes(whole.planBytes)}`);
    for (const [what, each] of Object.entries({ whole, stripped: without })) {
      say(`${name} ${what}: loaded in ${each.loadMs.toFixed(0)} ms, ${each.gpuMs.toFixed(3)} ms of GPU time`);
      const { batch: _, logits: __, ...figures } = each;
      record(`stripped ${name} ${what}`, figures);
    }
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A plan of the cache, loaded and run. */
async function measured(usable: Usable, name: string, strip: boolean) {
  const weights = new ModelWeights(readModelConfig(modelFolder(name)));
  const batch = batchOf([length]);
  const bucket = { batch: 1, length };
  const options = { precision: 'fp16' as const, cacheFolder, buckets: [bucket], tuning: { strip } };
  try {
    // Built before, so that the time to load is that of a plan on disk.
    const { planBytes, networkLayers } = (await preparePlan(weights, usable, options)).manifest;
    const engine = await TensorRtEngine.create(weights, usable, options);
    try {
      const logits = await engine.run(batch);
      const times = (await engine.measure(bucket, true, 100, 300)).sort();
      return { batch, logits, planBytes, networkLayers, loadMs: engine.info.loadMs, gpuMs: times[150] };
    } finally {
      await engine.close();
    }
  } finally {
    weights.close();
  }
}
