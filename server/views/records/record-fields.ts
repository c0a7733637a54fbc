/** The fields of one record, as found by a parser: reused for the next one, since a large log has millions. */
import type { FieldKind } from '../base/fields.js';

export class RecordFields {
  readonly kinds: FieldKind[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Its label if its kind does not imply one: "status"; '': none. */
  readonly labels: string[] = [];
  count = 0;

  clear(): void {
    this.count = 0;
  }

  /** Empty ones are ignored. Fields are added in the order of the file. */
  add(kind: FieldKind, start: number, end: number, label = ''): void {
    if (end <= start) return;
    const i = this.count++;
    this.kinds[i] = kind;
    this.starts[i] = start;
    this.ends[i] = end;
    this.labels[i] = label;
  }

  /** Removes all but the first. */
  keep(count: number): void {
    this.count = Math.min(this.count, count);
  }

  has(kind: FieldKind): boolean {
    for (let i = 0; i < this.count; i++) if (this.kinds[i] === kind) return true;
    return false;
  }
}
