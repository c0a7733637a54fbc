/**
 * Excel workbooks: every sheet in order, its cells as they are shown, each with its address; comments and text boxes.
 */
import { breathe } from '../../errors.js';
import { t } from '../../l10n.js';
import { isZip } from '../archive.js';
import { ExtractedBuilder } from '../builder.js';
import { type FormatReader, UnreadableFormat } from '../extracted.js';
import { attribute, child, descendants, elements, textOf, walkXml, type XmlElement } from '../xml.js';
import { CellFormats, is1904 } from './cell-format.js';
import { addChart, drawingText, unescaped } from './drawing.js';
import { hasFolder, OfficePackage } from './package.js';
import { addSheet, cellAddress, columnOf, rowOf } from './sheet-blocks.js';
import { readSheet } from './xlsx-sheet.js';

/** Cells with text of one file. */
const MAX_CELLS = 1_000_000;
const MAX_SHEETS = 4096;
/** Names that Excel and others give a sheet: they say nothing. */
const UNNAMED = /^(?:sheet|tabelle|feuil|hoja|foglio|blad|plan|лист)\s?\d*$/i;

export const xlsxReader: FormatReader = {
  name: 'Excel workbook',
  extensions: ['xlsx', 'xlsm', 'xltx', 'xltm'],
  recognises: (head, entries) => isZip(head) && hasFolder(entries, 'xl'),
  async read(bytes, { signal, onProgress }) {
    const file = new OfficePackage(bytes);
    const builder = new ExtractedBuilder();
    const main = file.main('xl/workbook.xml');
    if (/\.bin$/i.test(main)) {
      throw new UnreadableFormat('unsupported', t('it is a binary workbook (XLSB): save it as XLSX'));
    }
    const workbook = file.part(main);
    const formats = new CellFormats(file.part(file.related(main, 'styles')[0]?.target), is1904(workbook));
    const strings = sharedStrings(file, file.related(main, 'sharedStrings')[0]?.target);
    const sheets = elements(child(workbook, 'x:sheets'), 'x:sheet').slice(0, MAX_SHEETS);
    let left = MAX_CELLS;
    for (const [index, { attributes }] of sheets.entries()) {
      await breathe(signal);
      const target = file.target(main, attributes['r:id']);
      if (target === undefined || !/worksheets?\//i.test(target)) continue;
      const name = attributes.name ?? '';
      left -= readOne(file, builder, target, { name, isOnly: sheets.length === 1, strings, formats, left });
      if (/^(hidden|veryHidden)$/.test(attributes.state ?? '')) {
        builder.note(t('The sheet “{0}” is hidden; it is read too.', name));
      }
      onProgress?.(index + 1, sheets.length);
    }
    if (file.isDamaged) builder.damaged();
    return builder.build();
  },
};

interface SheetContext {
  name: string;
  isOnly: boolean;
  strings: readonly string[];
  formats: CellFormats;
  /** Cells that may be read. */
  left: number;
}

/** @returns how many cells were read */
function readOne(file: OfficePackage, builder: ExtractedBuilder, target: string, context: SheetContext): number {
  const { name, strings, formats, left } = context;
  const bytes = file.archive.read(target);
  if (!bytes) {
    file.damaged();
    return 0;
  }
  const headers = new Set<number>();
  for (const { target: table } of file.related(target, 'table')) {
    const root = file.part(table);
    const ref = root?.attributes.ref;
    if (ref && root.attributes.headerRowCount !== '0') headers.add(rowOf(ref.split(':')[0]));
  }
  const sheet = readSheet(bytes, name, strings, formats, headers, left);
  if (!sheet.isWellFormed) file.damaged();
  builder.place({ sheet: name });
  const isNamed = !context.isOnly || !UNNAMED.test(name);
  const [first] = sheet.rows;
  if (isNamed && first && first.cells[0].text !== name) builder.block('heading', name, 1);
  addSheet(builder, sheet.rows, isNamed ? 2 : 1);
  addDrawings(file, builder, target, name);
  addComments(file, builder, target, name);
  for (const printed of sheet.printed) {
    const text = printed
      .replace(/&(?:"[^"]*"|[LCR]|K[0-9A-F]{6}|[BIUEXYSPNDTZFAG]|\d{1,3})/g, ' ')
      .replace(/&&/g, '&')
      .trim();
    if (!/\p{L}{2}/u.test(text)) continue;
    builder.place({ sheet: name, part: 'header' });
    builder.block('furniture', text);
  }
  if (sheet.hasHidden) builder.note(t('The sheet “{0}” has hidden rows or columns; they are read too.', name));
  if (sheet.isCut) builder.note(t('The workbook has too many cells: only the first {0} are read.', MAX_CELLS));
  if (sheet.withoutResult > 0) {
    builder.note(
      t('Formulas of the sheet “{0}” have no stored result: open it in Excel or LibreOffice and save it.', name),
    );
  }
  return sheet.rows.reduce((sum, { cells }) => sum + cells.length, 0);
}

/** Shared strings, without their readings (phonetic). */
function sharedStrings(file: OfficePackage, target: string | undefined): string[] {
  const strings: string[] = [];
  const bytes = target === undefined ? undefined : file.archive.read(target);
  if (!bytes) return strings;
  let text: string | undefined;
  let isText = false;
  let phonetic = 0;
  const isWellFormed = walkXml(bytes, {
    open: (name) => {
      if (name === 'x:si') text = '';
      else if (name === 'x:rPh') phonetic++;
      else if (name === 'x:t') isText = phonetic === 0;
    },
    close: (name) => {
      if (name === 'x:si') strings.push(unescaped(text ?? ''));
      else if (name === 'x:rPh') phonetic--;
      else if (name === 'x:t') isText = false;
    },
    text: (part) => {
      if (isText && text !== undefined) text += part;
    },
  });
  if (!isWellFormed) file.damaged();
  return strings;
}

/** Text boxes and shapes, where they are anchored. */
function addDrawings(file: OfficePackage, builder: ExtractedBuilder, target: string, sheet: string): void {
  for (const { target: drawing } of file.related(target, 'drawing')) {
    for (const anchor of elements(file.part(drawing))) {
      const from = child(anchor, 'xdr:from');
      const [row, column] = [numberOf(child(from, 'xdr:row')), numberOf(child(from, 'xdr:col'))];
      for (const paragraph of descendants(anchor, 'a:p')) {
        builder.place({ sheet, ...(from ? { cell: cellAddress(row, column) } : {}) });
        builder.block('paragraph', drawingText(paragraph).text);
      }
      for (const chart of descendants(anchor, 'c:chart')) {
        builder.place({ sheet, ...(from ? { cell: cellAddress(row, column) } : {}) });
        addChart(builder, file.part(file.target(drawing, chart.attributes['r:id'])));
      }
    }
  }
}

const numberOf = (element: XmlElement | undefined): number => {
  const value = element ? Number(textOf(element)) : 0;
  return value >= 0 && value < 2_000_000 ? value : 0;
};

/** Comments of a sheet; of threaded ones the texts, not the remark that Excel writes for old versions. */
function addComments(file: OfficePackage, builder: ExtractedBuilder, target: string, sheet: string): void {
  const add = (ref: string | undefined, text: string): void => {
    const cell = ref && columnOf(ref) >= 0 ? ref : undefined;
    builder.place({ sheet, ...(cell ? { cell } : {}), part: 'comments' });
    builder.block('comment', text);
  };
  const threaded = file.related(target, 'threadedComment');
  for (const { target: one } of threaded) {
    for (const comment of elements(file.part(one))) {
      const text = elements(comment).find(({ name }) => /(^|:)text$/.test(name));
      if (text) add(comment.attributes.ref, textOf(text));
    }
  }
  for (const { target: one } of file.related(target, 'comments')) {
    for (const comment of descendants(file.part(one) ?? NOTHING, 'x:comment')) {
      const text = descendants(comment, 'x:t').map(textOf).join('');
      if (threaded.length === 0 || !text.startsWith('[Threaded comment]')) add(attribute(comment, 'ref'), text);
    }
  }
}

const NOTHING: XmlElement = { name: '', attributes: {}, children: [] };
