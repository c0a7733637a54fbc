/** Shows the text of a comment as prose: paragraphs joined, list items and doc tags separate, examples line by line. */
import type { ViewBuilder } from '../base/view-builder.js';
import { shownParts } from './comment-inline.js';
import type { TextLine } from './comment-lines.js';

const FENCE = /^(?:```|~~~)/;
const PROMPT = /^(?:>>>|iex>|julia>|irb>)(?:\s|\(|$)/;
const BULLET = /^[-*+•‣–]\s+(?=\S)/;
const NUMBERED = /^(?:\(?(?:\d{1,3}|[a-z])\)|\d{1,3}\.)\s+\S/;
const FIELD = /^:[A-Za-z]+(?:\s[^:]*)?:(?=\s|$)/;
/** `name: text`, `name (type): text`, `name : type`. */
const ENTRY = /^\*{0,2}[\w.]+(?:\s?\([^()]*\))?\s?:(?:\s|$)/;
const TAG = /^[@\\]([A-Za-z]+)/;
/** `TODO(anna)` */
const OWNER = /^(TODO|FIXME|XXX|HACK|BUG)\(([^()\s][^()]{0,60})\)/;
const KNOWN_TAGS = new Set(
  'param params parameter arg argument return returns retval result throw throws exception raise raises except see sa since deprecated author authors version example default type typedef property prop template tparam typeparam brief short details note remark remarks warning attention todo bug file fileoverview overview summary description desc module class category yield yields pre post invariant copyright license name event fires callback method function title section rtype member field memberof namespace public private internal enum interface extends implements override constructor ingroup defgroup addtogroup par this'.split(
    ' ',
  ),
);
/** Tags inside a line: JSDoc's `{@link x}`; those of XML comments and of Javadoc's HTML. */
const INLINE =
  /\{@[a-z]+\s([^{}]*)\}|(?<!\w(?=<\w))<\/?(summary|remarks|param|typeparam|paramref|typeparamref|returns|value|exception|see|seealso|inheritdoc|example|code|para|list|item|term|description|c|p|pre|b|i|em|strong|tt|ul|ol|li|br|a)(\s+[a-zA-Z]+\s*=[^<>]*)?\s?\/?>/g;
const ATTRIBUTE = /\b(?:name|cref|langword)\s*=\s*"([^"]*)"/;
/** A line that begins or ends a part, and one that does nothing else. */
const PART =
  /^<(?:summary|remarks|param|typeparam|returns|value|exception|example|p|ul|ol|li|list|item|para|pre)\b[^<>]*>/;
const ONLY_PARTS =
  /^(?:<\/?(?:summary|remarks|returns|value|example|p|ul|ol|li|list|item|para|pre|code|description|term)>\s*)+$/;
const APART = new Set('p br li para item term description pre code ul ol list'.split(' '));
/** A line of code that was commented out. */
const CODE_END = /[;{}]$/;
/** Columns of an example's indentation that are shown. */
const MAX_DEPTH = 40;
/** A line of fewer characters was not wrapped for its length. */
const FULL_LINE = 45;

export interface CommentStyle {
  /** Deep indentation after a blank line is an example (Markdown), not structure (Python). */
  readonly indentedCode: boolean;
  /** HTML and XML tags are markup (Javadoc, C#). */
  readonly tags: boolean;
  /** It only repeats the remark of a constant: like a key, it is hardly an answer. */
  readonly aside?: boolean;
}

/** Adds the blocks of one comment to a view. */
export function showComment(
  builder: ViewBuilder,
  lines: readonly TextLine[],
  path: readonly string[],
  style: CommentStyle,
): void {
  new CommentWriter(builder, path, style).write(lines);
}

class CommentWriter {
  #open: 'prose' | 'code' | undefined;
  #firstIndent = 0;
  #lastIndent = 0;
  #lastText = '';
  #isEntry = false;
  #isItem = false;
  #blockLines = 0;
  /** Of the whole comment. */
  #base = -1;

  constructor(
    readonly builder: ViewBuilder,
    readonly path: readonly string[],
    readonly style: CommentStyle,
  ) {}

  write(lines: readonly TextLine[]): void {
    let fenced = false;
    let inExample = false;
    let plainBefore = true;
    for (const line of lines) {
      if (line.end === line.start || (this.style.tags && this.#isPart(line))) {
        if (!fenced) this.#open = undefined;
        continue;
      }
      const text = this.builder.file.slice(line.start, line.end);
      if (this.#base < 0) this.#base = line.indent;
      if (FENCE.test(text)) {
        fenced = !fenced;
        this.#open = undefined;
        continue;
      }
      const tag = TAG.exec(text)?.[1];
      if (tag !== undefined && KNOWN_TAGS.has(tag)) inExample = false;
      if (fenced || inExample || this.#isCode(line, text, plainBefore)) this.#code(line);
      else {
        this.#prose(line, text);
        plainBefore = !BULLET.test(text) && !NUMBERED.test(text) && tag === undefined;
      }
      inExample ||= tag === 'example';
      this.#lastText = text;
      this.#lastIndent = line.indent;
    }
    if (this.style.aside) this.builder.key();
    this.builder.endBlock();
  }

  #isPart({ start, end }: TextLine): boolean {
    const { file } = this.builder;
    return file[start] === '<' && file[end - 1] === '>' && ONLY_PARTS.test(file.slice(start, end));
  }

  /** An example by its prompt or its depth. @param plain the text before it is neither an item nor a tag */
  #isCode({ indent }: TextLine, text: string, plain: boolean): boolean {
    if (PROMPT.test(text)) return true;
    const deep = this.style.indentedCode && indent >= this.#base + 4;
    if (this.#open === 'code') return deep || PROMPT.test(this.#lastText) || !this.style.indentedCode;
    return deep && plain && this.#open === undefined;
  }

  #code({ start, end, indent }: TextLine): void {
    if (this.#open !== 'code') {
      this.builder.block('code', this.path);
      this.#open = 'code';
      this.#firstIndent = indent;
    } else this.builder.insert(`\n${' '.repeat(Math.min(MAX_DEPTH, Math.max(0, indent - this.#firstIndent)))}`);
    this.builder.copy(start, end);
  }

  #prose(line: TextLine, text: string): void {
    const bullet = BULLET.exec(text)?.[0].length ?? 0;
    const tag = TAG.exec(text)?.[1];
    const field = FIELD.test(text);
    const entry = ENTRY.test(text) && !/^\w+:\/\//.test(text);
    const begins =
      this.#open !== 'prose' ||
      bullet > 0 ||
      NUMBERED.test(text) ||
      (this.style.tags && PART.test(text)) ||
      tag !== undefined ||
      field ||
      (entry && (this.#isEntry || line.indent > this.#lastIndent + 1) && line.indent <= this.#lastIndent + 8) ||
      (this.#dedents(line) && !this.#isFirstLineIndented(line)) ||
      (this.#lastText.endsWith(':') && line.indent > this.#lastIndent + 1 && !this.#isEntry);
    if (begins) {
      this.builder.block('comment', this.path);
      this.#open = 'prose';
      this.#firstIndent = line.indent;
      this.#isEntry = entry;
    } else {
      this.#firstIndent = Math.min(this.#firstIndent, line.indent);
      this.builder.insert(this.#keepsBreak(text) ? '\n' : ' ');
    }
    this.#blockLines = begins ? 1 : this.#blockLines + 1;
    this.#isItem = begins ? bullet > 0 || tag !== undefined || field || entry || NUMBERED.test(text) : this.#isItem;
    let from = line.start + bullet;
    // The marker of a tag is hidden, its word is shown.
    if (field || (tag !== undefined && KNOWN_TAGS.has(tag))) from++;
    const owner = OWNER.exec(text);
    if (owner && bullet === 0 && begins) {
      const [whole, mark, name] = owner;
      this.builder.copy(from, from + mark.length).insert(' to be done by ');
      this.builder.copy(from + mark.length + 1, from + mark.length + 1 + name.length);
      from += whole.length;
    }
    for (const { start, end, isCode } of shownParts(this.builder.file.slice(from, line.end))) {
      if (isCode) this.builder.copy(from + start, from + end);
      else this.#inline(from + start, from + end);
    }
  }

  #dedents({ indent }: TextLine): boolean {
    return indent < this.#firstIndent - 1 || (indent <= this.#firstIndent && this.#lastIndent > this.#firstIndent + 1);
  }

  /** A paragraph whose first line is full and indented more than the others. */
  #isFirstLineIndented({ indent }: TextLine): boolean {
    const dedent = this.#firstIndent - indent;
    return this.#blockLines === 1 && !this.#isItem && dedent <= 8 && this.#lastText.length >= FULL_LINE;
  }

  #keepsBreak(text: string): boolean {
    if (CODE_END.test(this.#lastText) || text.startsWith('}')) return true;
    return text.includes('   ') && this.#lastText.includes('   ');
  }

  /** Copies a range of a line without the tags in it. */
  #inline(start: number, end: number): void {
    const { builder } = this;
    const text = builder.file.slice(start, end);
    if (!this.style.tags || !(text.includes('{@') || text.includes('<'))) {
      builder.copy(start, end);
      return;
    }
    let at = 0;
    for (const match of text.matchAll(INLINE)) {
      const [whole, link, tag, attributes] = match;
      builder.copy(start + at, start + match.index);
      at = match.index + whole.length;
      if (link !== undefined) {
        builder.copy(start + at - 1 - link.length, start + at - 1);
        continue;
      }
      const attribute = attributes === undefined ? null : ATTRIBUTE.exec(attributes);
      if (attribute) {
        const value =
          match.index + whole.indexOf(attribute[0]) + attribute[0].lastIndexOf(attribute[1], attribute[0].length - 2);
        const names = tag.endsWith('param') || tag === 'exception';
        if (names) builder.copy(start + match.index + 1, start + match.index + 1 + tag.length).insert(' ');
        builder.copy(start + value, start + value + attribute[1].length);
        if (names) builder.insert(': ');
      } else if (APART.has(tag) && match.index > 0) builder.insert(' ');
    }
    builder.copy(start + at, end);
  }
}
