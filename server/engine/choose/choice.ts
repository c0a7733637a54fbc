/** What is asked of a choice of engine, and what it gives. */
import type { BackgroundState, SidecarSettings } from '../../protocol.js';
import type { Admission, EngineMakers } from '../check/admission.js';
import type { CpuPrecision } from '../cpu/graph.js';
import type { Engine } from '../engine.js';
import type { OnBuildProgress } from '../tensorrt/child-process.js';
import type { TensorRtPrecision } from '../tensorrt/native.js';

/** A precision that is calculated in instead of the one in the settings. */
export interface Unmet {
  precision: CpuPrecision | TensorRtPrecision;
  /** A sentence for the user. */
  message: string;
  /** Why the engine does not have it here, where others would; without a full stop. */
  why?: string | undefined;
}

export interface Choice {
  engine: Engine;
  /** One sentence for each decision; grows when the engine changes while it is used. */
  reasons: string[];
  /** The settings name a precision that the engine does not have. */
  unmet?: Unmet | undefined;
  /** Cancels the engine that is built in the background; the current one continues. */
  stopBuilding?: () => Promise<void>;
}

export type EngineSettings = Pick<
  SidecarSettings,
  | 'engine'
  | 'precision'
  | 'threads'
  | 'tensorRtPath'
  | 'cacheFolder'
  | 'remoteUrl'
  | 'remoteModel'
  | 'remoteToken'
  | 'remoteProxy'
  | 'remoteFallback'
>;

export interface ChooseOptions {
  signal?: AbortSignal | undefined;
  /** Progress of an engine that has to be built first. */
  onBuildProgress?: OnBuildProgress | undefined;
  /** False: with `auto`, nothing is built; the CPU answers if no engine is on disk. */
  background?: boolean | undefined;
  /** Called with the state of the engine that is built while the CPU answers. */
  onBackground?: ((state: BackgroundState) => void) | undefined;
  /** Called for each engine that failed its check, with a sentence for the user. */
  onRefused?: ((sentence: string) => void) | undefined;
  /** Creates engines; only tests replace it. */
  makers?: EngineMakers | undefined;
}

/** What every path to an engine needs. */
export interface Context extends ChooseOptions {
  readonly settings: EngineSettings;
  readonly admission: Admission;
}
