/** Finds TensorRT libraries on this machine, in order of preference. Loads nothing. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { t } from '../../l10n.js';
import { readRegularSync } from '../../storage/open-file.js';
import { homeFolder } from '../../storage/platform-folder.js';
import { type Flavour, flavours } from './native.js';

export type Source = 'setting' | 'environment' | 'pip' | 'system' | 'loader';

export interface Candidate {
  readonly flavour: Flavour | undefined;
  readonly path: string;
  readonly source: Source;
  /** Why it is not tried. */
  readonly refused?: string;
}

/** Names the folder (or file) with TensorRT, as `tensorRtPath` of the settings does; several as in PATH. */
export const pathVariable = 'ASKBERT_TENSORRT_PATH';

const MAX_LOADER_CACHE_BYTES = 16 * 1024 * 1024;

const windows = process.platform === 'win32';

/** Flavour and major version by the name of a library file; undefined for other files. */
function recognised(name: string): { flavour: Flavour | undefined; major: number } | undefined {
  const rtx = windows
    ? /^tensorrt_rtx_(\d+)(_\d+)*\.dll$/i.exec(name)
    : /^libtensorrt_rtx\.so\.(\d+)(\.\d+)*$/.exec(name);
  if (rtx) return { flavour: rtx[1] === '1' ? 'rtx' : undefined, major: Number(rtx[1]) };
  const full = windows ? /^nvinfer(?:_(\d+))?\.dll$/i.exec(name) : /^libnvinfer\.so\.(\d+)(\.\d+)*$/.exec(name);
  if (!full) return undefined;
  const major = Number(full[1] ?? 8);
  return { flavour: major === 10 ? 'trt10' : major === 11 ? 'trt11' : undefined, major };
}

/** Everything that looks like TensorRT, best first: by source, then by flavour. */
export function discover(setting: string | undefined, environment = process.env): Candidate[] {
  const found: Candidate[] = [];
  const seen = new Set<string>();
  const look = (source: Source, places: string[]): void => {
    for (const place of places) {
      for (const candidate of inPlace(place, source)) {
        if (seen.has(candidate.path)) continue;
        seen.add(candidate.path);
        found.push(candidate);
      }
    }
  };
  if (setting) look('setting', [setting]);
  look('environment', listed(environment[pathVariable]));
  look('pip', pipFolders(environment));
  look('system', systemFolders(environment));
  look('loader', loaderFiles());
  return found;
}

/** Files that the Linux loader would find by name: those in its cache. */
function loaderFiles(): string[] {
  try {
    const text = readRegularSync('/etc/ld.so.cache', MAX_LOADER_CACHE_BYTES).toString('latin1');
    return [...new Set(text.match(/\/[^\0]*\/lib(?:nvinfer|tensorrt_rtx)\.so\.\d+(?=\0)/g) ?? [])];
  } catch {
    return [];
  }
}

/** The libraries of a folder (or one file), one for each major version. */
function inPlace(place: string, source: Source): Candidate[] {
  const named = source === 'setting' || source === 'environment';
  const missing = (refused: string): Candidate[] =>
    named ? [{ flavour: undefined, path: place, source, refused }] : [];
  let names: string[];
  let folder = place;
  try {
    if (statSync(place).isFile()) {
      folder = path.dirname(place);
      names = [path.basename(place)];
    } else {
      names = readdirSync(place);
    }
  } catch {
    return missing(t('there is no such file or folder'));
  }
  const best = new Map<string, Candidate>();
  // The shortest name is the soname; the longer ones are the same file.
  for (const name of names.sort((a, b) => a.length - b.length || a.localeCompare(b))) {
    const what = recognised(name);
    if (!what) continue;
    const key = `${/rtx/i.test(name) ? 'rtx' : 'trt'}${what.major}`;
    if (best.has(key)) continue;
    const refused = what.flavour
      ? undefined
      : t('version {0} is not supported, expected TensorRT 10 or 11, or TensorRT-RTX 1', what.major);
    best.set(key, { flavour: what.flavour, path: path.join(folder, name), source, ...(refused && { refused }) });
  }
  if (best.size === 0) {
    return missing(t('it holds no TensorRT library ({0})', windows ? 'nvinfer_10.dll' : 'libnvinfer.so.10'));
  }
  const rank = (c: Candidate): number => (c.flavour ? flavours.indexOf(c.flavour) : flavours.length);
  return [...best.values()].sort((a, b) => rank(a) - rank(b));
}

/**
 * Folders of a list as in PATH. Relative ones, and the empty one, mean the current folder, where anyone may have put a
 * library.
 */
const listed = (value: string | undefined): string[] =>
  (value ?? '').split(path.delimiter).filter((each) => path.isAbsolute(each));

/** Subfolders of `folder` whose name passes, newest version first. */
function children(folder: string, name: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((each) => name.test(each))
      .sort((a, b) => b.localeCompare(a, undefined, { numeric: true }))
      .map((each) => path.join(folder, each));
  } catch {
    return [];
  }
}

/** Folders that NVIDIA's wheels install: tensorrt_libs and tensorrt_rtx_libs in a site-packages folder. */
function pipFolders(environment: NodeJS.ProcessEnv): string[] {
  const home = homeFolder();
  const sites: string[] = [];
  if (windows) {
    for (const base of [environment.VIRTUAL_ENV, environment.CONDA_PREFIX]) {
      if (base && path.isAbsolute(base)) sites.push(path.join(base, 'Lib', 'site-packages'));
    }
    for (const base of [
      path.join(environment.APPDATA ?? home, 'Python'),
      path.join(environment.LOCALAPPDATA ?? home, 'Programs', 'Python'),
    ]) {
      for (const version of children(base, /^Python3/i)) {
        sites.push(path.join(version, 'site-packages'), path.join(version, 'Lib', 'site-packages'));
      }
    }
  } else {
    const bases = [environment.VIRTUAL_ENV, environment.CONDA_PREFIX, path.join(home, '.local'), '/usr/local', '/usr'];
    for (const base of bases) {
      if (!base || !path.isAbsolute(base)) continue;
      for (const python of children(path.join(base, 'lib'), /^python3/)) {
        sites.push(path.join(python, 'site-packages'), path.join(python, 'dist-packages'));
      }
    }
  }
  return sites
    .flatMap((site) => [path.join(site, 'tensorrt_libs'), path.join(site, 'tensorrt_rtx_libs')])
    .filter((folder) => existsSync(folder));
}

function systemFolders(environment: NodeJS.ProcessEnv): string[] {
  if (windows) {
    const programs = environment.ProgramFiles ?? 'C:\\Program Files';
    const roots = [...children(path.join(programs, 'NVIDIA'), /^TensorRT/i), ...children(programs, /^TensorRT/i)];
    return [...listed(environment.PATH), ...roots.flatMap((root) => [path.join(root, 'bin'), path.join(root, 'lib')])];
  }
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const roots = [
    ...children('/opt', /^tensorrt/i),
    ...children('/usr/local', /^tensorrt/i),
    ...children('/usr/src', /^tensorrt$/i),
  ];
  return [
    ...listed(environment.LD_LIBRARY_PATH),
    `/usr/lib/${triplet}`,
    '/usr/lib64',
    '/usr/local/lib',
    ...roots.map((root) => path.join(root, 'lib')),
  ];
}
