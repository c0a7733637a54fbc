/** HTML of books and mails as blocks: what a browser shows, notes behind the paragraph that refers to them. */
import type { ExtractedBuilder, NewCell } from './builder.js';
import { proseOf } from './builder.js';
import { BLOCKS, type HtmlElement, type HtmlNode, htmlText } from './html-tree.js';
import { formatNumber } from './numbers.js';
import { type GridCell, type GridRow, rowsOf } from './table-rows.js';

const set = (names: string): ReadonlySet<string> => new Set(names.split(' '));
const NOT_SHOWN = set(
  'head script style template iframe noscript audio video canvas object select datalist rp rt svg title',
);
const HIDDEN = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;
const PAGE_MARK = /(?:^|\s)(?:page-?num(?:ber)?|pageno|pagebreak|page-break|pb)(?:\s|$)/i;
const MAX_SPAN = 1000;
/** Characters of a cell, on the average, from which on a table arranges text. */
const LONG_CELL = 1500;

export interface HtmlOptions {
  /** Called at an element that has an identifier. */
  atId?: (id: string) => void;
  /** The note that a link refers to, once; and the mark it is shown with. */
  noteOf?: (link: HtmlElement) => { element: HtmlElement; mark: string } | undefined;
  /** Whether an element is a note, which is shown where it is referred to. */
  isNote?: (element: HtmlElement) => boolean;
  /** Called before and after a note. */
  atNote?: (begins: boolean) => void;
}

interface Context {
  kind: 'paragraph' | 'listItem' | 'footnote' | 'furniture';
  level?: number | undefined;
  /** Shown before the text of the next block. */
  label?: string | undefined;
  lists: number;
}

/** Adds what is below an element. */
export function addHtml(builder: ExtractedBuilder, root: HtmlElement, options: HtmlOptions = {}): void {
  new HtmlBlocks(builder, options).flow(root, { kind: 'paragraph', lists: 0 });
}

class HtmlBlocks {
  #text = '';
  #notes: { element: HtmlElement; mark: string }[] = [];

  constructor(
    readonly builder: ExtractedBuilder,
    readonly options: HtmlOptions,
  ) {}

  flow(element: HtmlElement, context: Context): void {
    for (const one of element.children) this.#node(one, context);
    this.#flush(context);
  }

  #node(one: HtmlNode, context: Context): void {
    if (typeof one === 'string') {
      this.#text += one;
      return;
    }
    const { name, attributes } = one;
    if (isLeftOut(one)) return;
    const id = attributes.get('id');
    if (id !== undefined && this.options.atId) {
      // What was read before belongs to the place before.
      if (BLOCKS.has(name) || proseOf(this.#text) === '') this.#flush(context);
      this.options.atId(id);
    }
    if (this.options.isNote?.(one)) return;
    if (name === 'br') this.#text += ' ';
    else if (name === 'a') this.#link(one, context);
    else if (!BLOCKS.has(name)) for (const each of one.children) this.#node(each, context);
    else {
      this.#flush(context);
      this.#block(one, context);
    }
  }

  #link(link: HtmlElement, context: Context): void {
    const note = this.options.noteOf?.(link);
    if (note) this.#notes.push(note);
    else for (const each of link.children) this.#node(each, context);
  }

  #block(element: HtmlElement, context: Context): void {
    const { name, attributes } = element;
    if (/^h[1-6]$/.test(name)) this.#heading(element, Number(name[1]));
    else if (name === 'ul' || name === 'ol' || name === 'menu' || name === 'dir') this.#list(element, context);
    else if (name === 'pre') this.builder.block('code', htmlText(element));
    else if (name === 'table') this.#table(element, context);
    else if (name === 'nav') this.flow(element, { ...context, kind: 'furniture' });
    else if (name === 'dt' || name === 'dd') {
      this.flow(element, { ...context, kind: 'listItem', level: context.lists + 1 });
    } else if (attributes.get('role') === 'heading') {
      this.#heading(element, Number(attributes.get('aria-level')) || 2);
    } else this.flow(element, context);
  }

  #heading(element: HtmlElement, level: number): void {
    this.#inline(element);
    const text = this.#text;
    this.#text = '';
    this.builder.block('heading', text, level);
    this.#showNotes();
  }

  /** The text of an element, whatever blocks it has. */
  #inline(element: HtmlElement): void {
    for (const one of element.children) {
      if (typeof one === 'string') this.#text += one;
      else if (isLeftOut(one) || this.options.isNote?.(one)) continue;
      else if (one.name === 'br') this.#text += ' ';
      else {
        const id = one.attributes.get('id');
        if (id !== undefined) this.options.atId?.(id);
        if (BLOCKS.has(one.name)) this.#text += ' ';
        const note = one.name === 'a' ? this.options.noteOf?.(one) : undefined;
        if (note) this.#notes.push(note);
        else this.#inline(one);
        if (BLOCKS.has(one.name)) this.#text += ' ';
      }
    }
  }

  #list(list: HtmlElement, context: Context): void {
    const isOrdered =
      list.name === 'ol' && !/list-style(?:-type)?\s*:\s*none/i.test(list.attributes.get('style') ?? '');
    let number = Number.parseInt(list.attributes.get('start') ?? '1', 10) || 1;
    const format = FORMATS[list.attributes.get('type') ?? '1'] ?? 'decimal';
    const lists = context.lists + 1;
    for (const one of list.children) {
      if (typeof one === 'string' || one.name !== 'li') {
        this.#node(one, { ...context, lists });
        continue;
      }
      const value = Number.parseInt(one.attributes.get('value') ?? '', 10);
      if (Number.isFinite(value)) number = value;
      const label = isOrdered ? `${formatNumber(number++, format)}. ` : undefined;
      const kind = context.kind === 'furniture' || context.kind === 'footnote' ? context.kind : 'listItem';
      this.#node(one, { kind, level: kind === 'listItem' ? lists : undefined, label, lists });
    }
    this.#flush({ ...context, lists });
  }

  #flush(context: Context): void {
    const text = this.#text;
    this.#text = '';
    if (proseOf(text) !== '') {
      this.builder.block(context.kind, (context.label ?? '') + text.replace(SPACE_RUN, ' '), context.level);
      context.label = undefined;
      // What follows in the item is text in it.
      if (context.kind === 'listItem') context.kind = 'paragraph';
      if (context.kind === 'paragraph') context.level = undefined;
    }
    this.#showNotes();
  }

  #showNotes(): void {
    const notes = this.#notes;
    this.#notes = [];
    for (const { element, mark } of notes) {
      this.options.atNote?.(true);
      this.#inline(element);
      const text = proseOf(this.#text);
      this.#text = '';
      this.#notes = [];
      this.builder.block('footnote', text === '' || text.startsWith(mark) ? text : `${mark} ${text}`);
      this.options.atNote?.(false);
    }
  }

  #table(table: HtmlElement, context: Context): void {
    const rows = rowElements(table);
    const cells = rows.map((row) => row.children.filter(isCell));
    const all = cells.flat();
    const isLayout =
      table.attributes.get('role') === 'presentation' ||
      all.some((cell) => contains(cell, 'table')) ||
      (cells.every((row) => row.length < 2) && !all.some(({ name }) => name === 'th')) ||
      (rows.length < 2 && !all.some(({ name }) => name === 'th')) ||
      all.reduce((sum, cell) => sum + htmlText(cell).length, 0) > LONG_CELL * Math.max(1, all.length);
    const captions = table.children.filter((one) => typeof one !== 'string' && one.name === 'caption') as HtmlElement[];
    for (const caption of captions) this.flow(caption, { ...context });
    if (isLayout) {
      for (const cell of all) this.flow(cell, { ...context, label: undefined });
      return;
    }
    const grid = this.#grid(rows, cells);
    this.builder.table(rowsOf(grid));
    this.#showNotes();
  }

  #grid(rows: readonly HtmlElement[], cells: readonly HtmlElement[][]): GridRow[] {
    /** By column: rows that a cell above still extends over. */
    const taken: number[] = [];
    return rows.map((row, index) => {
      let column = 0;
      const grid: GridCell[] = cells[index].map((cell) => {
        while ((taken[column] ?? 0) > 0) taken[column++]--;
        const columns = spanOf(cell, 'colspan');
        const down = spanOf(cell, 'rowspan');
        this.#inline(cell);
        const text = proseOf(this.#text);
        this.#text = '';
        const one: GridCell & NewCell = { column, text };
        if (columns > 1) one.columns = columns;
        if (down > 1) one.rows = Math.min(down, rows.length - index);
        if (cell.name === 'th') one.isHeader = true;
        if (isBold(cell)) one.isBold = true;
        for (let i = 0; i < columns; i++) taken[column + i] = down - 1;
        column += columns;
        return one;
      });
      while (column < taken.length) {
        if ((taken[column] ?? 0) > 0) taken[column]--;
        column++;
      }
      return row.parent?.name === 'thead' ? { cells: grid, isHeader: true } : { cells: grid };
    });
  }
}

const SPACE_RUN = /[ \t\r\n\f]+/g;
const FORMATS: Readonly<Record<string, string>> = {
  a: 'lowerLetter',
  A: 'upperLetter',
  i: 'lowerRoman',
  I: 'upperRoman',
};

const isCell = (one: HtmlNode): one is HtmlElement =>
  typeof one !== 'string' && (one.name === 'td' || one.name === 'th');

/** Rows of a table, not those of tables in it. */
function rowElements(table: HtmlElement): HtmlElement[] {
  const rows: HtmlElement[] = [];
  const visit = (one: HtmlElement): void => {
    for (const each of one.children) {
      if (typeof each === 'string' || each.name === 'table') continue;
      if (each.name === 'tr') rows.push(each);
      else if (!isCell(each)) visit(each);
    }
  };
  visit(table);
  return rows;
}

function contains(element: HtmlElement, name: string): boolean {
  return element.children.some((one) => typeof one !== 'string' && (one.name === name || contains(one, name)));
}

function spanOf(cell: HtmlElement, attribute: string): number {
  const value = Number.parseInt(cell.attributes.get(attribute) ?? '', 10);
  return value > 1 ? Math.min(value, MAX_SPAN) : 1;
}

/** Whether all text of a cell is bold. */
function isBold(cell: HtmlElement): boolean {
  const shown = cell.children.filter((one) => typeof one !== 'string' || one.trim() !== '');
  return (
    shown.length > 0 &&
    shown.every(
      (one) =>
        typeof one !== 'string' &&
        (one.name === 'b' || one.name === 'strong' || (/^(?:p|span|div|font)$/.test(one.name) && isBold(one))),
    )
  );
}

/** What a reader does not see, and page numbers of the printed book. */
function isLeftOut({ name, attributes }: HtmlElement): boolean {
  if (NOT_SHOWN.has(name) || attributes.has('hidden') || HIDDEN.test(attributes.get('style') ?? '')) return true;
  if (/\bpagebreak\b/.test(attributes.get('epub:type') ?? '') || attributes.get('role') === 'doc-pagebreak')
    return true;
  return !BLOCKS.has(name) && PAGE_MARK.test(attributes.get('class') ?? '');
}
