/** Whether a library works here: tested in a child process, and remembered by library and driver. */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { asAskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { keepFile } from '../../storage/keep.js';
import { readJsonSync, readRegularSync } from '../../storage/open-file.js';
import type { ProbeResult } from './child-messages.js';
import { probeInChild } from './child-process.js';
import { type Candidate, discover } from './discover.js';
import { addonPath, driverLibrary, type Flavour, type NativeDevice } from './native.js';

/** Largest file that is read here. */
const MAX_STORED_BYTES = 1 << 20;

/** A library with the driver and device that it works with. */
export interface Usable {
  readonly flavour: Flavour;
  readonly library: string;
  readonly version: string;
  readonly attention: boolean;
  readonly driver: string;
  /** Version of CUDA that the driver supports, e.g. 13000. */
  readonly cuda: number;
  readonly device: NativeDevice;
}

export interface Probed {
  readonly candidate: Candidate;
  /** Undefined: it could not even be loaded. */
  readonly version?: string | undefined;
  /** Exactly one of these two is set. */
  readonly usable?: Usable | undefined;
  readonly refused?: string | undefined;
}

export interface ProbeOptions {
  /** Folder or file of TensorRT, from the settings. */
  tensorRtPath?: string | undefined;
  /** Folder where results are remembered. */
  cacheFolder: string;
  /** Only these flavours. */
  flavours?: readonly Flavour[] | undefined;
  /** Stop at the first that works. */
  first?: boolean | undefined;
  /** Builders are not tried: an engine is built next and will show. What works is not remembered then. */
  quick?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Tries the candidates in order. @throws AskBertError Cancelled */
export async function probeAll(options: ProbeOptions): Promise<Probed[]> {
  const out: Probed[] = [];
  for (const candidate of discover(options.tensorRtPath)) {
    if (!isWanted(candidate, options)) {
      // The user named this place and should be told.
      const named = candidate.source === 'setting' || candidate.source === 'environment';
      if (named) out.push({ candidate, refused: t('another engine was requested') });
      continue;
    }
    const probed = await probe(candidate, options);
    out.push(probed);
    if (probed.usable && options.first) break;
  }
  return out;
}

const isWanted = ({ flavour }: Candidate, { flavours }: ProbeOptions): boolean =>
  !flavours || !flavour || flavours.includes(flavour);

/** Whether a candidate has to be loaded in a child process before {@link probeAll} knows about it. */
export function needsChild(options: ProbeOptions): boolean {
  const memory = memoryOf(options.cacheFolder);
  for (const candidate of discover(options.tensorRtPath)) {
    const { flavour, path: library, refused } = candidate;
    if (refused || !flavour || !isWanted(candidate, options) || !addonPath(flavour)) continue;
    const key = memory.keyOf(flavour, library);
    const result = key && memory.get(key);
    if (!result) return true;
    if (checkProbe(candidate, flavour, result).usable) return false;
  }
  return false;
}

const memoryOf = (cacheFolder: string): Memory => new Memory(path.join(cacheFolder, 'probes.json'));

async function probe(candidate: Candidate, { cacheFolder, quick = false, signal }: ProbeOptions): Promise<Probed> {
  const { flavour, path: library } = candidate;
  if (candidate.refused || !flavour) return { candidate, refused: candidate.refused };
  if (!addonPath(flavour)) {
    return { candidate, refused: t('the add-on for it ({0}) is not part of this installation', flavour) };
  }
  const memory = memoryOf(cacheFolder);
  const key = memory.keyOf(flavour, library);
  const known = key && memory.get(key);
  if (known) return checkProbe(candidate, flavour, known);
  let result: ProbeResult;
  try {
    result = await probeInChild({ type: 'probe', flavour, library, driver: driverLibrary, builder: !quick }, signal);
  } catch (e) {
    const error = asAskBertError(e);
    if (error.code === 'Cancelled') throw error;
    return { candidate, refused: error.message };
  }
  const probed = checkProbe(candidate, flavour, result);
  // A missing driver may be installed later; a working library, or a missing feature, does not change.
  if (key && (!quick || !probed.usable) && !('error' in result.driver)) memory.put(key, result);
  return probed;
}

/** Interprets the results of a probe. */
export function checkProbe(candidate: Candidate, flavour: Flavour, result: ProbeResult): Probed {
  if ('error' in result.library) return { candidate, refused: withoutPath(result.library.error, candidate.path) };
  const { version, attention } = result.library;
  if ('error' in result.driver) return { candidate, version, refused: t('no CUDA driver: {0}', result.driver.error) };
  const { cuda, devices } = result.driver;
  const device = devices[0];
  const capability = `${device.major}.${device.minor}`;
  if (!supports(flavour, device)) {
    return {
      candidate,
      version,
      refused: t('it does not support {0} (compute capability {1})', device.name, capability),
    };
  }
  if (result.builder?.error !== undefined) return { candidate, version, refused: result.builder.error };
  return {
    candidate,
    version,
    usable: { flavour, library: candidate.path, version, attention, driver: driverLibrary, cuda, device },
  };
}

/** The loader's message starts with the path, as does every line about a candidate. */
const withoutPath = (message: string, file: string): string =>
  message.startsWith(file) ? message.slice(file.length).replace(/^:?\s+/, '') : message;

/**
 * TensorRT 10 and 11 need 7.5. TensorRT-RTX supports only graphics cards, not data centre GPUs, and cannot multiply
 * FP32 matrices below 8.0 as the network requires.
 */
function supports(flavour: Flavour, { major, minor }: NativeDevice): boolean {
  const capability = major * 10 + minor;
  if (flavour !== 'rtx') return capability >= 75;
  return capability >= 80 && major !== 9 && major !== 10;
}

const sourceText = (source: Candidate['source']): string =>
  ({ setting: t('setting'), environment: t('environment'), pip: 'pip', system: t('system'), loader: t('loader') })[
    source
  ];

/** One line for each candidate tried. */
export function describe({ candidate, version, usable, refused }: Probed): string {
  const name = candidate.flavour === 'rtx' ? 'TensorRT-RTX' : 'TensorRT';
  const what = `${version ? `${name} ${version}` : name} (${sourceText(candidate.source)}: ${candidate.path})`;
  if (!usable) return `${what}: ${refused}`;
  return `${what}: ${usable.device.name}, CUDA ${Math.floor(usable.cuda / 1000)}.${Math.floor((usable.cuda % 1000) / 10)}`;
}

/** Results by library, driver and add-on; a file that cannot be read or written is not an error. */
class Memory {
  constructor(readonly file: string) {}

  /** Undefined: the library file cannot be examined. */
  keyOf(flavour: Flavour, library: string): string | undefined {
    try {
      return JSON.stringify([flavour, stamp(library), stamp(addonPath(flavour)!), driverStamp()]);
    } catch {
      return undefined;
    }
  }

  get(key: string): ProbeResult | undefined {
    const all = this.#read();
    return Object.hasOwn(all, key) && isProbeResult(all[key]) ? all[key] : undefined;
  }

  put(key: string, result: ProbeResult): void {
    // A handful at most: old drivers and libraries are dropped.
    const kept = Object.entries(this.#read()).slice(-7);
    keepFile(this.file, JSON.stringify(Object.fromEntries([...kept, [key, result]])));
  }

  #read(): Record<string, ProbeResult> {
    try {
      const value: unknown = readJsonSync(this.file, MAX_STORED_BYTES);
      return typeof value === 'object' && value !== null ? (value as Record<string, ProbeResult>) : {};
    } catch {
      return {};
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isFault = (value: Record<string, unknown>) => typeof value.error === 'string';

/** The stored results may be damaged, or from another version. */
function isProbeResult(value: unknown): value is ProbeResult {
  if (!isObject(value)) return false;
  const { library, driver, builder = {} } = value;
  return (
    isObject(library) &&
    (isFault(library) || (typeof library.version === 'string' && typeof library.attention === 'boolean')) &&
    isObject(driver) &&
    (isFault(driver) ||
      (typeof driver.cuda === 'number' &&
        Array.isArray(driver.devices) &&
        driver.devices.length > 0 &&
        driver.devices.every(isDevice))) &&
    isObject(builder) &&
    (builder.error === undefined || isFault(builder))
  );
}

const isDevice = (value: unknown): value is NativeDevice =>
  isObject(value) &&
  typeof value.name === 'string' &&
  [value.ordinal, value.major, value.minor, value.totalBytes].every((each) => typeof each === 'number');

function stamp(file: string): unknown[] {
  const real = realpathSync(file);
  const { size, mtimeMs } = statSync(real);
  return [real, size, mtimeMs];
}

/** Changes with the driver: its kernel module's version on Linux, its library on Windows. */
function driverStamp(): unknown {
  if (process.platform === 'win32')
    return stamp(path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', driverLibrary));
  try {
    return readRegularSync('/proc/driver/nvidia/version', MAX_STORED_BYTES).toString('utf8').split('\n')[0];
  } catch {
    // In a container or WSL, only the library is available.
    return ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib/wsl/lib', '/usr/local/nvidia/lib64']
      .map((folder) => path.join(folder, driverLibrary))
      .map((file) => {
        try {
          return stamp(file);
        } catch {
          return undefined;
        }
      })
      .find((each) => each);
  }
}
