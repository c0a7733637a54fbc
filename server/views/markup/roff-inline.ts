/** Escape sequences of roff: the visible text of a part of a line. */
import type { Prose } from '../base/prose.js';

/** Special characters by their two letters or longer names. */
const SPECIAL: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  em: '—',
  en: '–',
  hy: '-',
  mi: '−',
  bu: '•',
  sq: '□',
  lq: '“',
  rq: '”',
  oq: '‘',
  cq: '’',
  aq: "'",
  dq: '"',
  bq: '‚',
  Bq: '„',
  co: '©',
  rg: '®',
  tm: '™',
  de: '°',
  ct: '¢',
  Eu: '€',
  eu: '€',
  Po: '£',
  Ye: '¥',
  Do: '$',
  sc: '§',
  dg: '†',
  dd: '‡',
  ps: '¶',
  '+-': '±',
  mu: '×',
  di: '÷',
  '<=': '≤',
  '>=': '≥',
  '!=': '≠',
  '==': '≡',
  '~=': '≅',
  '->': '→',
  '<-': '←',
  ua: '↑',
  da: '↓',
  '<>': '↔',
  rs: '\\',
  sl: '/',
  ba: '|',
  br: '│',
  ul: '_',
  ha: '^',
  ti: '~',
  ga: '`',
  aa: '´',
  at: '@',
  sh: '#',
  lB: '[',
  rB: ']',
  lC: '{',
  rC: '}',
  la: '⟨',
  ra: '⟩',
  '12': '½',
  '14': '¼',
  '34': '¾',
  if: '∞',
  pl: '+',
  eq: '=',
  '*a': 'α',
  '*b': 'β',
  '*p': 'π',
  '*m': 'μ',
  ss: 'ß',
  ':a': 'ä',
  ':o': 'ö',
  ':u': 'ü',
  ':A': 'Ä',
  ':O': 'Ö',
  ':U': 'Ü',
  "'e": 'é',
  "'E": 'É',
  "'a": 'á',
  "'o": 'ó',
  "'i": 'í',
  '`e': 'è',
  '`a': 'à',
  '^e': 'ê',
  '^o': 'ô',
  ',c': 'ç',
  '~n': 'ñ',
  oA: 'Å',
  oa: 'å',
  '/o': 'ø',
  '/O': 'Ø',
  ae: 'æ',
  AE: 'Æ',
  fi: 'fi',
  fl: 'fl',
};
/** Strings that man macros define. */
const STRINGS: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  lq: '“',
  rq: '”',
  R: '®',
  Tm: '™',
  '``': '“',
  "''": '”',
};
const PLAIN: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  '-': '-',
  '.': '.',
  e: '\\',
  '\\': '\\',
  "'": "'",
  '`': '`',
  ' ': ' ',
  '~': ' ',
  '0': ' ',
};
/** Escapes with a name: fonts, strings, numbers, sizes, colours. */
const NAMED =
  /\\(?:[fgkmMFnY*][+-]?(?:\((?<two>..)|\[(?<long>[^\]\n]{0,60})\]|(?<one>[^([\s]))|\((?<special>..)|\[(?<name>[^\]\n]{1,60})\]|s(?:[+-]?\d{1,2}|[+-]?\(\d\d|[+-]?\[[^\]\n]{1,9}\]|[+-]?'[^'\n]{1,9}'))/y;
/** Escapes with a delimited argument: motions, widths, drawings. */
const ARGUMENT = /\\[bABCDhHlLNoRSvwxXZ](['"^])(?<argument>[^'"\n]{0,200})\1/y;

/** Shows a range of one line; escapes that only affect formatting are hidden. Linear in its length. */
export function showRoff(prose: Prose, start: number, end: number): void {
  const { file } = prose.builder;
  let done = start;
  const flush = (to: number, next: number): void => {
    showWords(prose, done, to);
    done = next;
  };
  for (let at = file.indexOf('\\', start); at >= 0 && at < end; at = file.indexOf('\\', Math.max(done, at + 1))) {
    const [length, shown] = escapeAt(file, at, end);
    if (length === 0) break;
    const next = Math.min(end, at + length);
    flush(at, next);
    if (shown === ' ') prose.space(at, next);
    else if (shown !== '') prose.decode(shown, at, next);
    if (length < 0) return;
  }
  showWords(prose, done, end);
}

/** @returns units of the escape at a place, and its visible text */
function escapeAt(file: string, at: number, end: number): [number, string] {
  const unit = file[at + 1];
  if (at + 1 >= end) return [1, ''];
  // A comment to the end of the line.
  if (unit === '"' || unit === '#') return [end - at, ''];
  NAMED.lastIndex = at;
  const named = NAMED.exec(file);
  if (named && at + named[0].length <= end) {
    const { two, long, one, special, name } = named.groups!;
    if (special !== undefined) return [named[0].length, SPECIAL[special] ?? ''];
    if (name !== undefined) return [named[0].length, SPECIAL[name] ?? codePoint(name)];
    return [named[0].length, unit === '*' ? (STRINGS[two ?? long ?? one ?? ''] ?? '') : ''];
  }
  ARGUMENT.lastIndex = at;
  const argument = ARGUMENT.exec(file);
  if (argument && at + argument[0].length <= end) {
    const code = unit === 'N' ? Number(argument.groups!.argument) : 0;
    return [
      argument[0].length,
      code > 31 && code < 127
        ? String.fromCharCode(code)
        : unit === 'C'
          ? (SPECIAL[argument.groups!.argument] ?? '')
          : '',
    ];
  }
  return [2, PLAIN[unit] ?? ''];
}

/** `u00E9`, also several joined by `_`. */
function codePoint(name: string): string {
  const code = /^u([\dA-F]{4,6})(?:_|$)/.exec(name);
  const value = code ? Number.parseInt(code[1], 16) : 0;
  return value > 31 && value <= 0x10ffff && !(value >= 0xd800 && value < 0xe000) ? String.fromCodePoint(value) : '';
}

/** White space between words is one space. */
function showWords(prose: Prose, start: number, end: number): void {
  const { file } = prose.builder;
  for (let at = start; at < end; ) {
    let from = at;
    while (at < end && /\s/.test(file[at])) at++;
    if (at > from) prose.space(from, at);
    from = at;
    while (at < end && !/\s/.test(file[at])) at++;
    prose.show(from, at);
  }
}
