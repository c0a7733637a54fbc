/** Lezer's Markdown parser with GFM and footnotes, kept linear in the length of the text; front matter before it. */

import type { Tree } from '@lezer/common';
import { type BlockContext, parser as commonMark, GFM, type Line, type MarkdownConfig } from '@lezer/markdown';
import { append } from '../../text/arrays.js';

/** Blocks in blocks; deeper ones are paragraphs. */
const MAX_DEPTH = 60;
/**
 * Text in which emphasis, links and code are searched at once, in UTF-16 units: the search is partly quadratic. A
 * longer paragraph is cut at white space; only markup across a cut is missed.
 */
const MAX_INLINE = 4096;
/** White space in a row within a line. The patterns that find tables are quadratic in it. */
const MAX_SPACES = 2000;
/** Of a footnote. */
const MAX_LABEL = 200;

/** One character after a place of a line that can begin a label: where `[^label]` ends; -1: not a label. */
function footnoteEnd(text: string, start: number): number {
  if (text[start] !== '[' || text[start + 1] !== '^') return -1;
  const last = Math.min(text.length, start + MAX_LABEL);
  for (let i = start + 2; i < last; i++) {
    if (text[i] === ']') return i > start + 2 ? i + 1 : -1;
    if (text[i] === '[' || text[i] === '^' || /\s/.test(text[i])) return -1;
  }
  return -1;
}

/** Where the `[^label]:` that begins a line ends; -1: there is none. */
function definitionEnd(line: Line): number {
  if (line.indent >= line.baseIndent + 4) return -1;
  const end = footnoteEnd(line.text, line.pos);
  return end >= 0 && line.text[end] === ':' ? end + 1 : -1;
}

const footnotes: MarkdownConfig = {
  defineNodes: [
    {
      name: 'FootnoteDefinition',
      block: true,
      composite(_, line) {
        if (line.next < 0) return true;
        if (line.indent < line.baseIndent + 4) return false;
        line.moveBaseColumn(line.baseIndent + 4);
        return true;
      },
    },
    'FootnoteMark',
    'FootnoteReference',
  ],
  parseBlock: [
    {
      name: 'FootnoteDefinition',
      parse(cx, line) {
        const end = definitionEnd(line);
        if (end < 0) return false;
        cx.startComposite('FootnoteDefinition', line.pos);
        cx.addElement(cx.elt('FootnoteMark', cx.lineStart + line.pos, cx.lineStart + end));
        line.moveBase(line.skipSpace(end));
        return null;
      },
      endLeaf: (_, line) => definitionEnd(line) >= 0,
      before: 'IndentedCode',
    },
  ],
  parseInline: [
    {
      name: 'FootnoteReference',
      parse(cx, next, at) {
        if (next !== 91) return -1;
        const end = footnoteEnd(cx.text, at - cx.offset);
        return end < 0 ? -1 : cx.addElement(cx.elt('FootnoteReference', at, cx.offset + end));
      },
      before: 'Link',
    },
  ],
};

const limits: MarkdownConfig = {
  parseBlock: [
    {
      name: 'Limits',
      parse(cx: BlockContext, line) {
        if (cx.depth < MAX_DEPTH) return false;
        const from = cx.lineStart + line.pos;
        const to = cx.lineStart + line.text.length;
        cx.nextLine();
        cx.addElement(cx.elt('Paragraph', from, to));
        return true;
      },
      // A link reference that does not end is read from its beginning with every line.
      endLeaf: (_, __, leaf) =>
        leaf.content.length > MAX_INLINE && leaf.parsers.some((p) => ((p as { stage?: number }).stage ?? -1) >= 0),
      before: 'LinkReference',
    },
  ],
};

const parser = commonMark.configure([GFM, footnotes, limits]);
const parseInline = parser.parseInline.bind(parser);
parser.parseInline = (text, offset) => {
  if (text.length <= MAX_INLINE) return parseInline(text, offset);
  const elements: ReturnType<typeof parseInline>[number][] = [];
  for (let at = 0; at < text.length; ) {
    const end = cut(text, at);
    append(elements, parseInline(text.slice(at, end), offset + at));
    at = end;
  }
  return elements;
};

/** Where the part that begins at a place ends: after a line if it can, after white space if there is any. */
function cut(text: string, at: number): number {
  if (text.length - at <= MAX_INLINE) return text.length;
  const line = text.slice(at, at + MAX_INLINE).lastIndexOf('\n');
  if (line > 0) return at + line + 1;
  for (let i = at + MAX_INLINE; i > at + MAX_INLINE / 2; i--) if (/\s/.test(text[i - 1])) return i;
  return at + MAX_INLINE;
}

export interface Parsed {
  tree: Tree;
  /** Labels of link references that are defined. */
  links: Set<string>;
  /** `[^label]` of footnotes that are defined. */
  footnotes: Set<string>;
}

/** @param text with line breaks as `\n` only */
export function parseMarkdown(text: string): Parsed {
  const tree = parser.parse(closeTables(text));
  const links = new Set<string>();
  const footnotes = new Set<string>();
  tree.iterate({
    enter({ name, from, to, node }) {
      if (name === 'FootnoteMark') footnotes.add(labelOf(text.slice(from, to - 1)));
      if (name === 'LinkReference') {
        const label = node.getChild('LinkLabel');
        if (label) links.add(labelOf(text.slice(label.from + 1, label.to - 1)));
      }
      return name === 'Document' || CONTAINERS.has(name);
    },
  });
  return { tree, links, footnotes };
}

const CONTAINERS = new Set(['Blockquote', 'BulletList', 'OrderedList', 'ListItem', 'FootnoteDefinition']);

/** Labels that are the same to Markdown become equal. */
export const labelOf = (label: string): string => label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase();

/** The same text, unit for unit, with every line break as `\n`, perhaps after a space. */
export const normalizeLineBreaks = (text: string): string =>
  text.includes('\r') ? text.replace(/\r\n/g, ' \n').replace(/\r/g, '\n') : text;

/** The same text, unit for unit, without space after the last `|` of what may be the second line of a table. */
function closeTables(text: string): string {
  const parts: string[] = [];
  let done = 0;
  for (let end = 0; end < text.length; end++) {
    const next = text.indexOf('\n', end);
    const start = end;
    end = next < 0 ? text.length : next;
    let last = end;
    while (last > start && isSpaceOrTab(text[last - 1])) last--;
    if (last === end || text[last - 1] !== '|' || !isDelimiterRow(text, start, last)) continue;
    parts.push(text.slice(done, last - 1), ' '.repeat(end - last), '|');
    done = end;
  }
  return parts.join('') + text.slice(done);
}

const isSpaceOrTab = (character: string): boolean => character === ' ' || character === '\t';

/** Whether a line has only what the second line of a table may have, with two bars or more. */
function isDelimiterRow(text: string, start: number, end: number): boolean {
  let dash = false;
  let bars = 0;
  for (let i = end - 1; i >= start; i--) {
    if (text[i] === '-') dash = true;
    if (text[i] === '|') bars++;
    if (!' \t-|:>'.includes(text[i])) return false;
  }
  return dash && bars > 1;
}

/** Whether a text is within what the parser reads in linear time. */
export function isParsable(text: string): boolean {
  let spaces = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    spaces = code === 32 || code === 9 ? spaces + 1 : 0;
    if (spaces > MAX_SPACES) return false;
  }
  return true;
}

export interface FrontMatter {
  language: 'yaml' | 'toml';
  /** The text between the fences. */
  start: number;
  end: number;
  /** Where the document begins. */
  next: number;
}

/** YAML between `---` or TOML between `+++` at the very beginning. */
export function findFrontMatter(text: string): FrontMatter | null {
  const fence = text.slice(0, 3);
  if (fence !== '---' && fence !== '+++') return null;
  let start = -1;
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    const next = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    const isFence = text.startsWith(fence, at) && text.slice(at + 3, end).trim() === '';
    if (start < 0) {
      if (!isFence) return null;
      start = next;
    } else if (isFence || (fence === '---' && text.slice(at, end).trimEnd() === '...')) {
      return { language: fence === '---' ? 'yaml' : 'toml', start, end: at, next: Math.min(next, text.length) };
    }
    at = next;
  }
  return null;
}

function lineEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
  return end;
}
