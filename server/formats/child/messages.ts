/** Messages between a process that reads files and the one that asks it to. */
import type { Extracted, ExtractOptions, UnreadableReason } from '../extracted.js';

/** One file at a time. */
export interface ReadOrder extends Pick<ExtractOptions, 'password' | 'pages'> {
  id: number;
  bytes: Uint8Array;
  /** Whether parts may be wanted while it is read. */
  parts?: boolean;
}

/** Wants what was read of a file so far. Without effect if it has been read. */
export interface PartOrder {
  /** Id of the file's order. */
  part: number;
}

export type ToReader = ReadOrder | PartOrder;

/** What is read of a file, and with which reader. */
export interface Reading {
  extracted: Extracted;
  /** Name of the format: "PDF". */
  format: string;
  /** Usual endings of such files, without the dot. */
  extensions: readonly string[];
}

export type FromReader =
  | { type: 'progress'; id: number; done: number; total: number }
  | { type: 'part'; id: number; part: Extracted }
  | { type: 'done'; id: number; reading: Reading }
  | { type: 'unreadable'; id: number; reason: UnreadableReason; detail: string; format: string }
  /** No reader knows the file. */
  | { type: 'unknown'; id: number };

/** Written to standard error by a process that ends itself since it needs too much. */
export const MEMORY_MARK = 'ask-bert-reader: memory';

/** Environment variable: MB of resident memory after which a reading process ends itself. */
export const RESIDENT_VARIABLE = 'ASKBERT_READER_RESIDENT_MB';
