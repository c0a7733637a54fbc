/** Explains why the loader refused ONNX Runtime's library: what it required, what was found, what to do. */
import { closeSync } from 'node:fs';
import { AskBertError, tooManyOpen } from '../../errors.js';
import { t } from '../../l10n.js';
import { openRegularSync } from '../../storage/open-file.js';

/** Lowest glibc that the binary for Linux runs with; scripts/check-glibc.mjs measures it. */
export const requiredGlibc = '2.28';

export interface Host {
  platform: string;
  arch: string;
  /** Version of glibc; undefined on other systems, and on Linux with another C library (musl). */
  glibc?: string | undefined;
  /** No file can be opened: a loader then says that it is missing. */
  short?: boolean;
}

function thisHost(): Host {
  const { platform, arch } = process;
  const report = process.report?.getReport() as unknown as { header?: { glibcVersionRuntime?: string } } | undefined;
  return { platform, arch, glibc: report?.header?.glibcVersionRuntime, short: !canOpen(process.execPath) };
}

function canOpen(file: string): boolean {
  try {
    closeSync(openRegularSync(file).file);
    return true;
  } catch (e) {
    return !/^(EMFILE|ENFILE)$/.test((e as NodeJS.ErrnoException).code ?? '');
  }
}

/** The loader's error as LibraryMissing, or as a shortage of open files. */
export function loadFailure(error: unknown, host: Host = thisHost()): AskBertError {
  const [words = '', code] =
    error instanceof Error ? [error.message, (error as NodeJS.ErrnoException).code] : [`${error}`];
  if (host.short || /too many open files/i.test(words)) return tooManyOpen(error);
  const because = (message: string, remedy: string): AskBertError =>
    new AskBertError('LibraryMissing', message, remedy, { cause: error });
  const reinstall = t('Install the package of Ask BERT that was made for this platform.');
  const [line] = words.split('\n');

  const version = /version [`'"‘]?(GLIBC|GLIBCXX|CXXABI)_([\d.]+)['"’]? not found/.exec(words);
  const upgrade = t(
    'Use a newer system, or a container or remote machine with one (RHEL 8, Debian 10, Ubuntu 20.04 and newer).',
  );
  if (version?.[1] === 'GLIBC') {
    const found = host.glibc ?? t('an unknown version');
    return because(
      t('ONNX Runtime cannot be loaded: it needs glibc {0} or newer; this system has {1}.', version[2], found),
      upgrade,
    );
  }
  if (version) {
    const name = `${version[1]}_${version[2]}`;
    return because(
      t('ONNX Runtime cannot be loaded: it needs libstdc++ with {0}; this system has an older one.', name),
      upgrade,
    );
  }
  if (host.platform === 'linux' && !host.glibc) {
    const found = t(
      'ONNX Runtime cannot be loaded: it needs glibc {0} or newer; this system has another C library (musl).',
      requiredGlibc,
    );
    return because(found, upgrade);
  }
  const missing =
    code === 'MODULE_NOT_FOUND'
      ? /Cannot find module '([^']+)'/.exec(words)?.[1]
      : /(\S+): cannot open shared object file|Library not loaded: (\S+)/.exec(words)?.slice(1).find(Boolean);
  if (missing) {
    const where = `${host.platform}-${host.arch}`;
    return because(t('ONNX Runtime cannot be loaded for {0}: the file {1} is missing.', where, missing), reinstall);
  }
  return because(
    t(
      'ONNX Runtime cannot be loaded for {0}-{1} (needed: linux with glibc {2} or newer, win32 or darwin): {3}.',
      host.platform,
      host.arch,
      requiredGlibc,
      line.replace(/\.$/, ''),
    ),
    reinstall,
  );
}
