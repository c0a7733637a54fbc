/**
 * Reading views of generated documents and of noise: every segment stands where it says, spans go to the file and back,
 * every visible word is in the view. ASKBERT_FUZZ: documents a kind.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { dockerfileView } from '../../../server/views/code/dockerfile.js';
import { jsonView } from '../../../server/views/data/json.js';
import { propertiesView } from '../../../server/views/data/properties.js';
import { tomlView } from '../../../server/views/data/toml.js';
import { yamlView } from '../../../server/views/data/yaml.js';
import { asciidocView } from '../../../server/views/markup/asciidoc.js';
import { latexView } from '../../../server/views/markup/latex.js';
import { manView } from '../../../server/views/markup/man.js';
import { orgView } from '../../../server/views/markup/org.js';
import { rstView } from '../../../server/views/markup/rst.js';
import { xmlView } from '../../../server/views/markup/xml.js';
import { diffView } from '../../../server/views/text/diff.js';
import { rfcView } from '../../../server/views/text/rfc.js';
import fc from '../helpers/fast-check.js';
import { fuzzRuns } from '../helpers/long.js';
import {
  asciidocDocument,
  latexDocument,
  propertiesDocument,
  rstDocument,
  tomlDocument,
  yamlDocument,
} from './view-documents.js';
import { checkView } from './view-invariants.js';

const numRuns = fuzzRuns;
// Without it a list has hardly more than five parts.
fc.configureGlobal({ ...fc.readConfigureGlobal(), baseSize: 'medium' });

/** Generated documents mark every visible word with a w and every hidden one with an h, both with digits. */
const word = /w\d+/g;

function check(make: (text: string) => ReadingView, file: string): void {
  const view = make(file);
  checkView(view, file, 12);
  const shown = new Set(view.text.match(word));
  for (const wanted of file.match(word) ?? []) assert.ok(shown.has(wanted), `${wanted} is not shown`);
  assert.doesNotMatch(view.text, /h\d+/);
  const mapped = new Set<string>();
  for (const { 0: one, index } of view.text.matchAll(word)) {
    const there = view.toFile(index, index + one.length);
    if (!there) continue;
    assert.equal(file.slice(there.start, there.end), one);
    mapped.add(one);
  }
  // A word may be shown twice, since a header is inserted before its cells: one of them stands in the file.
  for (const wanted of file.match(word) ?? []) assert.ok(mapped.has(wanted), `${wanted} stands nowhere`);
}

const kinds: [string, (text: string) => ReadingView, fc.Arbitrary<string>, string][] = [
  ['YAML', yamlView, yamlDocument, '"\'-:?[]{},&*#|>!%@ \\nab1\n\n  '],
  ['TOML', tomlView, tomlDocument, '"\'=[]{}.,# \\nuab1\n\n'],
  ['key = value', propertiesView, propertiesDocument, '"\'=:[]#;! \\uab1\n\n'],
  ['.properties', (text) => propertiesView(text, true), propertiesDocument, '"=:[]#;! \\uab10\n\n'],
  ['LaTeX', latexView, latexDocument, '\\{}[]$%&~`\'-^"ab1 \n\n'],
  ['reStructuredText', rstView, rstDocument, '*`|_:.=-+<>[]\\"# ab1 \n\n  '],
  ['AsciiDoc', asciidocView, asciidocDocument, '*_`#+^~=<>[].|:&;,/-"\\ ab1 \n\n'],
];

/** Commands and the like that noise of single signs never spells. */
const spelt =
  '\\begin{tabular}{l} \\end{tabular} \\section{ \\item \\item[ \\footnote{ \\verb| \\cite{ \\multicolumn{2}{c}{ \\begin{verbatim} \\end{verbatim} \\\\ .. code:: .. note:: .. _a: :: +--+--+ +==+==+ |a |b | ==__== |=== ---- ==== link:a[ xref: <<a, image::a[ a:: /// //// :ref:`a <b>` &amp; :b:'.split(
    ' ',
  );

function noise(signs: string): fc.Arbitrary<string> {
  const sign = fc.constantFrom(...signs);
  const piece = fc.oneof({ weight: 12, arbitrary: sign }, { weight: 1, arbitrary: fc.constantFrom(...spelt) });
  return fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(''));
}

describe('views of generated documents', () => {
  it('JSON: every string and key is found', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        const file = JSON.stringify(value, null, indent);
        const view = jsonView(file);
        checkView(view, file, 12);
        const strings: string[] = [];
        JSON.parse(file, (key, inner) => {
          if (key !== '' && !/^\d+$/.test(key)) strings.push(key);
          if (typeof inner === 'string') strings.push(inner);
          return inner;
        });
        // A key is shown with a space between its words.
        const shown = view.text.replaceAll(' ', '');
        for (const string of strings)
          assert.ok(shown.includes(string.replaceAll(' ', '')), `${JSON.stringify(string)} is not shown`);
      }),
      { numRuns },
    );
  });

  it('JSON: noise', () => {
    fc.assert(
      fc.property(noise('"\'{}[]:,/*\\u 01a\n'), (file) => checkView(jsonView(file), file, 12)),
      { numRuns },
    );
  });

  for (const [name, make, documents, signs] of kinds) {
    it(name, () =>
      fc.assert(
        fc.property(documents, (file) => check(make, file)),
        { numRuns },
      ),
    );
    it(`${name}: noise`, () => {
      fc.assert(
        fc.property(noise(signs), (file) => checkView(make(file), file, 12)),
        { numRuns },
      );
    });
  }

  /** Formats whose lines are put together of pieces, in every order; a word is never lost by what stands around it. */
  const formats: [string, (text: string) => ReadingView, string[]][] = [
    [
      'XML',
      xmlView,
      [
        '<a>',
        '</a>',
        '<b c="',
        '">',
        "d='x'/>",
        '<![CDATA[',
        ']]>',
        '<!--',
        '-->',
        '&amp;',
        '&#x41;',
        '&x;',
        '<key>',
        '<dict>',
        '<!DOCTYPE x [',
        ']>',
        '<?p ?>',
      ],
    ],
    [
      'Org',
      orgView,
      [
        '* ',
        '** TODO ',
        '[#A] ',
        ' :tag:',
        '#+TITLE: ',
        '#+begin_src\n',
        '#+end_src\n',
        '|',
        '|--+--|',
        ':A: ',
        ':END:',
        '- ',
        '[X] ',
        ' :: ',
        '[[',
        '][',
        ']]',
        '*',
        '/',
        '=',
        '<2024-01-01 Mon>',
        'CLOSED: ',
        '# ',
      ],
    ],
    [
      'man',
      manView,
      [
        '.TH A 1 ',
        '.SH ',
        '.TP\n',
        '.BR ',
        '.IP ',
        '.nf\n',
        '.fi\n',
        '.TS\n',
        'l l.\n',
        '.TE\n',
        '.de x\n',
        '..\n',
        '\\fB',
        '\\(em',
        '\\*(lq',
        "\\h'1'",
        '\\"',
        '"',
        '.Op Fl ',
        '.Nm\n',
        '.Bl -tag\n',
        '.It ',
        '.Xr a 1 ',
        'Ns ',
        'Ta ',
        '\\[constructor]',
        '.constructor',
        '.TS\n',
        'l l.\n',
        '.TE\n',
        '\t',
        '.nf\n',
        '.fi\n',
        '.Bd -literal\n',
        '.IP ',
        '.TQ\n',
        '.UR ',
        '.Oo ',
        'Oc ',
        '.Nd ',
        '.An ',
        'Ap ',
        '.de X\n',
        '..\n',
        '\\ ',
        '\\(bu',
        '.\\" ',
      ],
    ],
    [
      'Dockerfile',
      dockerfileView,
      [
        'FROM ',
        ' AS ',
        'ENV ',
        '=',
        '"',
        'RUN ',
        '\\\n',
        '<<EOF',
        'EOF\n',
        '# ',
        '--interval=',
        'HEALTHCHECK ',
        'COPY ',
        '--constructor=1 ',
        'LABEL ',
        'EXPOSE ',
        'CMD [',
        'ARG ',
        'ONBUILD ',
        '#',
        '# escape=`\n',
        '`\n',
      ],
    ],
    [
      'diff',
      diffView,
      [
        'diff --git a/x b/x\n',
        '--- a/x\n',
        '+++ b/x\n',
        '@@ -1,2 +1,2 @@ f\n',
        '-',
        '+',
        ' ',
        '<',
        '>',
        'From: ',
        'Subject: [PATCH] ',
        'a@b <c>',
        ' x | 2 +-',
        'constructor: ',
        '\\ No newline',
      ],
    ],
    [
      'RFC',
      rfcView,
      [
        'Network Working Group',
        '     ',
        'A. Bee',
        'Request for Comments: 1',
        '[Page 1]\n',
        '\f',
        '\n\n',
        'March 2019',
        '1.  Title\n',
      ],
    ],
  ];
  for (const [name, make, pieces] of formats) {
    it(`${name}: pieces in every order`, () => {
      const piece = fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...pieces) },
        { weight: 2, arbitrary: fc.constantFrom('word', ' ', '\n', '\r\n', '  ', 'é', '\ud800', '.', '1') },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 60 }), (all) => checkView(make(all.join('')), all.join(''), 12)),
        { numRuns },
      );
    });
  }
});
