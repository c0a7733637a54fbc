/**
 * The contract with the native add-on (native/src/addon.cc): the one place where TypeScript and C++ must agree.
 * Every error that the add-on throws or rejects with is an Error with `code`, one of {@link NativeErrorCode}.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import type { NetworkShape } from '../../model/config.js';
import type { EngineName, ErrorCode } from '../../protocol.js';
import type { Logits, WindowBatch } from '../engine.js';

/** TensorRT 10.x, TensorRT 11.x, TensorRT-RTX 1.x: three incompatible interfaces. */
export const flavours = ['trt11', 'trt10', 'rtx'] as const;
export type Flavour = (typeof flavours)[number];
export type TensorRtPrecision = 'fp32' | 'fp16' | 'bf16' | 'int8' | 'fp8';

/** A shape that an engine is built for: rows of a batch, pieces of a row. */
export interface Bucket {
  readonly batch: number;
  readonly length: number;
}

export interface NativeDevice {
  ordinal: number;
  name: string;
  /** Compute capability. */
  major: number;
  minor: number;
  totalBytes: number;
}

/** Options to experiment with on a device; default: the add-on's choice. */
export interface Tuning {
  /** IAttention where the library has it. Default true. */
  fusedAttention?: boolean;
  /** Softmax in FP32 where attention is not fused. Default false: a fused kernel accumulates in FP32 anyway. */
  softmaxFp32?: boolean;
  /** Residual sums in FP32. Default true; false with TensorRT 10 in FP16, INT8 and FP8, as the next two. */
  residualFp32?: boolean;
  /** LayerNorm reads and writes FP32. False: 16 bits, the sums inside are FP32. */
  normFp32?: boolean;
  /** GELU by erf below FP32, too. False: by tanh, at most 4.8e-4 from it. */
  exactGelu?: boolean;
  /** Products of 16-bit matrices are accumulated in FP32. Default true. */
  accumulateFp32?: boolean;
  /** IAttention gets the row lengths instead of a mask, where supported (TensorRT 11, RTX 1.7). Default false. */
  keyLengths?: boolean;
  /** A plan without weights, which are added when it is loaded. Default false. */
  strip?: boolean;
  optimizationLevel?: number;
}

/** What the network is built from. */
export interface NativeBuildRequest extends NetworkShape, Tuning {
  precision: TensorRtPrecision;
  /**
   * For INT8 and FP8: [layers, 7] largest absolute values of activations, in the order input, query, key, value,
   * context, middle, inner (model/ranges/ranges.ts).
   */
  ranges?: Float32Array | undefined;
  buckets: readonly Bucket[];
  /** -1: build without a device (TensorRT-RTX alone can). */
  device: number;
  workspaceBytes?: number;
  timingCache?: Uint8Array | undefined;
}

/** An input or output; -1 in its shape depends on the bucket. */
export interface NativeTensor {
  name: string;
  type: 'int32' | 'fp32' | 'other';
  shape: number[];
}

export interface NativeBuildResult {
  plan: Uint8Array;
  timingCache: Uint8Array;
  networkLayers: number;
  profiles: number;
  inputs: NativeTensor[];
  outputs: NativeTensor[];
  /** Whether IAttention was used. */
  attention: boolean;
  warnings: string[];
}

/** Takes the tensors one by one under Hugging Face's names (matrices (out, in)), then builds or loads, once. */
export interface NativeBuilder {
  add(name: string, values: Float32Array): void;
  /** @param onProgress phase of TensorRT's builder, and the fraction done, 0..1 */
  build(onProgress: (phase: string, done: number) => void): Promise<NativeBuildResult>;
  /** Loads the stripped plan of an earlier builder with the same request and gives it these weights. */
  load(plan: Uint8Array): Promise<NativeEngine>;
  cancel(): void;
}

/** A loaded plan. As many runs at a time as it has launches; a measurement is alone. */
export interface NativeEngine {
  /** In the order of the build request. Not usable: not enough device memory. */
  buckets(): Array<Bucket & { activationBytes: number; usable: boolean }>;
  layers(): number;
  /** Runs that may overlap: with two, a batch is copied while the one before it runs. One if memory is scarce. */
  launches(): number;
  /** Logits [count, length]; the batch is padded to the bucket and must fit it. */
  run(bucket: number, batch: WindowBatch, graph: boolean): Promise<Logits>;
  /** Kernel time of each run in milliseconds, between CUDA events. */
  measure(bucket: number, graph: boolean, warmUps: number, runs: number): Promise<Float32Array>;
  /** Frees everything, after the calls that are running. Safe to call twice. */
  close(): void;
}

export interface NativeAddon {
  readonly flavour: Flavour;
  /** Major version of the library that this flavour uses. */
  readonly major: number;
  /** Loads TensorRT: a path, or a name for the loader to search. Only one per process. */
  openLibrary(path: string): { version: string; attention: boolean };
  /** Loads the CUDA driver. `cuda`: the version it supports, e.g. 13000. */
  openDriver(path: string): { cuda: number; devices: NativeDevice[] };
  /** Creates a builder and discards it: tells whether the library is complete and supports the device (-1: none). */
  checkBuilder(device: number): void;
  /** Device memory in bytes. */
  deviceMemory(device: number): { free: number; total: number };
  /** Bits of 16-bit floats and of 8-bit ones (E4M3), as the weights are converted. */
  roundTo(precision: 'fp16' | 'bf16' | 'fp8', values: Float32Array): Uint16Array;
  readonly Builder: new (request: NativeBuildRequest) => NativeBuilder;
  loadEngine(plan: Uint8Array, device: number): Promise<NativeEngine>;
}

export type NativeErrorCode = Extract<
  ErrorCode,
  'LibraryMissing' | 'EngineBuild' | 'EngineRun' | 'OutOfMemory' | 'Cancelled' | 'BadRequest'
>;
const nativeErrorCodes: readonly string[] = [
  'LibraryMissing',
  'EngineBuild',
  'EngineRun',
  'OutOfMemory',
  'Cancelled',
  'BadRequest',
];

/** The name of a flavour as an engine. */
export const engineName = (flavour: Flavour): EngineName => (flavour === 'rtx' ? 'tensorrt-rtx' : 'tensorrt');

/** The name of the CUDA driver's library. */
export const driverLibrary = process.platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1';

/** Path of the add-on of a flavour: next to `dist/`, or next to the test bundles. Undefined: it was not built. */
export function addonPath(flavour: Flavour): string | undefined {
  const name = path.join('bin', `${process.platform}-${process.arch}`, `askbert_${flavour}.node`);
  const folders = ['..', '../..', '../../..'].map((up) => path.join(__dirname, up, 'native'));
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** @throws AskBertError LibraryMissing: the add-on was not built for this platform, or the loader refuses it */
export function loadAddon(flavour: Flavour): NativeAddon {
  const file = addonPath(flavour);
  if (!file) {
    throw new AskBertError(
      'LibraryMissing',
      t('The add-on for {0} is not part of this installation ({1}-{2}).', flavour, process.platform, process.arch),
      t('Install the package of Ask BERT that was made for this platform.'),
    );
  }
  try {
    return require(file) as NativeAddon;
  } catch (e) {
    throw new AskBertError(
      'LibraryMissing',
      t('The add-on {0} cannot be loaded: {1}.', file, (e as Error).message.split('\n')[0]),
      t('Install the package of Ask BERT that was made for this platform.'),
      { cause: e },
    );
  }
}

/** An error of the add-on as an AskBertError; `what` says what was tried. */
export function fromNative(error: unknown, fallback: NativeErrorCode, what?: string): AskBertError {
  if (error instanceof AskBertError) return error;
  const { code, message } = error as { code?: string; message?: string };
  const known = nativeErrorCodes.includes(code ?? '') ? (code as NativeErrorCode) : fallback;
  const text = message ?? String(error);
  return new AskBertError(known, what ? `${what}: ${text}` : text, undefined, { cause: error });
}
