/**
 * Reading views of data files (JSON, YAML, TOML, key = value lines): every scalar is a block `key: value` or `key: "value"`, the key
 * copied from the file where it stands before the value; outer keys are its path, and a block of their own before what
 * they hold.
 */
import { type ReadingView, ViewBuilder } from './reading-view.js';

/** Nesting beyond this is read as it stands. */
export const MAX_NESTING = 500;

/** Only so many of the keys above a value are its path, the innermost. */
const MAX_PATH = 16;
/** Units of a key that are repeated before further values, or kept in a path. */
const MAX_KEY = 120;

/** A piece of a scalar: file characters as they stand, or `text` in their place; `start` -1: `text` is inserted. */
export interface Part {
  start: number;
  end: number;
  text?: string;
}

/** Shown behind every block: the model sees no line ends, and without a sign the next key would go on with a value. */
const SIGN = ',';

export class TooDeep extends Error {}

interface Key {
  text: string;
  parts: Part[];
  path: readonly string[];
  /** The path of what it holds, once anything needs it. */
  inner?: readonly string[];
  shown: boolean;
}

interface Container {
  /** Key of the container, or of the nearest around it that has one. */
  owner: Key | undefined;
  start: number;
  empty: boolean;
}

const NO_PATH: readonly string[] = [];

/** Takes the events of a parser in the order of the file. */
export class DataWriter {
  readonly #builder: ViewBuilder;
  readonly #stack: Container[] = [];
  /** The key whose value comes next. */
  #key: Key | undefined;
  #broken = false;
  /** End of the last line comment, -1: something else came after it. */
  #commentEnd = -1;

  constructor(readonly file: string) {
    this.#builder = new ViewBuilder(file);
  }

  /** A key; `enter` or `value` follows, or nothing. */
  key(parts: Part[]): void {
    this.#gap(parts[0]?.start ?? -1);
    // What holds keys is named before them; a key without a value stands alone.
    if (this.#owner && !this.#owner.shown) this.#show(this.#owner, 'heading');
    this.#flushKey('value');
    this.#fill();
    this.#key = { text: textOf(this.file, parts), parts, path: innerPath(this.#owner), shown: false };
  }

  /** A list or map begins. @throws TooDeep */
  enter(start: number): void {
    if (this.#stack.length >= MAX_NESTING) throw new TooDeep();
    this.#fill();
    this.#stack.push({ owner: this.#key ?? this.#owner, start, empty: true });
    this.#key = undefined;
  }

  /** It ends. @param end behind its closing bracket; -1: it has none */
  leave(end = -1): void {
    this.#flushKey('value');
    const container = this.#stack.pop();
    if (container?.empty && end < 0 && container.owner && !container.owner.shown)
      this.#show(container.owner, 'heading');
    if (!container?.empty || end < 0 || container.start < this.#builder.position) return;
    this.#key = container.owner?.shown ? undefined : container.owner;
    this.value([{ start: container.start, end }]);
  }

  value(parts: Part[]): void {
    this.#gap(parts[0]?.start ?? -1);
    this.#fill();
    const key = this.#key ?? this.#owner;
    this.#key = undefined;
    if (!key?.shown || parts.length > 0) this.#block('value', key?.path ?? NO_PATH);
    if (key) {
      if (!key.shown) this.#put(key.parts);
      else if (parts.length > 0) this.#builder.insert(clip(key.text));
      if (parts.length > 0) this.#builder.insert(': ').key();
      key.shown = true;
    }
    // Its quotes tell the model where a string begins and ends; no answer holds them.
    const quote = parts.length > 0 && isQuote(this.file[parts[0].start - 1]) ? '"' : '';
    this.#builder.insert(quote);
    this.#put(parts);
    this.#builder.insert(quote);
  }

  /** A comment without its marker; one that directly follows a line comment goes on in the same block. */
  comment(start: number, end: number): void {
    while (start < end && isSpace(this.file.charCodeAt(start))) start++;
    while (end > start && isSpace(this.file.charCodeAt(end - 1))) end--;
    if (start === end) {
      this.#commentEnd = -1;
      return;
    }
    const between = this.#commentEnd >= 0 ? this.file.slice(this.#commentEnd, start) : '\n\n';
    if (this.#commentEnd >= 0 && !this.#key && /^\r?\n[ \t]*(?:#|\/\/|;|!)+[ \t]*$/.test(between.slice(0, 400))) {
      this.#builder.insert(' ');
    } else {
      this.#gap(start);
      this.#flushKey('heading');
      this.#block('comment', innerPath(this.#owner));
    }
    copyLines(this.#builder, start, end);
    this.#commentEnd = end;
  }

  /** What the parser does not tell from here to the next event is shown as it stands. */
  broken(): void {
    this.#broken = true;
  }

  finish(): ReadingView {
    while (this.#stack.length > 0) this.leave();
    this.#flushKey('value');
    this.#gap(this.file.length);
    return this.#builder.build();
  }

  get #owner(): Key | undefined {
    return this.#stack.at(-1)?.owner;
  }

  /** The container around what comes is not empty. */
  #fill(): void {
    const container = this.#stack.at(-1);
    if (container) container.empty = false;
  }

  /** Shows the keys that are still to be shown: that of the container, that of the value to come. */
  #flushKey(kind: 'heading' | 'value'): void {
    const owner = this.#owner;
    if (owner && !owner.shown && (this.#key || kind === 'heading')) this.#show(owner, 'heading');
    if (this.#key && !this.#key.shown) this.#show(this.#key, kind);
    if (kind === 'value') this.#key = undefined;
  }

  #show(key: Key, kind: 'heading' | 'value'): void {
    key.shown = true;
    if (key.parts.length === 0) return;
    this.#block(kind, key.path);
    this.#put(key.parts);
  }

  /** Shows what stands as it is before a place, if the parser lost anything there. */
  #gap(until: number): void {
    if (!this.#broken || until < 0) return;
    this.#broken = false;
    // Keys that are still to be shown are not lost.
    const pending = [this.#owner, this.#key]
      .filter((key) => key && !key.shown)
      .map((key) => key!.parts.at(-1)?.end ?? 0);
    let start = Math.max(this.#builder.position, ...pending);
    while (start < until && !isWord(this.file.charCodeAt(start))) start++;
    while (until > start && isSpace(this.file.charCodeAt(until - 1))) until--;
    if (start >= until) return;
    this.#flushKey('heading');
    this.#block('paragraph', innerPath(this.#owner));
    this.#builder.copy(start, until);
  }

  #block(kind: 'heading' | 'value' | 'comment' | 'paragraph', path: readonly string[]): void {
    this.#commentEnd = -1;
    this.#builder.block(kind, path, SIGN + (kind === 'value' ? '\n' : '\n\n'));
  }

  #put(parts: Part[]): void {
    for (const { start, end, text } of parts) {
      if (start < 0) this.#builder.insert(text ?? '');
      else if (text === undefined) this.#builder.copy(start, end);
      else this.#builder.decode(text, start, end);
    }
  }
}

function innerPath(key: Key | undefined): readonly string[] {
  if (!key) return NO_PATH;
  key.inner ??= [...key.path, clip(key.text)].slice(-MAX_PATH);
  return key.inner;
}

const clip = (text: string): string => (text.length <= MAX_KEY ? text : `${text.slice(0, MAX_KEY)}…`);

const textOf = (file: string, parts: readonly Part[]): string =>
  parts.map(({ start, end, text }) => text ?? file.slice(start, end)).join('');

/** Copies lines without their indentation and the star before them; line ends are one space. */
function copyLines(builder: ViewBuilder, start: number, end: number): void {
  const { file } = builder;
  for (let line = start; line < end; ) {
    const lineEnd = indexWithin(file, '\n', line, end);
    const next = lineEnd < 0 ? end : lineEnd + 1;
    let from = line;
    let to = next;
    while (from < to && isSpace(file.charCodeAt(from))) from++;
    if (line > start && file[from] === '*') from++;
    while (from < to && isSpace(file.charCodeAt(from))) from++;
    while (to > from && isSpace(file.charCodeAt(to - 1))) to--;
    if (from < to && line > start) builder.insert(' ');
    builder.copy(from, to);
    line = next;
  }
}

const isQuote = (c: string | undefined): boolean => c === '"' || c === "'";

/** Space, tab, line ends. */
export const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** Letters and digits; all beyond ASCII counts as letters. */
export const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code >= 0x80;

/** As `indexOf`, but never looks beyond `end`: its cost is that of the range. */
export function indexWithin(text: string, c: string, from: number, end: number): number {
  for (let i = from; i < end; i++) if (text[i] === c) return i;
  return -1;
}
