/**
 * From the blocks of pages to those of the document: what continues on the next page, headings, notes behind their
 * text.
 */
import { append, largest } from '../../text/arrays.js';
import { type Line, plainLine } from './lines.js';
import type { PageBlock } from './page.js';
import { ITEM, type Paragraph } from './paragraphs.js';
import type { Table } from './tables.js';

export interface DocumentText {
  kind: 'heading' | 'paragraph' | 'listItem' | 'footnote' | 'furniture' | 'comment' | 'code';
  level?: number;
  lines: Line[];
}

export type DocumentBlock = DocumentText | Table;

export interface ReadPage {
  page: number;
  blocks: PageBlock[];
  furniture: Line[];
  comments: string[];
}

interface Style {
  size: number;
  bold: boolean;
}

/** What stands with a figure or a table, wherever there was room for it. */
const CAPTION =
  /^(?:Figure|Fig\.|Table|Listing|Chart|Box|Algorithm|Abbildung|Abb\.|Tabelle|Tab\.)\s*[\dA-Z][\d.-]*\s*[:.\u2013\u2014-]?/;

/**
 * @param pages in order
 * @param isPart further pages follow: a paragraph that they may continue is left out, and what waits for its end
 */
export function documentBlocks(pages: readonly ReadPage[], isPart = false): DocumentBlock[] {
  const body = bodySize(pages);
  const blocks: DocumentBlock[] = [];
  const styles = new Map<DocumentText, Style>();
  /** The paragraph that the next column or page may continue. */
  let open: { text: DocumentText; paragraph: Paragraph } | undefined;
  /** What waits until the paragraph over the page break has ended. */
  let waiting: DocumentBlock[] = [];
  const flush = () => {
    append(blocks, waiting);
    waiting = [];
  };

  for (const { page, blocks: ofPage, furniture, comments } of pages) {
    const notes = ofPage.filter((block): block is Paragraph => block.kind === 'footnote');
    const placed = new Set<Paragraph>();
    let beginning = true;
    for (const [index, block] of ofPage.entries()) {
      if (block.kind === 'footnote') continue;
      if (block.kind === 'table') {
        (open && beginning ? waiting : blocks).push(block);
        if (!(open && beginning)) open = undefined;
        continue;
      }
      if (open && goesOn(open.paragraph, block)) {
        append(open.text.lines, block.lines);
        open = { text: open.text, paragraph: block };
        beginning = false;
        continue;
      }
      if (open && CAPTION.test(block.lines[0].text)) {
        waiting.push({ kind: 'paragraph', lines: block.lines });
        continue;
      }
      flush();
      beginning = false;
      const style = headingStyle(block, ofPage[index + 1], body);
      const text: DocumentText = { kind: style ? 'heading' : block.kind, lines: [...block.lines] };
      if (style) styles.set(text, style);
      blocks.push(text);
      open = style ? undefined : { text, paragraph: block };
      placeNotes(block.lines, notes, placed, blocks);
    }
    flush();
    for (const note of notes) if (!placed.has(note)) waiting.push({ kind: 'footnote', lines: note.lines });
    for (const line of furniture) waiting.push({ kind: 'furniture', lines: [line] });
    for (const text of comments) waiting.push({ kind: 'comment', lines: [plainLine(text, page)] });
    if (ofPage.length === 0 && page > 0) open = undefined;
  }
  const unfinished = isPart ? open?.text : undefined;
  if (!unfinished) flush();
  setLevels(styles);
  return joinNumbers(unfinished ? blocks.filter((block) => block !== unfinished) : blocks);
}

function placeNotes(
  lines: readonly Line[],
  notes: readonly Paragraph[],
  placed: Set<Paragraph>,
  blocks: DocumentBlock[],
): void {
  for (const mark of lines.flatMap((line) => line.marks ?? [])) {
    const note = notes.find((each) => each.mark === mark && !placed.has(each));
    if (!note) continue;
    placed.add(note);
    blocks.push({ kind: 'footnote', lines: note.lines });
  }
}

/** The size of most of the text. */
function bodySize(pages: readonly ReadPage[]): number {
  const amounts = new Map<number, number>();
  for (const { blocks } of pages) {
    for (const block of blocks) {
      if (block.kind === 'table') continue;
      for (const { size, text } of block.lines) {
        const key = Math.round(size * 2) / 2;
        amounts.set(key, (amounts.get(key) ?? 0) + text.length);
      }
    }
  }
  let [best, most] = [10, 0];
  for (const [size, amount] of amounts) if (amount > most) [best, most] = [size, amount];
  return best;
}

/** Whether a paragraph is the rest of one that began in the column or on the page before. */
function goesOn(before: Paragraph, next: Paragraph): boolean {
  if (next.kind !== 'paragraph' || next.space < 3) return false;
  const last = before.lines[before.lines.length - 1];
  const first = next.lines[0];
  if (Math.abs(last.size - first.size) > 0.08 * last.size || last.bold !== first.bold || last.mono !== first.mono)
    return false;
  const text = last.text;
  if (/[-\u2010\u00ad]$/.test(text) && /^\p{Ll}/u.test(first.text)) return true;
  if (/[.!?:]["'\u201d\u2019)\]]*$/.test(text)) return false;
  if (/^\p{Ll}/u.test(first.text)) return true;
  const full = last.x1 > before.x1 - 2.5 * last.size;
  return full && !ITEM.test(first.text) && before.lines.length > 1;
}

/** How a heading looks; undefined: it is none. */
function headingStyle(block: Paragraph, next: PageBlock | undefined, body: number): Style | undefined {
  if (block.kind === 'furniture' || block.lines.length > 4) return undefined;
  const text = block.lines.map((line) => line.text).join(' ');
  if (text.length > 220 || !/\p{L}|\d/u.test(text)) return undefined;
  const size = largest(block.lines.map((line) => line.size));
  const bold = block.lines.every((line) => line.bold);
  if (size > 1.15 * body && (bold || !/[.,;]$/.test(text) || size > 1.4 * body)) return { size, bold };
  if (!bold || size < 0.9 * body || block.lines.length > 2 || /[.,;:]$/.test(text) || text.length > 140)
    return undefined;
  if (next && next.kind !== 'table' && next.lines[0].bold && next.kind === block.kind && next.space < 1.6)
    return undefined;
  return { size, bold };
}

/** The largest style is level 1. */
function setLevels(styles: ReadonlyMap<DocumentText, Style>): void {
  const keyOf = ({ size, bold }: Style) => Math.round(size * 2) * 2 + (bold ? 1 : 0);
  const keys = [...new Set([...styles.values()].map(keyOf))].sort((a, b) => b - a);
  for (const [text, style] of styles) text.level = Math.min(6, keys.indexOf(keyOf(style)) + 1);
}

/** A number on a line of its own belongs to the heading or the term below it. */
function joinNumbers(blocks: DocumentBlock[]): DocumentBlock[] {
  const result: DocumentBlock[] = [];
  for (const block of blocks) {
    const last = result.at(-1);
    const number =
      (last?.kind === 'heading' || last?.kind === 'paragraph') &&
      last.lines.length === 1 &&
      /^(?:[A-Z]\.)?\d+(?:\.\d+)+\.?$|^\d+\.?$/.test(last.lines[0].text) &&
      (last.kind === 'heading' || last.lines[0].text.includes('.'));
    if (number && last && block.kind === 'heading' && block.lines[0].page === last.lines[0].page) {
      result[result.length - 1] = { ...block, lines: [...last.lines, ...block.lines] };
    } else result.push(block);
  }
  return result;
}
