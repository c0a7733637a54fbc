/**
 * Records of `Key: value` lines, separated by empty ones or by a repetition of their first key: Windows event text, the
 * history of apt, journalctl -o export.
 */
import { kindOfKey } from './key-kinds.js';
import type { LineCursor } from './log-lines.js';
import type { RecordSink } from './record-writer.js';

/** Keys that such a record begins with. */
const FIRST = /^(?:Log Name|Start-Date|Event\[\d+\]|__CURSOR|TimeCreated|ProviderName)(?:: |:$|=)/;
const KEY = /^([A-Za-z_@][\w .()@-]{0,40}?)(?::[ \t]*|=)/;
const LOOK = 60;

export class KeyedRecords {
  #open = false;
  #lastEnd = -1;
  /** Only the description follows. */
  #described = false;

  constructor(
    readonly text: string,
    readonly writer: RecordSink,
  ) {}

  /** Whether such a record begins with a line. */
  static begin({ text, from, end }: LineCursor): boolean {
    return FIRST.test(text.slice(from, Math.min(end, from + LOOK)));
  }

  /** Adds a line of such a record. */
  takes({ from, end }: LineCursor): boolean {
    const { text, writer } = this;
    const head = text.slice(from, Math.min(end, from + LOOK));
    if (FIRST.test(head)) {
      writer.begin();
      this.#open = true;
      this.#described = false;
      this.#lastEnd = -1;
    } else if (!this.#open) return false;
    else if (!this.#described && !KEY.test(head)) {
      this.#open = false;
      return false;
    }
    const key = this.#described ? null : KEY.exec(head);
    if (!key) writer.line(from, end, this.#lastEnd >= 0);
    else {
      const value = from + key[0].length;
      writer.keyed(kindOfKey(key[1]), from, from + key[1].length, value, end, this.#lastEnd >= 0);
      this.#described = /^(?:Description|Message)$/.test(key[1]);
    }
    this.#lastEnd = end;
    return true;
  }
}
