/** Names joined by special characters: identifiers, options, variables, file paths, versions, words with a hyphen. */
import { type Atom, type Finder, form, matches } from './atom.js';
import { isGlued } from './glued.js';

/** A character of a name. Chinese and Japanese are written without spaces, so the end of a name is unknown. */
const NAME = '(?:(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}])[\\p{L}\\p{M}\\p{N}_$])';
/** An apostrophe belongs to O'Brien and l'eau, not to the genitive. */
const APOSTROPHE = "(?<=\\p{L})['’](?=\\p{L})(?![sS](?![\\p{L}\\p{M}]))";
/** Characters that join a name, a number or a path if there is no space next to them. */
const JOINT = `(?:::|->|:\\/\\/|\\.{1,2}\\/|[.#:/@\\-]|[\\u2010\\u2011]|${APOSTROPHE}|(?<=\\p{Lu})&(?=\\p{Lu}))`;
/** A word split at the end of a line. */
const LINE_END =
  '(?<=\\p{L})[-\\u2010\\u00ad][ \\t]*\\r?\\n[ \\t]{0,40}(?=\\p{Ll})(?!(?:and|or|to|und|oder|bis|sowie)(?!\\p{L}))';
/** Characters that a name may begin with, where a word could begin. */
const SIGN = '(?:(?<=^|[\\s"\'`(\\[{<=,;|/])(?:--?(?=\\p{L})|[@#](?=[\\p{L}\\p{N}])|\\*?\\.(?=[\\p{L}_])|~(?=/)))?';
/** C++, C#, F#. */
const TAIL = '(?:\\+\\+|(?<=(?:^|[^\\p{L}\\p{N}])[A-Z])#(?![\\p{L}\\p{N}]))?';

const name = form(/./s, `${SIGN}${NAME}+(?:(?:${JOINT}|${LINE_END}|\\u00ad)${NAME}+)*${TAIL}`);

/** Characters that no path has; a point or a comma at its end belongs to the sentence. */
const IN_PATH = '[^\\s"\'`<>|*?()\\[\\]{},;:!=\\u201c\\u201d\\u201e«»]';
const BEFORE_PATH = '(?<![\\p{L}\\p{N}_/\\\\.~:<@-])';
/** `~/.config/x`, `/etc/x.conf`, `./a/b`, `$HOME/bin`, `C:\…`, `%APPDATA%\…`, `\\host\share`. */
const path = form(
  /[/\\]/,
  `${BEFORE_PATH}(?:~[\\w-]{0,40}|\\.{1,2}|\\$\\{?\\w{1,60}\\}?|%\\w{1,60}%)?\\/(?=[\\p{L}\\p{N}_.@%~-])${IN_PATH}+(?<![.])|`,
  `${BEFORE_PATH}~\\/|`,
  `${BEFORE_PATH}(?:[A-Za-z]:|%\\w{1,60}%|\\\\\\\\(?=\\w))(?:[\\\\/]${IN_PATH}*|(?<=\\\\\\\\)${IN_PATH}+)(?<![.])`,
);
/** `v2.14.0-rc.1+build.5`, `1:2.3-4~deb12u1`. */
const version = form(
  /\d\.\d/,
  '(?<![\\p{L}\\p{N}_.])v?\\d{1,9}(?:\\.\\d{1,9}){1,4}(?:[-+~][\\p{L}\\p{N}]{1,40}(?:[.+~-][\\p{L}\\p{N}]{1,40}){0,6})?(?![\\p{L}\\p{N}])',
);
/** `>= 11.7.0`, `<5`: the number may stand alone, the operator may not. */
const compared = form(
  /[<>=≤≥~^]/,
  '(?<![\\p{L}\\p{N}<>=~^!-])(?:[<>]=?|[=!]=|[≤≥~^])[ \\u00a0]?(?<part1>v?\\d{1,9}(?:[.,]\\d{1,9}){0,4}(?:-[\\p{L}\\p{N}.]{1,40})?)(?![\\p{L}\\p{N}])',
);
/** `varchar(16)`, `NUMERIC(10, 2)`: the type of a column; its length may stand alone. */
const sized =
  /(?<![\w.])(?:(?:n?var|n)?char2?|character(?: varying)?|(?:var)?binary|varbit|bit|(?:tiny|small|medium|big)?int|integer|decimal|numeric|number|float|double|real|time(?:stamp)?|datetime2?)\( ?(?<part1>\d{1,6})(?:, ?\d{1,4})? ?\)/dgi;
const variable = form(/[$%]/, '\\$\\{[A-Za-z_]\\w{0,80}\\}|%[A-Za-z_]\\w{0,80}%');

export const names: Finder = (text) => [
  ...name(text).flatMap((atom) => apart(text, atom)),
  ...path(text),
  ...version(text),
  ...compared(text),
  ...variable(text),
  ...(/\w\( ?\d/.test(text) ? matches(sized, text) : []),
];

/** Sentences that are only glued together, each with its own name. */
function apart(text: string, atom: Atom): Atom[] {
  const found: Atom[] = [];
  let { start } = atom;
  for (let at = text.indexOf('.', start); at >= 0 && at < atom.end; at = text.indexOf('.', at + 1)) {
    if (!isGlued(text, at)) continue;
    found.push({ start, end: at });
    start = at + 1;
  }
  return [...found, { start, end: atom.end }];
}
