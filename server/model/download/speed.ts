/** Speed over the last seconds, and the estimated time left. */

export interface DownloadProgress {
  /** Of all files, including those already on disk. */
  bytes: number;
  total: number;
  /** Undefined at the beginning. */
  bytesPerSecond?: number;
  secondsLeft?: number;
  /** Another process downloads the same model; this one waits. */
  waiting?: boolean;
  /** The error while retrying. */
  trouble?: string;
}

const WINDOW_MS = 5000;
/** Shorter measurements are meaningless. */
const LEAST_MS = 1500;

export class Speed {
  readonly #now: () => number;
  /** Times and bytes counted up to then. */
  readonly #samples: { at: number; bytes: number }[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param bytes counted so far. A smaller count than before restarts the measurement. */
  measure(bytes: number, total: number): Pick<DownloadProgress, 'bytesPerSecond' | 'secondsLeft'> {
    const at = this.#now();
    const samples = this.#samples;
    if (samples.length > 0 && bytes < samples[samples.length - 1].bytes) samples.length = 0;
    samples.push({ at, bytes });
    // The oldest sample that is kept is the last one before the window.
    while (samples.length > 2 && samples[1].at <= at - WINDOW_MS) samples.shift();
    const first = samples[0];
    if (at - first.at < LEAST_MS) return {};
    const bytesPerSecond = ((bytes - first.bytes) * 1000) / (at - first.at);
    if (bytesPerSecond <= 0) return { bytesPerSecond: 0 };
    return { bytesPerSecond, secondsLeft: Math.max(0, total - bytes) / bytesPerSecond };
  }
}
