/** A list of 32-bit integers that grows: a quarter of the memory of an array of numbers while a large view is made. */

export class IntList {
  #values = new Int32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Int32Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** Undefined outside of the list. */
  at(i: number): number | undefined {
    const place = i < 0 ? this.#length + i : i;
    return place >= 0 && place < this.#length ? this.#values[place] : undefined;
  }

  set(i: number, value: number): void {
    this.#values[i] = value;
  }

  toArray(): Int32Array {
    return this.#values.slice(0, this.#length);
  }
}
