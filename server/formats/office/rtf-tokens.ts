/** The tokens of an RTF file: groups, control words, bytes of text. One pass, nothing is copied. */

export interface RtfHandler {
  begin(): void;
  end(): void;
  /** A control word or symbol; without a parameter NaN. */
  word(name: string, parameter: number): void;
  /** A byte of text, raw or as \'hh. */
  byte(value: number): void;
}

const MAX_WORD = 32;
const isLetter = (byte: number): boolean => (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90);
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const hexOf = (byte: number): number =>
  isDigit(byte) ? byte - 48 : byte >= 97 && byte <= 102 ? byte - 87 : byte >= 65 && byte <= 70 ? byte - 55 : -1;

export function readTokens(bytes: Uint8Array, handler: RtfHandler): void {
  const size = bytes.length;
  for (let at = 0; at < size; ) {
    const byte = bytes[at];
    if (byte === 0x7b) {
      handler.begin();
      at++;
    } else if (byte === 0x7d) {
      handler.end();
      at++;
    } else if (byte === 0x5c) at = control(bytes, at + 1, handler);
    else {
      if (byte !== 10 && byte !== 13 && byte !== 0) handler.byte(byte);
      at++;
    }
  }
}

/** @param at behind the backslash @returns behind the control */
function control(bytes: Uint8Array, at: number, handler: RtfHandler): number {
  const first = bytes[at];
  if (first === undefined) return at;
  if (!isLetter(first)) {
    if (first === 0x27) {
      const [high, low] = [hexOf(bytes[at + 1]), hexOf(bytes[at + 2])];
      if (high < 0 || low < 0) return at + 1;
      handler.byte(high * 16 + low);
      return at + 3;
    }
    handler.word(String.fromCharCode(first), Number.NaN);
    return at + 1;
  }
  let end = at;
  while (end < bytes.length && end - at < MAX_WORD && isLetter(bytes[end])) end++;
  let name = '';
  for (let i = at; i < end; i++) name += String.fromCharCode(bytes[i]);
  let parameter = Number.NaN;
  const negative = bytes[end] === 0x2d && isDigit(bytes[end + 1]);
  let digits = negative ? end + 1 : end;
  if (isDigit(bytes[digits])) {
    let value = 0;
    for (; isDigit(bytes[digits]); digits++) value = Math.min(value * 10 + bytes[digits] - 48, 0x7fffffff);
    parameter = negative ? -value : value;
    end = digits;
  }
  if (bytes[end] === 0x20) end++;
  // Binary data, which may have braces.
  if (name === 'bin' && parameter > 0) return Math.min(bytes.length, end + parameter);
  handler.word(name, parameter);
  return end;
}

/** Names of the encodings by RTF's number of a character set (\fcharset). */
const CHARSETS: Readonly<Record<number, string>> = {
  0: 'windows-1252',
  77: 'macintosh',
  128: 'shift_jis',
  129: 'euc-kr',
  134: 'gbk',
  136: 'big5',
  161: 'windows-1253',
  162: 'windows-1254',
  163: 'windows-1258',
  177: 'windows-1255',
  178: 'windows-1256',
  186: 'windows-1257',
  204: 'windows-1251',
  222: 'windows-874',
  238: 'windows-1250',
};
const CODE_PAGES: Readonly<Record<number, string>> = {
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  10000: 'macintosh',
  10007: 'x-mac-cyrillic',
  20866: 'koi8-r',
  65001: 'utf-8',
};

/** @returns undefined: the document's own */
export const encodingOfCharset = (charset: number): string | undefined => CHARSETS[charset];

export function encodingOfCodePage(page: number): string {
  return CODE_PAGES[page] ?? (page >= 1250 && page <= 1258 ? `windows-${page}` : 'windows-1252');
}
