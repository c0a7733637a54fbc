/**
 * What a run over many documents keeps for the next one: word indexes of unchanged documents, and the reading speed.
 */
import { bytesOf, type TermIndex } from './lexical.js';

/** Memory of all indexes, in bytes: about 350 MB of text. */
export const MAX_INDEX_BYTES = 200 * 1024 * 1024;
/** Overhead of an entry besides its arrays' contents. */
const ENTRY_BYTES = 1000;

export class IndexCache {
  /** Characters read per second, all stages together; undefined: never measured. */
  charactersPerSecond: number | undefined;

  /** The least recently used first. */
  readonly #entries = new Map<string, { version: string; index: TermIndex; bytes: number }>();
  #bytes = 0;

  constructor(readonly maxBytes = MAX_INDEX_BYTES) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** The index of this version of a document. */
  get(uri: string, version: string): TermIndex | undefined {
    const entry = this.#entries.get(uri);
    if (entry?.version !== version) return undefined;
    this.#entries.delete(uri);
    this.#entries.set(uri, entry);
    return entry.index;
  }

  /** Stores an index in place of the document's older one; evicts the least recently used if memory is short. */
  set(uri: string, version: string, index: TermIndex): void {
    this.#delete(uri);
    const bytes = bytesOf(index) + ENTRY_BYTES;
    if (bytes > this.maxBytes) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + bytes <= this.maxBytes) break;
      this.#delete(oldest);
    }
    this.#entries.set(uri, { version, index, bytes });
    this.#bytes += bytes;
  }

  #delete(uri: string): void {
    this.#bytes -= this.#entries.get(uri)?.bytes ?? 0;
    this.#entries.delete(uri);
  }
}
