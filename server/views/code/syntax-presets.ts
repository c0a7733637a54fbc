// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is code of other languages
/** Literals and families of syntax that several languages share. */
import type { CommentSyntax, StringRule } from './comment-syntax.js';

export const DQ: StringRule = { open: '"', close: '"', escape: '\\' };
export const SQ: StringRule = { open: "'", close: "'", escape: '\\' };
export const TICK: StringRule = { open: '`', close: '`', lines: true };
export const TRIPLE: StringRule = { open: '"""', close: '"""', escape: '\\', lines: true };
export const DQ_LINES: StringRule = { ...DQ, lines: true };
export const SQ_LINES: StringRule = { ...SQ, lines: true };
export const DQ_DOUBLED: StringRule = { open: '"', close: '"', doubled: true };
export const SQ_DOUBLED: StringRule = { open: "'", close: "'", doubled: true };
/** `'x'`, not the quote of a lifetime, a type variable or a transposition. */
export const CHAR: StringRule = { open: /(?<![\w)\]}'.])'(?:\\[^\n][^'\n]{0,10}|[^\\'\n]{1,2})'/y, first: "'" };
export const DOLLAR = ['${', '}'] as const;
export const HASH = ['#{', '}'] as const;

export const slashes: CommentSyntax = { line: ['//'], block: [{ open: '/*', close: '*/' }], strings: [DQ, SQ] };
export const nested: CommentSyntax = { line: ['//'], block: [{ open: '/*', close: '*/', nested: true }] };
export const c: CommentSyntax = {
  ...slashes,
  strings: [
    { open: /(?<=(?:\b|u8|[uUL])R)"([^()\\\s]{0,16})\(/y, first: '"', close: (m) => `)${m[1]}"` },
    DQ,
    // Not the separator of digits.
    { open: /(?<![0-9a-fA-F])'/y, first: "'", close: "'", escape: '\\' },
  ],
};
export const javascript: CommentSyntax = {
  ...slashes,
  strings: [DQ, SQ, { ...TICK, escape: '\\', code: DOLLAR }],
  regex: true,
};
export const python: CommentSyntax = {
  line: ['#'],
  strings: [
    { ...TRIPLE, doc: 'statement' },
    { open: "'''", close: "'''", escape: '\\', lines: true, doc: 'statement' },
    { ...DQ, doc: 'statement' },
    { ...SQ, doc: 'statement' },
  ],
};
export const shell: CommentSyntax = {
  line: [{ open: '#', at: 'wordStart' }],
  strings: [
    { open: /(?<=\$)'/y, first: "'", close: "'", escape: '\\', lines: true },
    { open: "'", close: "'", lines: true },
    { ...DQ_LINES, code: ['$(', ')'] },
  ],
  skip: ['\\'],
  heredoc: /(?<!<)<<[-~]?\s?(["']?)(?<tag>[A-Za-z_]\w{0,60})\1/y,
};
export const ruby: CommentSyntax = {
  line: ['#'],
  block: [{ open: '=begin', close: '\n=end', firstColumn: true }],
  strings: [{ open: /\?#(?![\w{])/y, first: '?' }, { ...DQ_LINES, code: HASH }, SQ_LINES, { ...TICK, escape: '\\' }],
  skip: ['$', '\\'],
  regex: true,
  heredoc: /<<[-~]?(["'`]?)(?<tag>[A-Z_]\w{0,60})\1/y,
  quotes: 'ruby',
};
export const elixirDoc = (open: string): StringRule => ({
  open,
  close: open,
  escape: '\\',
  lines: true,
  doc: 'attribute',
});
export const groovyStrings: StringRule[] = [
  { ...TRIPLE, code: DOLLAR },
  { open: "'''", close: "'''", escape: '\\', lines: true },
  { ...DQ, code: DOLLAR },
  SQ,
];
export const lisp: CommentSyntax = {
  line: [';'],
  block: [{ open: '#|', close: '|#', nested: true }],
  strings: [DQ_LINES],
  skip: ['#\\', '\\'],
};
export const html: StringRule = { open: '?>', close: '<?', lines: true, openEnded: true };
export const css: StringRule[] = [DQ, SQ, { open: /url\((?!\s*["'])/y, first: 'u', close: ')' }];
export const sharpStrings: StringRule[] = [
  { open: /("{3,8})/y, first: '"', close: (m) => m[1], lines: true },
  { open: /(?<=@\$?|\$@)"/y, first: '"', close: '"', doubled: true, lines: true },
  DQ,
];
export const config: CommentSyntax = {
  line: [
    { open: '#', at: 'lineStart' },
    { open: ';', at: 'lineStart' },
  ],
};
