/** What was found out about the texts that were looked at last: many questions are asked about the same one. */

export class Recent<K, V> {
  readonly #kept = new Map<K, V>();
  readonly #most: number;

  /** @param most entries; the oldest is forgotten first */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: K): V | undefined {
    return this.#kept.get(key);
  }

  set(key: K, value: V): void {
    this.#kept.delete(key);
    this.#kept.set(key, value);
    if (this.#kept.size <= this.#most) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}
