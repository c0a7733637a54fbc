/**
 * Collects what the parser of a data file (JSON, YAML, TOML, XML, key = value lines) finds, in the order of the file,
 * and writes the reading view of it (data-lines.ts) once all of it is known: the name of a record may follow its
 * values.
 */
import { isSpace, isWord } from './characters.js';
import { type DataItem, type Key, type Part, type Scope, writeLines } from './data-lines.js';
import type { ReadingView } from './reading-view.js';

export type { Part } from './data-lines.js';

/** Deeper nesting is read as it is. */
export const MAX_NESTING = 500;

/** Maximum number of parent keys in a path, the innermost ones. */
const MAX_PATH = 16;
/** Maximum length of a key that is repeated before further values, or kept in a path. */
const MAX_KEY = 120;

export class TooDeep extends Error {}

interface Container {
  scope: Scope;
  start: number;
  empty: boolean;
}

const NO_PATH: readonly string[] = [];
/** Keys whose value names their record, the best first. */
const NAMING = ['name', 'id', 'artifactid', 'title', 'label', 'operationid', 'uses', 'include'];

/** Takes the events of a parser in the order of the file. */
export class DataWriter {
  readonly #items: DataItem[] = [];
  readonly #stack: Container[] = [];
  readonly #root: Scope = { owner: undefined, above: undefined, name: '', rank: NAMING.length };
  /** The key of the next value. */
  #key: Key | undefined;
  #broken = false;
  /** Where the last key or value ended. */
  #position = 0;

  constructor(readonly file: string) {}

  /** A key; `enter` or `value` follows, or nothing. */
  key(parts: Part[]): void {
    this.#gap(parts[0]?.start ?? -1);
    this.#flushKey();
    this.#fill();
    const scope = this.#scope;
    this.#key = { text: clip(textOf(this.file, parts)), parts, path: innerPath(scope.owner), scope };
    // Parents of keys are named before them.
    this.#heading(scope.owner);
    this.#passed(parts);
  }

  /** A list or map begins. @throws TooDeep */
  enter(start: number): void {
    if (this.#stack.length >= MAX_NESTING) throw new TooDeep();
    this.#fill();
    const above = this.#scope;
    const scope = { owner: this.#key ?? above.owner, above, name: '', rank: NAMING.length };
    this.#stack.push({ scope, start, empty: true });
    this.#key = undefined;
  }

  /** It ends. @param end after its closing bracket; -1: it has none */
  leave(end = -1): void {
    this.#flushKey();
    const container = this.#stack.pop();
    if (!container?.empty) return;
    const { owner } = container.scope;
    if (end < 0) this.#heading(owner);
    if (end < 0 || container.start < this.#position) return;
    this.#key = owner?.announced ? undefined : owner;
    this.value([{ start: container.start, end }]);
  }

  value(parts: Part[]): void {
    this.#gap(parts[0]?.start ?? -1);
    this.#fill();
    const scope = this.#scope;
    const key = this.#key ?? scope.owner;
    const inList = this.#key === undefined;
    this.#key = undefined;
    if (key && parts.length === 0) this.#heading(key, 'value');
    else this.#items.push({ type: 'value', key, scope, parts, inList });
    if (key) key.announced = true;
    if (key && !inList) this.#name(key, parts);
    this.#passed(parts);
  }

  /** A comment without its marker. */
  comment(start: number, end: number): void {
    while (start < end && isSpace(this.file.charCodeAt(start))) start++;
    while (end > start && isSpace(this.file.charCodeAt(end - 1))) end--;
    if (start < end) {
      this.#gap(start);
      this.#heading(this.#scope.owner);
      this.#heading(this.#key);
    }
    this.#items.push({ type: 'comment', start, end, path: innerPath(this.#scope.owner) });
    if (end > this.#position) this.#position = end;
  }

  /** Text not reported by the parser before the next event is shown as it is. */
  broken(): void {
    this.#broken = true;
  }

  /** A part of the file begins, after others or without what is before it. */
  part(start: number): void {
    this.#position = Math.max(this.#position, start);
  }

  /** It ends, and with it all lists and maps. */
  endPart(end: number): void {
    while (this.#stack.length > 0) this.leave();
    this.#flushKey();
    this.#gap(end);
    this.#broken = false;
  }

  finish(): ReadingView {
    this.endPart(this.file.length);
    return writeLines(this.file, this.#items);
  }

  get #scope(): Scope {
    return this.#stack.at(-1)?.scope ?? this.#root;
  }

  /** The current container is not empty. */
  #fill(): void {
    const container = this.#stack.at(-1);
    if (container) container.empty = false;
  }

  #passed(parts: readonly Part[]): void {
    const end = parts.at(-1)?.end ?? -1;
    if (end > this.#position) this.#position = end;
  }

  /** A key without a value is shown alone. */
  #flushKey(): void {
    this.#heading(this.#key, 'value');
    this.#key = undefined;
  }

  /** Shows a key by itself, once. */
  #heading(key: Key | undefined, kind: 'heading' | 'value' = 'heading'): void {
    if (!key || key.announced) return;
    key.announced = true;
    if (key.parts.length > 0) this.#items.push({ type: 'key', key, kind });
  }

  /** Stores the name of the record, if the key names it. */
  #name({ text, scope }: Key, parts: readonly Part[]): void {
    const rank = NAMING.indexOf(text.slice(text.lastIndexOf(':') + 1).toLowerCase());
    if (rank < 0 || rank >= scope.rank) return;
    const name = textOf(this.file, parts.slice(0, 8));
    if (name === '' || name.length > MAX_KEY || name.includes('\n')) return;
    scope.name = name;
    scope.rank = rank;
    scope.namedBy = text;
  }

  /** Shows the raw text before a place, if the parser skipped anything there. */
  #gap(until: number): void {
    if (!this.#broken || until < 0) return;
    this.#broken = false;
    let start = this.#position;
    while (start < until && !isWord(this.file.charCodeAt(start))) start++;
    while (until > start && isSpace(this.file.charCodeAt(until - 1))) until--;
    if (start >= until) return;
    this.#heading(this.#scope.owner);
    this.#heading(this.#key);
    this.#items.push({ type: 'raw', start, end: until, path: innerPath(this.#scope.owner) });
    this.#position = until;
  }
}

function innerPath(key: Key | undefined): readonly string[] {
  if (!key) return NO_PATH;
  key.inner ??= [...key.path, key.text].slice(-MAX_PATH);
  return key.inner;
}

const clip = (text: string): string => (text.length <= MAX_KEY ? text : `${text.slice(0, MAX_KEY)}…`);

const textOf = (file: string, parts: readonly Part[]): string =>
  parts.map(({ start, end, text }) => text ?? file.slice(start, end)).join('');

/** Like `indexOf`, but never searches beyond `end`: its cost is that of the range. */
export function indexWithin(text: string, c: string, from: number, end: number): number {
  for (let i = from; i < end; i++) if (text[i] === c) return i;
  return -1;
}
