/** The last failures, by kind and time only: their messages may name files. Pure. */
export interface FailureNote {
  code: string;
  time: number;
}

export class FailureLog {
  private readonly list: FailureNote[] = [];

  constructor(
    private readonly most = 20,
    private readonly now: () => number = Date.now,
  ) {}

  note(code: string): void {
    this.list.unshift({ code, time: this.now() });
    this.list.length = Math.min(this.list.length, this.most);
  }

  /** Newest first. */
  get notes(): readonly FailureNote[] {
    return this.list;
  }
}
