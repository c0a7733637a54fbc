/** The open elements while HTML is read, and how they are read. */
import type { Outline } from '../base/outline.js';
import type { TableRows } from '../base/table-rows.js';

export interface HtmlOptions {
  /** Headings before this text; those in it are added. */
  outline?: Outline;
  /** Scripts and styles are shown as code. */
  scripts?: boolean;
  /** Of the text in the file. */
  offset?: number;
  /** Tags in a line of text: blocks are only separated by a space. */
  inline?: boolean;
}

/** The open elements of a table, or of the text around all tables. */
export interface Frame {
  lists: number;
  item: boolean;
  verbatim: number;
  table?: { rows: TableRows; head: boolean };
}

export const frame = (): Frame => ({ lists: 0, item: false, verbatim: 0 });
