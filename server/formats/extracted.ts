/**
 * What the reader of a binary format (PDF, Word, sheets, slides, books, mail stores) makes of a file: one text, how it
 * is built, and where each stretch of it stands in the original. Every later part (views, ranking, answers, the editor)
 * works on this form and knows no format.
 *
 * The text is prose as a person reads it: the lines of a paragraph are joined by spaces and hyphenation is undone, so a
 * paragraph, a list item, a heading or a row of a table is one line. Blocks are separated by line ends; the cells of a
 * row by a tab. All offsets are UTF-16 units of this text; ranges are half-open.
 */
import type { OffsetRange } from '../protocol.js';

/** A block of the text. Blocks are in the order of the text and do not overlap. */
export type ExtractedBlock = TextBlock | TableBlock;

export interface TextBlock extends OffsetRange {
  /**
   * `footnote`: also an endnote; `note`: speaker notes; `comment`: a reviewer's; `furniture`: running heads, feet, page
   * numbers and margin print, which can be asked but belong to no sentence.
   */
  kind: 'heading' | 'paragraph' | 'listItem' | 'code' | 'footnote' | 'note' | 'comment' | 'furniture';
  /** Of a heading, 1 for the outermost; of a list item, 1 for a list that is in no other. */
  level?: number;
}

/** A table of data. (A table that only arranges text on the page is text blocks.) */
export interface TableBlock extends OffsetRange {
  kind: 'table';
  rows: ExtractedRow[];
  /** The column that identifies a row; missing: decided from the contents. */
  key?: number;
}

export interface ExtractedRow {
  /** `names`: its cells name the columns below; `group`: one cell that is a title of the rows below it. */
  kind: 'names' | 'values' | 'group';
  /** In the order of the text. Empty cells are left out. */
  cells: ExtractedCell[];
}

export interface ExtractedCell extends OffsetRange {
  /** From 0; empty cells count. */
  column: number;
  /** Columns and rows that it extends over. Default 1. */
  columns?: number;
  rows?: number;
}

/** Where a stretch of the text stands in the original; it holds up to the next place. */
export interface ExtractedPlace {
  /** In the text. */
  start: number;
  /** From 1: the page of a PDF. */
  page?: number;
  /** What is printed on that page, if different ("iv"). */
  pageLabel?: string;
  /** From 1: the slide of a presentation. */
  slide?: number;
  /** Name of the sheet, and the address of the cell ("C14"). */
  sheet?: string;
  cell?: string;
  /** Title of the chapter of a book. */
  chapter?: string;
  /** Name of the attachment or of the part of the file, if it is not the main text ("notes", "comments", "header"). */
  part?: string;
}

/**
 * Where the words stand on the pages of a PDF. Word `i` is the text from `starts[i]` to `ends[i]`; its box is
 * `rects[4 * i ...]`: x, y (of the lower left corner), width and height in PDF points of the page as it is shown, that
 * is after its rotation, from its lower left corner.
 */
export interface ExtractedBoxes {
  starts: Int32Array;
  ends: Int32Array;
  /** From 1. A word that is broken over two lines or pages has a box for each. */
  pages: Int32Array;
  rects: Float32Array;
}

export interface Extracted {
  text: string;
  blocks: ExtractedBlock[];
  /** Ascending. */
  places: ExtractedPlace[];
  boxes?: ExtractedBoxes;
  /** Size of each page as it is shown, in PDF points: width and height. */
  pageSizes?: Float32Array;
  /** What could not be read, as sentences for the user. Empty: everything was read. */
  notes: string[];
  /** The time was over before all of it was read: another time there may be more, so it is not kept. */
  cut?: true;
}

/** Why nothing of a file could be read. The caller makes the sentence, with the file's name. */
export type UnreadableReason =
  | 'password'
  | 'scan'
  | 'noUnicode'
  | 'damaged'
  | 'tooLarge'
  | 'tooDeep'
  | 'empty'
  | 'unsupported';

/** @throws by readers, instead of any other error */
export class UnreadableFormat extends Error {
  constructor(
    readonly reason: UnreadableReason,
    /** What was found, e.g. "the cross-reference table is missing"; for the sentence's second half. */
    readonly detail: string = '',
  ) {
    super(detail || reason);
    this.name = 'UnreadableFormat';
  }
}

export interface ExtractOptions {
  /** For a file that is encrypted. */
  password?: string;
  signal?: AbortSignal;
  /** Pages to read, from 1, inclusive. Default: all. */
  pages?: { first: number; last: number };
  /** Called as the file is read, with pages (or parts) read and their number; 0 of 0 before the first. */
  onProgress?: (done: number, total: number) => void;
  /** Receives what the pages read so far say; readers of formats without pages give none. */
  parts?: Parts;
}

/** What is read of a long file, before all of it is. */
export interface Parts {
  /** Asked between two pages, with those read and their number: whether a part is wanted now. */
  wanted(done: number, total: number): boolean;
  /**
   * @param part up to its last paragraph that has ended: its text is about the beginning of the whole text, not exactly
   */
  take(part: Extracted): void;
}

/** Reader of one format. Runs in a process of its own, which is ended when time or memory runs out. */
export interface FormatReader {
  /** "PDF", "Word document"; for messages. */
  name: string;
  /** Without the dot, lower case. */
  extensions: readonly string[];
  /** Whether the first bytes (up to 4096) and, for ZIP files, the names of the entries are of this format. */
  recognises(head: Uint8Array, entries: readonly string[]): boolean;
  /** @throws UnreadableFormat, AskBertError Cancelled */
  read(bytes: Uint8Array, options: ExtractOptions): Promise<Extracted>;
  /** Of mails: the reader of one that is attached to another, which is attached to another: `depth` of them. */
  nested?(depth: number): FormatReader;
}
