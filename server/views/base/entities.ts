/** HTML text and attribute values, with the range of every character reference. */
import { DecodingMode, decodeHTMLStrict, HtmlEntityDecoder } from 'entities';
import type { Prose } from './prose.js';

export interface HtmlText {
  /** The text that holds it, and where. */
  source: string;
  start: number;
  end: number;
  /** Of the source in the file. */
  offset: number;
  /** The tokenizer's text there. */
  chars: string;
  /** `&` has no meaning: scripts, styles. */
  raw?: boolean;
  /** `&lt` before a letter or `=` is not a reference. */
  attribute?: boolean;
}

/**
 * Shows a text, with white space as the block requires. Parts of its range that are not among its characters are
 * hidden.
 */
export function showText(prose: Prose, text: HtmlText): void {
  const { source, start, end, offset, chars } = text;
  const slice = source.slice(start, end);
  if (slice === chars) showWords(prose, source, start, end, offset);
  else align(prose, text);
}

/** The source beside the characters: references, line breaks, dropped zeros and CDATA markers tell them apart. */
function align(prose: Prose, { source, start, end, offset, chars, raw, attribute }: HtmlText): void {
  let done = start;
  let cdata = false;
  let at = start;
  let read = 0;
  const flush = (next: number) => {
    showWords(prose, source, done, at, offset);
    at = next;
    done = next;
  };
  while (at < end && read < chars.length) {
    const unit = source[at];
    if (unit === '&' && !raw && !cdata) {
      const found = referenceAt(source, at, end, attribute ?? false);
      if (found && chars.startsWith(found.text, read)) {
        const from = at + offset;
        flush(found.end);
        if (!prose.verbatim && isSpace(found.text)) prose.space(from, at + offset);
        else prose.decode(found.text, from, at + offset);
        read += found.text.length;
        continue;
      }
    }
    if (unit === chars[read]) {
      if (cdata && source.startsWith(']]>', at) && !chars.startsWith(']]>', read)) {
        flush(at + 3);
        cdata = false;
        continue;
      }
      at++;
      read++;
    } else if (unit === '\r') {
      at++;
      if (source[at] !== '\n') read++;
    } else if (unit === '\0') {
      const from = at + offset;
      flush(at + 1);
      if (chars[read] === '\ufffd') {
        prose.decode('\ufffd', from, at + offset);
        read++;
      }
    } else if (source.startsWith('<![CDATA[', at)) {
      flush(at + 9);
      cdata = true;
    } else if (source.startsWith(']]>', at)) {
      flush(at + 3);
      cdata = false;
    } else if (source.startsWith('</>', at)) flush(at + 3);
    else break;
  }
  flush(end);
}

function showWords(prose: Prose, source: string, start: number, end: number, offset: number): void {
  let at = start;
  while (at < end) {
    const from = at;
    while (at < end && isSpaceCode(source.charCodeAt(at))) at++;
    if (at > from) prose.space(from + offset, at + offset);
    const word = at;
    while (at < end && !isSpaceCode(source.charCodeAt(at))) at++;
    prose.show(word + offset, at + offset);
  }
}

/** Longest name is 33 characters; numbers may have leading zeros. */
const LONGEST = 64;

function referenceAt(text: string, at: number, end: number, attribute: boolean): { text: string; end: number } | null {
  let decoded = '';
  const decoder = new HtmlEntityDecoder((code) => {
    decoded += String.fromCodePoint(code);
  });
  decoder.startEntity(attribute ? DecodingMode.Attribute : DecodingMode.Legacy);
  let length = decoder.write(text.slice(at, Math.min(end, at + LONGEST)), 1);
  if (length < 0) length = decoder.end();
  return length > 0 && decoded !== '' ? { text: decoded, end: at + length } : null;
}

/** The characters of one reference that ends with a semicolon; itself if there is no such name. */
export const decodeReference = (reference: string): string => decodeHTMLStrict(reference);

const isSpaceCode = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 12 || code === 13;

/** Whether all of it is white space that HTML collapses. */
export const isSpace = (text: string): boolean => /^[ \t\n\f\r]*$/.test(text);
