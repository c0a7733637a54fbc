import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UnreadableFormat } from '../../../server/formats/extracted.js';
import { epub, placeOf, readFile, shown, zip } from './office-files.js';

describe('EPUB books', () => {
  it('the spine gives the order, the table of contents the chapters', async () => {
    const read = await readFile(
      epub({ 'b.xhtml': '<h1>Two</h1><p>second</p>', 'a.xhtml': '<h1>One</h1><p>first</p>' }, ['a.xhtml', 'b.xhtml'], {
        'nav.xhtml':
          '<nav epub:type="toc"><ol><li><a href="a.xhtml">Chapter I</a></li><li><a href="b.xhtml">Chapter II</a></li></ol></nav>',
      }),
    );
    assert.deepEqual(shown(read), ['heading1: One', 'paragraph: first', 'heading1: Two', 'paragraph: second']);
    assert.deepEqual(placeOf(read, 'first'), { chapter: 'Chapter I' });
    assert.deepEqual(placeOf(read, 'second'), { chapter: 'Chapter II' });
  });

  it('chapters that begin inside a document', async () => {
    const read = await readFile(
      epub({ 'a.xhtml': '<p>front</p><h2 id="one">One</h2><p>text</p>' }, ['a.xhtml'], {
        'nav.xhtml': '<nav epub:type="toc"><ol><li><a href="a.xhtml#one">Chapter I</a></li></ol></nav>',
      }),
    );
    assert.deepEqual(placeOf(read, 'front'), {});
    assert.deepEqual(placeOf(read, 'One'), { chapter: 'Chapter I' });
  });

  it('notes follow the paragraph that refers to them, from the same or another document, marked or not', async () => {
    const read = await readFile(
      epub(
        {
          'a.xhtml':
            '<p>The rink<a epub:type="noteref" href="#n1">1</a> is long.</p><p>Next<sup><a href="notes.xhtml#n2">2</a></sup>.</p><aside id="n1" epub:type="footnote"><p>In yards.</p></aside>',
          'notes.xhtml': '<p>Notes</p><p><a id="n2" href="a.xhtml#r2">2</a> See page 9.</p>',
        },
        ['a.xhtml', 'notes.xhtml'],
      ),
    );
    assert.deepEqual(shown(read), [
      'paragraph: The rink is long.',
      'footnote: 1 In yards.',
      'paragraph: Next.',
      'footnote: 2 See page 9.',
      'paragraph: Notes',
    ]);
    assert.deepEqual(placeOf(read, 'In yards'), { part: 'notes' });
  });

  it('a link that is not a mark, and a list of them, stay in the text', async () => {
    const read = await readFile(
      epub(
        {
          'a.xhtml': '<p><a href="#x">Chapter 1</a></p><h2 id="x">Chapter 1</h2><p id="y">See <a href="#y">12</a>.</p>',
        },
        ['a.xhtml'],
      ),
    );
    assert.equal(read.text, 'Chapter 1\nChapter 1\nSee 12.');
  });

  it('page numbers and word joiners are out of the sentences, line breaks are spaces', async () => {
    const read = await readFile(
      epub(
        {
          'a.xhtml':
            '<p>ideas\u2060—\ufeffshe<br/>said <span class="pagenum">[Pg 12]</span><span epub:type="pagebreak" id="p13">13</span>so\u00ad on</p>',
        },
        ['a.xhtml'],
      ),
    );
    assert.equal(read.text, 'ideas—she said so on');
  });

  it('tables with names, lists with numbers, code, text without tags', async () => {
    const read = await readFile(
      epub(
        {
          'a.xhtml':
            '<table><thead><tr><th>Page</th><th>Name</th></tr></thead><tr><td rowspan="2">1</td><td>Sun</td></tr><tr><td>Moon</td></tr></table><ol start="3"><li>three</li><li>four<ul><li>in it</li></ul></li></ol><pre>a\n  b</pre>bare',
        },
        ['a.xhtml'],
      ),
    );
    assert.deepEqual(shown(read), [
      'names: [0]Page | [1]Name',
      'values: [0x2]1 | [1]Sun',
      'values: [1]Moon',
      'listItem1: 3. three',
      'listItem1: 4. four',
      'listItem2: in it',
      'code: a\n  b',
      'paragraph: bare',
    ]);
  });

  it('a protected book is refused; obfuscated fonts are not a protection', async () => {
    const encryption = (algorithm: string, target: string): string =>
      `<encryption xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="${algorithm}"/><enc:CipherData><enc:CipherReference URI="${target}"/></enc:CipherData></enc:EncryptedData></encryption>`;
    const book = (xml: string): Uint8Array =>
      zip({
        'META-INF/container.xml':
          '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
        'META-INF/encryption.xml': xml,
        'b.opf':
          '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>',
        'a.xhtml': '<p>open</p>',
      });
    await assert.rejects(
      readFile(book(encryption('http://www.w3.org/2001/04/xmlenc#aes128-cbc', 'a.xhtml'))),
      (error: UnreadableFormat) => error.reason === 'unsupported' && /DRM/.test(error.message),
    );
    assert.equal((await readFile(book(encryption('http://www.idpf.org/2008/embedding', 'font.otf')))).text, 'open');
  });
});
