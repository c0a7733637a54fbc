/** Heading paths as pieces: "Install > Linux:", put before a window that begins below these headings. */

import type { TextTokenizer } from '../tokenizer/text-tokenizer.js';
import { HEADING_PIECES } from './calibration.js';

/** Maximum length of a path in units: more than its pieces can have. */
const PATH_UNITS = 16 * HEADING_PIECES;

/** Cache size in paths; when it is full, it is cleared. */
const REMEMBERED = 10_000;

const none = new Int32Array(0);

export class HeadingPieces {
  readonly #tokenizer: TextTokenizer;
  readonly #byText = new Map<string, Int32Array>();
  /** Blocks of one section have the same array. */
  readonly #byPath = new WeakMap<readonly string[], Int32Array>();

  constructor(tokenizer: TextTokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** Ids of a path; the end of a long one. */
  of(path: readonly string[]): Int32Array {
    if (path.length === 0 || HEADING_PIECES === 0) return none;
    let ids = this.#byPath.get(path);
    if (!ids) {
      ids = this.#ofText(`${path.join(' > ')}:`.slice(-PATH_UNITS));
      this.#byPath.set(path, ids);
    }
    return ids;
  }

  #ofText(line: string): Int32Array {
    let ids = this.#byText.get(line);
    if (!ids) {
      ids = this.#tokenizer.encode(line).ids.slice(-HEADING_PIECES);
      if (this.#byText.size >= REMEMBERED) this.#byText.clear();
      this.#byText.set(line, ids);
    }
    return ids;
  }
}
