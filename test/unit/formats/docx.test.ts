import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { docx, NAMESPACES, paragraph, placeOf, readFile, relationships, shown, zip } from './office-files.js';

const style = (id: string, name: string, inner = '', based = ''): string =>
  `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/>${based && `<w:basedOn w:val="${based}"/>`}${inner}</w:style>`;
const STYLES = `<w:styles ${NAMESPACES}>${style('H1', 'heading 1')}${style('H2', 'heading 2')}${style('Mine', 'My head', '', 'H2')}${style(
  'TOC1',
  'toc 1',
)}</w:styles>`;
const styled = (id: string): string => `<w:pStyle w:val="${id}"/>`;
const cell = (text: string, properties = ''): string =>
  `<w:tc>${properties && `<w:tcPr>${properties}</w:tcPr>`}${paragraph(text)}</w:tc>`;
const row = (cells: readonly string[], properties = ''): string =>
  `<w:tr>${properties && `<w:trPr>${properties}</w:trPr>`}${cells.join('')}</w:tr>`;
const lines = async (body: string, parts: Readonly<Record<string, string>> = {}) =>
  shown(await readFile(docx(body, parts)));

describe('Word documents', () => {
  it('headings by style, by a style that is based on one, and by their outline level', async () => {
    const body = [
      paragraph('Scope', styled('H1')),
      paragraph('Rent', styled('Mine')),
      paragraph('Deposit', '<w:outlineLvl w:val="2"/>'),
      paragraph('The tenant pays.'),
    ];
    assert.deepEqual(await lines(body.join(''), { styles: STYLES }), [
      'heading1: Scope',
      'heading2: Rent',
      'heading3: Deposit',
      'paragraph: The tenant pays.',
    ]);
  });

  it('a table of contents, by its style or its field, is not headings', async () => {
    const field = (type: string): string => `<w:r><w:fldChar w:fldCharType="${type}"/></w:r>`;
    const body = [
      paragraph('Scope\t3', styled('TOC1')),
      `<w:p>${field('begin')}<w:r><w:instrText>TOC \\o "1-3"</w:instrText></w:r>${field('separate')}<w:r><w:t>Rent 4</w:t></w:r></w:p>`,
      `<w:p><w:r><w:t>Deposit 5</w:t></w:r>${field('end')}</w:p>`,
      paragraph('Scope', styled('H1')),
    ];
    assert.deepEqual(await lines(body.join(''), { styles: STYLES }), [
      'furniture: Scope 3',
      'furniture: Rent 4',
      'furniture: Deposit 5',
      'heading1: Scope',
    ]);
  });

  it('deleted text is left out and inserted text kept; a deleted end of a paragraph joins it with the next one', async () => {
    const body = `<w:p><w:r><w:t xml:space="preserve">Notice: </w:t></w:r><w:del><w:r><w:delText>two</w:delText></w:r></w:del><w:ins><w:r><w:t>three</w:t></w:r></w:ins><w:r><w:t xml:space="preserve"> months</w:t></w:r></w:p>
      <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>The sum of </w:t></w:r></w:p>${paragraph('40 euros')}`;
    assert.deepEqual(await lines(body), ['paragraph: Notice: three months', 'paragraph: The sum of 40 euros']);
  });

  it('a text box is read once, at its anchor, whichever alternatives the file offers', async () => {
    const box = (text: string): string => `<w:txbxContent>${paragraph(text)}</w:txbxContent>`;
    const body = `${paragraph('Before')}<w:p><w:r><w:t>Anchor</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>${box(
      'In the box',
    )}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>${box(
      'In the box',
    )}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>${paragraph('After')}`;
    assert.deepEqual(await lines(body), [
      'paragraph: Before',
      'paragraph: Anchor',
      'paragraph: In the box',
      'paragraph: After',
    ]);
  });

  it('notes and comments follow their paragraph, with their number and author, and say where they stand', async () => {
    const body = `<w:p><w:r><w:t>The rent</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t xml:space="preserve"> is due</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>${paragraph('Next')}`;
    const read = await readFile(
      docx(body, {
        footnotes: `<w:footnotes ${NAMESPACES}><w:footnote w:type="separator" w:id="0">${paragraph('---')}</w:footnote><w:footnote w:id="2">${paragraph('Without heating.')}</w:footnote></w:footnotes>`,
        comments: `<w:comments ${NAMESPACES}><w:comment w:id="0" w:author="Ada">${paragraph('When?')}</w:comment></w:comments>`,
      }),
    );
    assert.deepEqual(shown(read), [
      'paragraph: The rent is due',
      'footnote: 1 Without heating.',
      'comment: Ada: When?',
      'paragraph: Next',
    ]);
    assert.deepEqual(placeOf(read, 'Without'), { part: 'notes' });
    assert.deepEqual(placeOf(read, 'When'), { part: 'comments' });
    assert.deepEqual(placeOf(read, 'Next'), {});
  });

  it('numbers of headings and list items are those that Word shows', async () => {
    const level = (index: number, format: string, text: string): string =>
      `<w:lvl w:ilvl="${index}"><w:start w:val="1"/><w:numFmt w:val="${format}"/><w:lvlText w:val="${text}"/></w:lvl>`;
    const numbering = `<w:numbering ${NAMESPACES}>
      <w:abstractNum w:abstractNumId="1">${level(0, 'decimal', '%1')}${level(1, 'decimal', '%1.%2')}</w:abstractNum>
      <w:abstractNum w:abstractNumId="2">${level(0, 'lowerLetter', '%1)')}</w:abstractNum>
      <w:abstractNum w:abstractNumId="3">${level(0, 'bullet', '·')}</w:abstractNum>
      ${[1, 2, 3].map((id) => `<w:num w:numId="${id}"><w:abstractNumId w:val="${id}"/></w:num>`).join('')}</w:numbering>`;
    const numbered = (id: number, at = 0): string =>
      `<w:numPr><w:ilvl w:val="${at}"/><w:numId w:val="${id}"/></w:numPr>`;
    const body = [
      paragraph('Terms', styled('H1') + numbered(1)),
      paragraph('Duties', styled('H1') + numbered(1)),
      paragraph('Scope', styled('H2') + numbered(1, 1)),
      paragraph('water', numbered(2)),
      paragraph('power', numbered(2)),
      paragraph('loose', numbered(3)),
      paragraph('End', styled('H1') + numbered(1)),
      paragraph('Last', styled('H2') + numbered(1, 1)),
    ];
    assert.deepEqual(await lines(body.join(''), { styles: STYLES, numbering }), [
      'heading1: 1 Terms',
      'heading1: 2 Duties',
      'heading2: 2.1 Scope',
      'listItem1: a) water',
      'listItem1: b) power',
      'listItem1: loose',
      'heading1: 3 End',
      'heading2: 3.1 Last',
    ]);
  });

  it('a table has names, groups, merged cells; a row that is deleted is left out', async () => {
    const table = `<w:tbl>${[
      row([cell('Claims'), cell('2004'), cell('2005')], '<w:tblHeader/>'),
      row([cell('Downwinders', '<w:gridSpan w:val="3"/>')]),
      row([cell('Filed', '<w:vMerge w:val="restart"/>'), cell('1,517'), cell('1,367')]),
      row([cell('', '<w:vMerge/>'), cell('1,163'), cell('1,457')]),
      row([cell('Gone'), cell('1'), cell('2')], '<w:del/>'),
    ].join('')}</w:tbl>`;
    assert.deepEqual(await lines(table), [
      'names: [0]Claims | [1]2004 | [2]2005',
      'group: [0+3]Downwinders',
      'values: [0x2]Filed | [1]1,517 | [2]1,367',
      'values: [1]1,163 | [2]1,457',
    ]);
  });

  it('a table that holds tables arranges text; the tables in it are tables', async () => {
    const inner = `<w:tbl>${row([cell('Salary'), cell('Grade')])}${row([cell('32,534'), cell('GS-7')])}</w:tbl>`;
    const outer = `<w:tbl>${row([cell('Job'), `<w:tc>${inner}${paragraph('Apply by Friday.')}</w:tc>`])}</w:tbl>`;
    assert.deepEqual(await lines(outer), [
      'paragraph: Job',
      'names: [0]Salary | [1]Grade',
      'values: [0]32,534 | [1]GS-7',
      'paragraph: Apply by Friday.',
    ]);
  });

  it('headers and footers stand once at the end; page numbers alone do not', async () => {
    const part = (name: string, text: string): string => `<w:${name} ${NAMESPACES}>${paragraph(text)}</w:${name}>`;
    const read = await readFile(
      docx(paragraph('Body'), {
        header1: part('hdr', 'Lease of 2024'),
        header2: part('hdr', 'Lease of 2024'),
        footer1: part('ftr', '- 3 -'),
      }),
    );
    assert.deepEqual(shown(read), ['paragraph: Body', 'furniture: Lease of 2024']);
    assert.deepEqual(placeOf(read, 'Lease'), { part: 'header' });
  });

  it('tabs and breaks are spaces, hyphens are kept, hidden text and field codes are not shown, boxes are ticked', async () => {
    const body = `<w:p><w:r><w:t>Name:</w:t><w:tab/><w:t>Ada</w:t><w:br/><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t><w:softHyphen/></w:r>
      <w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>
      <w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t xml:space="preserve"> see 4</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>
      <w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`;
    assert.deepEqual(await lines(body), ['paragraph: Name: Ada co-op see 4☒']);
  });

  it('namespaces count, not prefixes; the strict variant is read', async () => {
    const bytes = zip({
      '[Content_Types].xml': '<Types/>',
      '_rels/.rels': relationships({ r1: ['officeDocument', 'word/document.xml'] }),
      'word/document.xml':
        '<d:document xmlns:d="http://purl.oclc.org/ooxml/wordprocessingml/main"><d:body><d:p><d:r><d:t>Strict</d:t></d:r></d:p></d:body></d:document>',
    });
    assert.deepEqual(shown(await readFile(bytes)), ['paragraph: Strict']);
  });
});
