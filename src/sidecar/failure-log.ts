/** The last failures, by kind and time only: their messages may name files. Pure. */
export interface FailureNote {
  code: string;
  time: number;
}

export class FailureLog {
  readonly #most: number;
  readonly #now: () => number;
  readonly #list: FailureNote[] = [];

  constructor(most = 20, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  note(code: string): void {
    this.#list.unshift({ code, time: this.#now() });
    this.#list.length = Math.min(this.#list.length, this.#most);
  }

  /** Newest first. */
  get notes(): readonly FailureNote[] {
    return this.#list;
  }
}
