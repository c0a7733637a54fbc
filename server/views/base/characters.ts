/** Kinds of characters, by their UTF-16 unit. */

/** ASCII white space: space, tab, line ends. */
export const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** Letters and digits; all beyond ASCII counts as letters. */
export const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code >= 0x80;

/** White space, including no-break spaces and byte order marks. */
export const isBlank = (unit: number): boolean =>
  unit === 32 || (unit >= 9 && unit <= 13) || unit === 0xa0 || unit === 0xfeff;
