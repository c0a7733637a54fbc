/**
 * Builds what a reader yields: a block a line, a table's row a line with tabs between its cells, and the places.
 * White space is that of prose: a line break, a tab or a vertical tab inside a block is a space; characters that show
 * nothing (soft hyphens, word joiners, control characters) are left out.
 */
import { t } from '../l10n.js';
import {
  type Extracted,
  type ExtractedBlock,
  type ExtractedCell,
  type ExtractedPlace,
  type ExtractedRow,
  type TextBlock,
  UnreadableFormat,
} from './extracted.js';

/** Characters of a text: longer than what anybody asks about, shorter than what V8 can hold. */
export const MAX_TEXT = 64 * 1024 * 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const INVISIBLE = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u2060\ufeff\ufffc\ufffe\uffff]/g;
const SPACES = /[\t\n\v\f\r \u0085\u2028\u2029]+/g;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Codes of Wingdings, which Office's typing aids insert: arrows, bullets, ticks. */
const SYMBOLS = new Map([
  ...[...'\uf0df\uf0e7'].map((code) => [code, '\u2190'] as const),
  ...[...'\uf0e0\uf0e8\uf0f0'].map((code) => [code, '\u2192'] as const),
  ...[...'\uf06c\uf06e\uf076\uf09f\uf0a7\uf0b7\uf0d8'].map((code) => [code, '\u2022'] as const),
  ...[...'\uf0fc\uf0fe'].map((code) => [code, '\u2713'] as const),
]);

/** Text as it stands in a block: in one line, without what shows nothing. */
export function proseOf(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(SPACES, ' ')
    .replace(LONE, '\ufffd')
    .replace(/[\uf000-\uf0ff]/g, (code) => SYMBOLS.get(code) ?? code)
    .trim();
}

export interface NewCell extends Omit<ExtractedCell, 'start' | 'end'> {
  text: string;
  /** Where the cell stands, if it has a place of its own. */
  place?: Omit<ExtractedPlace, 'start'>;
}

export interface NewRow {
  kind: ExtractedRow['kind'];
  cells: readonly NewCell[];
}

export class ExtractedBuilder {
  readonly #parts: string[] = [];
  readonly #blocks: ExtractedBlock[] = [];
  readonly #places: ExtractedPlace[] = [];
  readonly #notes = new Set<string>();
  #length = 0;
  /** Of what is added next; not yet in the list, as nothing may follow. */
  #place: Omit<ExtractedPlace, 'start'> | undefined;
  #isFull = false;
  #isDamaged = false;
  /** What was appended is not all of it. */
  #isCut = false;
  /** Of the last heading. */
  #level = 0;

  /** Whether nothing was added. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Where the next block begins. */
  get position(): number {
    return this.#length === 0 ? 0 : this.#length + 1;
  }

  /** What the user is told about what could not be read; each once. */
  note(sentence: string): void {
    this.#notes.add(sentence);
  }

  /** Some of the file could not be read as it is damaged. */
  damaged(): void {
    this.#isDamaged = true;
    this.note(t('The file is damaged: some of it may be missing.'));
  }

  /** What is added from here on stands there. */
  place(place: Omit<ExtractedPlace, 'start'>): void {
    this.#place = place;
  }

  /** Adds a block; without text nothing. @returns whether it was added */
  block(kind: TextBlock['kind'], text: string, level?: number): boolean {
    const prose = kind === 'code' ? codeOf(text) : proseOf(text);
    if (prose === '' || !this.#fits(prose.length)) return false;
    // The level of headings that are marked as such; those that only look like it are below them.
    if (kind === 'heading' && level !== undefined) this.#level = level;
    const start = this.#begin();
    this.#add(prose);
    this.#blocks.push({ kind, start, end: this.#length, ...(level === undefined ? {} : { level }) });
    return true;
  }

  /** Adds a paragraph; a short one that is bold as a whole is a heading, as people who know no styles make them. */
  paragraph(text: string, isBold: boolean): boolean {
    if (!isBold || !isTitle(proseOf(text))) return this.block('paragraph', text);
    const level = this.#level;
    const added = this.block('heading', text, Math.min(9, level + 1));
    this.#level = level;
    return added;
  }

  /** Adds a table; rows and cells without text are left out. @returns whether anything was added */
  table(rows: readonly NewRow[], key?: number): boolean {
    const table: ExtractedBlock = { kind: 'table', start: 0, end: 0, rows: [] };
    if (key !== undefined) table.key = key;
    for (const { kind, cells } of rows) {
      const row: ExtractedRow = { kind, cells: [] };
      for (const { text, place, ...cell } of cells) {
        const prose = proseOf(text);
        if (prose === '' || !this.#fits(prose.length)) continue;
        if (row.cells.length > 0) this.#add('\t');
        if (place) this.#place = place;
        const start = row.cells.length > 0 ? this.#begin('') : this.#begin();
        if (table.rows.length === 0 && row.cells.length === 0) table.start = start;
        this.#add(prose);
        row.cells.push({ start, end: this.#length, ...cell });
      }
      if (row.cells.length > 0) table.rows.push(row);
    }
    if (table.rows.length === 0) return false;
    table.end = this.#length;
    this.#blocks.push(table);
    return true;
  }

  /** Adds the contents of another builder (an attachment). @param part name of the part its places get */
  append(other: Extracted, part?: string): void {
    if (other.cut) this.#isCut = true;
    if (other.text === '' || !this.#fits(other.text.length)) return;
    const at = this.#begin();
    this.#add(other.text);
    if (part && (other.places[0]?.start ?? 1) > 0) this.#places.push({ start: at, part });
    for (const place of other.places) {
      this.#places.push({ ...place, start: place.start + at, ...(part ? { part } : {}) });
    }
    for (const block of other.blocks) this.#blocks.push(shifted(block, at));
    for (const note of other.notes) this.#notes.add(part ? `${part}: ${note}` : note);
  }

  /** @throws UnreadableFormat empty, damaged */
  build(): Extracted {
    if (this.isEmpty) throw new UnreadableFormat(this.#isDamaged ? 'damaged' : 'empty');
    return {
      text: this.#parts.join(''),
      blocks: this.#blocks,
      places: this.#places,
      notes: [...this.#notes],
      ...(this.#isCut ? { cut: true as const } : {}),
    };
  }

  #fits(length: number): boolean {
    if (this.#length + length <= MAX_TEXT && !this.#isFull) return true;
    this.#isFull = true;
    this.note(t('The text is too long: only its first {0} million characters are read.', MAX_TEXT >> 20));
    return false;
  }

  /** @returns where the block begins */
  #begin(separator = '\n'): number {
    if (this.#length > 0 && separator) this.#add(separator);
    if (this.#place) {
      const before = this.#places.at(-1);
      const start = this.#length;
      if (!before || !isSame(before, this.#place)) this.#places.push({ start, ...this.#place });
      this.#place = undefined;
    }
    return this.#length;
  }

  #add(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }
}

/** Short, and neither a sentence, a value with its label, nor a date. */
const isTitle = (text: string): boolean =>
  text.length <= 100 && /\p{L}{2}/u.test(text) && !/[.;,!\d]$|[:：]\s*\S/.test(text);

function shifted(block: ExtractedBlock, by: number): ExtractedBlock {
  const moved = { ...block, start: block.start + by, end: block.end + by };
  if (moved.kind === 'table') {
    moved.rows = moved.rows.map((row) => ({
      ...row,
      cells: row.cells.map((cell) => ({ ...cell, start: cell.start + by, end: cell.end + by })),
    }));
  }
  return moved;
}

const KEYS = ['page', 'pageLabel', 'slide', 'sheet', 'cell', 'chapter', 'part'] as const;
const isSame = (one: ExtractedPlace, other: Omit<ExtractedPlace, 'start'>): boolean =>
  KEYS.every((key) => one[key] === other[key]);

/** Code keeps its lines and its indentation. */
const codeOf = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(INVISIBLE, '')
    .replace(LONE, '\ufffd')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\n+|\n+$/g, '');
