// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is code of other languages
/** Generated documents of code, plain text and logs: `ASKBERT_FUZZ` says how many of each kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeView } from '../../../server/views/code/code.js';
import { languageIds, languages, syntaxOf } from '../../../server/views/code/languages.js';
import { logView } from '../../../server/views/records/log.js';
import { plainTextView } from '../../../server/views/text/plain.js';
import fc from '../helpers/fast-check.js';
import { fuzzRuns } from '../helpers/long.js';
import { shown } from './view-checks.js';
import { checkView } from './view-invariants.js';

const numRuns = fuzzRuns;
// Without it a list has hardly more than five parts.
fc.configureGlobal({ ...fc.readConfigureGlobal(), baseSize: 'medium' });
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 });

/** Pieces that scanners trip over. */
const HARD =
  '" \' ` """ \'\'\' \\ // /* */ /** {- -} -- --[[ ]] # #= =# #| |# =begin =cut <<EOF EOF <<< ?> <? ${ $( #{ } { ( ) [ ] % %{ ; ! @ r" r#" R"( @doc /= / q{ s/ %w[ (* *) <# #> REM :: $$ \x1b[1m \x1b] \f \r \n \r\n \t ==== ---- 1. - * : @param {@link <p> ``` >>> \ud800 é'.split(
    ' ',
  );
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HARD, ' ', '\n', '\n    ', 'word', 'Title', '12:30:00 INFO') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 12 }) },
);
const garbage = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

/** A word that no marker, tag or list sign can be taken for, each different. */
const words = fc.array(fc.stringMatching(/^[b-z]{3,9}$/), { minLength: 1, maxLength: 12 });
/** Languages whose doc strings and heredocs do not matter, by how a line of code with a string in it looks. */
const WITH_STRINGS: Record<string, (text: string) => string> = {
  c: (text) => `puts("${text}");`,
  csharp: (text) => `var s = @"${text}\\";`,
  go: (text) => `s := \`${text}\``,
  java: (text) => `String s = "\\"${text}";`,
  javascript: (text) => `let s = \`\${a["b"]}${text}\` + '\\'${text}';`,
  kotlin: (text) => `val s = "\${m["k"]}${text}"`,
  lua: (text) => `s = [[${text.replaceAll(']]', '')}]]`,
  python: (text) => `s = '''${text}''' + r"${text}"`,
  ruby: (text) => `s = "#{h["k"]}${text}"`,
  rust: (text) => `let s = r##"${text}"##;`,
  shellscript: (text) => `s="$(f "x")${text}"`,
  sql: (text) => `SELECT 'it''s ${text}';`,
  swift: (text) => `let s = "\\(f("x"))${text}"`,
  typescript: (text) => `const s: string = "${text}";`,
};
const MARKERS = ['//', '/*', '*/', '#', '--', '--[[', '=begin', ' // ', ' # '];

const marker = (line: string | { open: string } | undefined): string => (typeof line === 'string' ? line : line!.open);

interface Part {
  words: string[];
  style: 'line' | 'block' | 'trailing';
  indent: number;
  /** Words a line. */
  width: number;
  inString: string;
}
const part: fc.Arbitrary<Part> = fc.record({
  words,
  style: fc.constantFrom('line', 'block', 'trailing'),
  indent: fc.nat(8),
  width: fc.integer({ min: 1, max: 6 }),
  inString: fc.constantFrom(...MARKERS),
});

/** Source with comments in the language's own syntax and strings with markers in them. */
function program(language: string, parts: readonly Part[], newline: string): string {
  const { line, block } = syntaxOf(language)!;
  const simple =
    block?.find(({ open }) => typeof open === 'string' && open.length < 3) ??
    (language === 'ocaml' || language === 'fsharp' ? { open: '(*', close: '*)' } : undefined);
  const lines: string[] = [];
  for (const { words: all, style, indent, width, inString } of parts) {
    const space = ' '.repeat(indent);
    const rows: string[] = [];
    for (let i = 0; i < all.length; i += width) rows.push(all.slice(i, i + width).join(' '));
    const code = WITH_STRINGS[language]?.(`INSIDE ${inString} INSIDE`) ?? 'x';
    if (style === 'trailing' && line) lines.push(`${space}${code} ${marker(line[0])} ${all.join(' ')}`);
    else if (style === 'block' && simple) {
      lines.push(
        `${space}${simple.open}`,
        ...rows.map((row) => `${space} ${row}`),
        `${space}${simple.close}`,
        space + code,
      );
    } else if (line) lines.push(...rows.map((row) => `${space}${marker(line[0])} ${row}`), space + code);
  }
  return lines.join(newline) + newline;
}

describe('generated documents', () => {
  it('code of every language, broken in every way: places map to the file and back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...languageIds, 'unheard-of'), garbage, places, (language, text, at) => {
        checkView(codeView(text, language), text, [0, 1, ...at]);
      }),
      { numRuns },
    );
  });

  it('comments are shown with every word, and strings are not comments', () => {
    // Batch files and Vim have comments on lines of their own only.
    const ids = Object.keys(languages).filter(
      (id) => !['bat', 'viml', 'php', 'ini', 'properties', 'dockerfile', 'tcl', 'matlab'].includes(id),
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...ids), fc.constantFrom(...Object.keys(WITH_STRINGS))),
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        places,
        (language, parts, newline, at) => {
          const text = program(language, parts, newline);
          const view = codeView(text, language);
          checkView(view, text, at);
          const { line, block } = syntaxOf(language)!;
          const comments = shown(view, 'comment').join(' ').split(/\s+/);
          const expected = parts
            .filter(({ style }) => line || (style === 'block' && block))
            .flatMap((one) => one.words);
          assert.deepEqual(comments.filter(Boolean), expected);
          // Strings with markers stay whole in the code.
          assert.equal(view.text.split('INSIDE').length, text.split('INSIDE').length);
        },
      ),
      { numRuns },
    );
  });

  it('plain text: nothing visible is lost, places map to the file and back', () => {
    const line = fc.oneof(
      fc.array(fc.stringMatching(/^[A-Za-z]{1,10}$/), { maxLength: 16 }).map((all) => all.join(' ')),
      fc.constantFrom('', '', '    ', 'TITLE', '1.  Title', '- item', 'key: value', 'a     b     c'),
      fc.nat(6).map((depth) => `${' '.repeat(depth)}deep line of text`),
    );
    const document = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('\n', '\r\n', '\r'))
      .map(([lines, newline]) => lines.join(newline));
    fc.assert(
      fc.property(document, places, (text, at) => {
        const view = plainTextView(text);
        checkView(view, text, [0, 1, ...at]);
        // Between the cells of a table signs are inserted.
        const parts = view.partsInFile(0, view.text.length).map(({ start, end }) => text.slice(start, end));
        assert.equal(parts.join('').replace(/\s+/g, ''), text.replace(/\s+/g, ''));
      }),
      { numRuns },
    );
    fc.assert(
      fc.property(garbage, places, (text, at) => checkView(plainTextView(text), text, [0, 1, ...at])),
      { numRuns },
    );
  });

  it('logs: only escape sequences are hidden, places map to the file and back', () => {
    const line = fc.oneof(
      garbage,
      fc.constantFrom('2024-01-01 10:00:00 INFO a', '\tat b.c(d)', 'ERROR \x1b[31mred\x1b[0m', '', 'Caused by: e'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), places, (lines, at) => {
        const text = lines.join('\n');
        const view = logView(text);
        checkView(view, text, [0, 1, ...at]);
        const visible = (part: string) => part.replace(/[\s;]+/g, '');
        if (!text.includes('\x1b') && !text.includes(': ')) assert.equal(visible(view.text), visible(text));
        assert.ok(!view.text.includes('\x1b[31m'));
      }),
      { numRuns },
    );
  });
});
