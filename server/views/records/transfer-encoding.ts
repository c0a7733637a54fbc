/**
 * Quoted-printable and base64 with the position of every byte, and bytes as characters of a charset. Time and memory
 * are linear.
 */
import type { ViewBuilder } from '../base/view-builder.js';

/** Bytes with the characters of the file that each represents. */
export interface Placed {
  bytes: Uint8Array;
  /** [bytes] half-open, in the file. Adjacent ones may overlap: three bytes of base64 are four characters. */
  starts: Int32Array;
  ends: Int32Array;
}

/** @param underscore of an encoded word (RFC 2047): `_` is a space */
export function fromQuotedPrintable(file: string, start: number, end: number, underscore = false): Placed {
  const placed = room(bytesAtMost(file, start, end));
  let count = 0;
  const put = (byte: number, from: number, to: number) => {
    placed.bytes[count] = byte;
    placed.starts[count] = from;
    placed.ends[count++] = to;
  };
  for (let at = start; at < end; ) {
    const unit = file.charCodeAt(at);
    if (unit === 61) {
      const byte = hexByte(file, at + 1, end);
      if (byte >= 0) {
        put(byte, at, at + 3);
        at += 3;
        continue;
      }
      const next = softBreak(file, at + 1, end);
      if (next > 0) {
        at = next;
        continue;
      }
    }
    if (unit === 95 && underscore) put(32, at, at + 1);
    else if (unit < 0x80) put(unit, at, at + 1);
    else {
      // A character that should have been encoded: in most cases it is UTF-8, as the file was. Half a pair is nothing.
      const sign = String.fromCodePoint(file.codePointAt(at)!);
      if (!/\p{Cs}/u.test(sign)) for (const byte of Buffer.from(sign)) put(byte, at, Math.min(end, at + sign.length));
      at += sign.length;
      continue;
    }
    at++;
  }
  return cut(placed, count);
}

/** Non-base64 characters are skipped, as required by RFC 2045; an incomplete group at the end is left out. */
export function fromBase64(file: string, start: number, end: number): Placed {
  const placed = room(Math.ceil((3 * (end - start)) / 4) + 3);
  let count = 0;
  let bits = 0;
  let digits = 0;
  let from = start;
  const put = (byte: number, to: number) => {
    placed.bytes[count] = byte & 255;
    placed.starts[count] = from;
    placed.ends[count++] = to;
  };
  for (let at = start; at < end; at++) {
    const unit = file.charCodeAt(at);
    const digit = unit < 128 ? DIGITS[unit] : -1;
    if (digit === PAD && digits >= 2) {
      if (digits === 3) {
        put(bits >> 10, at + 1);
        put(bits >> 2, at + 1);
      } else put(bits >> 4, at + 1);
      digits = 0;
      bits = 0;
      continue;
    }
    if (digit < 0 || digit === PAD) continue;
    if (digits === 0) from = at;
    bits = (bits << 6) | digit;
    if (++digits < 4) continue;
    put(bits >> 16, at + 1);
    put(bits >> 8, at + 1);
    put(bits, at + 1);
    digits = 0;
    bits = 0;
  }
  return cut(placed, count);
}

/** Shows bytes as characters of a charset; an unknown one is read as UTF-8. */
export function showDecoded(builder: ViewBuilder, { bytes, starts, ends }: Placed, charset: string): void {
  const decoder = decoderOf(charset);
  const { ascii, wide } = decoder;
  const { decode } = decoder;
  /** First byte of the current character. */
  let from = 0;
  let waiting = false;
  // Characters that are encoded together are shown together.
  let shown = '';
  let shownStart = 0;
  let shownEnd = 0;
  const flush = () => {
    // Bytes that are not a character are shown once, however many they are.
    showTogether(builder, shown.replace(/\ufffd+/g, '\ufffd'), shownStart, shownEnd);
    shown = '';
  };
  const put = (text: string, first: number, last: number) => {
    if (shown !== '' && starts[first] >= shownEnd) flush();
    if (shown === '') shownStart = starts[first];
    shown += text;
    shownEnd = ends[last];
  };
  for (let i = 0; i < bytes.length; i++) {
    if (ascii && !waiting && bytes[i] < 0x80) {
      put(String.fromCharCode(bytes[i]), i, i);
      continue;
    }
    if (!waiting) from = i;
    const text = decode(bytes.subarray(i, i + 1), true);
    waiting = wide && text === '';
    if (text !== '') put(text, from, i);
  }
  const rest = decode(new Uint8Array(0), false);
  if (rest !== '' && bytes.length > 0) put(rest, from, bytes.length - 1);
  if (shown !== '') flush();
}

/**
 * Characters that stand on a part of the file together. If there are as many of them as units of the file, they would
 * count as copied, one for one: they are shown as two parts then.
 */
function showTogether(builder: ViewBuilder, text: string, start: number, end: number): void {
  const { length } = text;
  if (length !== end - start || length < 3 || text === builder.file.slice(start, end)) {
    builder.decode(text, start, end);
    return;
  }
  const cut = isLowSurrogate(text.charCodeAt(length - 1)) ? length - 2 : length - 1;
  const middle = cut === 1 ? start + 2 : start + 1;
  builder.decode(text.slice(0, cut), start, middle).decode(text.slice(cut), middle, end);
}

const isLowSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;

interface Decoder {
  decode: (bytes: Uint8Array, stream: boolean) => string;
  /** Bytes below 128 are ASCII. */
  ascii: boolean;
  /** A character may have several bytes. */
  wide: boolean;
}

function decoderOf(charset: string): Decoder {
  const label = charset.trim().toLowerCase();
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label);
  } catch {
    decoder = new TextDecoder('utf-8');
  }
  const name = decoder.encoding;
  return {
    decode: (bytes, stream) => decoder.decode(bytes, { stream }),
    ascii: !/^(?:utf-16|iso-2022)/.test(name),
    wide: /^(?:utf|gb|big5|euc|shift|iso-2022)/.test(name),
  };
}

const PAD = 64;
const DIGITS = new Int8Array(128).fill(-1);
for (const [i, sign] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/='].entries()) {
  DIGITS[sign.charCodeAt(0)] = i;
}

function room(length: number): Placed {
  return { bytes: new Uint8Array(length), starts: new Int32Array(length), ends: new Int32Array(length) };
}

/** A character beyond ASCII has three bytes a unit at most. */
function bytesAtMost(file: string, start: number, end: number): number {
  let bytes = end - start + 4;
  for (let at = start; at < end; at++) if (file.charCodeAt(at) >= 0x80) bytes += 2;
  return bytes;
}

function cut({ bytes, starts, ends }: Placed, count: number): Placed {
  return { bytes: bytes.subarray(0, count), starts: starts.subarray(0, count), ends: ends.subarray(0, count) };
}

function hexByte(file: string, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const high = hexDigit(file.charCodeAt(at));
  const low = hexDigit(file.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

function hexDigit(unit: number): number {
  if (unit >= 48 && unit <= 57) return unit - 48;
  const letter = unit | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** After `=` space and a line end: the line continues. @returns the place after it; 0: not one */
function softBreak(file: string, from: number, end: number): number {
  let at = from;
  while (at < end && (file[at] === ' ' || file[at] === '\t')) at++;
  if (at === end) return end;
  if (file[at] === '\r' && file[at + 1] === '\n') return Math.min(end, at + 2);
  return file[at] === '\n' || file[at] === '\r' ? at + 1 : 0;
}
