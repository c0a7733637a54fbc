/**
 * The contents of a data file as lines: every scalar is a block `parents key: value`. The key is copied from the file
 * if it precedes the value; before it the words of the parent keys and the name of its record are inserted, since a
 * model that reads one window sees neither indentation nor brackets.
 */
import { isSpace } from './characters.js';
import type { ReadingView } from './reading-view.js';
import { ViewBuilder } from './view-builder.js';

/** A piece of a scalar: file characters unchanged, or `text` in their place; `start` -1: `text` is inserted. */
export interface Part {
  start: number;
  end: number;
  text?: string;
}

export interface Key {
  /** Shortened. */
  text: string;
  parts: Part[];
  path: readonly string[];
  /** The map that contains it. */
  scope: Scope;
  /** The path of its contents, once needed. */
  inner?: readonly string[];
  /** It has been written to the lines. */
  announced?: boolean;
  /** It has been copied from the file. */
  shown?: boolean;
}

/** A list or map, or the root. */
export interface Scope {
  /** Its key, or that of the nearest parent with one. */
  owner: Key | undefined;
  above: Scope | undefined;
  /** Name of its record: the value of `name` or the like. */
  name: string;
  /** Rank of the key that names it; lower is better. */
  rank: number;
  /** That key. */
  namedBy?: string;
  /** The words before its keys, once needed. */
  words?: string;
}

export type DataItem =
  | { type: 'key'; key: Key; kind: 'heading' | 'value' }
  | { type: 'value'; key: Key | undefined; scope: Scope; parts: Part[]; inList: boolean }
  | { type: 'comment' | 'raw'; start: number; end: number; path: readonly string[] };

/**
 * Shown after every block: the model sees no line ends, and without punctuation the next key would continue a value.
 */
const SIGN = ',';
/** Before a comment and where another map or list begins; after a comment directly above what it tells of. */
const END = '.';
const ABOVE = ':';
/** No sign follows a comment that has one. */
const ENDED = /[.:;!?]$/;
/** Shown before a comment, as in the file. */
const MARK = '# ';
const NO_PATH: readonly string[] = [];
/**
 * Keys and names above a value that are inserted before its key. Other numbers were not compared; with this one F1 is
 * 89.3 on 152 questions about ten files of real projects, against 68.7 for the raw text.
 */
const CONTEXT = 2;
/** Units of a list that is one block. */
const MAX_LIST = 600;

/** Units between a comment and what belongs to it, at most. */
const NEAR = 200;

type ValueItem = DataItem & { type: 'value' };

export function writeLines(file: string, items: readonly DataItem[]): ReadingView {
  return new LineWriter(file).write(items);
}

class LineWriter {
  readonly #builder: ViewBuilder;
  /** The map or list of the last value. */
  #scope: Scope | undefined;
  /** End of the last comment; -1: something else followed it. */
  #commentEnd = -1;
  /** The value whose parents were named before the comment above it. */
  #named: DataItem | undefined;
  /** The list whose values continue in one block, and its start. */
  #list: Scope | undefined;
  #listStart = 0;

  constructor(readonly file: string) {
    this.#builder = new ViewBuilder(file);
  }

  write(items: readonly DataItem[]): ReadingView {
    const told = this.#toldOf(items);
    for (const [i, item] of items.entries()) {
      if (item.type === 'value') this.#value(item);
      else if (item.type === 'key') this.#key(item.key, item.kind);
      else if (item.type === 'comment') this.#comment(item.start, item.end, item.path, told[i]);
      else {
        this.#block('paragraph', item.path);
        this.#builder.copy(item.start, item.end);
      }
    }
    return this.#builder.build();
  }

  #key(key: Key, kind: 'heading' | 'value'): void {
    this.#block(kind, key.path, key.parts[0]?.start, key.scope);
    this.#put(key.parts);
    key.shown = true;
  }

  #value(item: ValueItem): void {
    const { key, scope, parts, inList } = item;
    // An empty value whose key has been shown, or has no text of its own: nothing of it stands in the file.
    if (![...parts, ...(key && !key.shown ? key.parts : [])].some(({ start, end }) => start >= 0 && end > start))
      return;
    const goesOn = inList && this.#list === scope && this.#builder.length - this.#listStart < MAX_LIST;
    if (goesOn) this.#builder.insert(`${SIGN} `);
    else {
      const first = key && !key.shown ? key.parts : parts;
      this.#block('value', key?.path ?? NO_PATH, first[0]?.start, key?.scope ?? scope);
      const words = this.#named === item ? '' : wordsBefore(item);
      if (words !== '') this.#builder.insert(`${words} `);
      if (key?.shown) this.#builder.insert(`${key.text}: `).key();
      else if (key) {
        this.#putKey(key);
        if (parts.length > 0) this.#builder.insert(': ').key();
        key.shown = true;
      } else if (words !== '') this.#builder.key();
      this.#list = inList ? scope : undefined;
      this.#listStart = this.#builder.length;
    }
    // Its quotes tell the model where a string begins and ends; no answer includes them.
    const quote = parts.length > 0 && isQuote(this.file[parts[0].start - 1]) ? '"' : '';
    this.#builder.insert(quote);
    this.#put(parts);
    this.#builder.insert(quote);
  }

  /**
   * One that directly follows another continues the same block.
   * @param told the value that it stands directly above: its parents are named first, so that nothing is between the
   * two
   */
  #comment(start: number, end: number, path: readonly string[], told: ValueItem | undefined): void {
    if (start === end) {
      this.#commentEnd = -1;
      return;
    }
    const { position } = this.#builder;
    const isBehind = position > 0 && start - position < NEAR && !this.file.slice(position, start).includes('\n');
    if (this.#commentEnd >= 0 && this.#goesOn(this.#commentEnd, start)) this.#builder.insert(' ');
    else {
      const words = told && !isBehind ? wordsBefore(told) : '';
      // Nothing stands before the first block.
      if (this.#builder.length > 0) this.#named = words === '' ? undefined : told;
      this.#block('comment', path, -1, undefined, words === '' ? '' : `${words} `);
    }
    copyLines(this.#builder, start, end);
    // Behind a value it tells of that one, not of what is below.
    this.#commentEnd = isBehind ? -1 : end;
  }

  /**
   * [items] for a comment with a new key directly below, or below the comments that continue it: the value of that key.
   */
  #toldOf(items: readonly DataItem[]): (ValueItem | undefined)[] {
    const told = new Array<ValueItem | undefined>(items.length);
    for (let i = items.length - 2; i >= 0; i--) {
      const item = items[i];
      const next = items[i + 1];
      if (item.type !== 'comment') continue;
      if (next.type === 'value' && next.key && isBelow(this.file, item.end, next.key.parts[0]?.start)) {
        told[i] = next;
      } else if (next.type === 'comment' && this.#goesOn(item.end, next.start)) told[i] = told[i + 1];
    }
    return told;
  }

  /** Whether a comment continues the one that ends at `end`. */
  #goesOn(end: number, start: number): boolean {
    return /^\r?\n[ \t]*(?:#|\/\/|;|!)+[ \t]*$/.test(this.file.slice(end, Math.min(start, end + 2 * NEAR)));
  }

  /**
   * @param start its first place in the file; -1: not known
   * @param scope its map or list; undefined: a comment or raw text
   * @param words shown before it
   */
  #block(
    kind: 'heading' | 'value' | 'comment' | 'paragraph',
    path: readonly string[],
    start = -1,
    scope?: Scope,
    words = '',
  ): void {
    const isTold = this.#commentEnd >= 0 && isBelow(this.file, this.#commentEnd, start);
    const isEnded = this.#commentEnd > 0 && ENDED.test(this.file[this.#commentEnd - 1]);
    const sign = isEnded ? '' : isTold ? ABOVE : scope === undefined || scope !== this.#scope ? END : SIGN;
    this.#commentEnd = -1;
    this.#list = undefined;
    this.#scope = scope ?? this.#scope;
    const lines = kind === 'value' || isTold ? '\n' : '\n\n';
    this.#builder.block(kind, path, `${sign}${lines}${words}${kind === 'comment' ? MARK : ''}`);
  }

  #put(parts: readonly Part[]): void {
    for (const { start, end, text } of parts) {
      if (start < 0) this.#builder.insert(text ?? '');
      else if (text === undefined) this.#builder.copy(start, end);
      else this.#builder.decode(text, start, end);
    }
  }

  /** A key with a space between its words. */
  #putKey({ parts }: Key): void {
    for (const part of parts) {
      if (part.start < 0 || part.text !== undefined) {
        this.#put([part]);
        continue;
      }
      let from = part.start;
      for (const { index } of this.file.slice(part.start, Math.min(part.end, part.start + 120)).matchAll(HUMP)) {
        this.#builder.copy(from, part.start + index).insert(' ');
        from = part.start + index;
      }
      this.#builder.copy(from, part.end);
    }
  }
}

/** Whether a place is on the line below a comment, or on its line. */
function isBelow(file: string, commentEnd: number, start = -1): boolean {
  if (start < commentEnd || start > commentEnd + NEAR) return false;
  return /^[ \t]*\r?\n[^\w\r\n]*$/.test(file.slice(commentEnd, start));
}

const HUMP = /(?<=[a-z\d])(?=\p{Lu})/gu;
const splitWords = (name: string): string => name.replace(HUMP, ' ');

/** The words of the keys above a key, and the names of their records, the outermost first. */
function wordsAbove(scope: Scope, key: Key | undefined): string {
  const name = nameOf(scope, key);
  scope.words ??= aboveOf(scope);
  const words = name !== '' ? `${scope.words} ${name}` : scope.words;
  return words.trim();
}

const wordsBefore = ({ key, scope, inList }: ValueItem): string =>
  key && !inList ? wordsAbove(key.scope, key) : wordsAround(scope);

/** The words before a value whose key is that of its list or element, which is left out. */
function wordsAround(scope: Scope): string {
  const { owner } = scope;
  const above = owner ? wordsAbove(owner.scope, owner) : '';
  return `${above} ${owner?.scope === scope ? '' : scope.name}`.trim();
}

function aboveOf(scope: Scope): string {
  const words: string[] = [];
  let last: Key | undefined;
  for (let at: Scope | undefined = scope; at && words.length < CONTEXT; at = at.above) {
    const { owner } = at;
    if (owner && owner !== last) {
      words.unshift(splitWords(owner.text));
      last = owner;
    }
    const outer: Scope | undefined = at.above;
    const name = outer ? nameOf(outer, undefined) : '';
    if (name !== '' && words.length < CONTEXT) words.unshift(name);
  }
  return words.join(' ');
}

function nameOf(scope: Scope, key: Key | undefined): string {
  if (key && key.text === scope.namedBy) return '';
  return scope.name;
}

const isQuote = (c: string | undefined): boolean => c === '"' || c === "'";

/** Copies lines without their indentation and the star before them; line ends are one space. */
function copyLines(builder: ViewBuilder, start: number, end: number): void {
  const { file } = builder;
  for (let line = start; line < end; ) {
    let next = line;
    while (next < end && file[next++] !== '\n');
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
