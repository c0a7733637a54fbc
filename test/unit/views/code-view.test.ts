// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is code of other languages
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../../server/views/base/reading-view.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { codeView } from '../../../server/views/code/code.js';
import { languageOfFile } from '../../../server/views/code/languages.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { inFile, shown, textOf } from './view-checks.js';
import { checkView } from './view-invariants.js';

interface Example {
  language: string;
  source: string;
  comments: string[];
  code?: string[];
  /** Path of the first comment. */
  path?: string[];
  /** Part of the view → characters of the file under it. */
  spans?: [string, string][];
}

const examples: Record<string, Example> = {
  'JavaScript: JSDoc, template, regular expression': {
    language: 'javascript',
    source: [
      '/**',
      ' * Adds two numbers,',
      ' * slowly. See {@link sum}.',
      ' *',
      ' * - first',
      ' * - second',
      ' * @param {number} a the left',
      ' *   side',
      ' * @returns the sum',
      ' */',
      'function add(a, b) {',
      '  const url = "http://x"; // not `//` in strings',
      '  const t = `a ${b /* inner */ + `// no`} // none`;',
      '  return /[/*"]+\\//.test(a) ? a / 2 : b / 3; // halves',
      '}',
    ].join('\n'),
    comments: [
      'Adds two numbers, slowly. See sum.',
      'first',
      'second',
      'param {number} a the left side',
      'returns the sum',
      'not // in strings',
      'halves',
    ],
    path: ['add'],
    spans: [
      ['numbers, slowly', 'numbers,\n * slowly'],
      ['halves', 'halves'],
    ],
  },
  'TypeScript: wrapped line comments, rule lines, commented-out code': {
    language: 'typescript',
    source: [
      '// ==========',
      '// Settings of',
      '// the reader',
      '// ==========',
      '//',
      '// const old = 1;',
      '// old++;',
      'export const settings = {};',
    ].join('\r\n'),
    comments: ['Settings of the reader', 'const old = 1;\nold++;'],
    code: ['export const settings = {};'],
    path: ['settings'],
    spans: [['of the', 'of\r\n// the']],
  },
  'Python: doc strings and comments': {
    language: 'python',
    source: [
      '#!/usr/bin/env python3',
      '"""Module about',
      'reading."""',
      'x = "# no comment"',
      'def read(path, size=3):',
      "    r'''Reads a file.",
      '',
      '    :param path: where it',
      '        lies',
      '    :returns: its text',
      '',
      '    Args:',
      '        path: the place',
      '        size (int): how much',
      "    '''",
      '    data = """not # a doc"""  # really',
      '    return data',
    ].join('\n'),
    comments: [
      'Module about reading.',
      'Reads a file.',
      'param path: where it lies',
      'returns: its text',
      'Args:',
      'path: the place',
      'size (int): how much',
      'really',
    ],
    spans: [['it lies', 'it\n        lies']],
  },
  'Rust: doc comments, nesting, raw strings, lifetimes': {
    language: 'rust',
    source: [
      '//! Crate of',
      '//! things',
      '',
      '/// Borrows.',
      '///',
      '/// # Examples',
      '///',
      '/// ```',
      '/// let x = 1;',
      '/// ```',
      '#[inline]',
      "pub fn borrow<'a>(x: &'a str) -> char {",
      '    /* outer /* inner */ still */',
      '    let s = r#"// "no" "#; // raw',
      "    '\"' // quote",
      '}',
    ].join('\n'),
    comments: ['Crate of things', 'Borrows.', '# Examples', 'outer /* inner */ still', 'raw', 'quote'],
    path: [],
  },
  'C: Doxygen, trailing comments that go on': {
    language: 'c',
    source: [
      '/*!',
      ' * \\brief Opens a door.',
      ' * \\param[in] door which',
      ' */',
      'static int open_door(struct door *door);',
      "char quote = '\"'; /* a quote",
      '                     of one */',
      'int size; // in',
      '          // metres',
      'int next;',
    ].join('\n'),
    comments: ['brief Opens a door.', 'param[in] door which', 'a quote of one', 'in metres'],
    path: ['open_door'],
  },
  'C++: raw strings and separated digits': {
    language: 'cpp',
    source: 'auto s = R"x(/* )" // no */)x"; // yes\nint n = 1\'000\'000; // million\n/// brief\nclass Foo {};',
    comments: ['yes', 'million', 'brief'],
  },
  'C#: XML comments and verbatim strings': {
    language: 'csharp',
    source: [
      '/// <summary>',
      '/// Finds <see cref="Word"/> in text.',
      '/// </summary>',
      '/// <param name="text">where</param>',
      'public int Find(string text) {',
      '  var p = @"C:\\"; // path',
      '}',
    ].join('\n'),
    comments: ['Finds Word in text.', 'param text: where', 'path'],
    path: ['Find'],
  },
  'Java: box of stars': {
    language: 'java',
    source:
      '/*******************\n * The quick fox    *\n * jumps.           *\n *******************/\npublic class Fox {}',
    comments: ['The quick fox jumps.'],
    path: ['Fox'],
  },
  Go: {
    language: 'go',
    source: '// Read reads\n// all of it.\nfunc (r *Reader) Read() string {\n\treturn `// raw` // raw\n}',
    comments: ['Read reads all of it.', 'raw'],
    path: ['Read'],
  },
  'Shell: heredocs, expansions': {
    language: 'shellscript',
    source:
      '#!/bin/sh\n# Counts\n# things\nn=$#; m=${#n}; echo "a # b $(echo "# c")" # shown\ncat <<EOF\n# not this\nEOF\necho it\\\'s # last',
    comments: ['Counts things', 'shown', 'last'],
  },
  'Ruby: =begin, interpolation, heredoc, %w': {
    language: 'ruby',
    source:
      '=begin\nA long\nstory\n=end\nx = "a #{b["#"]} # no" # yes\ny = <<~EOS\n  # no\nEOS\nw = %w[# a] # words\nz = x =~ /#"/ # regex\n',
    comments: ['A long story', 'yes', 'words', 'regex'],
  },
  'Perl: POD, quoting': {
    language: 'perl',
    source: '=head1 NAME\n\nfoo - bars\n\n=cut\nmy $n = $#list; # last\nmy $q = q{# no}; s{a#}{b#}; # subst\n',
    comments: ['NAME', 'foo - bars', 'last', 'subst'],
  },
  'Haskell: operators are not comments': {
    language: 'haskell',
    source: "-- | Adds\n-- numbers.\nadd x' = x' --> y\n{- outer {- inner -} end -}\nc = '\"' -- char",
    comments: ['Adds numbers.', 'outer {- inner -} end', 'char'],
  },
  'Lua: long brackets': {
    language: 'lua',
    source: '--[==[ long\n]] comment ]==]\nlocal s = [[-- no]] -- yes\n',
    comments: ['long ]] comment', 'yes'],
  },
  SQL: {
    language: 'sql',
    source: "-- All users\n-- of today\nSELECT '-- it''s', $$ -- no $$ FROM t; /* end */",
    comments: ['All users of today', 'end'],
  },
  'Elixir: @doc': {
    language: 'elixir',
    source: '  @doc """\n  Doubles a\n  number.\n  """\n  def double(x), do: x # twice\n',
    comments: ['Doubles a number.', 'twice'],
    path: ['double'],
  },
  Clojure: {
    language: 'clojure',
    source: ';; Greets\n;; people\n(def c \\;) ; semicolon\n(def d \\") ; quote',
    comments: ['Greets people', 'semicolon', 'quote'],
  },
  'PHP: HTML around code': {
    language: 'php',
    source: "<p>// it's html</p>\n<?php\n# one\n#[Attr]\n$x = '//'; // two ?><b>\"// html</b>\n<?php /* three */",
    comments: ['one', 'two', 'three'],
  },
  'Swift: nested comments, raw strings, interpolation': {
    language: 'swift',
    source: '/* a /* b */ c */\nlet s = "x \\(f("// no")) // no" // yes\nlet r = #"" // no "# // raw',
    comments: ['a /* b */ c', 'yes', 'raw'],
  },
  'Kotlin: templates': {
    language: 'kotlin',
    source: 'val s = "${m["// no"]} // no" // yes\nval r = """ " // no """ // raw',
    comments: ['yes', 'raw'],
  },
  OCaml: {
    language: 'ocaml',
    source: '(** Doc (* in *) *)\nlet f x\' = ( *) 1 "(* no" (* yes *)',
    comments: ['Doc (* in *)', 'yes'],
  },
  'R: roxygen': {
    language: 'r',
    source: "#' Sum\n#'\n#' @param x a\n#'   number\nf <- function(x) '#' # end",
    comments: ['Sum', 'param x a number', 'end'],
  },
  CSS: { language: 'css', source: '/* Main\n   colours */\na { background: url(//x/*y) }', comments: ['Main colours'] },
  Batch: { language: 'bat', source: 'REM Makes\nREM all\necho rem no\n:: end', comments: ['Makes all', 'end'] },
};

describe('reading view of code', () => {
  for (const [name, { language, source, comments, code, path, spans }] of Object.entries(examples)) {
    it(name, () => {
      const view = viewOf(source, { languageId: language });
      checkView(view, source);
      assert.deepEqual(shown(view, 'comment'), comments);
      if (code) assert.deepEqual(shown(view, 'code'), code);
      if (path) assert.deepEqual(view.blocks.find(({ kind }) => kind === 'comment')!.path, path);
      for (const [part, characters] of spans ?? []) assert.equal(inFile(view, source, part), characters);
    });
  }

  it('shows the code of a line before the comment that follows it', () => {
    const source = 'a = 1  # first\nb = 2\n';
    const view = codeView(source, 'python');
    const blocks = view.blocks.map((block: Block) => [block.kind, textOf(view, block), block.path]);
    assert.deepEqual(blocks, [
      ['value', 'a (first) = 1', []],
      ['comment', 'first', ['a']],
      ['value', 'b = 2', []],
    ]);
  });

  it('keeps comments inside a line with its code', () => {
    const source = 'f(/* left */ 1);';
    assert.deepEqual(shown(codeView(source, 'c'), 'code'), [source]);
  });

  it('names the subject of a doc string', () => {
    const source = 'class A:\n    """About A."""\n    def b(self,\n          c):\n        """About b."""\n';
    const paths = codeView(source, 'python')
      .blocks.filter(({ kind }) => kind === 'comment')
      .map(({ path }) => path);
    assert.deepEqual(paths, [['A'], ['b']]);
  });

  it('shows examples as lines of code', () => {
    const source = '/**\n * Text.\n * @example\n * let a;\n *   b();\n * @returns c\n */';
    assert.deepEqual(shown(codeView(source, 'javascript'), 'code'), ['let a;\n  b();']);
    const doctest = '"""Adds.\n\n    >>> add(1,\n    ...     2)\n    3\n\n    Done."""';
    assert.deepEqual(shown(codeView(doctest, 'python'), 'code'), ['>>> add(1,\n...     2)\n3']);
  });

  it('does not let unclosed comments and strings swallow the rest', () => {
    assert.deepEqual(shown(codeView('/* open\n\nint a; // seen\n', 'c'), 'comment'), ['open', 'seen']);
    assert.deepEqual(shown(codeView("x = 'open\ny = 1 # seen\n", 'python'), 'comment'), ['seen']);
    assert.deepEqual(shown(codeView('x = """open\ny = 1 # seen\n', 'python'), 'comment'), ['seen']);
    assert.deepEqual(shown(codeView('let a = `open ${b\nc // seen\n', 'javascript'), 'comment'), ['seen']);
    assert.deepEqual(shown(codeView('/* /* open */\nfn a() {} // seen\n', 'rust'), 'comment'), ['/* open', 'seen']);
    assert.deepEqual(shown(codeView('cat <<EOF\n# seen\n', 'shellscript'), 'comment'), ['seen']);
    assert.deepEqual(shown(codeView('let a = `b`; let c = `open\n// seen\n', 'javascript'), 'comment'), ['seen']);
  });

  it('prefers comment syntax that the editor knows', () => {
    const view = codeView('a ;; b\n<< c >> d', 'unheard-of', { line: [';;'], block: [{ open: '<<', close: '>>' }] });
    assert.deepEqual(shown(view, 'comment'), ['b', 'c']);
    assert.deepEqual(shown(codeView('# a', 'unheard-of'), 'code'), ['# a']);
    assert.deepEqual(shown(codeView('# a', 'python', { line: [''], block: [{ open: '#' }] }), 'code'), ['# a']);
  });

  it('uses the name of the file if there is no language', () => {
    assert.equal(languageOfFile('/a/b.c/CMakeLists.txt'), 'cmake');
    assert.equal(languageOfFile('C:\\a\\x.PY'), 'python');
    assert.equal(languageOfFile('/a.py/README'), undefined);
    assert.deepEqual(shown(viewOf('# a\nx', { fileName: 'x.py', languageId: 'plaintext' }), 'comment'), ['a']);
  });

  it('is linear on input crafted to be slow', () => {
    const hostile: [string, string][] = [
      ['javascript', '`${'],
      ['javascript', '=/[a'],
      ['javascript', '/**//'],
      ['rust', '/*'],
      ['rust', 'r#"'],
      ['rust', '/* */ /*'],
      ['cpp', 'R"a('],
      ['shellscript', 'x <<A\n'],
      ['shellscript', '"$('],
      ['perl', 'q{ '],
      ['perl', 's/a'],
      ['ruby', ' %w['],
      ['lua', '--[['],
      ['lua', '[=['],
      ['python', '"""'],
      ['python', "'''\n"],
      ['python', ' # a\n"b" '],
      ['swift', '#"'],
      ['sql', '$a$'],
      ['ocaml', '(*'],
      ['ocaml', '(* *) '],
      ['elixir', '@doc """#{'],
      ['java', '/** {@a '],
      ['java', '// <p '],
      ['c', '/* a\n'],
      ['c', ' '],
      ['c', '/*\t*/'],
      ['c', '// (\n\n'],
      ['c', 'a, /*b*/ '],
      ['dart', '"${"${'],
    ];
    for (const [language, piece] of hostile) {
      const source = piece.repeat(Math.ceil(200_000 / piece.length));
      const part = source.slice(0, 30_000);
      checkView(codeView(part, language), part);
      const what = `${language} ${JSON.stringify(piece)}`;
      assertGrowsInProportion(what, source.length, (size) => codeView(source.slice(0, size), language));
    }
  });
});
