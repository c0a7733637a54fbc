/** Messages between the sidecar and the child process that probes libraries and builds engines. */
import type { Bucket, Flavour, NativeDevice, TensorRtPrecision, Tuning } from './native.js';

/** Asks whether a library, a driver and a device work together. */
export interface ProbeOrder {
  type: 'probe';
  flavour: Flavour;
  /** Path of TensorRT's library, or a name for the loader. */
  library: string;
  /** Path or name of the CUDA driver's library. */
  driver: string;
  /** Whether the library's builder is tried, too: it loads its kernels, which takes seconds. */
  builder: boolean;
}

/** Builds an engine from a model folder and writes its plan to a file. */
export interface BuildOrder {
  type: 'build';
  flavour: Flavour;
  library: string;
  /** Undefined: build without a driver. */
  driver: string | undefined;
  device: number;
  modelFolder: string;
  precision: TensorRtPrecision;
  /** [layers, 7], for INT8 and FP8. */
  ranges?: Float32Array | undefined;
  buckets: readonly Bucket[];
  /** File to write; its folder exists. */
  planFile: string;
  /** File of the timing cache, read if it exists and written afterwards. */
  timingFile: string;
  tuning: Tuning;
}

export type Order = ProbeOrder | BuildOrder | { type: 'cancel' };

/** Each part is a result or the reason why there is none. */
export interface ProbeResult {
  library: { version: string; attention: boolean } | { error: string };
  driver: { cuda: number; devices: NativeDevice[] } | { error: string };
  /** Undefined: not tried, as it was not asked for or an earlier part failed. */
  builder?: { error?: string };
}

export interface BuildResult {
  networkLayers: number;
  attention: boolean;
  planBytes: number;
  warnings: string[];
}

export type Reply =
  | { type: 'probed'; result: ProbeResult }
  | { type: 'progress'; phase: string; done: number }
  | { type: 'built'; result: BuildResult }
  | { type: 'failed'; code: string; message: string; remedy?: string | undefined };
