/** Ends of literals whose form depends on their context: regular expressions and quoting operators. */

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
/** Words after which a value begins, so that `/` opens a regular expression. */
const BEFORE_VALUE = new Set(
  'return typeof case in of delete void throw new else do instanceof yield await default and or not if unless elsif when while until then split grep map join push puts'.split(
    ' ',
  ),
);
const WORD = /[\w$]/;

/**
 * Whether `/` begins a regular expression rather than divides.
 * @param last the place of the last character of code before it; -1: none
 */
export function beginsRegex(text: string, last: number, at: number): boolean {
  const next = text[at + 1];
  if (next === undefined || next === '\n' || next === '\r') return false;
  if (last < 0) return true;
  const before = text[last];
  // A closing tag of JSX.
  if (before === '<' || next === '>') return false;
  if (before === '}') return text.slice(last, at).includes('\n');
  if (')]"\'`'.includes(before)) return false;
  if (!WORD.test(before)) return true;
  let start = last;
  while (start > 0 && last - start < 12 && WORD.test(text[start - 1])) start--;
  return text[start - 1] !== '.' && BEFORE_VALUE.has(text.slice(start, last + 1));
}

/** The place after a regular expression that begins at `/`; -1 if it does not end on its line. */
export function regexEnd(text: string, at: number): number {
  let inClass = false;
  for (let i = at + 1; i < text.length; i++) {
    const unit = text[i];
    if (unit === '\n') return -1;
    if (unit === '\\') i++;
    else if (unit === '[') inClass = true;
    else if (unit === ']') inClass = false;
    else if (unit === '/' && !inClass) return i + 1;
  }
  return -1;
}

const OPERATORS = {
  perl: /(?<![$@%&>\-{])\b(q[qwrx]?|m|s|tr|y)\s?(?!=[>=~]?\s)([^\w\s,;=)>}.])/y,
  // Where a value can begin; `%` is also the modulo operator.
  ruby: /(?<=^|[\s([{,=])%([qQwWiIrsx]?)([[{(<|!/])(?![\s=])/my,
};

/** The place after `q{…}`, `s/…/…/`, `%w[…]` at a place; 0: none begins here; -1: it does not end. */
export function quoteOperatorEnd(text: string, at: number, kind: 'perl' | 'ruby'): number {
  const pattern = OPERATORS[kind];
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  if (!match) return 0;
  const [, operator, open] = match;
  // A comment follows, not a delimiter.
  if (open === '#' && /\s/.test(match[0])) return 0;
  let end = delimitedEnd(text, at + match[0].length, open);
  if (end > 0 && kind === 'perl' && (operator === 's' || operator === 'tr' || operator === 'y')) {
    if (!CLOSING[open]) return delimitedEnd(text, end, open);
    while (end < text.length && /\s/.test(text[end])) end++;
    if (end < text.length) end = delimitedEnd(text, end + 1, text[end]);
  }
  return end;
}

function delimitedEnd(text: string, from: number, open: string): number {
  const close = CLOSING[open] ?? open;
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    const unit = text[i];
    if (unit === '\\') i++;
    else if (unit === close) {
      if (--depth === 0) return i + 1;
    } else if (unit === open) depth++;
  }
  return -1;
}

/** The place after the line that ends a here-document; -1: there is none. @param from the start of its first line */
export function heredocEnd(text: string, from: number, tag: string): number {
  for (let at = text.indexOf(tag, from); at >= 0; at = text.indexOf(tag, at + tag.length)) {
    let start = at;
    while (start > from && (text[start - 1] === ' ' || text[start - 1] === '\t')) start--;
    const after = text[at + tag.length];
    if ((start === from || text[start - 1] === '\n') && (after === undefined || !/\w/.test(after)))
      return at + tag.length;
  }
  return -1;
}
