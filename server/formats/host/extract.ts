/**
 * The one way to an extraction: from memory, from disk, or by the reading process. Nothing of a file that needs a
 * password is written to disk, and what the time was too short for is not kept at all.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { version } from '../../../package.json';
import { bundleInUse } from '../../l10n.js';
import { bundleFile } from '../../storage/bundle-file.js';
import { platformFolder } from '../../storage/platform-folder.js';
import type { Reading } from '../child/messages.js';
import type { Extracted, ExtractOptions } from '../extracted.js';
import { mayBeDocument } from '../signature.js';
import { ExtractionStore } from './extraction-store.js';
import { ReaderProcess, unlessAborted } from './reader-process.js';

/** Bytes of extractions in memory. */
const KEPT_BYTES = 64 * 1024 * 1024;

export interface ExtractorOptions {
  reader?: Pick<ReaderProcess, 'read' | 'end'>;
  /** Missing: nothing is kept on disk. */
  store?: ExtractionStore | undefined;
  keptBytes?: number;
}

export class Extractor {
  readonly #reader: Pick<ReaderProcess, 'read' | 'end'>;
  #store: ExtractionStore | undefined;
  readonly #keptBytes: number;
  /** By key, ordered by last use. */
  readonly #kept = new Map<string, { reading: Reading; bytes: number }>();
  #bytes = 0;
  /** By key: settled when the file is not being looked up or read any longer. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor({ reader = new ReaderProcess(), store, keptBytes = KEPT_BYTES }: ExtractorOptions = {}) {
    this.#reader = reader;
    this.#store = store;
    this.#keptBytes = keptBytes;
  }

  /** Where extractions are kept from now on; undefined: only in memory. */
  set store(store: ExtractionStore | undefined) {
    this.#store = store;
  }

  /**
   * Undefined: the bytes are not of a format that is extracted.
   * @throws UnreadableFormat; ReaderFault; AskBertError Cancelled
   */
  async extract(bytes: Uint8Array, options: ExtractOptions = {}): Promise<Reading | undefined> {
    if (!mayBeDocument(bytes)) return undefined;
    if (options.pages) return this.#reader.read(bytes, options);
    const key = keyOf(bytes);
    // A second question about the file waits for the first and finds it in memory, or reads it if that one failed.
    for (let busy = this.#busy.get(key); busy; busy = this.#busy.get(key)) await unlessAborted(busy, options.signal);
    const result = this.#extract(key, bytes, options);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#busy.set(key, settled);
    try {
      return await result;
    } finally {
      this.#busy.delete(key);
    }
  }

  async #extract(key: string, bytes: Uint8Array, options: ExtractOptions): Promise<Reading | undefined> {
    const known = this.#recall(key) ?? (await this.#store?.get(key));
    if (known) {
      this.#keep(key, known);
      return known;
    }
    // It takes a while: what is needed afterwards can be prepared from now on.
    options.onProgress?.(0, 0);
    const reading = await this.#reader.read(bytes, options);
    if (!reading) return undefined;
    // For this question only: when the machine is less busy, more of it is read.
    if (reading.extracted.cut) return reading;
    this.#keep(key, reading);
    if (options.password === undefined) await this.#store?.set(key, reading);
    return reading;
  }

  /** Forgets everything, on disk too. */
  async clear(): Promise<void> {
    this.#kept.clear();
    this.#bytes = 0;
    await this.#store?.clear();
  }

  end(): void {
    this.#reader.end();
  }

  #recall(key: string): Reading | undefined {
    return this.#kept.get(key)?.reading;
  }

  #keep(key: string, reading: Reading): void {
    const before = this.#kept.get(key);
    if (before) this.#bytes -= before.bytes;
    this.#kept.delete(key);
    const bytes = bytesOf(reading.extracted);
    this.#kept.set(key, { reading, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: size }] of this.#kept) {
      if (this.#bytes <= this.#keptBytes || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      this.#bytes -= size;
    }
  }
}

/** Of this process. */
let own: Extractor | undefined;

/** The extractor of this process, started when it is first needed. @param cacheFolder for its extractions */
export function extractor(cacheFolder?: string): Extractor {
  own ??= new Extractor({ store: new ExtractionStore(extractionFolder(cacheFolder)) });
  return own;
}

/** @param cacheFolder missing: the platform's */
export const extractionFolder = (cacheFolder = platformFolder('cache')): string => path.join(cacheFolder, 'documents');

/** Other readers, and other languages of their notes, have other keys. */
const keyOf = (bytes: Uint8Array): string =>
  createHash('sha256')
    .update(JSON.stringify([version, stampOfReaders(), bundleInUse() ?? '']))
    .update(bytes)
    .digest('hex');

/** Of the bundle with the readers: it changes more often than the version while they are developed. */
function stampOfReaders(): string {
  const { size = 0, mtimeMs = 0 } = statSync(bundleFile('formats-child.js'), { throwIfNoEntry: false }) ?? {};
  return `${size} ${mtimeMs}`;
}

/** About: blocks and cells are small objects. */
function bytesOf({ text, blocks, places, boxes }: Extracted): number {
  const cells = blocks.reduce((sum, block) => {
    return block.kind === 'table' ? block.rows.reduce((count, row) => count + row.cells.length, sum) : sum;
  }, 0);
  return 2 * text.length + 80 * (blocks.length + cells + places.length) + 28 * (boxes?.starts.length ?? 0);
}
