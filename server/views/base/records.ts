/** A document of records (rows of a table, lines of a log) that can be read in part. */
import type { ReadingView } from './reading-view.js';

export interface Records {
  readonly text: string;
  /** [records] where each begins in the file, ascending. */
  readonly starts: Int32Array;
  /** A record that is always shown, such as the names of the columns; -1: none. */
  readonly always: number;
  /** How many records after one belong with it, such as the replies to a message; 0 by default. */
  readonly following?: number;
  /** The view of some of them. @param some ascending */
  view(some: ArrayLike<number>): ReadingView;
}
