/** Running text of Markdown: the text between the marks of emphasis, links, code and references. */
import type { SyntaxNodeRef } from '@lezer/common';
import { decodeReference } from '../base/entities.js';
import type { Prose } from '../base/prose.js';
import { readHtml } from './html.js';
import { labelOf, type Parsed } from './markdown-parser.js';

/** A longer label is not a reference. */
const MAX_LABEL = 1000;

export class MarkdownText {
  /** Everything before it has been shown or hidden. */
  #position = 0;
  #running = false;
  #inCell = false;
  /** Only white space since the line began. */
  #lineStart = true;
  #code = false;
  /** Open links and images. */
  #links: { resolved: boolean; image: boolean; textEnd: number; end: number }[] = [];

  /**
   * @param text as parsed: unit for unit the document, with every line break as `\n`
   * @param start of the text in the file
   */
  constructor(
    readonly text: string,
    readonly start: number,
    readonly prose: Prose,
    readonly labels: Pick<Parsed, 'links' | 'footnotes'>,
  ) {}

  /** Inside a block of running text. */
  get running(): boolean {
    return this.#running;
  }

  begin(from: number, inCell = false): void {
    this.#position = from;
    this.#running = true;
    this.#inCell = inCell;
    this.#lineStart = true;
    this.#links = [];
    this.#code = false;
  }

  end(to: number): void {
    this.#show(to);
    this.#running = false;
  }

  /** @returns false: its children are not visited, nor is it left */
  enter(node: SyntaxNodeRef): boolean {
    switch (node.name) {
      case 'Link':
      case 'Image':
        this.#enterLink(node);
        return true;
      case 'InlineCode':
        this.#show(node.from);
        this.#code = true;
        return true;
      case 'QuoteMark':
      case 'HeaderMark':
      case 'EmphasisMark':
      case 'CodeMark':
      case 'StrikethroughMark':
      case 'TaskMarker':
      case 'ListMark':
      case 'LinkTitle':
        this.#hide(node.from, node.to);
        return false;
      case 'LinkMark':
        this.#linkMark(node.from, node.to);
        return false;
      case 'LinkLabel':
      case 'URL':
        // Text; or after the end of a link's text, where everything is already hidden.
        return false;
      case 'FootnoteReference':
        if (this.labels.footnotes.has(labelOf(this.text.slice(node.from, node.to)))) this.#hide(node.from, node.to);
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
        readHtml(this.text.slice(node.from, node.to), this.prose, { offset: this.start + node.from, inline: true });
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

  leave(name: string): void {
    if (name === 'Link' || name === 'Image') this.#links.pop();
    else if (name === 'InlineCode') this.#code = false;
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
      resolved = to - from < MAX_LABEL && this.labels.links.has(labelOf(this.text.slice(from, to)));
    }
    this.#links.push({ resolved, image: name === 'Image', textEnd, end: node.to });
    if (resolved && name === 'Image') {
      this.#show(node.from);
      this.prose.space();
    }
  }

  #linkMark(from: number, to: number): void {
    const link = this.#links.at(-1);
    const mark = this.text[from];
    if (mark === '<' || mark === '>') this.#hide(from, to);
    else if (link?.resolved) {
      this.#hide(from, from === link.textEnd ? link.end : to);
      if (link.image && from === link.textEnd) this.prose.space();
    }
  }

  #entity(from: number, to: number): void {
    const source = this.text.slice(from, to);
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
    const text = this.text;
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
    if (this.#code && this.#inCell) {
      // A cell border inside code is escaped.
      for (let i = this.text.indexOf('\\|', at); i >= 0 && i < to - 1; i = this.text.indexOf('\\|', at)) {
        this.prose.show(this.start + at, this.start + i);
        at = i + 1;
      }
    }
    this.prose.show(this.start + at, this.start + to);
    this.#lineStart = false;
    this.#position = to;
  }
}

export const isBlank = (character: string): boolean => character === ' ' || character === '\t';
