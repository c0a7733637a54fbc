/**
 * Generated Markdown, HTML and notebooks: the map of their views is exact and nothing visible is lost.
 * ASKBERT_FUZZ: documents of each kind.
 */
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { htmlView } from '../../../server/views/markup/html.js';
import { markdownView } from '../../../server/views/markup/markdown.js';
import { notebookView } from '../../../server/views/markup/notebook.js';
import fc from '../helpers/fast-check.js';
import { fuzzRuns } from '../helpers/long.js';
import { checkWords } from './markup-invariants.js';
import { checkSpan, checkView } from './view-invariants.js';

const numRuns = fuzzRuns;
// Without it a list has hardly more than five parts.
fc.configureGlobal({ ...fc.readConfigureGlobal(), baseSize: 'medium' });

/** Source with the words that a reader sees in it. */
interface Source {
  text: string;
  words: string[];
}

/** Words carry a mark, and are numbered when the document is complete, so that each is found for itself. */
const word = fc
  .constantFrom('w', 'Wort', 'é', '語', 'слово')
  .map((stem): Source => ({ text: `${stem}\ue000`, words: [] }));
const join = (parts: readonly Source[], between: string): Source => ({
  text: parts.map((p) => p.text).join(between),
  words: [],
});
const wrap = (arb: fc.Arbitrary<Source>, before: string, after: string): fc.Arbitrary<Source> =>
  arb.map(({ text }) => ({ text: before + text + after, words: [] }));
const many = (arb: fc.Arbitrary<Source>, between: string, max = 4): fc.Arbitrary<Source> =>
  fc.array(arb, { minLength: 1, maxLength: max }).map((parts) => join(parts, between));
const prefix = (text: string, first: string, rest: string) => first + text.replaceAll('\n', `\n${rest}`);

/** Gives every word its number. */
function complete(source: string): Source {
  const words: string[] = [];
  const text = source.replace(/(w|Wort|é|語|слово)\ue000/g, (_, stem: string) => {
    words.push(`${stem}${words.length}q`);
    return words.at(-1)!;
  });
  return { text, words };
}

const lineBreak = fc.constantFrom('\n', '\n', '\r\n', '\r');

// ---- Markdown ----
const plain = many(word, ' ');
const inline: fc.Arbitrary<Source> = fc.oneof(
  plain,
  wrap(plain, '*', '*'),
  wrap(plain, '**', '**'),
  wrap(plain, '~~', '~~'),
  wrap(plain, '`', '`'),
  wrap(plain, '`` ', ' ``'),
  wrap(plain, '[', '](http://x.y/z "t")'),
  wrap(plain, '[', '](<a b>)'),
  wrap(plain, '![', '](a.png)'),
  wrap(plain, '[', '][known]'),
  wrap(plain, '[', '][unknown]'),
  wrap(plain, '[', ']'),
  wrap(plain, '[**', '**](u)'),
  wrap(plain, '<b>', '</b>'),
  wrap(plain, 'a<br>', ' <!-- hidden -->'),
  wrap(plain, '&amp;', ' &lt;'),
  wrap(plain, '\\*', '\\_'),
  wrap(plain, '😀', ' &#x1F600; &nope;'),
  wrap(plain, '\t', '  '),
  wrap(plain, '', ' <https://auto.example/x>'),
  wrap(plain, '*', ''),
  wrap(plain, '`', ''),
  wrap(plain, '[', ''),
  wrap(plain, '', '[^1]'),
);
const running = many(inline, ' ');
const lines = fc
  .array(running, { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom('\n', '  \n', '\\\n', ' \n  ').map((between) => join(parts, between)));
const cell = fc.oneof(plain, wrap(plain, '`', '`'), wrap(plain, '**', '**'), wrap(plain, '', ' \\| x'));
const row = fc.array(cell, { minLength: 2, maxLength: 2 }).map((cells) => `| ${cells[0].text} | ${cells[1].text} |`);
const table = fc
  .array(row, { minLength: 1, maxLength: 4 })
  .map((rows): Source => ({ text: [rows[0], '|---|:-:| ', ...rows.slice(1)].join('\n'), words: [] }));
const leaf: fc.Arbitrary<Source> = fc.oneof(
  lines,
  wrap(running, '# ', ''),
  wrap(plain, '### ', ' ###'),
  wrap(plain, '', '\n==='),
  wrap(plain, '```js\n', '\n```'),
  wrap(plain, '~~~\n  ', '\n\n~~~'),
  wrap(plain, '    ', ''),
  table,
  wrap(plain, '<div align="center">\n<p>', '</p>\n</div>'),
  wrap(plain, '<h2>', '</h2>'),
  wrap(plain, '[^1]: ', ''),
  wrap(plain, '[known]: http://x.y "', '"'),
  fc.constant<Source>({ text: '---', words: [] }),
);
const blocks: fc.Arbitrary<Source> = fc.letrec<{ block: Source }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3 },
    leaf,
    tie('block').map(({ text }) => ({ text: prefix(text, '> ', '> '), words: [] })),
    tie('block').map(({ text }) => ({ text: prefix(text, '- ', '  '), words: [] })),
    tie('block').map(({ text }) => ({ text: prefix(text, '1. ', '   '), words: [] })),
    tie('block').map(({ text }) => ({ text: prefix(text, '- [x] ', '  '), words: [] })),
    fc.tuple(tie('block'), tie('block')).map((both) => join(both, '\n\n')),
  ),
})).block;
const front = fc.constantFrom('', '', '---\ntitle: w\ue000\n---\n', '+++\na = "w\ue000"\n+++\n');
const markdown = fc
  .tuple(front, many(blocks, '\n\n', 5), lineBreak)
  .map(([head, { text }, eol]) => complete(`${head}${text}\n\n[known]: u`.replaceAll('\n', eol)));

// ---- HTML ----
const phrase: fc.Arbitrary<Source> = fc.oneof(
  plain,
  wrap(plain, '<b>', '</b>'),
  wrap(plain, '<a href="x?a&b">', '</a>'),
  wrap(plain, '<img alt="', '">'),
  wrap(plain, '&amp;', '&lt;'),
  wrap(plain, '&nbsp;&#32;', '&copy&hearts;'),
  wrap(plain, '<!-- c -->', '<br>'),
  wrap(plain, '<script>var a = "</p>";</script>', '<style>p{}</style>'),
  wrap(plain, '  \t', '\n\n'),
  wrap(plain, '</i>', '</>'),
  wrap(plain, '<svg><![CDATA[', ' &amp; ]]></svg>'),
  wrap(plain, '&nope; & ', ' 😀 <'),
  wrap(plain, '\0', '\0'),
);
const text = many(phrase, ' ');
const htmlBlock: fc.Arbitrary<Source> = fc.letrec<{ block: Source }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3 },
    text,
    wrap(text, '<p>', '</p>'),
    wrap(text, '<h2>', '</h2>'),
    wrap(text, '<h3>', ''),
    wrap(text, '<pre>\n  ', '\n</pre>'),
    wrap(plain, '<textarea>', '</textarea>'),
    wrap(plain, '<title>', '</title>'),
    wrap(text, '<li>', ''),
    wrap(tie('block'), '<div>', '</div>'),
    wrap(tie('block'), '<ul><li>', '</ul>'),
    wrap(tie('block'), '<table><tr><th>H<tr><td colspan=2>', '</table>'),
    wrap(tie('block'), '<table><thead><tr><td>A<td rowspan=2>B</thead><tr><td>', '<td>x</tr></table>'),
    wrap(tie('block'), '<table>', ''),
    wrap(tie('block'), '<td>', '</tr>'),
    fc.tuple(tie('block'), tie('block')).map((both) => join(both, '\n')),
  ),
})).block;
const html = fc
  .tuple(fc.constantFrom('', '<!DOCTYPE html>\n', '<?xml version="1.0"?>\n<script/>'), many(htmlBlock, '\n'), lineBreak)
  .map(([head, { text: body }, eol]) => complete((head + body).replaceAll('\n', eol)));

// ---- Notebooks ----
const notebook = fc
  .array(fc.tuple(fc.constantFrom('markdown', 'code', 'raw'), many(blocks, '\n\n', 2), fc.boolean(), fc.boolean()), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((cells) =>
    fc.constantFrom(0, 1, 2).map((indent) => {
      const document = {
        cells: cells.map(([cell_type, { text: source }, list, output]) => ({
          cell_type,
          metadata: { note: 'hidden', source: 'hidden' },
          ...(output && { outputs: [{ output_type: 'stream', name: 'stdout', text: ['w\ue000\n'] }] }),
          source: list ? source.split(/(?<=\n)/) : source,
        })),
        nbformat: 4,
      };
      // Numbered in the order of the file.
      const file = JSON.stringify(document, null, indent);
      const { text, words } = complete(file);
      return { text: text.replaceAll('語', '\\u8a9e'), words };
    }),
  );

/** Parts of the syntax in any order: only the map is checked. */
const noise = (parts: string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 3 })), { maxLength: 60, size: 'large' })
    .map((all) => all.join(''));
const anyMarkdown = noise(
  '* ** _ ` `` ``` ~~ ~~~ [ ] ( ) ![ ](u) < > <b> </b> <br <!-- --> <? ?> & &amp; &#0; &#32; \\ \\| | |-|-| |a|b| # ## === --- +++ - 1. [^1] [^1]: [a]: [a] http://a.b a@b.c > 😀 \ud83d \0 x'
    .split(' ')
    .concat([
      ' ',
      '  ',
      '    ',
      '\t',
      '\n',
      '\n\n',
      '\r\n',
      '\r',
      '\n> ',
      '\n- ',
      '\n  ',
      'a|b\n-|-\n',
      '- [ ] ',
      '\u00a0',
    ]),
);
const anyHtml = noise(
  '<p> </p> <b> </b> <h1> </h1> <table> </table> <tr> <td> <th> </td> <thead> </thead> <ul> <li> </ul> <pre> </pre> <br> <script> </script> <style> </style> <textarea> </textarea> <title> </title> <svg> </svg> <![CDATA[ ]]> <!-- --> <!DOCTYPE <?xml <img alt="a&amp;b"> <img alt=&lt;x> <input value=\'v w\' type=submit> <td rowspan=3 colspan=2> </> <xmp> </xmp> <plaintext> & &amp; &lt &#32; &#10; &nGt; &#x; < > " a 😀 \ud83d \0 x/>'
    .split(' ')
    .concat([' ', '\t', '\n', '\r\n', '\r', '\u00a0']),
);
const anyNotebook = noise(
  '{"cells":[ {"cell_type": "markdown", "code", "source": "outputs":[{ "text": "a" "# a\\n", "b \\u00e9\\ud83d\\ude00", "|a|b|\\n|-|-|\\n|c|d|" [ ] { } , : ]}] \\ \\u "'
    .split(' ')
    .concat(['\n', ' ']),
);

function fuzz(name: string, arb: fc.Arbitrary<Source>, view: (text: string) => ReadingView): void {
  it(name, () => {
    fc.assert(
      fc.property(arb, fc.nat(), fc.nat(), ({ text, words }, from, length) => {
        const made = view(text);
        checkView(made, text);
        checkWords(made, words);
        const start = from % (made.text.length + 1);
        checkSpan(made, start, Math.min(made.text.length, start + 1 + (length % 80)));
      }),
      { numRuns },
    );
  });
}

const map = (arb: fc.Arbitrary<string>) => arb.map((text): Source => ({ text, words: [] }));

describe(`views of generated documents, ${numRuns} of each kind`, () => {
  fuzz('Markdown', markdown, (text) => markdownView(text));
  fuzz('HTML', html, htmlView);
  fuzz('notebooks', notebook, notebookView);
  fuzz('Markdown, broken', map(anyMarkdown), (text) => markdownView(text));
  fuzz('HTML, broken', map(anyHtml), htmlView);
  fuzz('notebooks, broken', map(anyNotebook), notebookView);
});
