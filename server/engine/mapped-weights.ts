/**
 * The weights of an engine, arranged as it needs them, as a file in the cache, which the system maps into memory: all
 * processes share its pages, none keeps a copy, and none but the first arranges them. The file ends in a digest of its
 * contents and of what they were made from, which is compared each time; without it the engine gets the bytes.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { foreignBy } from '../storage/foreign.js';
import { shortHash } from '../storage/hash.js';
import { openRegularSync } from '../storage/open-file.js';

const pattern = /^cpu-[0-9a-f]{32}\.weights(\.[0-9a-f-]{36})?$/;
/** Files of this module; `ask-bert engines clear` removes them. */
export const isMappedWeights = (name: string): boolean => pattern.test(name);

/** Files that no engine has used for this long are removed. */
const UNUSED_MS = 30 * 24 * 3600_000;

/** Name of the file for a model on disk, as one engine needs it. */
export const mappedWeightsName = (...parts: readonly unknown[]): string => `cpu-${shortHash(parts)}.weights`;

/** Types of network file systems, and of those in user space, in Linux's magic.h and in their own sources. */
const NETWORK_TYPES = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x65735546, // FUSE, with sshfs
  0x01021997, // 9P, with the drives of Windows in WSL
  0x00c36400, // Ceph
  0x5346414f, // OpenAFS
  0x6b414653, // AFS of the kernel
  0x73757245, // Coda
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x01161970, // GFS2
  0x7461636f, // OCFS2
  0x786f4256, // Shared folders of VirtualBox
]);

const CHUNK_BYTES = 1 << 20;
const DIGEST_BYTES = 32;

/** What a file holds. */
export interface MappedContents {
  /** Bytes of the weights. */
  readonly size: number;
  /** Everything that they are made from; other weights have another one. */
  readonly source: string;
  make(): Uint8Array;
}

/**
 * Whether the file is in the folder with these contents, and may be mapped; it is written if it is missing, damaged, or
 * made from something else.
 */
export function keepMappedWeights(folder: string, name: string, contents: MappedContents): boolean {
  const file = path.join(folder, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!mayMap(folder)) return false;
    removeUnused(folder, name);
    if (isIntact(file, contents)) touch(file);
    else write(folder, file, contents);
    return true;
  } catch {
    // Read only, full, or another system's: the engine gets the bytes.
    return false;
  }
}

/**
 * A process that reads pages of a mapped file which has been truncated is killed (SIGBUS), and so is one whose network
 * file system fails. So the file has to be on this machine, where no other user may change it.
 */
function mayMap(folder: string): boolean {
  if (foreignBy(statSync(folder))) return false;
  // Elsewhere the numbers mean something else. Some processors have them signed.
  return process.platform !== 'linux' || !NETWORK_TYPES.has(statfsSync(folder).type >>> 0);
}

const digestOf = (source: string): Hash => createHash('sha256').update(`${JSON.stringify(source)}\n`);

/** Read in pieces: a second copy of the weights would be hundreds of megabytes. */
function isIntact(file: string, { size, source }: MappedContents): boolean {
  let fd: number | undefined;
  try {
    const opened = openRegularSync(file, size + DIGEST_BYTES);
    fd = opened.file;
    if (opened.stats.size !== size + DIGEST_BYTES || foreignBy(opened.stats)) return false;
    const digest = digestOf(source);
    const buffer = Buffer.allocUnsafe(Math.max(DIGEST_BYTES, Math.min(CHUNK_BYTES, size)));
    for (let at = 0; at < size; ) {
      const n = readSync(fd, buffer, 0, Math.min(buffer.length, size - at), at);
      if (n === 0) return false;
      digest.update(buffer.subarray(0, n));
      at += n;
    }
    const stored = buffer.subarray(0, readSync(fd, buffer, 0, DIGEST_BYTES, size));
    return digest.digest().equals(stored);
  } catch {
    // Missing, larger, or unreadable: it is replaced.
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Notes that it is used. A cache that is read only serves as well. */
function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Its time stays.
  }
}

/** In place of what is there, never into it: another process may have it mapped. */
function write(folder: string, file: string, { size, source, make }: MappedContents): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < 2 * size) throw new Error('too little space is left');
  const bytes = make();
  const digest = digestOf(source).update(bytes).digest();
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o600 });
    appendFileSync(temporary, digest);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** @param used stays, however old */
function removeUnused(folder: string, used: string): void {
  for (const name of readdirSync(folder)) {
    if (!isMappedWeights(name) || name === used) continue;
    const file = path.join(folder, name);
    try {
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat && Date.now() - stat.mtimeMs > UNUSED_MS) rmSync(file, { force: true });
    } catch {
      // Windows removes no file that a process has mapped: another start will.
    }
  }
}
