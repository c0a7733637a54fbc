/** Heading paths as pieces: "Install > Linux:", given to the model before a window that begins below these headings. */

import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { headingPieces } from './calibration.js';

/** Units of a path that are looked at: more than its pieces can have. */
const PATH_UNITS = 16 * headingPieces;

/** Paths that are remembered; beyond them all are forgotten and made again as they come. */
const REMEMBERED = 10_000;

const none = new Int32Array(0);

export class HeadingPieces {
  readonly #byText = new Map<string, Int32Array>();
  /** Blocks of one section have the same array. */
  readonly #byPath = new WeakMap<readonly string[], Int32Array>();

  constructor(private readonly tokenizer: Tokenizer) {}

  /** Ids of a path; of a long one its end. */
  of(path: readonly string[]): Int32Array {
    if (path.length === 0 || headingPieces === 0) return none;
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
      ids = this.tokenizer.encode(line).ids.slice(-headingPieces);
      if (this.#byText.size >= REMEMBERED) this.#byText.clear();
      this.#byText.set(line, ids);
    }
    return ids;
  }
}
