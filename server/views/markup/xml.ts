/**
 * XML as data: every text and attribute is a line with the elements above it and the name of its record ("dependency
 * charts version: 5.0.2"). An element that mixes words and elements is one paragraph of prose. Of drawings only the
 * text is shown.
 */
import { DataWriter, MAX_NESTING, TooDeep } from '../base/data-writer.js';
import type { ReadingView } from '../base/reading-view.js';
import { plainView } from '../base/view-builder.js';
import { type Range, scanXml, type XmlToken, xmlCharacters } from './xml-scan.js';

/** A longer text is not read as XML, in UTF-16 units. */
export const MAX_XML = 16 * 1024 * 1024;
/** Attributes only for parsers. */
const TECHNICAL = /^(?:xmlns(?::|$)|xsi:|xml:space$|tools:)/;

/** Contents of an element, by its token. */
interface Element {
  mixed: boolean;
}

/** Never throws: text nested too deeply is read as it is. */
export function xmlView(text: string): ReadingView {
  if (text.length > MAX_XML) return plainView(text);
  try {
    return new XmlReader(text).read();
  } catch (error) {
    if (error instanceof TooDeep) return plainView(text);
    throw error;
  }
}

/** An element that is being read. */
interface Open {
  name: string;
  nameRange: Range;
  /** Its content has begun, as a map. */
  entered: boolean;
  /** It had a value. */
  filled: boolean;
}

class XmlReader {
  readonly #writer: DataWriter;
  readonly #tokens: XmlToken[];
  readonly #open: Open[] = [];
  /** A drawing: only its texts are shown. */
  #drawing = false;
  /** The text of the last `<key>` of a property list. */
  #plistKey: (Range & { text?: string })[] | undefined;

  constructor(readonly text: string) {
    this.#writer = new DataWriter(text);
    this.#tokens = scanXml(text);
  }

  read(): ReadingView {
    const { text } = this;
    const elements = elementsOf(text, this.#tokens);
    const root = this.#tokens.find(({ type }) => type === 'open');
    this.#drawing = root?.type === 'open' && /^(?:svg:)?svg$/.test(this.#name(root.name));
    for (let i = 0; i < this.#tokens.length; i++) {
      const token = this.#tokens[i];
      if (token.type === 'open') {
        this.#begin(token);
        if (token.empty) this.#end();
        else if (elements.get(token)?.mixed) i = this.#prose(i);
      } else if (token.type === 'close') this.#close(this.#name(token.name));
      else if (token.type === 'comment') {
        this.#flushKey();
        const above = this.#open.at(-1);
        if (above && !above.entered) this.#enter(above, token.start);
        this.#writer.comment(token.start, token.end);
      } else this.#value(xmlCharacters(text, token, token.type === 'cdata'));
    }
    while (this.#open.length > 0) this.#end();
    this.#flushKey();
    return this.#writer.finish();
  }

  #name({ start, end }: Range): string {
    return this.text.slice(start, end);
  }

  #begin(token: XmlToken & { type: 'open' }): void {
    const above = this.#open.at(-1);
    if (above && !above.entered) this.#enter(above, token.start);
    const open = { name: this.#name(token.name), nameRange: token.name, entered: false, filled: false };
    this.#open.push(open);
    const key = this.#plistKey;
    this.#plistKey = undefined;
    if (key) this.#writer.key(key);
    else if (!this.#drawing || token.empty === false) this.#writer.key([token.name]);
    const shown = this.#drawing ? [] : token.attributes.filter(({ name }) => !TECHNICAL.test(this.#name(name)));
    for (const { name, value } of shown) {
      const parts = xmlCharacters(this.text, value);
      if (parts.length === 0) continue;
      if (!open.entered) this.#enter(open, token.start);
      this.#writer.key([name]);
      this.#writer.value(parts);
      open.filled = true;
    }
  }

  #enter(open: Open, start: number): void {
    open.entered = true;
    this.#writer.enter(start);
  }

  #value(parts: (Range & { text?: string })[]): void {
    if (parts.length === 0) return;
    this.#flushKey();
    const open = this.#open.at(-1);
    if (open?.name === 'key' && this.#open.at(-2)?.name === 'dict') {
      this.#plistKey = parts;
      return;
    }
    this.#writer.value(parts);
    if (open) open.filled = true;
  }

  /** A key of a property list for which no value came. */
  #flushKey(): void {
    if (this.#plistKey) this.#writer.key(this.#plistKey);
    this.#plistKey = undefined;
  }

  /** Words and elements mixed, up to the end of the element: one value. @returns the token before its end */
  #prose(from: number): number {
    const parts: (Range & { text?: string })[] = [];
    let depth = 0;
    let i = from + 1;
    for (; i < this.#tokens.length; i++) {
      const token = this.#tokens[i];
      if (token.type === 'open') depth += token.empty ? 0 : 1;
      else if (token.type === 'close' && depth-- === 0) break;
      if (token.type !== 'text' && token.type !== 'cdata') continue;
      const own = xmlCharacters(this.text, token, token.type === 'cdata');
      const spaced = /^\s/.test(this.text.slice(token.start, token.start + 1)) || this.#spaceBefore(i, from);
      if (parts.length > 0 && own.length > 0 && spaced) parts.push({ start: -1, end: -1, text: ' ' });
      for (const part of own) parts.push(part);
    }
    this.#value(parts);
    return i - 1;
  }

  /** Whether the text before this one ended with white space. */
  #spaceBefore(i: number, from: number): boolean {
    for (let at = i - 1; at > from && at > i - 20; at--) {
      const token = this.#tokens[at];
      if (token.type === 'text' || token.type === 'cdata') return /\s/.test(this.text[token.end - 1]);
    }
    return false;
  }

  /** An end tag; one that closes nothing is skipped. */
  #close(name: string): void {
    const at = this.#open.findLastIndex((open) => open.name === name);
    if (at < 0) return;
    while (this.#open.length > at) this.#end();
  }

  #end(): void {
    const open = this.#open.pop();
    if (open?.entered) this.#writer.leave();
  }
}

/** Which elements hold both words and elements. */
function elementsOf(text: string, tokens: readonly XmlToken[]): Map<XmlToken, Element> {
  const elements = new Map<XmlToken, Element>();
  const open: { token: XmlToken; words: boolean; children: boolean }[] = [];
  const names: string[] = [];
  for (const token of tokens) {
    const above = open.at(-1);
    if (token.type === 'open') {
      if (above) above.children = true;
      if (!token.empty) {
        open.push({ token, words: false, children: false });
        names.push(text.slice(token.name.start, token.name.end));
      }
    } else if (token.type === 'close') {
      const name = text.slice(token.name.start, token.name.end);
      let at = names.length - 1;
      const least = Math.max(0, names.length - MAX_NESTING);
      while (at >= least && names[at] !== name) at--;
      if (at < least) continue;
      while (open.length > at) {
        const { token: opening, words, children } = open.pop()!;
        names.pop();
        // Only an element that is closed by its own tag can be read as one paragraph.
        if (open.length === at && words && children) elements.set(opening, { mixed: true });
      }
    } else if (token.type !== 'comment' && above && /\S/.test(text.slice(token.start, token.end))) above.words = true;
  }
  return elements;
}
