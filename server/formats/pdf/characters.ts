/** What a glyph stands for, as text: ligatures, accents, bullets, glyphs without a letter. */
import type { Font } from './glyphs.js';

const LIGATURES: Record<string, string> = {
  '\ufb00': 'ff',
  '\ufb01': 'fi',
  '\ufb02': 'fl',
  '\ufb03': 'ffi',
  '\ufb04': 'ffl',
  '\ufb05': 'st',
  '\ufb06': 'st',
};

/** Spacing accents and the combining characters for them. */
const ACCENTS: Record<string, string> = {
  '`': '\u0300',
  '\u02cb': '\u0300',
  '\u00b4': '\u0301',
  '\u02ca': '\u0301',
  '^': '\u0302',
  '\u02c6': '\u0302',
  '~': '\u0303',
  '\u02dc': '\u0303',
  '\u00af': '\u0304',
  '\u02c9': '\u0304',
  '\u02d8': '\u0306',
  '\u02d9': '\u0307',
  '\u00a8': '\u0308',
  '\u02da': '\u030a',
  '\u02dd': '\u030b',
  '\u02c7': '\u030c',
  '\u00b8': '\u0327',
  '\u02db': '\u0328',
};

export const BULLET = '\u2022';

/** The combining character of an accent that stands apart; undefined: not an accent. */
export const accentOf = (text: string): string | undefined =>
  ACCENTS[text] ?? (/^[\u0300-\u036f]$/.test(text) ? text : undefined);

/** A letter under an accent, as one character where there is one. */
export const accented = (letter: string, accent: string): string =>
  (({ '\u0131': 'i', '\u0237': 'j' })[letter] ?? letter).concat(accent).normalize('NFC');

/** Whether a letter can carry an accent. */
export const carriesAccent = (text: string): boolean => /^\p{L}$/u.test(text);

/**
 * The text of a glyph. Empty: it stands for nothing that can be read. A space is one blank.
 *
 * @param text what the font's Unicode map says
 */
export function glyphText(text: string, font: Font): string {
  if (text.length === 1) {
    const code = text.charCodeAt(0);
    if (code > 0x20 && code < 0x7f) return text;
    if (code === 0x20 || code === 0xa0 || code === 0x09 || code === 0x0a || code === 0x0d) return ' ';
    if (LIGATURES[text]) return LIGATURES[text];
    if (code >= 0xe000 && code <= 0xf8ff) return privateUse(code, font);
  }
  if (/^[\u2000-\u200a\u202f\u205f\u3000]$/.test(text)) return ' ';
  // Controls, marks of direction, soft hyphens that are not drawn, surrogates without their pair, no characters at all.
  const clean = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '',
  );
  return clean.replace(/[\ufb00-\ufb06]/g, (each) => LIGATURES[each]).normalize('NFC');
}

/** Fonts of symbols keep their own codes from U+F000; the usual ones are bullets and ticks. */
function privateUse(code: number, font: Font): string {
  const own = code - 0xf000;
  if (own < 0x20 || own > 0xff) return '';
  if (!font.symbols) return String.fromCharCode(own);
  if (own === 0xfc || own === 0xfe) return '\u2713';
  if (own === 0xa8 || own === 0x6f || own === 0x71) return '\u2610';
  return BULLET;
}

/** Whether glyphs without a letter are bullets where they begin a line. */
export const isNothing = (text: string): boolean => text === '\u0000' || text === '';
