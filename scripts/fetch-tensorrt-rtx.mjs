// Fetches the TensorRT-RTX library by name through pip, into a cache folder, for tests: it builds engines on a machine
// without a GPU. Pinned by version and checksum. NVIDIA's own licence applies to it; it is never committed and never
// shipped.
//
//   node scripts/fetch-tensorrt-rtx.mjs      prints the folder with the library
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const requirement = 'tensorrt-rtx-cu13-libs==1.7.1.116';
/** SHA-256 of the wheels for Linux: x86_64, aarch64. */
const checksums = [
  'e3fd45fed001240d63304e77a2d4006319b839994237cb294b6e7ad72acaabcd',
  'ec8b6cb95a8ea61e31d544dbc5039d35219b311999f92c518a3889aaae74359c',
];
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The folder with the library. Throws an Error that says why there is none. */
export function tensorRtRtxFolder() {
  const cache = path.join(root, '.cache', requirement.replace('==', '-'));
  const folder = path.join(cache, 'tensorrt_rtx_libs');
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  return locked(path.join(cache, '.lock'), () => (existsSync(folder) ? folder : fetchInto(cache, folder)));
}

function fetchInto(cache, folder) {
  // pip takes checksums only from a file.
  const list = path.join(cache, 'requirements.txt');
  writeFileSync(list, [requirement, ...checksums.map((each) => `--hash=sha256:${each}`)].join(' '));
  const how = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  python(['-m', 'pip', 'download', ...how, '--dest', cache, '--requirement', list]);
  const wheel = readdirSync(cache).find((file) => file.endsWith('.whl'));
  if (!wheel) throw new Error(`pip left no wheel of ${requirement}`);
  // A wheel is a zip file, and with pip there is Python to open it.
  const unpacked = path.join(cache, 'unpacked');
  python(['-m', 'zipfile', '-e', path.join(cache, wheel), unpacked]);
  rmSync(path.join(cache, wheel));
  python([
    '-c',
    'import os,sys; os.rename(sys.argv[1], sys.argv[2])',
    path.join(unpacked, 'tensorrt_rtx_libs'),
    folder,
  ]);
  rmSync(unpacked, { recursive: true });
  return folder;
}

/** Tests that need it may start at the same time: one of them fetches it, the others wait. */
function locked(lock, work) {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(lock)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether the process that created a lock has ended; an empty one is just being written, unless it is old. */
function isAbandoned(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs > 10_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function python(args) {
  for (const command of ['python3', 'python']) {
    const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (error?.code === 'ENOENT') continue;
    if (status === 0) return;
    throw new Error(
      `${command} ${args[0]} ${args[1]} failed: ${(stderr ?? '').trim().split('\n').slice(-3).join(' ').replace(/\s+/g, ' ')}`,
    );
  }
  throw new Error('Python is missing: the library comes from the Python package index');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(tensorRtRtxFolder());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
