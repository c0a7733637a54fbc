/**
 * HTML as a browser shows it: block elements, headings, tables row by row; no scripts, styles and comments. Read from
 * the tokens of parse5, not from its tree: they are in the order of the file and nesting costs nothing.
 */
import { type Token, Tokenizer, TokenizerMode } from 'parse5';
import { isSpace, showText } from '../base/entities.js';
import { Outline } from '../base/outline.js';
import { Prose } from '../base/prose.js';
import type { BlockKind, ReadingView } from '../base/reading-view.js';
import { TableRows } from '../base/table-rows.js';
import { plainView } from '../base/view-builder.js';
import {
  BLOCKS,
  CELLS,
  HEADINGS,
  HIDDEN,
  HiddenElement,
  ITEMS,
  isHidden,
  isShown,
  isVoid,
  LISTS,
  ROW_GROUPS,
  span,
  TEXT_MODES,
  VERBATIM,
} from './html-elements.js';
import { type Frame, frame, type HtmlOptions } from './html-frame.js';

/** A longer text is not read as HTML, in UTF-16 units. */
export const MAX_HTML = 32 * 1024 * 1024;
/** Tables in tables. */
const MAX_TABLES = 100;

export type { HtmlOptions } from './html-frame.js';

/** HTML and XHTML. */
export function htmlView(text: string): ReadingView {
  return viewWith(text, {});
}

/** Vue and Svelte: templates are HTML, their scripts are shown. */
export function componentView(text: string): ReadingView {
  return viewWith(text, { scripts: true });
}

function viewWith(text: string, options: HtmlOptions): ReadingView {
  if (text.length > MAX_HTML) return plainView(text);
  const prose = new Prose(text);
  readHtml(text, prose, options);
  return prose.build();
}

/** Reads an HTML text, or a part of one, into a view. */
export function readHtml(text: string, prose: Prose, options: HtmlOptions = {}): void {
  const reader = new HtmlReader(text, prose, options);
  const tokenizer = new Tokenizer({ sourceCodeLocationInfo: true }, reader);
  reader.tokenizer = tokenizer;
  tokenizer.write(text, true);
  reader.finish();
}

class HtmlReader {
  tokenizer!: Tokenizer;
  readonly #outline: Outline;
  readonly #offset: number;
  /** In XML an empty element has no end tag. */
  readonly #xml: boolean;
  #frames: Frame[] = [frame()];
  /** Tables nested too deeply to be distinguished. */
  #skippedTables = 0;
  /** Level of the heading that is open; 0: none. */
  #heading = 0;
  #title = false;
  /** The element whose text is not shown. */
  #hidden = '';
  /** The element that a browser leaves out, while it is being read. */
  #leftOut: HiddenElement | undefined;
  /** Open `svg` and `math`. */
  #foreign = 0;
  /** Inside `xmp` or `plaintext`. */
  #raw = false;
  /** Text since the last tag or comment, which ended at runStart. */
  #run: string[] = [];
  #runStart = 0;

  constructor(
    readonly text: string,
    readonly prose: Prose,
    readonly options: HtmlOptions,
  ) {
    this.#outline = options.outline ?? new Outline();
    this.#offset = options.offset ?? 0;
    this.#xml = text.startsWith('<?xml');
  }

  finish(): void {
    if (this.options.inline) return;
    this.#endHeading();
    while (this.#frames.length > 1) this.#endTable();
    this.prose.end();
    this.prose.verbatim = false;
  }

  // Between two tags the positions of text tokens are not exact; those of the tags are.
  onCharacter(token: Token.CharacterToken): void {
    this.#run.push(token.chars);
  }

  onWhitespaceCharacter(token: Token.CharacterToken): void {
    this.#run.push(token.chars);
  }

  // A browser drops it.
  onNullCharacter(): void {}

  onComment(token: Token.CommentToken): void {
    this.#endRun(token.location);
  }

  onDoctype(token: Token.DoctypeToken): void {
    this.#endRun(token.location);
  }

  onEof(): void {
    this.#endRun({ startOffset: this.text.length, endOffset: this.text.length });
  }

  /** Shows the text before a tag or comment. */
  #endRun(next: { startOffset: number; endOffset: number } | null): void {
    const start = this.#runStart;
    if (next) this.#runStart = next.endOffset;
    if (this.#run.length === 0 || !next) return;
    const chars = this.#run.join('');
    this.#run = [];
    if (this.#leftOut || (this.#hidden !== '' && !this.options.scripts)) return;
    if (this.prose.verbatim || !isSpace(chars)) this.#begin();
    const raw = this.#hidden !== '' || this.#raw;
    showText(this.prose, { source: this.text, start, end: next.startOffset, offset: this.#offset, chars, raw });
  }

  onStartTag(tag: Token.TagToken): void {
    this.#endRun(tag.location);
    const name = tag.tagName;
    const empty = tag.selfClosing && (this.#xml || this.#foreign > 0);
    if ((name === 'svg' || name === 'math') && !tag.selfClosing) this.#foreign++;
    this.tokenizer.inForeignNode = this.#xml || this.#foreign > 0;
    if (this.#leftOut?.start(name, empty)) this.#leftOut = undefined;
    const mode = empty || this.options.inline ? undefined : TEXT_MODES.get(name);
    if (mode !== undefined) this.tokenizer.state = mode;
    this.#raw = mode !== undefined && mode !== TokenizerMode.RCDATA;
    if (this.#leftOut) return;
    if (!this.options.inline && this.#isLeftOut(tag)) {
      // Separates the text before it from the text after it.
      if (BLOCKS.has(name) && !this.#frame.table?.rows.inRow) this.#boundary();
      if (!empty && !isVoid(name)) this.#leftOut = new HiddenElement(name);
      return;
    }
    if (mode !== undefined && HIDDEN.has(name)) {
      this.#hidden = name;
      if (!this.options.scripts) return;
      this.#boundary();
      this.#breakRow();
      this.prose.verbatim = true;
      return;
    }
    if (this.options.inline) {
      if (name === 'br' || BLOCKS.has(name)) this.prose.space();
    } else if (name === 'br') this.prose.space();
    else if (BLOCKS.has(name)) this.#startBlock(tag, empty);
    for (const { name: attribute, value } of tag.attrs) {
      const location = tag.location?.attrs?.[attribute];
      if (!location || !isShown(tag, attribute)) continue;
      this.#attribute(location.startOffset + attribute.length, location.endOffset, value);
    }
  }

  onEndTag(tag: Token.TagToken): void {
    this.#endRun(tag.location);
    this.#raw = false;
    const name = tag.tagName;
    if (this.#leftOut) {
      const end = this.#leftOut.end(name);
      if (end) this.#leftOut = undefined;
      if (end !== 'before') {
        if (name === 'svg' || name === 'math') this.#foreign = Math.max(0, this.#foreign - 1);
        this.tokenizer.inForeignNode = this.#xml || this.#foreign > 0;
        return;
      }
    }
    if (this.#hidden !== '') {
      if (name !== this.#hidden) return;
      this.#hidden = '';
      if (this.options.scripts) this.prose.end();
      this.prose.verbatim = this.#frame.verbatim > 0;
      return;
    }
    if (name === 'svg' || name === 'math') this.#foreign = Math.max(0, this.#foreign - 1);
    this.tokenizer.inForeignNode = this.#xml || this.#foreign > 0;
    if (this.options.inline) {
      if (BLOCKS.has(name)) this.prose.space();
    } else if (BLOCKS.has(name)) this.#endBlock(name);
  }

  /** In a component the template is shown. */
  #isLeftOut(tag: Token.TagToken): boolean {
    return isHidden(tag) || (tag.tagName === 'template' && !this.options.scripts);
  }

  get #frame(): Frame {
    return this.#frames[this.#frames.length - 1];
  }

  /** Ensures that a block is open. */
  #begin(): void {
    if (this.prose.open || this.options.inline) return;
    const kind = this.#kind();
    this.prose.begin(kind, this.#outline.path, kind === 'listItem' ? '\n' : undefined);
    if (this.#heading > 0) this.prose.keep();
  }

  #kind(): BlockKind {
    const { lists, item } = this.#frame;
    if (this.#hidden !== '') return 'code';
    if (this.#heading > 0 || this.#title) return 'heading';
    if (this.prose.verbatim) return 'code';
    return lists > 0 || item ? 'listItem' : 'paragraph';
  }

  #startBlock(tag: Token.TagToken, empty: boolean): void {
    const name = tag.tagName;
    const { table } = this.#frame;
    if (name === 'table') {
      this.#startTable();
      return;
    }
    if (table && (CELLS.has(name) || ROW_GROUPS.has(name))) {
      this.#endCell();
      if (!CELLS.has(name)) this.#endRow();
      if (ROW_GROUPS.has(name)) table.head = name === 'thead';
      else if (name === 'tr') table.rows.beginRow(table.head, this.#outline.path);
      else table.rows.nextCell(name === 'th', this.#outline.path, span(tag, 'colspan'), span(tag, 'rowspan'));
      return;
    }
    this.#boundary();
    if (empty) return;
    if (LISTS.has(name)) this.#frame.lists++;
    else if (ITEMS.has(name)) this.#frame.item = true;
    else if (VERBATIM.has(name)) {
      this.#frame.verbatim++;
      this.prose.verbatim = true;
    } else if (HEADINGS.has(name)) {
      this.#breakRow();
      this.#outline.leave(Number(name[1]));
      this.#heading = Number(name[1]);
    } else if (name === 'title' && this.#foreign === 0) this.#title = true;
  }

  #endBlock(name: string): void {
    const { table } = this.#frame;
    if (name === 'table') {
      if (this.#skippedTables > 0) this.#skippedTables--;
      else if (this.#frames.length > 1) this.#endTable();
      return;
    }
    if (table && (CELLS.has(name) || ROW_GROUPS.has(name))) {
      this.#endCell();
      if (name === 'tr' || ROW_GROUPS.has(name)) this.#endRow();
      if (name === 'thead') table.head = false;
      return;
    }
    this.#boundary();
    if (LISTS.has(name)) this.#frame.lists = Math.max(0, this.#frame.lists - 1);
    if (LISTS.has(name) || ITEMS.has(name)) this.#frame.item = false;
    else if (VERBATIM.has(name)) {
      this.#frame.verbatim = Math.max(0, this.#frame.verbatim - 1);
      this.prose.verbatim = this.#frame.verbatim > 0;
    } else if (name === 'title') this.#title = false;
  }

  /** Separates what follows from what came before: ends the block, or inside a row adds a space. */
  #boundary(): void {
    this.#endHeading();
    if (this.#frame.table?.rows.inRow) this.prose.space();
    else this.prose.end();
  }

  #endHeading(): void {
    if (this.#heading === 0) return;
    this.#outline.enter(this.#heading, this.prose.kept());
    this.#heading = 0;
    this.prose.end();
  }

  #startTable(): void {
    this.#boundary();
    if (this.#frames.length > MAX_TABLES) {
      this.#skippedTables++;
      return;
    }
    this.#breakRow();
    this.#frames.push({ ...frame(), table: { rows: new TableRows(this.prose), head: false } });
    this.prose.verbatim = false;
  }

  #endTable(): void {
    this.#endHeading();
    this.#endRow();
    this.prose.end();
    this.#frames.pop();
    this.prose.verbatim = this.#frame.verbatim > 0;
  }

  /** Open elements of a cell end with it. */
  #endCell(): void {
    this.#endHeading();
    const { table } = this.#frame;
    if (!table?.rows.inRow) this.prose.end();
    table?.rows.endCell();
    Object.assign(this.#frame, frame());
    this.prose.verbatim = false;
  }

  /** A separate block begins, possibly inside a row. */
  #breakRow(): void {
    this.#frame.table?.rows.breakRow();
  }

  #endRow(): void {
    this.#frame.table?.rows.endRow();
  }

  /** Shows the value of an attribute. @param start after its name */
  #attribute(start: number, end: number, chars: string): void {
    const { text: source, prose } = this;
    let at = start;
    while (at < end && (source[at] === '=' || isSpace(source[at]))) at++;
    const quoted = source[at] === '"' || source[at] === "'";
    const last = quoted ? end - 1 : end;
    if (quoted) at++;
    if (at >= last) return;
    this.#begin();
    prose.space();
    showText(prose, { source, start: at, end: last, offset: this.#offset, chars, attribute: true });
    prose.space();
  }
}
