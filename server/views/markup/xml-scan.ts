/**
 * The tokens of XML with their exact positions. Written here because saxes reports where an event ends, not where an
 * attribute or a reference in a text begins, and joins a text with the characters that its references stand for.
 * Nothing is fetched and no declared entity is expanded: references other than characters and the five names of XML are
 * unchanged. Linear in the text; malformed markup is text.
 */

/** A range of the text. */
export interface Range {
  start: number;
  end: number;
}

export interface XmlAttribute {
  name: Range;
  /** Between the quotes. */
  value: Range;
}

export type XmlToken =
  | { type: 'open'; name: Range; attributes: XmlAttribute[]; empty: boolean; start: number; end: number }
  | { type: 'close'; name: Range; start: number; end: number }
  /** `cdata`: without references. */
  | { type: 'text' | 'cdata' | 'comment'; start: number; end: number };

const NAME = /[\p{L}_:][\p{L}\p{M}\p{N}_:.·-]*/uy;
const SPACE = /\s*/y;
const UNQUOTED = /[^\s"'<>=]+/y;

/** Tokens in order; declarations and processing instructions are left out. */
export function scanXml(text: string): XmlToken[] {
  return new Scanner(text).scan();
}

class Scanner {
  readonly #tokens: XmlToken[] = [];
  /** Ends that do not occur any more. */
  readonly #missing = new Set<string>();
  /** Start of the text that has not become a token. */
  #done = 0;

  constructor(readonly text: string) {}

  scan(): XmlToken[] {
    const { text } = this;
    for (let at = text.indexOf('<'); at >= 0; ) {
      const next = this.#markup(at);
      if (next > at) this.#done = next;
      at = text.indexOf('<', Math.max(next, at + 1));
    }
    this.#textUntil(text.length);
    return this.#tokens;
  }

  /** Reads markup. @returns the place after it; `at`: it is text */
  #markup(at: number): number {
    const { text } = this;
    if (text.startsWith('<!--', at)) return this.#section(at, 'comment', 4, '-->');
    if (text.startsWith('<![CDATA[', at)) return this.#section(at, 'cdata', 9, ']]>');
    if (text[at + 1] === '?') return this.#section(at, undefined, 2, '?>');
    if (text[at + 1] === '!') return this.#declaration(at);
    const closing = text[at + 1] === '/';
    const name = this.#match(NAME, at + (closing ? 2 : 1));
    if (!name) return at;
    const attributes: XmlAttribute[] = [];
    let place = this.#space(name.end);
    while (place < text.length && text[place] !== '>' && text[place] !== '<' && !text.startsWith('/>', place)) {
      const attribute = this.#attribute(place);
      if (attribute) {
        if ('value' in attribute) attributes.push(attribute as XmlAttribute);
        place = this.#space(attribute.next);
      } else place = this.#space(place + 1);
    }
    const empty = text.startsWith('/>', place);
    if (!empty && text[place] !== '>') return at;
    const end = place + (empty ? 2 : 1);
    this.#textUntil(at);
    if (closing) this.#tokens.push({ type: 'close', name, start: at, end });
    else this.#tokens.push({ type: 'open', name, attributes, empty, start: at, end });
    return end;
  }

  /** @returns with the place after it; without a value: a name alone */
  #attribute(at: number): { name: Range; value?: Range; next: number } | undefined {
    const { text } = this;
    const name = this.#match(NAME, at);
    if (!name) return undefined;
    let place = this.#space(name.end);
    if (text[place] !== '=') return { name, next: name.end };
    place = this.#space(place + 1);
    const quote = text[place];
    if (quote !== '"' && quote !== "'") {
      const value = this.#match(UNQUOTED, place);
      return value ? { name, value, next: value.end } : { name, next: place };
    }
    if (this.#missing.has(quote)) return undefined;
    const end = text.indexOf(quote, place + 1);
    if (end < 0) {
      this.#missing.add(quote);
      return undefined;
    }
    return { name, value: { start: place + 1, end }, next: end + 1 };
  }

  #section(at: number, type: 'comment' | 'cdata' | undefined, open: number, close: string): number {
    const { text } = this;
    const found = this.#missing.has(close) ? -1 : text.indexOf(close, at + open);
    if (found < 0) {
      this.#missing.add(close);
      return at;
    }
    this.#textUntil(at);
    if (type) this.#tokens.push({ type, start: at + open, end: found });
    return found + close.length;
  }

  /** `<!DOCTYPE …>` with the declarations in it, which are ignored. */
  #declaration(at: number): number {
    const { text } = this;
    if (this.#missing.has('<!')) return at;
    let depth = 0;
    for (let place = at + 2; place < text.length; place++) {
      const unit = text[place];
      if (unit === '"' || unit === "'") {
        const end = text.indexOf(unit, place + 1);
        if (end < 0) break;
        place = end;
      } else if (text.startsWith('<!--', place)) {
        const end = text.indexOf('-->', place + 4);
        if (end < 0) break;
        place = end + 2;
      } else if (unit === '[') depth++;
      else if (unit === ']') depth--;
      else if (unit === '>' && depth <= 0) {
        this.#textUntil(at);
        return place + 1;
      }
    }
    this.#missing.add('<!');
    return at;
  }

  #textUntil(end: number): void {
    if (end > this.#done) this.#tokens.push({ type: 'text', start: this.#done, end });
    this.#done = end;
  }

  #space(at: number): number {
    SPACE.lastIndex = at;
    SPACE.exec(this.text);
    return SPACE.lastIndex;
  }

  #match(pattern: RegExp, at: number): Range | undefined {
    pattern.lastIndex = at;
    return pattern.test(this.text) ? { start: at, end: pattern.lastIndex } : undefined;
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const PIECE = /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos));|\s+/g;

/**
 * The characters of a text as they are read: references decoded, white space as one space, none at the edges.
 * @returns pieces of the file, with `text` if they are shown as other characters
 */
export function xmlCharacters(file: string, { start, end }: Range, raw = false): (Range & { text?: string })[] {
  const parts: (Range & { text?: string })[] = [];
  while (start < end && /\s/.test(file[start])) start++;
  while (end > start && /\s/.test(file[end - 1])) end--;
  const source = file.slice(start, end);
  let at = 0;
  for (const match of source.matchAll(PIECE)) {
    const decoded = /\s/.test(match[0][0]) ? ' ' : raw ? undefined : decode(match);
    if (decoded === undefined || decoded === match[0]) continue;
    if (match.index > at) parts.push({ start: start + at, end: start + match.index });
    at = match.index + match[0].length;
    parts.push({ start: start + match.index, end: start + at, text: decoded });
  }
  if (at < source.length) parts.push({ start: start + at, end });
  return parts;
}

function decode([, decimal, hex, name]: RegExpMatchArray): string | undefined {
  if (name) return NAMED[name];
  const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : undefined;
}
