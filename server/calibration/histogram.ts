/**
 * How large the values of a tensor are, over many windows: counts of absolute values by the upper bits of their 32-bit
 * floats, so that no range has to be known beforehand. A bin is 1/256 of its value wide at most.
 */

const SHIFT = 15;
const INFINITE = 0x7f800000;

export class Histogram {
  readonly #counts = new Float64Array(INFINITE >>> SHIFT);
  readonly #bits = new Uint32Array(1);
  readonly #float = new Float32Array(this.#bits.buffer);
  #total = 0;
  #largest = 0;

  /** @returns false: a value is not a finite number; the values before it were counted */
  add(values: Float32Array): boolean {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const counts = this.#counts;
    let largest = this.#largest;
    for (let i = 0; i < bits.length; i++) {
      const size = bits[i] & 0x7fffffff;
      if (size >= INFINITE) return false;
      counts[size >>> SHIFT]++;
      if (size > largest) largest = size;
    }
    this.#largest = largest;
    this.#total += bits.length;
    return true;
  }

  /** The largest absolute value. */
  get max(): number {
    return this.#valueOf(this.#largest);
  }

  /** The upper end of the bin that at least `share` of the values do not exceed, and at most the largest value. */
  percentile(share: number): number {
    let left = share * this.#total;
    for (let bin = 0; bin < this.#counts.length; bin++) {
      left -= this.#counts[bin];
      // What is in the first bin is 0, or as good as that.
      if (left <= 0) return bin === 0 ? 0 : Math.min(this.max, this.#valueOf((bin + 1) << SHIFT));
    }
    return this.max;
  }

  #valueOf(bits: number): number {
    this.#bits[0] = bits;
    return this.#float[0];
  }
}
