/** The paragraphs, lists and tables of an RTF document, from its text and properties in their order. */
import { type ExtractedBuilder, proseOf } from '../builder.js';
import { addGrid, type GridCell, type GridRow } from '../table-rows.js';
import { damageNote } from './package.js';

/** Edges of cells that are nearer to each other are one, in twips. */
const SAME_EDGE = 60;
const MAX_CELLS = 1000;

interface RowCell {
  text: string;
  isBold: boolean;
  paragraphs: string[];
}

interface RtfRow {
  cells: RowCell[];
  /** Right edges of the cells, in twips. */
  edges: number[];
  merged: ('first' | 'rest' | undefined)[];
  mergedDown: ('first' | 'rest' | undefined)[];
  isHeader: boolean;
}

export class RtfBlocks {
  #text: string[] = [];
  #isBold = true;
  #label = '';
  #style = 0;
  #outline = -1;
  #level = 0;
  #isInTable = false;
  #isListed = false;
  #paragraphs: { text: string; isBold: boolean }[] = [];
  #row: RtfRow = emptyRow();
  #table: RtfRow[] = [];
  /** Notes, comments and boxes behind the block that is being read. */
  #anchored: { kind: 'footnote' | 'comment' | 'paragraph'; text: string }[] = [];
  readonly #furniture = new Map<string, 'header' | 'footer'>();
  #author = '';
  #footnotes = 0;

  constructor(
    readonly builder: ExtractedBuilder,
    /** Names of the styles, in lower case. */
    readonly styles: ReadonlyMap<number, string>,
  ) {}

  text(text: string, isBold: boolean): void {
    this.#text.push(text);
    if (text.trim() !== '') this.#isBold &&= isBold;
  }

  /** The contents of another destination. */
  apart(destination: string, text: string): void {
    const prose = proseOf(text);
    if (destination === 'label') {
      this.#isListed = true;
      // A bullet, whatever its font makes of it, is not a number.
      this.#label = /[\p{L}\p{N}]/u.test(prose) && prose.length <= 20 && !/^[o§·]$/.test(prose) ? prose : '';
    } else if (destination === 'author') this.#author = prose;
    else if (prose === '') return;
    else if (destination === 'footnote') {
      this.#anchored.push({ kind: 'footnote', text: /^\d/.test(prose) ? prose : `${++this.#footnotes} ${prose}` });
    } else if (destination === 'comment') {
      this.#anchored.push({ kind: 'comment', text: this.#author === '' ? prose : `${this.#author}: ${prose}` });
      this.#author = '';
    } else if (destination === 'box') this.#anchored.push({ kind: 'paragraph', text: prose });
    else if (destination === 'header' || destination === 'footer') {
      if (/\p{L}{2}/u.test(prose) && !this.#furniture.has(prose)) this.#furniture.set(prose, destination);
    }
  }

  /** A property of paragraphs or tables, or what ends one. */
  word(name: string, parameter: number): void {
    switch (name) {
      case 'par':
      case 'sect':
      case 'page':
      case 'column':
        this.#endParagraph();
        return;
      case 'pard':
        this.#style = this.#level = 0;
        this.#outline = -1;
        this.#isInTable = this.#isListed = false;
        return;
      case 's':
        this.#style = parameter || 0;
        return;
      case 'outlinelevel':
        this.#outline = parameter;
        return;
      case 'ilvl':
        this.#level = Math.min(8, Math.max(0, parameter || 0));
        return;
      case 'ls':
        this.#isListed = parameter > 0;
        return;
      case 'intbl':
        this.#isInTable = true;
        return;
      case 'cell':
        this.#endCell();
        return;
      case 'nestcell':
      case 'nestrow':
        this.#endLine();
        return;
      case 'row':
        this.#endRow();
        return;
      case 'trowd':
        this.#row.edges = [];
        this.#row.merged = [];
        this.#row.mergedDown = [];
        this.#row.isHeader = false;
        return;
      case 'trhdr':
        this.#row.isHeader = true;
        return;
      case 'clmgf':
        this.#row.merged[this.#row.edges.length] = 'first';
        return;
      case 'clmrg':
        this.#row.merged[this.#row.edges.length] = 'rest';
        return;
      case 'clvmgf':
        this.#row.mergedDown[this.#row.edges.length] = 'first';
        return;
      case 'clvmrg':
        this.#row.mergedDown[this.#row.edges.length] = 'rest';
        return;
      case 'cellx':
        if (this.#row.edges.length < MAX_CELLS) this.#row.edges.push(parameter || 0);
        return;
    }
  }

  isDamaged(): void {
    this.builder.note(damageNote());
  }

  finish(): void {
    if (this.#row.cells.length > 0) {
      this.#endCell();
      this.#endRow();
    }
    this.#endTable();
    this.#endParagraph();
    this.#flush();
    for (const [text, part] of this.#furniture) {
      this.builder.place({ part });
      this.builder.block('furniture', text);
    }
  }

  /** A paragraph in a cell, or one that ends a table that is before it. */
  #endParagraph(): void {
    if (this.#isInTable) {
      this.#endLine();
      return;
    }
    const text = this.#text.join('');
    const isEmpty = proseOf(text) === '';
    if (!isEmpty || this.#table.length > 0) this.#endTable();
    const style = this.styles.get(this.#style) ?? '';
    const heading = /^(?:heading|überschrift|titre) ?([1-9])/.exec(style);
    const shown = this.#label === '' ? text : `${this.#label} ${text}`;
    if (/^(?:toc|verzeichnis) ?\d/.test(style)) this.builder.block('furniture', text);
    else if (this.#outline >= 0 && this.#outline < 9) this.builder.block('heading', shown, this.#outline + 1);
    else if (heading) this.builder.block('heading', shown, Number(heading[1]));
    else if (style === 'title') this.builder.block('heading', shown, 1);
    else if (this.#isListed) this.builder.block('listItem', shown, this.#level + 1);
    else this.builder.paragraph(text, this.#isBold);
    this.#reset();
    this.#flush();
  }

  #reset(): void {
    this.#text = [];
    this.#isBold = true;
    this.#label = '';
  }

  #endLine(): void {
    const text = proseOf(this.#text.join(''));
    if (text !== '')
      this.#paragraphs.push({ text: this.#label === '' ? text : `${this.#label} ${text}`, isBold: this.#isBold });
    this.#reset();
  }

  #endCell(): void {
    this.#endLine();
    const paragraphs = this.#paragraphs;
    this.#paragraphs = [];
    if (this.#row.cells.length >= MAX_CELLS) return;
    this.#row.cells.push({
      text: paragraphs.map(({ text }) => text).join(' '),
      isBold: paragraphs.length > 0 && paragraphs.every(({ isBold }) => isBold),
      paragraphs: paragraphs.map(({ text }) => text),
    });
  }

  #endRow(): void {
    if (this.#row.cells.length > 0) this.#table.push(this.#row);
    // The next row has the same cells unless it says otherwise.
    const { edges, merged, mergedDown, isHeader } = this.#row;
    this.#row = { cells: [], edges: [...edges], merged: [...merged], mergedDown: [...mergedDown], isHeader };
  }

  #endTable(): void {
    const table = this.#table;
    this.#table = [];
    if (table.length > 0) addGrid(this.builder, gridOf(table));
    if (table.length > 0) this.#flush();
  }

  #flush(): void {
    const anchored = this.#anchored;
    this.#anchored = [];
    for (const { kind, text } of anchored) {
      if (kind !== 'paragraph') this.builder.place({ part: kind === 'footnote' ? 'notes' : 'comments' });
      this.builder.block(kind, text);
      if (kind !== 'paragraph') this.builder.place({});
    }
  }
}

const emptyRow = (): RtfRow => ({ cells: [], edges: [], merged: [], mergedDown: [], isHeader: false });

/** The columns of the cells by their edges, which differ from row to row where cells extend over several columns. */
function gridOf(table: readonly RtfRow[]): GridRow[] {
  const sorted = [...new Set(table.flatMap(({ edges }) => edges))].sort((one, other) => one - other);
  const edges: number[] = [];
  for (const edge of sorted) if (edges.length === 0 || edge - edges[edges.length - 1] > SAME_EDGE) edges.push(edge);
  const columnOf = (edge: number): number => {
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle] + SAME_EDGE < edge) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** By column: the cell that extends downwards. */
  const above = new Map<number, GridCell>();
  return table.map((row) => {
    const cells: GridCell[] = [];
    let column = 0;
    for (const [index, { text, isBold, paragraphs }] of row.cells.entries()) {
      const edge = row.edges[index];
      const end = edge === undefined ? column + 1 : Math.max(column + 1, columnOf(edge) + 1);
      const last = cells.at(-1);
      if (row.merged[index] === 'rest' && last) {
        last.columns = end - last.column;
        column = end;
        continue;
      }
      if (row.mergedDown[index] === 'rest') {
        const first = above.get(column);
        if (first) first.rows = (first.rows ?? 1) + 1;
        column = end;
        continue;
      }
      const cell: GridCell = { column, text, isBold, paragraphs };
      if (end - column > 1) cell.columns = end - column;
      if (row.mergedDown[index] === 'first') above.set(column, cell);
      cells.push(cell);
      column = end;
    }
    return row.isHeader ? { cells, isHeader: true } : { cells };
  });
}
