/** The fields of one record, as a parser finds them: used again for the next one, since a large log has millions. */
import type { FieldKind } from '../base/fields.js';

export class RecordFields {
  readonly kinds: FieldKind[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** What is said of it where its kind does not tell: "status"; '': nothing. */
  readonly labels: string[] = [];
  count = 0;

  clear(): void {
    this.count = 0;
  }

  /** An empty one is none. Fields come in the order of the file. */
  add(kind: FieldKind, start: number, end: number, label = ''): void {
    if (end <= start) return;
    const i = this.count++;
    this.kinds[i] = kind;
    this.starts[i] = start;
    this.ends[i] = end;
    this.labels[i] = label;
  }

  /** Forgets all but the first. */
  keep(count: number): void {
    this.count = Math.min(this.count, count);
  }

  has(kind: FieldKind): boolean {
    for (let i = 0; i < this.count; i++) if (this.kinds[i] === kind) return true;
    return false;
  }
}
