// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is code of other languages
/** How the most used programming languages write comments and literals, under VS Code's language identifiers. */
import type { CommentSyntax, LineRule } from './comment-syntax.js';
import {
  CHAR,
  c,
  config,
  css,
  DOLLAR,
  DQ,
  DQ_DOUBLED,
  DQ_LINES,
  elixirDoc,
  groovyStrings,
  HASH,
  html,
  javascript,
  lisp,
  nested,
  python,
  ruby,
  SQ,
  SQ_DOUBLED,
  SQ_LINES,
  sharpStrings,
  shell,
  slashes,
  TICK,
  TRIPLE,
} from './syntax-presets.js';

export interface Language extends CommentSyntax {
  /** Without the dot; with a capital or a dot inside: the whole name of a file. */
  readonly files: string;
}

/** By VS Code's language identifier. */
export const languages: Readonly<Record<string, Language>> = {
  ada: { files: 'ada adb ads', line: ['--'], strings: [DQ_DOUBLED, { open: /'[^\n]'/y, first: "'" }] },
  asm: {
    files: 'asm s S nasm',
    line: [';', { open: '#', at: 'wordStart', unless: /[\w$-]/y }, '//'],
    block: [{ open: '/*', close: '*/' }],
    strings: [DQ, SQ],
  },
  awk: { files: 'awk', line: ['#'], strings: [DQ], regex: true },
  bat: {
    files: 'bat cmd',
    line: ['rem', 'REM', 'Rem', '@rem', '@REM', '::'].map((open) => ({ open, at: 'lineStart', unless: /\w/y })),
  },
  c: { files: 'c h', ...c },
  clojure: { files: 'clj cljs cljc edn', line: [';'], strings: [DQ_LINES], skip: ['\\'] },
  cmake: {
    files: 'cmake CMakeLists.txt',
    line: ['#'],
    block: [{ open: /#\[(={0,9})\[/y, first: '#', close: (m) => `]${m[1]}]` }],
    strings: [{ open: /\[(={0,9})\[/y, first: '[', close: (m) => `]${m[1]}]`, lines: true }, DQ_LINES],
    skip: ['\\'],
  },
  coffeescript: {
    files: 'coffee cson',
    line: ['#'],
    block: [{ open: '###', close: '###' }],
    strings: [{ ...TRIPLE, code: HASH }, { ...DQ_LINES, code: HASH }, SQ_LINES],
    regex: true,
  },
  cpp: { files: 'cpp cc cxx hpp hh hxx inl ipp ino', ...c },
  crystal: { files: 'cr', line: ['#'], strings: [{ ...DQ_LINES, code: HASH }, CHAR], regex: true, quotes: 'ruby' },
  csharp: { files: 'cs csx cake', ...slashes, strings: [...sharpStrings, SQ] },
  css: { files: 'css', block: [{ open: '/*', close: '*/' }], strings: css },
  'cuda-cpp': { files: 'cu cuh', ...c },
  d: {
    files: 'd di',
    line: ['//'],
    block: [
      { open: '/*', close: '*/' },
      { open: '/+', close: '+/', nested: true },
    ],
    strings: [{ open: /(?<=\br)"/y, first: '"', close: '"', lines: true }, DQ_LINES, SQ, TICK],
  },
  dart: {
    files: 'dart',
    ...nested,
    strings: [{ open: /(?<=\br)(["'])/y, first: '"\'', close: (m) => m[1] }, ...groovyStrings],
  },
  dockerfile: { files: 'dockerfile Dockerfile Containerfile', line: [{ open: '#', at: 'lineStart' }] },
  elixir: {
    files: 'ex exs',
    line: ['#'],
    strings: [
      { open: /\?\\?["'#]/y, first: '?' },
      { ...elixirDoc('"""'), code: HASH },
      elixirDoc("'''"),
      { ...DQ_LINES, code: HASH, doc: 'attribute' },
      SQ_LINES,
    ],
  },
  elm: { files: 'elm', line: ['--'], block: [{ open: '{-', close: '-}', nested: true }], strings: [TRIPLE, DQ, CHAR] },
  erlang: { files: 'erl hrl escript', line: ['%'], strings: [DQ_LINES, SQ], skip: ['$'] },
  'fortran-modern': { files: 'f90 f95 f03 f08', line: ['!'], strings: [DQ_DOUBLED, SQ_DOUBLED] },
  fsharp: {
    files: 'fs fsi fsx',
    line: ['//'],
    // Not `(*)`, the operator.
    block: [{ open: /\(\*(?!\))/y, first: '(', close: '*)', nested: true }],
    strings: [...sharpStrings, CHAR],
  },
  glsl: { files: 'glsl vert frag comp', ...slashes },
  go: { files: 'go', ...slashes, strings: [DQ, SQ, TICK] },
  graphql: { files: 'graphql gql', line: ['#'], strings: [{ ...TRIPLE, doc: 'always' }, DQ] },
  groovy: { files: 'groovy gradle gvy', ...slashes, strings: groovyStrings, regex: true },
  haskell: {
    files: 'hs lhs',
    line: [{ open: '--', unless: /-*[!#$%&*+./<=>?@\\^|~:]/y }],
    block: [{ open: '{-', close: '-}', nested: true }],
    strings: [DQ, CHAR],
  },
  haxe: { files: 'hx', ...slashes },
  hlsl: { files: 'hlsl fx', ...slashes },
  ini: { files: 'ini cfg conf', ...config },
  java: { files: 'java', ...slashes, strings: [TRIPLE, DQ, SQ] },
  javascript: { files: 'js mjs cjs es6', ...javascript },
  javascriptreact: { files: 'jsx', ...javascript },
  julia: {
    files: 'jl',
    line: ['#'],
    block: [{ open: '#=', close: '=#', nested: true }],
    strings: [{ ...TRIPLE, code: ['$(', ')'], doc: 'statement' }, { ...DQ_LINES, code: ['$(', ')'] }, CHAR],
  },
  kotlin: {
    files: 'kt kts',
    ...nested,
    strings: [{ ...TRIPLE, code: DOLLAR, escape: undefined }, { ...DQ, code: DOLLAR }, SQ],
  },
  less: { files: 'less', ...slashes, strings: css },
  lisp: { files: 'lisp lsp cl el', ...lisp },
  lua: {
    files: 'lua',
    line: ['--'],
    block: [{ open: /--\[(={0,9})\[/y, first: '-', close: (m) => `]${m[1]}]` }],
    strings: [{ open: /\[(={0,9})\[/y, first: '[', close: (m) => `]${m[1]}]`, lines: true }, DQ, SQ],
  },
  makefile: {
    files: 'mk mak Makefile makefile GNUmakefile',
    line: shell.line,
    strings: [DQ, { ...SQ, escape: undefined }],
    skip: ['\\'],
  },
  matlab: {
    files: 'matlab',
    line: ['%'],
    block: [{ open: /%\{(?=[ \t]*\r?$)/my, first: '%', close: '%}', nested: false }],
    strings: [DQ_DOUBLED, { open: /(?<![\w)\]}'.])'/y, first: "'", close: "'", doubled: true }],
  },
  nim: {
    files: 'nim nims',
    line: ['#'],
    block: [
      { open: '##[', close: ']##', nested: true },
      { open: '#[', close: ']#', nested: true },
    ],
    strings: [{ ...TRIPLE, escape: undefined }, DQ, CHAR],
  },
  nix: {
    files: 'nix',
    line: ['#'],
    block: [{ open: '/*', close: '*/' }],
    strings: [
      { ...DQ_LINES, code: DOLLAR },
      { open: "''", close: "''", lines: true, code: DOLLAR },
    ],
  },
  'objective-c': { files: 'm', ...c },
  'objective-cpp': { files: 'mm', ...c },
  ocaml: {
    files: 'ml mli',
    block: [{ open: /\(\*(?!\))/y, first: '(', close: '*)', nested: true }],
    strings: [DQ_LINES, CHAR],
  },
  pascal: {
    files: 'pas pp dpr inc',
    line: ['//'],
    block: [
      { open: '{', close: '}' },
      { open: '(*', close: '*)' },
    ],
    strings: [SQ_DOUBLED],
  },
  perl: {
    files: 'pl pm t pod',
    line: ['#'],
    block: [{ open: /=[a-z]\w{0,20}/y, first: '=', close: '\n=cut', firstColumn: true }],
    strings: [DQ_LINES, SQ_LINES, { ...TICK, escape: '\\' }],
    skip: ['$', '\\'],
    regex: true,
    heredoc: /<<~?(["']?)(?<tag>[A-Z_]\w{0,60})\1/y,
    quotes: 'perl',
  },
  php: {
    files: 'php phtml php5',
    line: ['//', { open: '#', unless: /\[/y }],
    block: [{ open: '/*', close: '*/' }],
    strings: [html, DQ_LINES, SQ_LINES, { ...TICK, escape: '\\' }],
    heredoc: /<<<[ \t]?(["']?)(?<tag>[A-Za-z_]\w{0,60})\1/y,
    startsIn: html,
  },
  powershell: {
    files: 'ps1 psm1 psd1',
    line: [{ open: '#', at: 'wordStart' }],
    block: [{ open: '<#', close: '#>' }],
    strings: [
      { open: '@"', close: '\n"@', lines: true },
      { open: "@'", close: "\n'@", lines: true },
      { ...DQ_LINES, escape: '`' },
      { ...SQ_DOUBLED, lines: true },
    ],
    skip: ['`'],
  },
  prolog: {
    files: 'pro plg',
    line: ['%'],
    block: [{ open: '/*', close: '*/' }],
    strings: [{ open: /0'[^\n]/y, first: '0' }, DQ, SQ],
  },
  properties: { files: 'properties env', ...config, line: [...config.line!, { open: '!', at: 'lineStart' }] },
  proto3: { files: 'proto', ...slashes },
  python: { files: 'py pyi pyw pyx pxd SConstruct', ...python },
  r: { files: 'r R', line: ['#'], strings: [DQ_LINES, SQ_LINES, TICK] },
  ruby: { files: 'rb rake gemspec Gemfile Rakefile Vagrantfile Podfile', ...ruby },
  rust: {
    files: 'rs',
    ...nested,
    strings: [{ open: /(?<=\b[bc]?r)(#{0,16})"/y, first: '#"', close: (m) => `"${m[1]}`, lines: true }, DQ_LINES, CHAR],
  },
  scala: { files: 'scala sc sbt', ...nested, strings: [{ ...TRIPLE, escape: undefined, code: DOLLAR }, DQ, CHAR] },
  scheme: { files: 'scm ss rkt', ...lisp },
  scss: { files: 'scss', ...slashes, strings: css },
  shellscript: { files: 'sh bash zsh ksh bats ebuild bashrc zshrc profile', ...shell },
  solidity: { files: 'sol', ...slashes },
  sql: {
    files: 'sql psql ddl',
    line: ['--'],
    block: [{ open: '/*', close: '*/' }],
    strings: [
      { open: /\$(\w{0,30})\$/y, first: '$', close: (m) => `$${m[1]}$`, lines: true },
      { ...SQ_DOUBLED, lines: true },
      DQ_DOUBLED,
      { ...TICK, lines: false },
    ],
  },
  stylus: { files: 'styl', ...slashes },
  swift: {
    files: 'swift',
    ...nested,
    strings: [
      { open: /(#{1,8})("""|")/y, first: '#', close: (m) => m[2] + m[1], lines: true },
      { ...TRIPLE, code: ['\\(', ')'] },
      { ...DQ, code: ['\\(', ')'] },
    ],
  },
  systemverilog: { files: 'sv svh', ...slashes, strings: [DQ] },
  tcl: { files: 'tcl tk', line: [{ open: '#', at: 'lineStart' }], strings: [DQ_LINES], skip: ['\\'] },
  terraform: {
    files: 'tf tfvars hcl',
    line: ['#', '//'],
    block: [{ open: '/*', close: '*/' }],
    strings: [{ ...DQ, code: DOLLAR }],
    heredoc: /<<-?(?<tag>[A-Za-z_]\w{0,60})/y,
  },
  typescript: { files: 'ts mts cts', ...javascript },
  typescriptreact: { files: 'tsx', ...javascript },
  vb: {
    files: 'vb bas vbs',
    line: ["'", ...['REM', 'Rem', 'rem'].map((open): LineRule => ({ open, at: 'lineStart', unless: /\w/y }))],
    strings: [DQ_DOUBLED],
  },
  verilog: { files: 'v vh', ...slashes, strings: [DQ] },
  vhdl: {
    files: 'vhd vhdl',
    line: ['--'],
    block: [{ open: '/*', close: '*/' }],
    strings: [DQ_DOUBLED, { open: /'[^\n]'/y, first: "'" }],
  },
  viml: { files: 'vim vimrc', line: [{ open: '"', at: 'lineStart' }] },
  wgsl: { files: 'wgsl', ...nested },
  zig: { files: 'zig', line: ['//'], strings: [{ open: /\\\\[^\n]*/y, first: '\\' }, DQ, SQ] },
};

/** Further identifiers of the same languages. */
const aliases = new Map(
  Object.entries({
    'c++': 'cpp',
    cuda: 'cuda-cpp',
    'emacs-lisp': 'lisp',
    'common-lisp': 'lisp',
    FortranFreeForm: 'fortran-modern',
    fortran: 'fortran-modern',
    proto: 'proto3',
    protobuf: 'proto3',
    hcl: 'terraform',
    jsx: 'javascriptreact',
    tsx: 'typescriptreact',
    racket: 'scheme',
    shaderlab: 'hlsl',
    perl6: 'perl',
    objectpascal: 'pascal',
    vim: 'viml',
    dotenv: 'properties',
    fish: 'shellscript',
  }),
);

export const languageIds: readonly string[] = [...Object.keys(languages), ...aliases.keys()];

export function syntaxOf(languageId: string): CommentSyntax | undefined {
  const id = aliases.get(languageId) ?? languageId;
  return Object.hasOwn(languages, id) ? languages[id] : undefined;
}

const byFile = new Map(
  Object.entries(languages).flatMap(([id, { files }]) => files.split(' ').map((name) => [name, id])),
);

/** The language of a file by its whole name or its extension. @param fileName name or path */
export function languageOfFile(fileName: string): string | undefined {
  const name = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return (
    byFile.get(name) ??
    (name.includes('.') ? (byFile.get(extension) ?? byFile.get(extension.toLowerCase())) : undefined)
  );
}
