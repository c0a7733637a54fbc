/** The contents of OpenDocument texts, and of text boxes and notes of slides and sheets. */
import { type ExtractedBuilder, proseOf } from '../builder.js';
import type { ExtractedPlace } from '../extracted.js';
import { addGrid, type GridCell, type GridRow } from '../table-rows.js';
import { child, descendants, elements, textOf, type XmlElement } from '../xml.js';
import { type OdfStyles, odfLabel } from './odf-styles.js';

/** Spaces that an element stands for. */
const MAX_SPACES = 100;
/** Columns of a table, and cells that are repeated with their contents. */
const MAX_COLUMNS = 16_384;
const MAX_REPEATED = 100_000;

const NOT_TEXT = new Set([
  'text:tracked-changes',
  'text:sequence-decls',
  'text:variable-decls',
  'text:user-field-decls',
  'text:page-number',
  'text:page-count',
  'text:soft-page-break',
  'text:ruby-text',
  'text:note-citation',
  'text:hidden-paragraph',
  'text:index-title-template',
  'office:forms',
  'office:event-listeners',
  'svg:title',
  'svg:desc',
  'draw:image',
  'draw:object',
  'draw:object-ole',
  'draw:plugin',
  'draw:glue-point',
  'math:math',
]);
const INDEXES = /^text:(?:table-of-content|illustration-index|table-index|object-index|user-index|alphabetical-index)$/;

interface Run {
  parts: string[];
  isBold: boolean;
}

export class OdfText {
  /** Notes, comments and boxes that follow the block that is being read. */
  #anchored: XmlElement[] = [];
  readonly #headings: number[] = [];
  /** By list style: the numbers of its levels, as a list can go on. */
  readonly #lists = new Map<string, number[]>();
  #repeated = 0;

  constructor(
    readonly builder: ExtractedBuilder,
    readonly styles: OdfStyles,
    /** Of what is not a note. */
    public place: Omit<ExtractedPlace, 'start'> = {},
  ) {}

  /** Whether cells were repeated so often that they are read once only. */
  get isCut(): boolean {
    return this.#repeated > MAX_REPEATED;
  }

  blocks(parent: XmlElement, kind: 'paragraph' | 'furniture' = 'paragraph'): void {
    for (const one of elements(parent)) this.block(one, kind);
  }

  block(one: XmlElement, kind: 'paragraph' | 'furniture' = 'paragraph'): void {
    const { name } = one;
    if (NOT_TEXT.has(name)) return;
    if (name === 'text:p') this.#paragraph(one, kind);
    else if (name === 'text:h') this.#heading(one, kind);
    else if (name === 'text:list') this.#list(one, 0, undefined, kind);
    else if (name === 'table:table') this.#table(one);
    else if (INDEXES.test(name)) {
      const body = child(one, 'text:index-body');
      if (body) this.blocks(body, 'furniture');
    } else if (name === 'text:note' || name === 'office:annotation') this.#anchored.push(one);
    else this.blocks(one, kind);
    this.flush();
  }

  #paragraph(one: XmlElement, kind: 'paragraph' | 'furniture'): void {
    const style = one.attributes['text:style-name'];
    const { text, isBold } = this.textOf(one);
    if (kind === 'paragraph' && this.styles.isA(style, /^Title$/)) this.builder.block('heading', text, 1);
    else if (this.styles.isA(style, /^(?:Preformatted_20_Text|Source_20_Code)$/)) this.builder.block('code', text);
    else if (kind === 'paragraph') this.builder.paragraph(text, isBold);
    else this.builder.block(kind, text);
  }

  #heading(one: XmlElement, kind: 'paragraph' | 'furniture'): void {
    const level = Math.min(10, Math.max(1, Number(one.attributes['text:outline-level']) || 1));
    const { text } = this.textOf(one);
    if (kind === 'furniture') this.builder.block(kind, text);
    if (kind === 'furniture' || proseOf(text) === '') return;
    this.#headings.length = level;
    const levels = this.styles.levels('');
    this.#headings[level - 1] = (this.#headings[level - 1] ?? (levels[level - 1]?.start ?? 1) - 1) + 1;
    const isNumbered = one.attributes['text:is-list-header'] !== 'true';
    const label = isNumbered ? odfLabel(levels, this.#headings, level - 1) : '';
    this.builder.block('heading', label === '' ? text : `${label} ${text}`, level);
  }

  #list(list: XmlElement, depth: number, outer: string | undefined, kind: 'paragraph' | 'furniture'): void {
    const style = list.attributes['text:style-name'] ?? outer ?? '';
    const levels = style === '' ? [] : this.styles.levels(style);
    let counts = this.#lists.get(style);
    const goesOn =
      depth > 0 || list.attributes['text:continue-numbering'] === 'true' || list.attributes['text:continue-list'];
    if (!counts || !goesOn) {
      counts = [];
      this.#lists.set(style, counts);
    }
    if (depth > 0) counts.length = Math.min(counts.length, depth);
    for (const item of elements(list)) {
      const isItem = item.name === 'text:list-item';
      if (isItem) {
        counts.length = Math.min(counts.length, depth + 1);
        const start = Number(item.attributes['text:start-value']);
        counts[depth] = start > 0 ? start : (counts[depth] ?? (levels[depth]?.start ?? 1) - 1) + 1;
      }
      let label = isItem ? odfLabel(levels, counts, depth) : '';
      let isFirst = true;
      for (const one of elements(item)) {
        if (one.name === 'text:list') this.#list(one, depth + 1, style, kind);
        else if (one.name === 'text:p') {
          const { text } = this.textOf(one);
          const shown = label === '' ? text : `${label} ${text}`;
          if (proseOf(text) !== '') {
            if (kind === 'furniture') this.builder.block(kind, text);
            else if (isFirst) this.builder.block('listItem', shown, depth + 1);
            else this.builder.block('paragraph', text);
            label = '';
            isFirst = false;
          }
          this.flush();
        } else this.block(one, kind);
      }
    }
  }

  /** The text of a paragraph in one line; what hangs on it follows at the next {@link flush}. */
  textOf(paragraph: XmlElement): { text: string; isBold: boolean } {
    const run: Run = { parts: [], isBold: true };
    const bold = this.styles.isBold('paragraph', paragraph.attributes['text:style-name']) ?? false;
    this.#inline(paragraph, bold, run);
    const text = run.parts.join('');
    return { text, isBold: run.isBold && text.trim() !== '' };
  }

  #inline(parent: XmlElement, bold: boolean, run: Run): void {
    for (const one of parent.children) {
      if (typeof one === 'string') {
        run.parts.push(one);
        if (one.trim() !== '') run.isBold &&= bold;
        continue;
      }
      const { name } = one;
      if (name === 'text:s')
        run.parts.push(' '.repeat(Math.min(MAX_SPACES, Number(one.attributes['text:c'] ?? 1) || 1)));
      else if (name === 'text:tab' || name === 'text:line-break') run.parts.push(' ');
      else if (name === 'text:note' || name === 'office:annotation' || name.startsWith('draw:')) {
        if (name !== 'draw:a') this.#anchored.push(one);
        else this.#inline(one, bold, run);
      } else if (name === 'text:span') {
        const style = one.attributes['text:style-name'];
        if (!this.styles.isHidden('text', style)) this.#inline(one, this.styles.isBold('text', style) ?? bold, run);
      } else if (!NOT_TEXT.has(name)) this.#inline(one, bold, run);
    }
  }

  /** Adds the notes, comments and boxes of what was read. */
  flush(): void {
    while (this.#anchored.length > 0) {
      const anchored = this.#anchored;
      this.#anchored = [];
      for (const one of anchored) {
        if (one.name === 'text:note') this.#note(one);
        else if (one.name === 'office:annotation') this.#comment(one);
        else if (!NOT_TEXT.has(one.name)) this.blocks(one);
      }
    }
  }

  #note(note: XmlElement): void {
    const mark = child(note, 'text:note-citation');
    const body = child(note, 'text:note-body');
    const text = body ? this.#joined(elements(body)) : '';
    if (proseOf(text) === '') return;
    this.builder.place({ ...this.place, part: 'notes' });
    this.builder.block('footnote', `${mark ? textOf(mark) : ''} ${text}`);
    this.builder.place(this.place);
  }

  #comment(annotation: XmlElement): void {
    const author = child(annotation, 'dc:creator');
    const text = this.#joined(elements(annotation));
    if (proseOf(text) === '') return;
    this.builder.place({ ...this.place, part: 'comments' });
    this.builder.block('comment', author && textOf(author) !== '' ? `${textOf(author)}: ${text}` : text);
    this.builder.place(this.place);
  }

  /** Paragraphs and lists in one line. */
  #joined(blocks: readonly XmlElement[]): string {
    return this.paragraphs(blocks)
      .map(({ text }) => text)
      .join(' ');
  }

  /** The paragraphs of a cell, note or box. */
  paragraphs(blocks: readonly XmlElement[]): { text: string; isBold: boolean }[] {
    return blocks.flatMap((one) => {
      if (one.name === 'text:p' || one.name === 'text:h') {
        const read = this.textOf(one);
        return proseOf(read.text) === '' ? [] : [read];
      }
      if (one.name === 'office:annotation' || one.name.startsWith('draw:')) {
        this.#anchored.push(one);
        return [];
      }
      return one.name.startsWith('text:') || one.name.startsWith('table:') ? this.paragraphs(elements(one)) : [];
    });
  }

  #table(table: XmlElement): void {
    const rows = tableRows(table);
    if (rows.some(({ row }) => elements(row).some((cell) => descendants(cell, 'table:table').length > 0))) {
      for (const { row } of rows) for (const cell of elements(row, 'table:table-cell')) this.blocks(cell);
      return;
    }
    addGrid(
      this.builder,
      rows.flatMap(({ row, isHeader }) => {
        const cells = this.cells(row);
        const one: GridRow = isHeader ? { cells, isHeader: true } : { cells };
        return [one];
      }),
    );
  }

  /** The cells of a row that have text; a repeated cell is as many, within limits. */
  cells(row: XmlElement): GridCell[] {
    const cells: GridCell[] = [];
    let column = 0;
    for (const one of elements(row)) {
      if (one.name !== 'table:table-cell' && one.name !== 'table:covered-table-cell') continue;
      const repeated = countOf(one.attributes['table:number-columns-repeated']);
      const isCovered = one.name === 'table:covered-table-cell';
      const paragraphs = isCovered ? [] : this.paragraphs(elements(one));
      const text =
        paragraphs.length > 0 ? paragraphs.map((each) => each.text).join(' ') : isCovered ? '' : storedValue(one);
      if (proseOf(text) !== '') {
        this.#repeated += repeated - 1;
        const times = this.isCut ? 1 : Math.min(repeated, MAX_COLUMNS - column);
        for (let at = 0; at < times && column + at < MAX_COLUMNS; at++) {
          cells.push(this.#cell(one, column + at, text, paragraphs));
        }
      }
      column += repeated;
      if (column >= MAX_COLUMNS) break;
    }
    return cells;
  }

  #cell(
    { attributes }: XmlElement,
    column: number,
    text: string,
    paragraphs: readonly { text: string; isBold: boolean }[],
  ): GridCell {
    const cell: GridCell = { column, text };
    const columns = countOf(attributes['table:number-columns-spanned']);
    const rows = countOf(attributes['table:number-rows-spanned']);
    if (columns > 1) cell.columns = Math.min(columns, MAX_COLUMNS);
    if (rows > 1) cell.rows = rows;
    if (paragraphs.length > 1) cell.paragraphs = paragraphs.map((one) => one.text);
    const style = attributes['table:style-name'];
    const isBold = paragraphs.length > 0 && paragraphs.every((one) => one.isBold);
    if (isBold || this.styles.isBold('table-cell', style)) cell.isBold = true;
    return cell;
  }
}

/** The stored value of a cell that has no text. */
function storedValue({ attributes }: XmlElement): string {
  const keys = [
    'office:string-value',
    'office:date-value',
    'office:time-value',
    'office:boolean-value',
    'office:value',
  ];
  return keys.map((key) => attributes[key]).find((value) => value !== undefined) ?? '';
}

/** Of an attribute that counts; 1 unless it is more. */
export function countOf(value: string | undefined): number {
  const count = Number.parseInt(value ?? '', 10);
  return count > 1 ? Math.min(count, 10_000_000) : 1;
}

export interface TableRow {
  row: XmlElement;
  isHeader: boolean;
}

/** The rows of a table, in its groups and headers. */
export function tableRows(table: XmlElement): TableRow[] {
  const rows: TableRow[] = [];
  const visit = (parent: XmlElement, isHeader: boolean): void => {
    for (const one of elements(parent)) {
      if (one.name === 'table:table-row') rows.push({ row: one, isHeader });
      else if (/^table:table-(?:header-rows|rows|row-group)$/.test(one.name)) {
        visit(one, isHeader || one.name === 'table:table-header-rows');
      }
    }
  };
  visit(table, false);
  return rows;
}
