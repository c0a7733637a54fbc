/** Reading views of LaTeX, reStructuredText and AsciiDoc: text, blocks, paths, exact characters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asciidocView } from '../../../server/views/markup/asciidoc.js';
import { latexView } from '../../../server/views/markup/latex.js';
import { rstView } from '../../../server/views/markup/rst.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { blocksOf, inFile } from './view-examples.js';

describe('LaTeX view', () => {
  const latex = (file: string): string[] => blocksOf(latexView(file), file);

  it('the preamble is hidden except for the title; headings are the path', () => {
    const file = String.raw`\documentclass{article}
\usepackage{x} % hidden
\title{The \emph{Title}}
\begin{document}
\section[short]{First \textbf{Sec}}\label{a}
Text.
\subsection*{Sub}
More.
\end{document} after`;
    assert.deepEqual(latex(file), [
      'heading : The Title',
      'heading : First Sec',
      'paragraph First Sec: Text.',
      'heading First Sec: Sub',
      'paragraph First Sec/Sub: More.',
    ]);
  });

  it('mathematics ends at a sign after an even number of backslashes, in its paragraph', () => {
    assert.deepEqual(latex('a $x\\\\$ b \\% c $y\\$z$ d'), ['paragraph : a $x\\\\$ b % c $y\\$z$ d']);
    assert.deepEqual(latex('a $x \\$\n\nb\\% $y$ c'), ['paragraph : a $x $', 'paragraph : b% $y$ c']);
  });

  it('signs and accents are decoded with their places', () => {
    const file = "caf\\'e na\\\"{\\i}ve \\v{s} 50\\% a~b -- ``q'' \\LaTeX{} \\ss";
    const view = latexView(file);
    assert.equal(view.text, 'café naïve š 50% a b – “q” LaTeX ß');
    assert.equal(inFile(view, file, 'é'), "\\'e");
    assert.equal(inFile(view, file, 'ï'), '\\"{\\i}');
    assert.equal(inFile(view, file, '50%'), '50\\%');
    assert.equal(inFile(view, file, 'a b'), 'a~b');
    assert.equal(inFile(view, file, '“q”'), "``q''");
  });

  it('comments, references and options are hidden; lines are joined; notes, links, mathematics are shown', () => {
    const file = String.raw`Wrapped
  prose \cite[p.~3]{k}% gone
here.\footnote{Foot.} Math $x^2 + \$1$ and \(y\) \href{u}{link} \verb|a\b| \foo[o]{shown}{too}

Next.`;
    assert.deepEqual(latex(file), [
      'paragraph : Wrapped prose here. Foot. Math $x^2 + \\$1$ and \\(y\\) link a\\b shown too',
      'paragraph : Next.',
    ]);
  });

  it('lists, tables with headers, code, formulas', () => {
    const file = String.raw`\begin{itemize}
\item one
\item[Term] two
\end{itemize}
\begin{table}[ht]\caption{Cap}
\begin{tabular}{l|c}
Name & Size \\ \hline
a & 1 \\
b & 2
\end{tabular}\end{table}
\begin{equation}E=mc^2\end{equation}
\begin{verbatim}
x = %1
\end{verbatim}`;
    assert.deepEqual(latex(file), [
      'listItem : one',
      'listItem : Term: two',
      'paragraph : Cap',
      'tableRow : Name; Size.',
      'tableRow : Name: a; Size: 1.',
      'tableRow : Name: b; Size: 2.',
      'code : E=mc^2',
      'code : x = %1',
    ]);
  });

  it('unbalanced and deeply nested groups', () => {
    assert.deepEqual(latex('{{{\\emph{a} } b }}}} c \\section{open\n\nd'), [
      'paragraph : a b c',
      'heading : open',
      'paragraph open: d',
    ]);
    assert.equal(latexView(`${'{'.repeat(200_000)}x`).text, 'x');
    assert.equal(latexView(`${'\\cite{'.repeat(50_000)}x`).text, 'x');
    assert.equal(latexView(`x${'\\begin{a}'.repeat(50_000)}${'\\end{b}'.repeat(50_000)}`).text, 'x');
  });
});

describe('reStructuredText view', () => {
  const rst = (file: string): string[] => blocksOf(rstView(file), file);

  it('sections and inline markup', () => {
    const file =
      '=====\nTitle\n=====\n\nIntro *em* **strong** ``lit *x*`` :ref:`text <target>` and `link\n<http://x>`_ word_ |sub| [1]_ es\\*c 2*3*4.\n\nSection ``q``\n-----------\n\nEnd.\n';
    assert.deepEqual(rst(file), [
      'heading : Title',
      'paragraph Title: Intro em strong lit *x* text and link word sub [1] es*c 2*3*4.',
      'heading Title: Section q',
      'paragraph Title/Section q: End.',
    ]);
    assert.equal(inFile(rstView(file), file, 'em strong'), 'em* **strong');
  });

  it('lists, fields, definitions, literal blocks', () => {
    const file =
      '* item one\n  goes on\n* two\n\n1. first\n#. second\n\nterm\n  definition\n  more\n\n:field: value\n\nExample::\n\n   literal\n     block\n\n>>> x\n1\n';
    assert.deepEqual(rst(file), [
      'listItem : item one goes on',
      'listItem : two',
      'listItem : 1. first',
      'listItem : second',
      'paragraph : term: definition more',
      'listItem : field: value',
      'paragraph : Example:',
      'code : literal\n  block',
      'code : >>> x\n1',
    ]);
  });

  it('directives, comments, targets', () => {
    const file =
      '.. note:: careful\n   with it\n\n   more\n\n.. code-block:: py\n   :linenos:\n\n   x = 1\n\n.. toctree::\n   :maxdepth: 2\n\n   hidden\n\n.. comment\n   hidden\n\n.. _t: http://z\n\n.. |s| replace:: hidden\n\n.. figure:: x.png\n   :alt: a picture\n\n   Caption\n\n.. [1] foot\n   note\n';
    assert.deepEqual(rst(file), [
      'paragraph : careful with it',
      'paragraph : more',
      'code : x = 1',
      'paragraph : a picture',
      'paragraph : Caption',
      'paragraph : foot note',
    ]);
  });

  it('simple tables and grids, row by row', () => {
    const simple = '=====  =====\nA      B b\n=====  =====\n1      two\n       more\n3      *x*\n=====  =====\n';
    assert.deepEqual(rst(simple), [
      'tableRow : A; B b.',
      'tableRow : A: 1; B b: two more.',
      'tableRow : A: 3; B b: x.',
    ]);
    const grid =
      '+----+-----+\n| H1 | H2  |\n+====+=====+\n| a  | b   |\n|    | c   |\n+----+-----+\n| d  | e   |\n+----+-----+\n';
    assert.deepEqual(rst(grid), ['tableRow : H1; H2.', 'tableRow : H1: a; H2: b c.', 'tableRow : H1: d; H2: e.']);
  });
});

describe('AsciiDoc view', () => {
  const asciidoc = (file: string): string[] => blocksOf(asciidocView(file), file);

  it('sections, attributes, comments and inline markup', () => {
    const file =
      '= Doc\n:attr: v\n\n// comment\n== First *Sec*\n\nPara _it_ `mono` un**con**strained https://x.y[Link text], <<id,ref text>> xref:a.adoc[X] http://z.w\nnext line.footnote:[A note.] [[anchor]]x &amp; y 2 * 3 * 4\n\nOld\n---\n\nend\n';
    assert.deepEqual(asciidoc(file), [
      'heading : Doc',
      'heading Doc: First Sec',
      'paragraph Doc/First Sec: Para it mono unconstrained Link text, ref text X http://z.w next line. A note. x & y 2 * 3 * 4',
      'heading Doc: Old',
      'paragraph Doc/Old: end',
    ]);
    assert.equal(inFile(asciidocView(file), file, '&'), '&amp;');
  });

  it('lists, admonitions, code, blocks', () => {
    const file =
      '* one\n** two\n. num\n\nterm:: def\n\nNOTE: careful\n\n[source,py]\n----\nx = 1\n----\n\n====\nexample\n====\n\n////\nhidden\n////\n\nimage::x.png[Alt text,200]\n';
    assert.deepEqual(asciidoc(file), [
      'listItem : one',
      'listItem : two',
      'listItem : num',
      'listItem : term: def',
      'paragraph : careful',
      'code : x = 1',
      'paragraph : example',
      'paragraph : Alt text',
    ]);
  });

  it('tables', () => {
    const file = '.Title\n[cols="1,2",options="header"]\n|===\n|Name |Size\n\n|a\n|b *c*\n\n|d |e\n|===\n';
    assert.deepEqual(asciidoc(file), [
      'paragraph : Title',
      'tableRow : Name; Size.',
      'tableRow : Name: a; Size: b c.',
      'tableRow : Name: d; Size: e.',
    ]);
  });
});

describe('markup that is not a document', () => {
  it('takes time in proportion to its length', () => {
    const pieces = [
      '*a ',
      '**a ',
      '`a ',
      '``a ',
      '|a ',
      '_`a ',
      '<<a,',
      '[[a',
      '"`a ',
      '#a ',
      '^a',
      '$',
      '\\[ ',
      '\\cite{',
      '\\a[',
      '{',
      'link:[',
      '.. a::\n',
      '"a"',
      '+-+\n',
      '== ==\n',
      '|===\n',
      '----\n',
      ':a: ',
      'a::\n ',
    ];
    for (const make of [rstView, asciidocView, latexView]) {
      for (const piece of pieces) {
        const what = `${make.name} ${JSON.stringify(piece)}`;
        assertGrowsInProportion(what, 60_000, (size) => make(piece.repeat(Math.ceil(size / piece.length))));
      }
    }
  });
});
