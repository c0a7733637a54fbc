/**
 * Markdown (CommonMark, GFM, footnotes, front matter) as it is shown: no markers, no addresses, tables row by row. Read from
 * the syntax tree of Lezer's parser, whose nodes have exact offsets and which stays linear where reference parsers do not.
 */
import type { SyntaxNodeRef, Tree } from '@lezer/common';
import { appendView } from '../compose.js';
import { decodeReference } from '../entities.js';
import { Outline } from '../outline.js';
import { Prose } from '../prose.js';
import { TableRows } from '../table.js';
import { type BlockKind, plainView, type ReadingView } from '../view.js';
import { readHtml } from './html.js';
import { findFrontMatter, isParsable, labelOf, normalizeLineBreaks, parseMarkdown } from './markdown-parser.js';

/** A longer text is not read as Markdown, in UTF-16 units. */
export const MAX_MARKDOWN = 8 * 1024 * 1024;

export interface MarkdownOptions {
  /** Headings before this text; those in it are added. */
  outline?: Outline;
  /** A part of a document: front matter has no place in it. */
  fragment?: boolean;
  /** Reads what stands between the fences of front matter; absent: line by line. */
  frontMatter?: { yaml?: (text: string) => ReadingView; toml?: (text: string) => ReadingView };
}

/** Markdown, MDX and Quarto. */
export function markdownView(text: string, options: MarkdownOptions = {}): ReadingView {
  if (text.length > MAX_MARKDOWN || !isParsable(text)) return plainView(text);
  const prose = new Prose(text);
  const start = options.fragment ? 0 : readFrontMatter(text, prose, options);
  new MarkdownReader(text, start, prose, options.outline ?? new Outline()).read();
  return prose.build();
}

/** @returns where the document begins */
function readFrontMatter(text: string, prose: Prose, options: MarkdownOptions): number {
  const found = findFrontMatter(text);
  if (!found) return 0;
  const view = options.frontMatter?.[found.language];
  if (view) {
    appendView(prose.builder, view(text.slice(found.start, found.end)), found.start, { kind: 'frontMatter' });
  } else {
    for (const { start, end } of lines(text, found.start, found.end)) {
      prose.begin('frontMatter', [], '\n');
      prose.show(start, end);
    }
    prose.end();
  }
  return found.next;
}

/** Lines with anything on them, without the white space around them. */
function* lines(text: string, start: number, end: number): Generator<{ start: number; end: number }> {
  for (let at = start; at < end; ) {
    let stop = at;
    while (stop < end && text[stop] !== '\n' && text[stop] !== '\r') stop++;
    const line = text.slice(at, stop);
    const from = at + line.length - line.trimStart().length;
    const to = at + line.trimEnd().length;
    if (from < to) yield { start: from, end: to };
    at = stop + 1;
  }
}

/** Blocks that hold running text. */
const TEXT_BLOCKS = new Set(['Paragraph', 'Task', 'TableCell']);

class MarkdownReader {
  /** As parsed: as long as the document, with every line break as `\n`. */
  readonly #text: string;
  readonly #tree: Tree;
  readonly #labels: { links: Set<string>; footnotes: Set<string> };
  readonly #rows: TableRows;
  /** Everything before it has been shown or hidden. */
  #position = 0;
  #lists = 0;
  #quotes = 0;
  /** Inside a block of running text. */
  #running = false;
  /** Only white space since the line began. */
  #lineStart = true;
  #code = false;
  #codePadding = 0;
  #codeEnd = 0;
  #inTable = false;
  #inHeader = false;
  #column = -1;
  /** Of the heading that is open; 0: none. */
  #level = 0;
  /** Open links and images. */
  #links: { resolved: boolean; image: boolean; textEnd: number; end: number }[] = [];

  constructor(
    file: string,
    readonly start: number,
    readonly prose: Prose,
    readonly outline: Outline,
  ) {
    this.#text = normalizeLineBreaks(file.slice(start));
    const parsed = parseMarkdown(this.#text);
    this.#tree = parsed.tree;
    this.#labels = parsed;
    this.#rows = new TableRows(prose);
  }

  read(): void {
    this.#tree.iterate({ enter: (node) => this.#enter(node), leave: (node) => this.#leave(node) });
    this.prose.end();
  }

  /** @returns false: its children are not visited, nor is it left */
  #enter(node: SyntaxNodeRef): boolean {
    const { name } = node;
    const level = headingLevel(name);
    if (level > 0) return this.#enterHeading(level, node.from);
    if (TEXT_BLOCKS.has(name)) return this.#enterText(name, node.from);
    switch (name) {
      case 'BulletList':
      case 'OrderedList':
        this.#lists++;
        return true;
      case 'Blockquote':
        this.#quotes++;
        return true;
      case 'FencedCode':
      case 'CodeBlock':
        this.prose.begin('code', this.outline.path);
        this.prose.verbatim = true;
        return true;
      case 'CodeText':
        this.#codeText(node.from, node.to);
        return false;
      case 'HTMLBlock':
      case 'ProcessingInstructionBlock':
        this.#htmlBlock(node);
        return false;
      case 'CommentBlock':
      case 'HorizontalRule':
        return false;
      case 'Table':
        this.#inTable = true;
        return true;
      case 'TableHeader':
      case 'TableRow':
        this.#inHeader = name === 'TableHeader';
        this.#rows.beginRow(this.#inHeader, this.outline.path);
        this.#column = this.#text[node.from] === '|' ? -1 : 0;
        return true;
      case 'TableDelimiter':
        this.#column++;
        return false;
      case 'Link':
      case 'Image':
        this.#enterLink(node);
        return true;
      case 'InlineCode':
        this.#enterCode(node.from, node.to);
        return true;
      default:
        return this.#enterInline(node);
    }
  }

  #leave(node: SyntaxNodeRef): void {
    const { name } = node;
    if (headingLevel(name) > 0) this.#leaveHeading(node.to);
    else if (TEXT_BLOCKS.has(name)) this.#leaveText(name, node.to);
    else if (name === 'BulletList' || name === 'OrderedList') this.#lists--;
    else if (name === 'Blockquote') this.#quotes--;
    else if (name === 'FencedCode' || name === 'CodeBlock') {
      this.prose.end();
      this.prose.verbatim = false;
    } else if (name === 'Table') this.#inTable = false;
    else if (name === 'TableHeader' || name === 'TableRow') this.#rows.endRow();
    else if (name === 'Link' || name === 'Image') this.#links.pop();
    else if (name === 'InlineCode') this.#code = false;
  }

  #enterHeading(level: number, from: number): boolean {
    if (this.#lists + this.#quotes === 0) this.outline.leave(level);
    this.#level = level;
    this.#begin('heading', from);
    this.prose.keep();
    return true;
  }

  #leaveHeading(to: number): void {
    this.#show(to);
    const title = this.prose.kept();
    // One in a quotation or a list has no section of the document.
    if (this.#lists + this.#quotes === 0) this.outline.enter(this.#level, title);
    this.#running = false;
    this.prose.end();
  }

  #enterText(name: string, from: number): boolean {
    if (name === 'TableCell') {
      this.#rows.beginCell(Math.max(0, this.#column), this.#inHeader);
      this.#position = from;
      this.#running = true;
      this.#lineStart = false;
    } else this.#begin(this.#lists > 0 ? 'listItem' : 'paragraph', from);
    return true;
  }

  #leaveText(name: string, to: number): void {
    this.#show(to);
    this.#running = false;
    if (name === 'TableCell') this.#rows.endCell();
    else this.prose.end();
  }

  #begin(kind: BlockKind, from: number): void {
    this.prose.begin(kind, this.outline.path, kind === 'listItem' ? '\n' : undefined);
    this.#position = from;
    this.#running = true;
    this.#lineStart = true;
  }

  #enterInline(node: SyntaxNodeRef): boolean {
    if (node.name === 'LinkTitle' && !this.#running) {
      this.#definitionTitle(node.from, node.to);
      return false;
    }
    if (!this.#running) return true;
    switch (node.name) {
      case 'QuoteMark':
      case 'HeaderMark':
      case 'EmphasisMark':
      case 'StrikethroughMark':
      case 'TaskMarker':
      case 'ListMark':
      case 'LinkTitle':
        this.#hide(node.from, node.to);
        return false;
      case 'CodeMark':
        this.#codeMark(node.from, node.to);
        return false;
      case 'LinkMark':
        this.#linkMark(node.from, node.to);
        return false;
      case 'LinkLabel':
      case 'URL':
        // Text; or behind the end of a link's text, where all is hidden already.
        return false;
      case 'FootnoteReference':
        if (this.#labels.footnotes.has(labelOf(this.#text.slice(node.from, node.to)))) this.#hide(node.from, node.to);
        return false;
      case 'Escape':
        this.#show(node.from);
        this.#visible(node.from + 1, node.to);
        return false;
      case 'Entity':
        this.#show(node.from);
        this.#entity(node.from, node.to);
        return false;
      case 'HardBreak':
        this.#show(node.from);
        this.prose.space();
        this.#lineStart = true;
        this.#position = node.to;
        return false;
      case 'HTMLTag':
        this.#show(node.from);
        readHtml(this.#text.slice(node.from, node.to), this.prose, { offset: this.start + node.from, inline: true });
        this.#lineStart &&= !this.prose.started;
        this.#position = node.to;
        return false;
      case 'Comment':
      case 'ProcessingInstruction':
        this.#hide(node.from, node.to);
        return false;
      default:
        return true;
    }
  }

  #enterLink(node: SyntaxNodeRef): void {
    const { node: link, name } = node;
    const marks = link.getChildren('LinkMark');
    const label = link.getChild('LinkLabel');
    const textEnd = marks[1]?.from ?? node.to;
    let resolved = marks.length > 2;
    if (!resolved) {
      const named = label && label.to - label.from > 2;
      const [from, to] = named ? [label.from + 1, label.to - 1] : [marks[0].to, textEnd];
      resolved = to - from < 1000 && this.#labels.links.has(labelOf(this.#text.slice(from, to)));
    }
    this.#links.push({ resolved, image: name === 'Image', textEnd, end: node.to });
    if (resolved && name === 'Image') {
      this.#show(node.from);
      this.prose.space();
    }
  }

  #linkMark(from: number, to: number): void {
    const link = this.#links.at(-1);
    const mark = this.#text[from];
    if (mark === '<' || mark === '>') this.#hide(from, to);
    else if (link?.resolved) {
      this.#hide(from, from === link.textEnd ? link.end : to);
      if (link.image && from === link.textEnd) this.prose.space();
    }
  }

  #enterCode(from: number, to: number): void {
    this.#show(from);
    this.#code = true;
    let marks = 0;
    while (this.#text[from + marks] === '`') marks++;
    const text = this.#text.slice(from + marks, to - marks);
    // One space beside the marks is part of them, if there is one on both sides.
    this.#codePadding = /^[ \n]/.test(text) && /[ \n]$/.test(text) && text.trim() !== '' ? 1 : 0;
    this.#codeEnd = to - marks;
  }

  #codeMark(from: number, to: number): void {
    if (from === this.#codeEnd) this.#hide(from - this.#codePadding, to);
    else this.#hide(from, to + this.#codePadding);
  }

  #entity(from: number, to: number): void {
    const source = this.#text.slice(from, to);
    const decoded = decodeReference(source);
    if (decoded === source) this.#visible(from, to);
    else if (decoded.trim() === '' && decoded !== '\u00a0') this.prose.space(this.start + from, this.start + to);
    else {
      this.prose.decode(decoded, this.start + from, this.start + to);
      this.#lineStart = false;
    }
    this.#position = to;
  }

  /** Shows the text up to a place and hides a range from there on. */
  #hide(from: number, to: number): void {
    this.#show(from);
    this.#position = Math.max(this.#position, to);
  }

  /** Shows the running text up to a place: lines without indentation, joined by a space. */
  #show(to: number): void {
    const text = this.#text;
    let at = this.#position;
    while (at < to) {
      let end = at;
      while (end < to && text[end] !== '\n') end++;
      let from = at;
      let last = end;
      while (from < end && isBlank(text[from])) from++;
      while (last > from && isBlank(text[last - 1])) last--;
      if (from > at && !this.#lineStart) this.prose.space(this.start + at, this.start + from);
      if (last > from) this.#visible(from, last);
      if (last > from && end > last) this.prose.space(this.start + last, this.start + end);
      if (end < to) {
        this.prose.space();
        this.#lineStart = true;
        end++;
      }
      at = end;
    }
    this.#position = Math.max(this.#position, to);
  }

  #visible(from: number, to: number): void {
    let at = from;
    if (this.#code && this.#inTable) {
      // A cell's border inside code is escaped.
      for (let i = this.#text.indexOf('\\|', at); i >= 0 && i < to - 1; i = this.#text.indexOf('\\|', at)) {
        this.prose.show(this.start + at, this.start + i);
        at = i + 1;
      }
    }
    this.prose.show(this.start + at, this.start + to);
    this.#lineStart = false;
    this.#position = to;
  }

  #codeText(from: number, to: number): void {
    let start = from;
    let end = to;
    while (start < to && isBreak(this.#text[start])) start++;
    while (end > start && isBreak(this.#text[end - 1])) end--;
    if (start > from) this.prose.space(this.start + from, this.start + start);
    this.prose.show(this.start + start, this.start + end);
    if (start < end && end < to) this.prose.space(this.start + end, this.start + to);
  }

  /** HTML that is a block of its own; markers of quotations in it count as white space. */
  #htmlBlock(node: SyntaxNodeRef): void {
    let html = '';
    let at = node.from;
    for (let child = node.node.firstChild; child; child = child.nextSibling) {
      html += this.#text.slice(at, child.from) + ' '.repeat(child.to - child.from);
      at = child.to;
    }
    html += this.#text.slice(at, node.to);
    this.prose.end();
    readHtml(html, this.prose, { outline: this.outline, offset: this.start + node.from });
  }

  #definitionTitle(from: number, to: number): void {
    this.#begin('paragraph', from + 1);
    this.#show(to - 1);
    this.#running = false;
    this.prose.end();
  }
}

function headingLevel(name: string): number {
  return name.startsWith('ATXHeading') || name.startsWith('SetextHeading') ? Number(name.at(-1)) : 0;
}

const isBlank = (character: string): boolean => character === ' ' || character === '\t';
const isBreak = (character: string): boolean => isBlank(character) || character === '\n' || character === '\r';
