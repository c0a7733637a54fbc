import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { inFile, shown, textOf } from './view-checks.js';
import { checkView } from './view-invariants.js';

const read = (source: string): ReadingView => {
  const view = viewOf(source, { languageId: 'plaintext' });
  checkView(view, source);
  return view;
};
const blocks = (source: string): string[] => {
  const view = read(source);
  return view.blocks.map((block) => textOf(view, block));
};

const WRAPPED = [
  'The quick brown fox jumps over the lazy dog while the rain in Spain',
  'falls mainly on the plain, and nobody in the village knows why it does',
  'so; they have asked the mayor, who has asked the king, who is hunting.',
  'He comes home tomorrow.',
].join('\n');

describe('reading view of plain text', () => {
  it('joins the lines of a wrapped paragraph', () => {
    const source = `${WRAPPED}\n\nA second one.\n`;
    assert.deepEqual(blocks(source), [WRAPPED.replaceAll('\n', ' '), 'A second one.']);
    assert.equal(inFile(read(source), source, 'in Spain falls'), 'in Spain\nfalls');
  });

  it('joins lines with Windows line ends and indentation', () => {
    const source = WRAPPED.split('\n')
      .map((line) => `    ${line}`)
      .join('\r\n');
    assert.deepEqual(blocks(source), [WRAPPED.replaceAll('\n', ' ')]);
    assert.equal(inFile(read(source), source, 'Spain falls'), 'Spain\r\n    falls');
  });

  it('divides paragraphs that only indentation separates', () => {
    const paragraph = WRAPPED.split('\n')
      .map((line, i) => (i === 0 ? `   ${line}` : line))
      .join('\n');
    assert.deepEqual(blocks(`${paragraph}\n${paragraph}`), [
      WRAPPED.replaceAll('\n', ' '),
      WRAPPED.replaceAll('\n', ' '),
    ]);
  });

  it('keeps a hyphen at the end of a line', () => {
    assert.match(blocks(WRAPPED.replace('who is hunting.', 'who is hunt-\ning.'))[0], /hunt- ing/);
  });

  it('keeps lines that are short on purpose', () => {
    for (const source of [
      'Jane Doe\n12 Long Street\nLondon N1 2AB',
      "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\nRough winds do shake the darling buds of May,\nAnd summer's lease hath all too short a date;",
      'Host: example.org\nAccept: text/html\nUser-Agent: something long enough to nearly fill the line',
      'apples\npears\nplums',
    ]) {
      assert.deepEqual(blocks(`${source}\n`), [source]);
    }
  });

  it('keeps items separate and their lines together', () => {
    const [first, second, third] = WRAPPED.split('\n');
    const source = `Intro:\n\n  - ${first}\n    ${second}\n  - ${third}\n  * short\n\n1. one\n2. two`;
    const view = read(source);
    assert.deepEqual(shown(view, 'listItem'), [`- ${first} ${second}`, `- ${third}`, '* short', '1. one', '2. two']);
  });

  it('shows each very long line as a paragraph', () => {
    const long = 'word '.repeat(60).trim();
    assert.deepEqual(blocks(`${long}\n${long}\nshort`), [long, long, 'short']);
  });

  it('recognises headings: underlined, in capitals, numbered', () => {
    const source = `Manual\n======\n\n${WRAPPED}\n\nInstall\n-------\nRun it.\n\nUse\n---\nDo so.`;
    const view = read(source);
    assert.deepEqual(shown(view, 'heading'), ['Manual', 'Install', 'Use']);
    const paths = view.blocks.filter(({ kind }) => kind === 'paragraph').map(({ path }) => path);
    assert.deepEqual(paths, [['Manual'], ['Manual', 'Install'], ['Manual', 'Use']]);

    const man = read('NAME\n     ls - list\n\nSEE ALSO\n     cat\n');
    assert.deepEqual(
      man.blocks.map(({ path }) => path),
      [[], ['NAME'], [], ['SEE ALSO']],
    );

    const rfc = read(
      `1.  Introduction\n\n   ${WRAPPED.replaceAll('\n', '\n   ')}\n\n1.1.  Purpose\n\n   Text.\n\n2.  Terms\n\n   More.\n`,
    );
    assert.deepEqual(
      rfc.blocks.map(({ path }) => path),
      [[], ['1.  Introduction'], ['1.  Introduction'], ['1.  Introduction', '1.1.  Purpose'], [], ['2.  Terms']],
    );
    assert.deepEqual(shown(read('Abstract\n\n   Deeper text.\n\nChapter 2. On foxes\n\nText.'), 'heading'), [
      'Abstract',
      'Chapter 2. On foxes',
    ]);
    assert.deepEqual(shown(read('1. Open the box\n\n2. Close the box\n'), 'heading'), []);
  });

  it('hides the page breaks of an RFC', () => {
    const [first, second, third, last] = WRAPPED.split('\n').map((line) => `   ${line}`);
    const source = [
      first,
      second,
      '',
      '',
      'Doe                          Standards Track                    [Page 1]',
      '\f',
      'RFC 9999                          Foxes                        June 2022',
      '',
      '',
      third,
      last,
    ].join('\n');
    assert.deepEqual(blocks(source), [WRAPPED.replaceAll('\n', ' ')]);
    assert.deepEqual(blocks('One.\n\fTwo.\n\f\nThree.'), ['One.', 'Two.', 'Three.']);
  });

  it('reads empty and odd texts', () => {
    assert.deepEqual(blocks(''), []);
    assert.deepEqual(blocks(' \n\t\n'), []);
    assert.deepEqual(blocks('\ufeffHello\r\r\rWorld\f'), ['Hello', 'World']);
  });

  it('is linear on input crafted to be slow', () => {
    for (const piece of [
      'x',
      'word ',
      'a\n',
      '\n',
      ' ',
      '\f\n',
      'A\n=\n',
      '1. A\n\n',
      '- a\n',
      ' a\n  b\n',
      'a: b\n',
      '\r',
      '\t',
      'ABC\n\n',
      'a    ',
      '. . ',
    ]) {
      const source = piece.repeat(Math.ceil(300_000 / piece.length));
      const part = source.slice(0, 30_000);
      checkView(viewOf(part, {}), part);
      assertGrowsInProportion(JSON.stringify(piece), source.length, (size) => viewOf(source.slice(0, size), {}));
    }
  });
});
