/**
 * What nobody would call a document, read as every format there is: an answer on exact characters, or none; in time.
 * Files that change, vanish, loop or are too large: files.test.ts, many.test.ts; scanners and parsers one by one: the
 * tests of their views.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { engineOf, favouring, readerWith } from '../helpers/fake-engine.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { isLong } from '../helpers/long.js';
import { checkSpan } from '../views/view-invariants.js';

/** One of each kind of view, and languages whose comments begin in different ways. */
const FORMATS = (
  'a.md a.html a.vue a.ipynb a.json a.yaml a.toml a.properties a.ini a.tex a.rst a.adoc a.log a.txt ' +
  'a.js a.py a.rs a.c a.cs a.rb a.pl a.sh a.lua a.hs a.php a.sql a.ex a.jl a.ps1 a.unheard-of'
).split(' ');

/** Units of a line: work that grows with their square takes minutes for either. */
const LINE = isLong ? 1_000_000 : 250_000;
const fill = (part: string) => part.repeat(Math.ceil(LINE / part.length));

/** Each holds "the king" once, where nothing hides it. */
const BROKEN: Record<string, string> = {
  'broken Markdown': '# a [b](c\n\n> - ```js\n| x |\n|--\n**the king _built `a](\n[^1]: [[[![<div><!-- \n',
  'unbalanced comments': '/* a /* b\nthe king\n"""\n<!-- (* {- --[[ #= =begin #| """ */ \n',
  'unbalanced strings': '"a\nthe king \'b `c ${d " """ \'\'\'\n<<EOF\nr#"x\n',
  'a notebook cut off': '{"cells": [{"cell_type": "markdown", "source": ["the king\\n", "built',
  'a notebook of other types': '{"cells": {"source": 1}, "nbformat": "the king", "metadata": [null, [], {}]}',
  'a notebook without cells':
    '{"nbformat": 4, "cells": [null, 1, {"cell_type": "code"}, {"source": {}}], "x": "the king"}',
  'malformed HTML': '<p <b>the king<table><tr><td></p></div><a href="x>&nosuch; &#xffffffff; <!-',
  'YAML that is none': 'a: b: c\n\t- [the king\n%TAG ! x\n*none\n&a &b c\n? [\n',
  'TOML that is none': '[a\nb = = 1\n"the king" = """x\n[[c]\n',
  'LaTeX without ends': '\\begin{document}\\section{the king \\begin{tabular}{ll} a & b \\\\ $x',
  'mixed encodings':
    'Gr\u00fc\u00dfe Gr\u00c3\u00bc\u00c3\u0178e \ufffd\ufffd the king \ud83d \udc69 \u0000\u0001\u001b[31m \u202e \ufeff\n',
  'line ends of all kinds': 'a\rthe king\r\nb\n\rc\u2028d\u0085e\f\v',
};

const LINES: Record<string, string> = {
  'words in one line': fill('the river was long '),
  'no space in one line': fill('x'),
  'brackets in one line': fill('[({<'),
  'quotes in one line': fill('"\'`'),
  'backslashes in one line': fill('\\'),
  'comment markers in one line': fill('/*#--"""<!--'),
  'stars in one line': fill('*_~`'),
  'pipes in one line': fill('|a'),
  'tags in one line': fill('<a b="c">'),
  'half pairs in one line': fill('\ud83d'),
};

/** Some spans of a view, to the file and back. */
function checkSpans(view: ReadingView): void {
  const { length } = view.text;
  for (let k = 0; k < 12; k++) {
    const start = Math.floor((k * length) / 12);
    if (start < length) checkSpan(view, start, Math.min(length, start + 1 + ((k * 7) % 60)));
  }
}

describe('bad input', () => {
  for (const [name, text] of Object.entries(BROKEN)) {
    it(`${name}: an exact answer or none, read as any format`, async () => {
      const reader = readerWith(engineOf(favouring('king')));
      for (const fileName of FORMATS) {
        checkSpans(viewOf(text, { fileName }));
        const { answers } = await reader.answer({ text, fileName, question: 'who built it?' });
        for (const { text: words, start, end } of answers) assert.equal(words, text.slice(start, end), fileName);
        assert.ok(
          answers.some((answer) => answer.text.includes('king')),
          `${fileName}: what can be seen is not found`,
        );
      }
    });
  }

  for (const [name, text] of Object.entries(LINES)) {
    it(`a long line, ${name}: a view of any format, in time in proportion to the length`, () => {
      for (const fileName of FORMATS) {
        assertGrowsInProportion(fileName, text.length, (size) => checkSpans(viewOf(text.slice(0, size), { fileName })));
      }
    });
  }

  it('a long line is read to the end', async () => {
    const text = `${fill('the river was long ')}the king`;
    for (const fileName of ['a.md', 'a.js', 'a.json', 'a.html', 'a.txt']) {
      const { answers } = await readerWith(engineOf(favouring('king'))).answer({ text, fileName, question: 'who?' });
      assert.equal(answers[0].text, 'king');
      assert.equal(answers[0].start, text.length - 4, fileName);
    }
  });
});
