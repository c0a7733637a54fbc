// Puts TensorRT's headers of the three flavours into a cache folder: from the crate trtx-sys, pinned by version and
// checksum and fetched through cargo, or from folders given by the user. Nothing else of the crate is used.
//
//   node scripts/fetch-tensorrt-headers.mjs
//   ASKBERT_TENSORRT_HEADERS=/folder/with/trt10,trt11,rtx node scripts/fetch-tensorrt-headers.mjs
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const flavours = ['trt10', 'trt11', 'rtx'];

/** Each crate with the parts used: flavour -> folder below TensorRT-Headers. */
const crates = [
  {
    version: '0.5.0',
    checksum: '1efd9036abbd2775da5df4e49793ec8e656f026fb9c60dff7e95bda2d654e634',
    folders: { trt10: 'TRT-Enterprise-10.16' },
  },
  {
    version: '0.9.1',
    checksum: '5480ee056292951daa1bc74532162d6cb75190f091e45d7d97c0c356916ae171',
    folders: { trt11: 'TRT-Enterprise-11.4', rtx: 'TRT-RTX-1.7' },
  },
];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, '.cache', 'tensorrt-headers');

const complete = (folder) =>
  existsSync(path.join(folder, 'cuda_runtime_api.h')) &&
  flavours.every((flavour) => existsSync(path.join(folder, flavour, 'NvInfer.h')));

/** The folder with trt10/, trt11/, rtx/ and cuda_runtime_api.h. Throws an Error that says what is missing. */
export function tensorRtHeaders() {
  const named = process.env.ASKBERT_TENSORRT_HEADERS;
  if (named) {
    if (complete(named)) return path.resolve(named);
    throw new Error(`ASKBERT_TENSORRT_HEADERS: ${named} must hold cuda_runtime_api.h and NvInfer.h in ${flavours}`);
  }
  if (complete(cache)) return cache;
  const work = mkdtempSync(path.join(tmpdir(), 'ask-bert-headers-'));
  try {
    const made = path.join(work, 'made');
    for (const crate of crates) take(crate, work, made);
    mkdirSync(path.dirname(cache), { recursive: true });
    rmSync(cache, { recursive: true, force: true });
    try {
      renameSync(made, cache);
    } catch {
      cpSync(made, cache, { recursive: true });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return cache;
}

function take({ version, checksum, folders }, work, made) {
  const project = path.join(work, version);
  mkdirSync(path.join(project, 'src'), { recursive: true });
  writeFileSync(path.join(project, 'src', 'lib.rs'), '');
  writeFileSync(
    path.join(project, 'Cargo.toml'),
    `[package]\nname = "headers"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\ntrtx-sys = "=${version}"\n`,
  );
  cargo(project, ['generate-lockfile']);
  const lock = readFileSync(path.join(project, 'Cargo.lock'), 'utf8');
  const entry = lock.split('[[package]]').find((part) => part.includes('name = "trtx-sys"')) ?? '';
  // cargo compares downloads with the lock file; this compares the lock file with the pinned checksums.
  if (!entry.includes(`checksum = "${checksum}"`)) {
    throw new Error(`trtx-sys ${version} has another checksum than the pinned one`);
  }
  cargo(project, ['vendor', '--locked', 'vendored']);
  const from = path.join(project, 'vendored', 'trtx-sys', 'TensorRT-Headers');
  for (const [flavour, folder] of Object.entries(folders)) {
    cpSync(path.join(from, folder), path.join(made, flavour), { recursive: true });
  }
  cpSync(path.join(from, 'cuda_runtime_api.h'), path.join(made, 'cuda_runtime_api.h'));
}

function cargo(cwd, args) {
  const { error, status, stderr } = spawnSync('cargo', args, { cwd, encoding: 'utf8' });
  if (error) throw new Error(`cargo cannot be started (${error.code}): it is needed to fetch TensorRT's headers`);
  if (status !== 0) throw new Error(`cargo ${args[0]} failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(tensorRtHeaders());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
