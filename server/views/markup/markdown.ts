/**
 * Markdown (CommonMark, GFM, footnotes, front matter) as it is shown: no markers, no addresses, tables row by row. Read
 * from the syntax tree of Lezer's parser, whose nodes have exact offsets and which stays linear where reference parsers
 * do not.
 */
import type { SyntaxNodeRef, Tree } from '@lezer/common';
import { appendView } from '../base/compose.js';
import { Outline } from '../base/outline.js';
import { Prose } from '../base/prose.js';
import type { BlockKind, ReadingView } from '../base/reading-view.js';
import { TableRows } from '../base/table-rows.js';
import { plainView } from '../base/view-builder.js';
import { readHtml } from './html.js';
import { findFrontMatter, isParsable, normalizeLineBreaks, parseMarkdown } from './markdown-parser.js';
import { isBlank, MarkdownText } from './markdown-text.js';

/** A longer text is not read as Markdown, in UTF-16 units. */
export const MAX_MARKDOWN = 8 * 1024 * 1024;

export interface MarkdownOptions {
  /** Headings before this text; those in it are added. */
  outline?: Outline;
  /** A part of a document, which has no front matter. */
  fragment?: boolean;
  /** Reads the text between the fences of front matter; missing: line by line. */
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

/** Blocks with running text. */
const TEXT_BLOCKS = new Set(['Paragraph', 'Task', 'TableCell']);

class MarkdownReader {
  /** As parsed: as long as the document, with every line break as `\n`. */
  readonly #text: string;
  readonly #tree: Tree;
  readonly #rows: TableRows;
  readonly #running: MarkdownText;
  #lists = 0;
  #quotes = 0;
  #inHeader = false;
  #column = -1;
  /** Of the heading that is open; 0: none. */
  #level = 0;

  constructor(
    file: string,
    readonly start: number,
    readonly prose: Prose,
    readonly outline: Outline,
  ) {
    this.#text = normalizeLineBreaks(file.slice(start));
    const parsed = parseMarkdown(this.#text);
    this.#tree = parsed.tree;
    this.#running = new MarkdownText(this.#text, start, prose, parsed);
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
      case 'TableHeader':
      case 'TableRow':
        this.#inHeader = name === 'TableHeader';
        this.#rows.beginRow(this.#inHeader, this.outline.path);
        this.#column = this.#text[node.from] === '|' ? -1 : 0;
        return true;
      case 'TableDelimiter':
        this.#column++;
        return false;
      case 'LinkTitle':
        // Of a definition; a link hides its own.
        if (!this.#running.running) this.#definitionTitle(node.from, node.to);
        else this.#running.enter(node);
        return false;
      default:
        return this.#running.running ? this.#running.enter(node) : true;
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
    } else if (name === 'TableHeader' || name === 'TableRow') this.#rows.endRow();
    else this.#running.leave(name);
  }

  #enterHeading(level: number, from: number): boolean {
    if (this.#lists + this.#quotes === 0) this.outline.leave(level);
    this.#level = level;
    this.#begin('heading', from);
    this.prose.keep();
    return true;
  }

  #leaveHeading(to: number): void {
    this.#running.end(to);
    const title = this.prose.kept();
    // One in a quotation or a list does not start a section.
    if (this.#lists + this.#quotes === 0) this.outline.enter(this.#level, title);
    this.prose.end();
  }

  #enterText(name: string, from: number): boolean {
    if (name === 'TableCell') {
      this.#rows.beginCell(Math.max(0, this.#column), this.#inHeader);
      this.#running.begin(from, true);
    } else this.#begin(this.#lists > 0 ? 'listItem' : 'paragraph', from);
    return true;
  }

  #leaveText(name: string, to: number): void {
    this.#running.end(to);
    if (name === 'TableCell') this.#rows.endCell();
    else this.prose.end();
  }

  #begin(kind: BlockKind, from: number): void {
    this.prose.begin(kind, this.outline.path, kind === 'listItem' ? '\n' : undefined);
    this.#running.begin(from);
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

  /** HTML that is a separate block; markers of quotations in it count as white space. */
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
    this.#running.end(to - 1);
    this.prose.end();
  }
}

function headingLevel(name: string): number {
  return name.startsWith('ATXHeading') || name.startsWith('SetextHeading') ? Number(name.at(-1)) : 0;
}

const isBreak = (character: string): boolean => isBlank(character) || character === '\n' || character === '\r';
