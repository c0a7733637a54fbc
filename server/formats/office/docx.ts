/**
 * Word documents: the text as it is shown when revisions are accepted, notes and comments behind the paragraph that
 * refers to them, text boxes at their anchor, headers and footers once at the end.
 */

import { throwIfAborted } from '../../errors.js';
import { append } from '../../text/arrays.js';
import { isZip } from '../archive.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import type { ExtractedPlace, FormatReader, TextBlock } from '../extracted.js';
import { formatNumber } from '../numbers.js';
import { type GridCell, rowsOf } from '../table-rows.js';
import { attribute, child, elements, isOn, textOf, type XmlElement } from '../xml.js';
import { DocxNumbering, DocxStyles } from './docx-styles.js';
import { type Anchored, contentOf, ParagraphReader } from './docx-text.js';
import { addChart, addDiagram } from './drawing.js';
import { hasFolder, OfficePackage } from './package.js';

/** What only says how the text looks or was edited. */
const LEAVE_OUT = new Set([
  'w:tblBorders',
  'w:tcBorders',
  'w:sectPr',
  'w:rPrChange',
  'w:pPrChange',
  'w:tblPrChange',
  'wp:extent',
]);
/** Columns of a table. */
const MAX_COLUMNS = 16_384;
/** Characters of a cell, on the average, from which on a table arranges text. */
const LONG_CELL = 1500;

export const docxReader: FormatReader = {
  name: 'Word document',
  extensions: ['docx', 'docm', 'dotx', 'dotm'],
  recognises: (head, entries) => isZip(head) && hasFolder(entries, 'word'),
  async read(bytes, { signal, onProgress }) {
    const file = new OfficePackage(bytes);
    const document = new DocxDocument(file);
    throwIfAborted(signal);
    document.read();
    if (file.isDamaged) document.builder.damaged();
    onProgress?.(1, 1);
    return document.builder.build();
  },
};

class DocxDocument {
  readonly builder = new ExtractedBuilder();
  readonly #main: string;
  readonly #styles: DocxStyles;
  readonly #numbering: DocxNumbering;
  readonly #paragraphs: ParagraphReader;
  readonly #notes = { footnote: new Map<string, XmlElement>(), endnote: new Map(), comment: new Map() };
  readonly #counts = { footnote: 0, endnote: 0 };
  /** Notes, comments and text boxes that follow the block that is being read. */
  #anchored: Anchored[] = [];
  /** Text of a paragraph whose end is deleted. */
  #before = '';

  constructor(readonly file: OfficePackage) {
    this.#main = file.main('word/document.xml');
    const related = (type: string): XmlElement | undefined => file.part(file.related(this.#main, type)[0]?.target);
    this.#styles = new DocxStyles(related('styles'));
    this.#numbering = new DocxNumbering(related('numbering'), this.#styles);
    this.#paragraphs = new ParagraphReader(this.#styles);
    for (const kind of ['footnote', 'endnote', 'comment'] as const) {
      for (const note of elements(related(`${kind}s`), `w:${kind}`)) {
        const type = note.attributes['w:type'];
        if (type === undefined || type === 'normal') this.#notes[kind].set(note.attributes['w:id'] ?? '', note);
      }
    }
  }

  read(): void {
    const root = this.file.part(this.#main, LEAVE_OUT);
    const body = child(root, 'w:body') ?? root;
    if (body) this.#blocks(body);
    this.#flush();
    this.#furniture();
  }

  #blocks(parent: XmlElement): void {
    for (const one of contentOf(parent)) {
      if (one.name === 'w:p') this.#paragraph(one);
      else if (one.name === 'w:tbl') this.#table(one);
      else if (one.name === 'w:txbxContent') this.#blocks(one);
    }
  }

  #paragraph(paragraph: XmlElement): void {
    const properties = child(paragraph, 'w:pPr');
    const { text, anchored, goesOn, isToc, isBold } = this.#paragraphs.read(paragraph);
    append(this.#anchored, anchored);
    if (goesOn) {
      this.#before += text;
      return;
    }
    const whole = this.#before + text;
    this.#before = '';
    const isEmpty = proseOf(whole) === '';
    // An empty paragraph has a number in Word too, but only one without a number is a mere gap.
    const numbered = isEmpty ? undefined : this.#numbering.next(properties);
    const label = numbered?.label ? `${numbered.label} ` : '';
    const heading = this.#styles.headingLevel(properties);
    if (isToc || this.#styles.isTocEntry(properties)) this.builder.block('furniture', whole);
    else if (heading !== undefined) this.builder.block('heading', label + whole, heading);
    else if (numbered || this.#styles.isList(properties)) {
      this.builder.block('listItem', label + whole, (numbered?.level ?? 0) + 1);
    } else if (this.#styles.isCode(properties)) this.builder.block('code', whole);
    else this.builder.paragraph(whole, isBold);
    this.#flush();
  }

  /** Notes, comments and text boxes of what was read. */
  #flush(): void {
    if (this.#before !== '') {
      this.builder.block('paragraph', this.#before);
      this.#before = '';
    }
    const anchored = this.#anchored;
    this.#anchored = [];
    for (const { kind, id, box } of anchored) {
      if (kind === 'box') this.#blocks(box!);
      else if (kind === 'diagram') this.#diagram(id);
      else this.#note(kind, id);
    }
  }

  #note(kind: 'footnote' | 'endnote' | 'comment', id: string): void {
    const note = this.#notes[kind].get(id);
    if (!note) return;
    // A note that refers to itself, or twice, is shown once.
    this.#notes[kind].delete(id);
    const text = this.#textOf(note);
    if (kind === 'comment') {
      const author = note.attributes['w:author'] ?? '';
      this.#apart('comments', 'comment', author && text ? `${author}: ${text}` : text);
      return;
    }
    this.#counts[kind]++;
    const number = formatNumber(this.#counts[kind], kind === 'endnote' ? 'lowerRoman' : 'decimal');
    this.#apart('notes', 'footnote', text === '' ? '' : `${number} ${text}`);
  }

  /** Adds a block that belongs to another part of the file. */
  #apart(part: string, kind: TextBlock['kind'], text: string): void {
    if (proseOf(text) === '') return;
    this.builder.place({ part });
    this.builder.block(kind, text);
    this.builder.place(MAIN);
  }

  /** Text of several paragraphs in one line. */
  #textOf(parent: XmlElement): string {
    return this.#cellText(parent).text;
  }

  #diagram(id: string): void {
    const root = this.file.part(this.file.target(this.#main, id));
    if (child(root, 'c:chart')) addChart(this.builder, root);
    else addDiagram(this.builder, root);
  }

  #table(table: XmlElement): void {
    const rows = contentOf(table).filter(({ name }) => name === 'w:tr');
    const shown = rows.filter((row) => elements(child(row, 'w:trPr'), 'w:del').length === 0);
    if (this.#arranges(shown)) {
      for (const row of shown) {
        for (const cell of contentOf(row)) if (cell.name === 'w:tc') this.#blocks(cell);
      }
      return;
    }
    const style = child(table, 'w:tblPr');
    const look = child(style, 'w:tblLook');
    const setsFirst =
      this.#styles.setsFirstRow(attribute(style, 'w:val', 'w:tblStyle')) &&
      (look?.attributes['w:firstRow'] === '1' || (Number.parseInt(look?.attributes['w:val'] ?? '0', 16) & 0x20) !== 0);
    const grid = this.#grid(shown);
    if (setsFirst && grid.length > 1 && grid[0].cells.length > 1) grid[0].isHeader = true;
    this.builder.table(rowsOf(grid));
    this.#flush();
  }

  /** Whether a table arranges text on the page: tables in it, one column or row, headings, or long texts. */
  #arranges(rows: readonly XmlElement[]): boolean {
    const cells = rows.map((row) => contentOf(row).filter(({ name }) => name === 'w:tc'));
    if (rows.length < 2 || cells.every((row) => row.length < 2)) return true;
    const all = cells.flat();
    if (all.some((cell) => contentOf(cell).some(({ name }) => name === 'w:tbl'))) return true;
    let length = 0;
    let filled = 0;
    for (const cell of all) {
      for (const one of elements(cell, 'w:p')) {
        const level = attribute(one, 'w:val', 'w:pPr', 'w:pStyle');
        if (level !== undefined && this.#styles.headingLevel(child(one, 'w:pPr')) !== undefined && all.length <= 4)
          return true;
      }
      const { length: own } = textOf(cell);
      if (own > 0) filled++;
      length += own;
    }
    return filled > 0 && length / filled > LONG_CELL;
  }

  #grid(rows: readonly XmlElement[]): { cells: GridCell[]; isHeader?: boolean }[] {
    /** By column: the cell that may extend downwards. */
    const above = new Map<number, GridCell>();
    return rows.map((row) => {
      const properties = child(row, 'w:trPr');
      let column = columnsOf(attribute(properties, 'w:val', 'w:gridBefore'), 0);
      const cells: GridCell[] = [];
      for (const one of contentOf(row)) {
        if (one.name !== 'w:tc' || column >= MAX_COLUMNS) continue;
        const own = child(one, 'w:tcPr');
        const columns = columnsOf(attribute(own, 'w:val', 'w:gridSpan'), 1);
        const merge = child(own, 'w:vMerge');
        const { text, isBold } = this.#cellText(one);
        if (merge && merge.attributes['w:val'] !== 'restart') {
          const first = above.get(column);
          if (first) first.rows = (first.rows ?? 1) + 1;
        } else {
          const cell: GridCell = { column, text, isBold };
          if (columns > 1) cell.columns = columns;
          cells.push(cell);
          if (merge) above.set(column, cell);
          else above.delete(column);
        }
        column += columns;
      }
      return isOn(child(properties, 'w:tblHeader'), 'w:val') ? { cells, isHeader: true } : { cells };
    });
  }

  /** The paragraphs of a cell or note in one line. */
  #cellText(parent: XmlElement): { text: string; isBold: boolean } {
    const texts: string[] = [];
    let isBold = true;
    const visit = (node: XmlElement): void => {
      for (const one of contentOf(node)) {
        if (one.name === 'w:p') {
          const { text, anchored, isBold: bold } = this.#paragraphs.read(one);
          append(this.#anchored, anchored);
          if (proseOf(text) === '') continue;
          const label = this.#numbering.next(child(one, 'w:pPr'))?.label;
          texts.push(label ? `${label} ${text}` : text);
          isBold &&= bold;
        } else if (one.name === 'w:tbl' || one.name === 'w:tr' || one.name === 'w:tc') visit(one);
      }
    };
    visit(parent);
    return { text: texts.join(' ').trim(), isBold: isBold && texts.length > 0 };
  }

  /** Headers and footers, each text once. */
  #furniture(): void {
    const seen = new Set<string>();
    for (const type of ['header', 'footer']) {
      for (const { target } of this.file.related(this.#main, type)) {
        const root = this.file.part(target, LEAVE_OUT);
        if (!root) continue;
        const text = proseOf(this.#textOf(root));
        this.#anchored = [];
        if (text === '' || /^[\divxlcIVXLC\s.–-]*$/.test(text) || seen.has(text)) continue;
        seen.add(text);
        this.#apart(type, 'furniture', text);
      }
    }
  }
}

const MAIN: Omit<ExtractedPlace, 'start'> = {};

const columnsOf = (value: string | undefined, least: number): number => {
  const columns = Number.parseInt(value ?? '', 10);
  return columns >= least && columns <= MAX_COLUMNS ? columns : least;
};
