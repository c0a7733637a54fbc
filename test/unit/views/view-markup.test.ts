/** Views of Markdown, HTML and notebooks: what is shown, in which blocks, and where it stands in the file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { plainView } from '../../../server/views/base/view-builder.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { componentView, htmlView } from '../../../server/views/markup/html.js';
import { MAX_MARKDOWN, markdownView } from '../../../server/views/markup/markdown.js';
import { notebookView } from '../../../server/views/markup/notebook.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { checkView } from './view-invariants.js';

type Make = (text: string) => ReadingView;
const markdown: Make = (text) => markdownView(text);

/** Blocks as `kind path|path: text`. */
function blocks(make: Make, file: string): string[] {
  const view = make(file);
  checkView(view, file);
  return view.blocks.map((b) => `${b.kind} ${b.path.join('|')}: ${view.text.slice(b.start, b.end)}`);
}

/** What of the file an answer with these words stands on. */
function source(make: Make, file: string, words: string): string {
  const view = make(file);
  const at = view.text.indexOf(words);
  assert.ok(at >= 0, `${words} in ${view.text}`);
  const place = view.toFile(at, at + words.length);
  return place ? file.slice(place.start, place.end) : '';
}

describe('Markdown view', () => {
  it('headings make the path', () => {
    const file = '# A *b*\n\none\n\n## C ##\n\ntwo\n\nD\n===\n\nthree\n';
    assert.deepEqual(blocks(markdown, file), [
      'heading : A b',
      'paragraph A b: one',
      'heading A b: C',
      'paragraph A b|C: two',
      'heading : D',
      'paragraph D: three',
    ]);
    const { blocks: all } = markdown('# A\n\none\n\ntwo\n');
    assert.equal(all[1].path, all[2].path);
  });

  it('a heading in a quotation or a list has no section', () => {
    assert.deepEqual(blocks(markdown, '# A\n\n> # B\n\n- # C\n\nx'), [
      'heading : A',
      'heading A: B',
      'heading A: C',
      'paragraph A: x',
    ]);
  });

  it('a soft line break is one inserted space', () => {
    const file = '> one *two*\n> three\n>four  \n> five\\\n> six';
    assert.deepEqual(blocks(markdown, file), ['paragraph : one two three four five six']);
    assert.equal(source(markdown, file, 'two three four'), 'two*\n> three\n>four');
    assert.equal(markdown(file).standsInFile(7, 8), false);
  });

  it('emphasis, code, links, images and references', () => {
    const file =
      '**bold** ~~old~~ _it_ `` a`b `` [text](http://x "t") [r][ref] [Ref] ![alt *t*](i.png "t") <http://auto.x> www.y.org';
    assert.deepEqual(blocks(markdown, `${file}\n\n[ref]: http://z "Title"`), [
      'paragraph : bold old it a`b text r Ref alt t http://auto.x www.y.org',
      'paragraph : Title',
    ]);
    assert.equal(source(markdown, file, 'bold'), 'bold');
    assert.equal(source(markdown, file, 'a`b text'), 'a`b `` [text');
  });

  it('brackets that are not a link are text', () => {
    assert.deepEqual(blocks(markdown, 'a[i] [x][y] ![z] [ ] [](u)'), ['paragraph : a[i] [x][y] ![z] [ ]']);
  });

  it('escapes and character references', () => {
    const file = 'a \\* &amp; &copy; &#x41; &nope; \\q 😀';
    assert.deepEqual(blocks(markdown, file), ['paragraph : a * & © A &nope; \\q 😀']);
    assert.equal(source(markdown, file, '&'), '&amp;');
    assert.equal(source(markdown, file, '*'), '*');
    assert.equal(source(markdown, file, 'A'), '&#x41;');
    assert.equal(source(markdown, file, '😀'), '😀');
  });

  it('lists and tasks', () => {
    assert.deepEqual(blocks(markdown, 'p\n\n- one\n  more\n  1. two\n- [x] three\n\n  four\n\nq'), [
      'paragraph : p',
      'listItem : one more',
      'listItem : two',
      'listItem : three',
      'listItem : four',
      'paragraph : q',
    ]);
  });

  it('tables row by row with their headers', () => {
    const file = '| Setting | Default `v` |\n|---|:-:|\n| `time|out` | 30 s |\n| `a \\| b` | |\n|| only |\n';
    const fixed = file.replace('time|out', 'timeout');
    assert.deepEqual(blocks(markdown, fixed), [
      'tableRow : Setting; Default v.',
      'tableRow : Setting: timeout; Default v: 30 s.',
      'tableRow : Setting: a | b.',
      'tableRow : Default v: only.',
    ]);
    assert.equal(source(markdown, fixed, '30 s.'), '30 s');
    const view = markdown(fixed);
    const row = view.blocks[1];
    assert.equal(view.standsInFile(row.start, row.start + 'Setting: '.length), false);
  });

  it('code blocks are kept', () => {
    const file = '```js\n  a();\n\n  b();\n```\n\n    c\n     d\n\n> ~~~\n> e\n> f\n> ~~~\n';
    assert.deepEqual(blocks(markdown, file), ['code :   a();\n\n  b();', 'code : c\n d', 'code : e\nf']);
    assert.equal(source(markdown, file, 'e\nf'), 'e\n> f');
  });

  it('HTML inside', () => {
    const file =
      '<h1 align="center">Name &amp; co</h1>\n\na <b>c</b><br>d <!-- no --> <img alt="logo" src="x">\n\n<!-- no -->\n\n> <table><tr><th>K<th>V\n> <tr><td>k<td>v\n> </table>\n';
    assert.deepEqual(blocks(markdown, file), [
      'heading : Name & co',
      'paragraph Name & co: a c d logo',
      'tableRow Name & co: K; V.',
      'tableRow Name & co: K: k; V: v.',
    ]);
    assert.equal(source(markdown, file, 'v.'), 'v');
    assert.deepEqual(blocks(markdown, '> <p>a</p>\n> \n> |b|c|\n> |-|-| '), [
      'paragraph : a',
      'paragraph : |b|c| |-|-|',
    ]);
  });

  it('front matter', () => {
    assert.deepEqual(blocks(markdown, '---\ntitle: T\n\ndate: D\n---\n# H\n'), [
      'frontMatter : title: T',
      'frontMatter : date: D',
      'heading : H',
    ]);
    assert.deepEqual(blocks(markdown, '+++\r\na = 1\r\n+++\r\ntext'), ['frontMatter : a = 1', 'paragraph : text']);
    assert.deepEqual(blocks(markdown, '---\nno end\n'), ['paragraph : no end']);
    const hooked = markdownView('---\nkey: v\n---\nx', { frontMatter: { yaml: (t) => plainView(t.slice(0, 4)) } });
    assert.equal(hooked.text, 'key:\n\nx');
    assert.equal(hooked.blocks[0].kind, 'frontMatter');
    assert.deepEqual(hooked.toFile(0, 3), { start: 4, end: 7 });
  });

  it('footnotes', () => {
    const file = 'text[^1] more [^no]\n\n[^1]: The *note*\n    goes on\n\n    again\n\nend';
    assert.deepEqual(blocks(markdown, file), [
      'paragraph : text more [^no]',
      'paragraph : The note goes on',
      'paragraph : again',
      'paragraph : end',
    ]);
  });

  it('CRLF, lone CR and tabs', () => {
    const file = '# A\r\n\r\none\r\ntwo\r\n\r\n-\tthree\r\n\r\n|a|b|\r\n|-|-|\r\n|c|d|\r\n\r\n```\r\nx\r\ny\r\n```\r\n';
    assert.deepEqual(blocks(markdown, file), [
      'heading : A',
      'paragraph A: one two',
      'listItem A: three',
      'tableRow A: a; b.',
      'tableRow A: a: c; b: d.',
      'code A: x\r\ny',
    ]);
    assert.equal(source(markdown, file, 'one two'), 'one\r\ntwo');
    assert.deepEqual(blocks(markdown, '|a|b|\n|-|-| \t\n|c|d| \n'), ['tableRow : a; b.', 'tableRow : a: c; b: d.']);
    assert.deepEqual(blocks(markdown, 'a\rb\r\rc'), ['paragraph : a b', 'paragraph : c']);
  });

  it('a long paragraph keeps its markup', () => {
    const line = 'a *b* [c](http://long.example/with/an/address) <img src="x y z" alt="d">\n';
    assert.deepEqual(blocks(markdown, line.repeat(300)), [`paragraph : ${'a b c d '.repeat(300).trim()}`]);
  });

  it('crafted markup takes time in proportion to its length; a very large text is read as plain text', () => {
    const grows = (what: string, size: number, make: (size: number) => string) =>
      assertGrowsInProportion(what, size, (size) => {
        const text = make(size);
        checkEdges(markdown(text), text);
      });
    for (const part of ['>', '>- ', '- ', '[a](b) ', '*a*', '[a]((((', ']', '[', '`a``', '<a ', ' ', '[^a]', 'word ']) {
      grows(part, 100_000, (size) => part.repeat(size / part.length));
    }
    grows('spaces in a table', 200_000, (size) => `a|b\n${' '.repeat(size)}x`);
    grows('a title without an end', 50_000, (size) => `[a]: b "\n${'x\n'.repeat(size)}`);
    const large = '# a\n'.repeat(MAX_MARKDOWN / 4 + 1);
    assert.equal(markdown(large).text, large);
  });
});

/** The cheap part of checkView. */
function checkEdges(view: ReadingView, file: string): void {
  const place = view.toFile(0, view.text.length);
  assert.ok(place === null || place.end <= file.length);
}

describe('HTML view', () => {
  it('blocks, headings and inline elements', () => {
    const file =
      '<!DOCTYPE html><title>T</title><style>p{}</style><script>"</p>"</script><h1>A <i>b</i></h1><p>one\n  <b>t</b>wo<br>x<p>three<h2>C</h2>four<ul><li>five<li>six</ul><!-- no -->';
    assert.deepEqual(blocks(htmlView, file), [
      'heading : T',
      'heading : A b',
      'paragraph A b: one two x',
      'paragraph A b: three',
      'heading A b: C',
      'paragraph A b|C: four',
      'listItem A b|C: five',
      'listItem A b|C: six',
    ]);
    assert.equal(source(htmlView, file, 'one two'), 'one\n  <b>t</b>wo');
  });

  it('character references', () => {
    const file = '<p>&lt;a&gt; &amp&copy; &notit; &nope; a&nbsp;b &#x1F600;&#32;c &';
    assert.deepEqual(blocks(htmlView, file), ['paragraph : <a> &© ¬it; &nope; a\u00a0b 😀 c &']);
    assert.equal(source(htmlView, file, '<a>'), '&lt;a&gt;');
    assert.equal(source(htmlView, file, 'it;'), 'it;');
    assert.equal(source(htmlView, file, '😀'), '&#x1F600;');
  });

  it('tables with headers and spans', () => {
    const file =
      '<table><caption>Cap</caption><thead><tr><th>Name<th colspan=2>Value</thead><tr><td rowspan=2>n<td><p>1</p><p>2</p><td>3<tr><td>4<td>5</table>after';
    assert.deepEqual(blocks(htmlView, file), [
      'paragraph : Cap',
      'tableRow : Name; Value.',
      'tableRow : Name: n; Value: 1 2; Value: 3.',
      'tableRow : Name: n; Value: 4; Value: 5.',
      'paragraph : after',
    ]);
    assert.deepEqual(blocks(htmlView, '<table><tr><th>k<td>v<tr><th>l<td>w</table>'), [
      'tableRow : k; v.',
      'tableRow : l; w.',
    ]);
    assert.deepEqual(blocks(htmlView, '<table><tr><th>H<tr><td>a<table><tr><td>b</table>c<td>d</table>'), [
      'tableRow : H',
      'tableRow : H: a.',
      'tableRow : b',
      'paragraph : c',
      'tableRow : d.',
    ]);
  });

  it('verbatim text, attributes and parts of other languages', () => {
    assert.deepEqual(blocks(htmlView, '<pre>\n  a\n &lt;b\n</pre>'), ['code :   a\n <b']);
    assert.deepEqual(blocks(htmlView, '<img alt="a &amp;  b"><input type=submit value=Go><input value=no>'), [
      'paragraph : a & b Go',
    ]);
    assert.deepEqual(blocks(htmlView, '<?xml version="1.0"?><script src="x"/><p>a<![CDATA[ <b> &amp; ]]></p>'), [
      'paragraph : a <b> &amp;',
    ]);
    assert.deepEqual(blocks(componentView, '<script>\nlet a;\n</script><template><p>t</p></template>'), [
      'code : let a;',
      'paragraph : t',
    ]);
  });

  it('deep nesting and unclosed elements', () => {
    for (const part of ['<div>', '<b>', '<table><tr><td>', '<ul><li>', '<h1>', '<svg>']) {
      const text = `${part.repeat(50_000)}end`;
      assert.equal(htmlView(text).text, 'end', part);
    }
  });
});

describe('notebook view', () => {
  const notebook = (cells: unknown[]) => JSON.stringify({ cells, nbformat: 4 }, null, 1);

  it('Markdown and code cells', () => {
    const file = notebook([
      { cell_type: 'markdown', metadata: { source: 'no' }, source: ['# Titel "q"\n', '\n', 'a *b*\n', 'c\ttab é'] },
      { cell_type: 'code', outputs: [{ name: 'stdout', text: ['out\n'] }], source: 'f("x")\n# note\n' },
      { cell_type: 'raw', source: 'raw' },
      { cell_type: 'markdown', source: '---\n\n|a|b|\n|-|-|\n|c|d|' },
    ]).replace('é', '\\u00e9\\ud83d\\ude00');
    assert.deepEqual(blocks(notebookView, file), [
      'heading : Titel "q"',
      'paragraph Titel "q": a b c\ttab é😀',
      'code Titel "q": out',
      'code Titel "q": f("x")\n# note',
      'paragraph Titel "q": raw',
      'tableRow Titel "q": a; b.',
      'tableRow Titel "q": a: c; b: d.',
    ]);
    assert.equal(source(notebookView, file, 'é😀'), '\\u00e9\\ud83d\\ude00');
    assert.equal(source(notebookView, file, '"q"'), '\\"q\\"');
    assert.equal(source(notebookView, file, 'd.'), 'd');
    assert.match(source(notebookView, file, 'b c'), /^b\*\\n",\s+"c$/);
  });

  it('older format, broken files, other JSON', () => {
    const old = '{"worksheets":[{"cells":[{"cell_type":"code","input":["x = 1"]}]}]}';
    assert.deepEqual(blocks(notebookView, old), ['code : x = 1']);
    assert.deepEqual(blocks(notebookView, '{"cells":[{"cell_type":"markdown","source":["# A","cut o'), [
      'heading : Acut o',
    ]);
    for (const text of ['', '{}', '[1', '['.repeat(200_000), '{"cells":'.repeat(50_000)]) {
      assert.equal(notebookView(text).text, text);
    }
  });
});

describe('viewOf', () => {
  it('chooses by language, otherwise by extension', () => {
    assert.equal(viewOf('*a*', { languageId: 'markdown' }).text, 'a');
    assert.equal(viewOf('*a*', { fileName: '/x/README.MD' }).text, 'a');
    assert.equal(viewOf('*a*', { languageId: 'plaintext', fileName: 'a.mdx' }).text, 'a');
    assert.equal(viewOf('*a*', { fileName: 'a.unknown' }).text, '*a*');
    assert.equal(viewOf('<b>a</b>', { fileName: 'a.htm' }).text, 'a');
    const file = '{"cells":[{"cell_type":"markdown","source":"*a*"}]}';
    assert.equal(viewOf(file, { languageId: 'json', fileName: 'a.ipynb' }).text, 'a');
  });
});
