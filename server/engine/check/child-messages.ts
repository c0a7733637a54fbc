/** The request to a process that checks an engine; any reply means that it survived. */
import type { Golden } from '../../model/golden/golden.js';
import type { CpuEngineOptions } from '../cpu/cpu-engine.js';
import type { Usable } from '../tensorrt/probe.js';
import type { TensorRtOptions } from '../tensorrt/tensorrt-engine.js';

export type EngineOrder =
  | ({ name: 'cpu' } & CpuEngineOptions)
  | {
      name: 'tensorrt';
      usable: Usable;
      options: Pick<TensorRtOptions, 'precision' | 'ranges' | 'buckets' | 'cacheFolder' | 'tuning'>;
    };

export interface CheckOrder {
  modelFolder: string;
  golden: Golden;
  engine: EngineOrder;
}
