/**
 * Downloads a model of the catalogue into the store: its files one after the other into a temporary folder, which is
 * checked by the model reader and then moved into place. A partial download is continued.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import { checkRoom, type Disk, diskFault, realDisk } from '../../storage/disk.js';
import { withLock } from '../../storage/lock.js';
import { checkNamedModel } from '../check-model.js';
import { bytesOf, type CatalogueEntry, type CatalogueFile, defaultBase } from '../store/catalogue.js';
import { type FileResult, type ModelManifest, readManifest, writeManifest } from '../store/manifest.js';
import { bytesIn, type ModelStore, partialFolder } from '../store/store.js';
import { fileAddress } from './address.js';
import type { Fetch } from './request.js';
import { type DownloadProgress, Speed } from './speed.js';
import { type Patience, transfer, usualPatience } from './transfer.js';

export interface DownloadOptions {
  fetch: Fetch;
  /** Base address of a mirror, checked by address.ts. */
  base?: string;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  disk?: Disk;
  patience?: Patience;
}

export interface Downloaded {
  folder: string;
  manifest: ModelManifest;
  /** It was already installed. */
  already: boolean;
}

/** Minimum time between progress reports. */
const PROGRESS_MS = 200;

/**
 * @throws AskBertError DownloadFailed, ModelInvalid for a model that does not load, InputUnreadable for the disk,
 *   BadRequest when another model has its name, or the signal's reason; then the partial files are kept
 */
export async function downloadModel(
  entry: CatalogueEntry,
  store: ModelStore,
  options: DownloadOptions,
): Promise<Downloaded> {
  const signal = options.signal ?? new AbortController().signal;
  throwIfAborted(signal);
  const folder = store.folderOf(entry.id);
  const work = async (): Promise<Downloaded> => {
    const there = await installed(folder, entry);
    if (there) return { folder, manifest: there, already: true };
    const manifest = await fetchInto(folder, entry, { ...options, signal });
    return { folder, manifest, already: false };
  };
  const { bytes: total } = bytesOf(entry);
  const onWait = () => options.onProgress?.({ bytes: 0, total, waiting: true });
  try {
    return await withLock(store.lockOf(entry.id), work, { signal, onWait });
  } catch (e) {
    throw e instanceof Error && 'syscall' in e ? diskFault(e, store.folder) : e;
  }
}

/** @throws AskBertError BadRequest when another model is there */
async function installed(folder: string, entry: CatalogueEntry): Promise<ModelManifest | undefined> {
  if (!(await stat(folder).catch(() => undefined))) return undefined;
  const manifest = await readManifest(folder);
  if (manifest?.source === sourceOf(entry)) return manifest;
  throw new AskBertError(
    'BadRequest',
    t('The store already has another model named {0}: {1}.', entry.id, manifest?.source ?? folder),
    t('Remove it first.'),
  );
}

async function fetchInto(
  folder: string,
  entry: CatalogueEntry,
  options: DownloadOptions & { signal: AbortSignal },
): Promise<ModelManifest> {
  const { signal, disk = realDisk, patience = usualPatience } = options;
  const partial = partialFolder(folder);
  await mkdir(partial, { recursive: true });
  const report = new Report(entry, options.onProgress);
  await checkRoom(disk, partial, bytesOf(entry).bytes - (await bytesIn(partial)));
  const files: FileResult[] = [];
  for (const [index, file] of entry.files.entries()) {
    throwIfAborted(signal);
    const address = fileAddress(options.base ?? defaultBase, entry, file.name);
    files.push(
      await transfer(file, address, path.join(partial, file.name), {
        source: sourceOf(entry),
        fetch: options.fetch,
        disk,
        patience,
        signal,
        onBytes: (bytes, kept, total) => report.file(index, bytes, kept, total),
        onTrouble: (reason) => report.trouble(reason),
      }),
    );
  }
  report.finish();
  const manifest: ModelManifest = {
    format: 1,
    title: entry.title,
    source: sourceOf(entry),
    licence: entry.licence,
    files,
    installed: new Date().toISOString(),
  };
  try {
    checkNamedModel(partial, entry.repository);
  } catch (e) {
    // The file is complete: requesting the rest would return the same again.
    await rm(partial, { recursive: true, force: true });
    throw e;
  }
  throwIfAborted(signal);
  await tidy(partial, entry.files);
  await writeManifest(partial, manifest);
  await rename(partial, folder);
  return manifest;
}

export const sourceOf = ({ repository, revision }: CatalogueEntry): string => `${repository}@${revision}`;

/** Only the model's files go into the store. */
async function tidy(folder: string, files: readonly CatalogueFile[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!files.some((file) => file.name === name)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

/** Sums up the files and reports progress. */
class Report {
  readonly #tell: ((progress: DownloadProgress) => void) | undefined;
  readonly #done: number[];
  readonly #kept: number[];
  readonly #totals: number[];
  readonly #speed = new Speed();
  #told = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;

  constructor({ files }: CatalogueEntry, tell: ((progress: DownloadProgress) => void) | undefined) {
    this.#tell = tell;
    this.#done = files.map(() => 0);
    this.#kept = files.map(() => 0);
    this.#totals = files.map(({ bytes, about }) => bytes ?? about ?? 0);
  }

  file(index: number, bytes: number, kept: number, total: number | undefined): void {
    this.#done[index] = bytes;
    this.#kept[index] = kept;
    this.#totals[index] = Math.max(total ?? this.#totals[index], bytes);
    if (performance.now() - this.#told >= PROGRESS_MS) this.#now();
  }

  trouble(reason: string | undefined): void {
    if (reason === this.#problem) return;
    this.#problem = reason;
    this.#now();
  }

  finish(): void {
    this.#now();
  }

  #now(): void {
    this.#told = performance.now();
    const sum = (numbers: number[]) => numbers.reduce((all, each) => all + each, 0);
    const bytes = sum(this.#done);
    const total = sum(this.#totals);
    this.#tell?.({
      bytes,
      total,
      // Bytes from an earlier download do not count for the speed.
      ...this.#speed.measure(bytes - sum(this.#kept), total - sum(this.#kept)),
      ...(this.#problem !== undefined && { trouble: this.#problem }),
    });
  }
}
