/** Small files of every format, made for the tests, and how they are read. */
import { strToU8, type Zippable, zipSync } from 'fflate';
import type { Extracted, FormatReader } from '../../../server/formats/extracted.js';
import { docxReader } from '../../../server/formats/office/docx.js';
import { emlReader } from '../../../server/formats/office/eml.js';
import { epubReader } from '../../../server/formats/office/epub.js';
import { msgReader } from '../../../server/formats/office/msg.js';
import { odfReader } from '../../../server/formats/office/odf.js';
import { pptxReader } from '../../../server/formats/office/pptx.js';
import { rtfReader } from '../../../server/formats/office/rtf.js';
import { xlsxReader } from '../../../server/formats/office/xlsx.js';
import { marksOf } from '../../../server/formats/signature.js';

export const READERS: FormatReader[] = [
  docxReader,
  xlsxReader,
  pptxReader,
  odfReader,
  epubReader,
  rtfReader,
  msgReader(() => READERS),
  emlReader(() => READERS),
];

export const readerOf = (bytes: Uint8Array): FormatReader | undefined =>
  READERS.find((reader) => reader.recognises(...marksOf(bytes)));

export async function readFile(bytes: Uint8Array): Promise<Extracted> {
  const reader = readerOf(bytes);
  if (!reader) throw new Error('no reader recognises the file');
  return reader.read(bytes, {});
}

/** One line a block: "heading1: Scope"; of a table a line a row: "names: [0]Team | [1+2]Cups". */
export function shown({ text, blocks }: Extracted): string[] {
  return blocks.flatMap((block) => {
    if (block.kind !== 'table') return [`${block.kind}${block.level ?? ''}: ${text.slice(block.start, block.end)}`];
    return block.rows.map(({ kind, cells }) => {
      const parts = cells.map((cell) => {
        const span = `${cell.columns ? `+${cell.columns}` : ''}${cell.rows ? `x${cell.rows}` : ''}`;
        return `[${cell.column}${span}]${text.slice(cell.start, cell.end)}`;
      });
      return `${kind}: ${parts.join(' | ')}`;
    });
  });
}

/** The place of the first occurrence of a word. */
export function placeOf({ text, places }: Extracted, word: string): object {
  const at = text.indexOf(word);
  if (at < 0) throw new Error(`the text has no ${word}`);
  const { start: _start, ...place } = places.findLast(({ start }) => start <= at) ?? { start: 0 };
  return place;
}

export function zip(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const entries: Zippable = {};
  for (const [name, content] of Object.entries(files)) {
    entries[name] = typeof content === 'string' ? strToU8(content) : content;
  }
  return zipSync(entries);
}

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
export const NAMESPACES = [
  'w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"',
  'a="http://schemas.openxmlformats.org/drawingml/2006/main"',
  'p="http://schemas.openxmlformats.org/presentationml/2006/main"',
  'x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"',
  'c="http://schemas.openxmlformats.org/drawingml/2006/chart"',
  'mc="http://schemas.openxmlformats.org/markup-compatibility/2006"',
  'wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"',
  'v="urn:schemas-microsoft-com:vml"',
  `r="${OFFICE}"`,
]
  .map((one) => `xmlns:${one}`)
  .join(' ');

/** @param targets by identifier: type and target */
export function relationships(targets: Readonly<Record<string, readonly [string, string]>>): string {
  const all = Object.entries(targets).map(
    ([id, [type, target]]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`;
}

/** @param parts further parts by name without folder: their XML; each is related by its name without digits */
export function docx(body: string, parts: Readonly<Record<string, string>> = {}): Uint8Array {
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relationships({ r1: ['officeDocument', 'word/document.xml'] }),
    'word/document.xml': `<w:document ${NAMESPACES}><w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': relationships(
      Object.fromEntries(Object.keys(parts).map((name) => [name, [name.replace(/\d*$/, ''), `${name}.xml`] as const])),
    ),
  };
  for (const [name, content] of Object.entries(parts)) files[`word/${name}.xml`] = content;
  return zip(files);
}

export const paragraph = (text: string, properties = ''): string =>
  `<w:p>${properties && `<w:pPr>${properties}</w:pPr>`}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;

/** @param sheets by name: their XML inside `worksheet` */
export function xlsx(
  sheets: Readonly<Record<string, string>>,
  parts: Readonly<Record<string, string>> = {},
  workbook = '',
): Uint8Array {
  const names = Object.keys(sheets);
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relationships({ r1: ['officeDocument', 'xl/workbook.xml'] }),
    'xl/workbook.xml': `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ${NAMESPACES}>${workbook}<sheets>${names
      .map(
        (name, index) =>
          `<sheet name="${name.replace('!', '')}"${name.endsWith('!') ? ' state="hidden"' : ''} r:id="s${index}"/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships({
      strings: ['sharedStrings', 'sharedStrings.xml'],
      styles: ['styles', 'styles.xml'],
      ...Object.fromEntries(
        names.map((_, index) => [`s${index}`, ['worksheet', `worksheets/sheet${index}.xml`] as const]),
      ),
    }),
  };
  for (const [index, content] of Object.values(sheets).entries()) {
    files[`xl/worksheets/sheet${index}.xml`] =
      `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ${NAMESPACES}>${content}</worksheet>`;
  }
  for (const [name, content] of Object.entries(parts)) files[`xl/${name}`] = content;
  return zip(files);
}

/** Rows of a sheet from texts and numbers; null: no cell. */
export function sheetData(rows: readonly (readonly (string | number | null)[])[]): string {
  const xml = rows.map((cells, row) => {
    const all = cells.map((value, column) => {
      const ref = `${String.fromCharCode(65 + column)}${row + 1}`;
      if (value === null) return '';
      if (typeof value === 'number') return `<c r="${ref}"><v>${value}</v></c>`;
      return `<c r="${ref}" t="inlineStr"><is><t>${value}</t></is></c>`;
    });
    return `<row r="${row + 1}">${all.join('')}</row>`;
  });
  return `<sheetData>${xml.join('')}</sheetData>`;
}

const ODF = ['office', 'text', 'table', 'presentation', 'style']
  .map((name) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`)
  .concat(
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"',
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"',
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"',
    'xmlns:dc="http://purl.org/dc/elements/1.1/"',
  )
  .join(' ');

/** @param kind text, spreadsheet or presentation */
export function odf(kind: string, body: string, styles = '', automatic = ''): Uint8Array {
  return zip({
    mimetype: `application/vnd.oasis.opendocument.${kind}`,
    'META-INF/manifest.xml': '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
    'content.xml': `<office:document-content ${ODF}><office:automatic-styles>${automatic}</office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    'styles.xml': `<office:document-styles ${ODF}>${styles}</office:document-styles>`,
  });
}

/** @param documents by name, in the order of the archive @param spine names in reading order */
export function epub(
  documents: Readonly<Record<string, string>>,
  spine: readonly string[],
  others: Readonly<Record<string, string>> = {},
): Uint8Array {
  const items = [...Object.keys(documents), ...Object.keys(others)].map(
    (name) => `<item id="${name}" href="${name}"${name === 'nav.xhtml' ? ' properties="nav"' : ''}/>`,
  );
  const files: Record<string, string> = {
    mimetype: 'application/epub+zip',
    'META-INF/container.xml':
      '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
    'OEBPS/book.opf': `<package xmlns="http://www.idpf.org/2007/opf"><manifest>${items.join('')}</manifest><spine>${spine
      .map((name) => `<itemref idref="${name}"/>`)
      .join('')}</spine></package>`,
  };
  for (const [name, content] of Object.entries({ ...documents, ...others })) {
    files[`OEBPS/${name}`] = name.endsWith('.xhtml')
      ? `<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body>${content}</body></html>`
      : content;
  }
  return zip(files);
}
