import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NAMESPACES, placeOf, readFile, relationships, shown, zip } from './office-files.js';

const text = (value: string, properties = ''): string => `<a:p>${properties}<a:r><a:t>${value}</a:t></a:r></a:p>`;
const place = (x: number, y: number, width = 100, height = 50): string =>
  `<p:spPr><a:xfrm><a:off x="${x}" y="${y}"/><a:ext cx="${width}" cy="${height}"/></a:xfrm></p:spPr>`;
const shape = (body: string, where: string, kind = ''): string =>
  `<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:nvPr>${kind && `<p:ph type="${kind}"/>`}</p:nvPr></p:nvSpPr>${where}<p:txBody>${body}</p:txBody></p:sp>`;
const slide = (shapes: string, show = ''): string =>
  `<p:sld ${NAMESPACES}${show}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`;

/** @param slides their XML in the order of the presentation; they are stored in another order */
function pptx(slides: readonly string[], others: Readonly<Record<string, string>> = {}): Uint8Array {
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relationships({ r1: ['officeDocument', 'ppt/presentation.xml'] }),
    'ppt/presentation.xml': `<p:presentation ${NAMESPACES}><p:sldIdLst>${slides
      .map((_, index) => `<p:sldId id="${index}" r:id="s${index}"/>`)
      .join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relationships(
      Object.fromEntries(slides.map((_, index) => [`s${index}`, ['slide', `slides/slide${9 - index}.xml`] as const])),
    ),
  };
  for (const [index, xml] of slides.entries()) files[`ppt/slides/slide${9 - index}.xml`] = xml;
  return zip({ ...files, ...others });
}

describe('PowerPoint presentations', () => {
  it('slides in order, the title first, shapes by their places, a line break as a space', async () => {
    const read = await readFile(
      pptx([
        slide(
          shape(text('Right'), place(600, 100)) +
            shape('<a:p><a:r><a:t>Left</a:t></a:r><a:br/><a:r><a:t>side_x000B_end</a:t></a:r></a:p>', place(0, 100)) +
            shape(text('Marks'), place(0, 0, 700), 'title'),
        ),
        slide(shape(text('Second'), place(0, 0), 'ctrTitle'), ' show="0"'),
      ]),
    );
    assert.deepEqual(shown(read), [
      'heading1: Marks',
      'paragraph: Left side end',
      'paragraph: Right',
      'heading1: Second',
    ]);
    assert.deepEqual(placeOf(read, 'Right'), { slide: 1 });
    assert.deepEqual(placeOf(read, 'Second'), { slide: 2 });
    assert.deepEqual(read.notes, ['Slide 2 is hidden; it is read too.']);
  });

  it('columns are read one after the other, labels with what they label', async () => {
    const columns = [
      shape(text('A1'), place(0, 0)),
      shape(text('B1'), place(500, 10)),
      shape(text('A2'), place(0, 60)),
      shape(text('B2'), place(500, 70)),
    ];
    const labels = [
      shape(text('wide 1'), place(200, 0, 900)),
      shape(text('Label 2'), place(0, 60)),
      shape(text('Label 1'), place(0, 0)),
      shape(text('wide 2'), place(200, 60, 900)),
    ];
    const read = await readFile(pptx([slide(columns.join('')), slide(labels.join(''))]));
    assert.deepEqual(
      shown(read).map((line) => line.replace('paragraph: ', '')),
      ['A1', 'A2', 'B1', 'B2', 'Label 1', 'wide 1', 'Label 2', 'wide 2'],
    );
  });

  it('a group is read as a whole; its places are those of the slide', async () => {
    const group = `<p:grpSp><p:nvGrpSpPr><p:cNvPr id="2" name="g"/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="0" y="300"/><a:ext cx="100" cy="100"/><a:chOff x="0" y="0"/><a:chExt cx="1000" cy="1000"/></a:xfrm></p:grpSpPr>${shape(
      text('inner 2'),
      place(0, 600),
    )}${shape(text('inner 1'), place(0, 0))}</p:grpSp>`;
    const read = await readFile(
      pptx([slide(group + shape(text('below'), place(0, 500)) + shape(text('above'), place(0, 0)))]),
    );
    assert.equal(read.text, 'above\ninner 1\ninner 2\nbelow');
  });

  it('list items with levels and automatic numbers', async () => {
    const items = [
      text('one', '<a:pPr><a:buAutoNum type="arabicPeriod"/></a:pPr>'),
      text('inside', '<a:pPr lvl="1"><a:buChar char="-"/></a:pPr>'),
      text('two', '<a:pPr><a:buAutoNum type="arabicPeriod"/></a:pPr>'),
    ];
    const read = await readFile(pptx([slide(shape(items.join(''), place(0, 0), 'body'))]));
    assert.deepEqual(shown(read), ['listItem1: 1. one', 'listItem2: inside', 'listItem1: 2. two']);
  });

  it('tables with names and merged cells; a table of one column is text', async () => {
    const cell = (value: string, attributes = ''): string =>
      `<a:tc${attributes}><a:txBody>${text(value)}</a:txBody></a:tc>`;
    const frame = (rows: string, first = ''): string =>
      `<p:graphicFrame><p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic><a:graphicData><a:tbl><a:tblPr${first}/>${rows}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
    const rows = `<a:tr>${cell('2010')}${cell('2013')}</a:tr><a:tr>${cell('A1', ' gridSpan="2"')}${cell('', ' hMerge="1"')}</a:tr><a:tr>${cell('A7')}${cell('A6')}</a:tr>`;
    const single = `<a:tr>${cell('Welcome')}</a:tr><a:tr>${cell('To the list.')}</a:tr>`;
    const read = await readFile(pptx([slide(frame(rows, ' firstRow="1"')), slide(frame(single, ' firstRow="1"'))]));
    assert.deepEqual(shown(read), [
      'names: [0]2010 | [1]2013',
      'group: [0+2]A1',
      'values: [0]A7 | [1]A6',
      'heading2: Welcome',
      'paragraph: To the list.',
    ]);
  });

  it('a label over its value in each cell is read as both; a row of them names no columns', async () => {
    const cell = (...values: string[]): string =>
      `<a:tc><a:txBody>${values.map((one) => text(one)).join('')}</a:txBody></a:tc>`;
    const frame = (rows: string): string =>
      `<p:graphicFrame><p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic><a:graphicData><a:tbl>${rows}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
    const long = 'A text that says in a few words what the two above it are about.';
    const pairs = `<a:tr>${cell('Risk')}${cell('Severity', 'HIGH')}${cell('Cost:', '$4.5')}</a:tr><a:tr>${cell(long)}${cell(long)}${cell(long)}</a:tr>`;
    const names = `<a:tr>${cell('Unit', 'price')}${cell('Number', 'of items')}</a:tr><a:tr>${cell('12')}${cell('3')}</a:tr>`;
    const read = await readFile(pptx([slide(frame(pairs)), slide(frame(names))]));
    assert.deepEqual(shown(read), [
      'values: [0]Risk | [1]Severity: HIGH | [2]Cost: $4.5',
      `values: [0]${long} | [1]${long} | [2]${long}`,
      'names: [0]Unit price | [1]Number of items',
      'values: [0]12 | [1]3',
    ]);
  });

  it('arrows, ticks and bullets of symbol fonts are characters of their own', async () => {
    const read = await readFile(pptx([slide(shape(text('Merged \uf0e0 A9 \uf0fc'), place(0, 0)))]));
    assert.deepEqual(shown(read), ['paragraph: Merged \u2192 A9 \u2713']);
  });

  it('speaker notes are notes of their slide; slide numbers are left out', async () => {
    const read = await readFile(
      pptx([slide(shape(text('Goals'), place(0, 0), 'title') + shape(text('7'), place(0, 90), 'sldNum'))], {
        'ppt/slides/_rels/slide9.xml.rels': relationships({ n: ['notesSlide', '../notesSlides/n.xml'] }),
        'ppt/notesSlides/n.xml': `<p:notes ${NAMESPACES}><p:cSld><p:spTree>${shape(text('Know your duties.'), '<p:spPr/>', 'body')}${shape(
          text('7'),
          '<p:spPr/>',
          'sldNum',
        )}</p:spTree></p:cSld></p:notes>`,
      }),
    );
    assert.deepEqual(shown(read), ['heading1: Goals', 'note: Know your duties.']);
    assert.deepEqual(placeOf(read, 'Know'), { slide: 1, part: 'notes' });
  });

  it('a chart is its title and a table of its values', async () => {
    const points = (values: readonly string[]): string =>
      values.map((value, i) => `<c:pt idx="${i}"><c:v>${value}</c:v></c:pt>`).join('');
    const chart = `<c:chartSpace ${NAMESPACES}><c:chart><c:title><c:tx>${text('Sales')}</c:tx></c:title><c:plotArea><c:ser><c:tx>${points(
      ['Tea'],
    )}</c:tx><c:cat>${points(['Q1', 'Q2'])}</c:cat><c:val>${points(['8.199999999999999', '3'])}</c:val></c:ser></c:plotArea></c:chart></c:chartSpace>`;
    const frame =
      '<p:graphicFrame><a:graphic><a:graphicData><c:chart r:id="c"/></a:graphicData></a:graphic></p:graphicFrame>';
    const read = await readFile(
      pptx([slide(frame)], {
        'ppt/slides/_rels/slide9.xml.rels': relationships({ c: ['chart', '../charts/c.xml'] }),
        'ppt/charts/c.xml': chart,
      }),
    );
    assert.deepEqual(shown(read), [
      'paragraph: Sales',
      'names: [1]Tea',
      'values: [0]Q1 | [1]8.2',
      'values: [0]Q2 | [1]3',
    ]);
  });
});
