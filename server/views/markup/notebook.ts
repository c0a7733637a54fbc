/**
 * Jupyter notebooks as files: Markdown cells as Markdown, code cells and the text they printed as code. The strings of
 * a cell are decoded with an exact map, and the view of a cell is laid over that map.
 */
import { visit } from 'jsonc-parser';
import { appendView } from '../base/compose.js';
import { showJsonString } from '../base/json-string.js';
import { Outline } from '../base/outline.js';
import type { ReadingView } from '../base/reading-view.js';
import { plainView, ViewBuilder } from '../base/view-builder.js';
import { markdownView } from './markdown.js';

/** A longer text is not read as a notebook, in UTF-16 units. */
export const MAX_NOTEBOOK = 32 * 1024 * 1024;

/** A string, or a list of strings that belong together. */
interface Part {
  cell: Cell;
  /** The source or the output of a cell. */
  role: 'source' | 'output';
  /** The text between the quotes. */
  strings: { start: number; end: number }[];
}

interface Cell {
  type: string;
}

/** The view of a text in a programming language. */
export type CodeReader = (text: string, languageId: string) => ReadingView;

/**
 * A `.ipynb` file; any other text is read as it is.
 * @param readCode for code cells; without it they are shown unchanged
 */
export function notebookView(text: string, readCode?: CodeReader): ReadingView {
  if (text.length > MAX_NOTEBOOK) return plainView(text);
  let parts: Part[];
  try {
    parts = readParts(text);
  } catch {
    // Nested too deeply for the JSON parser: not a notebook.
    return plainView(text);
  }
  if (parts.length === 0) return plainView(text);
  const outline = new Outline();
  const builder = new ViewBuilder(text);
  const language = languageOf(text);
  for (const { cell, role, strings } of parts) {
    const outer = new ViewBuilder(text);
    for (const { start, end } of strings) showJsonString(outer, start, end);
    const decoded = outer.build();
    if (role === 'source' && cell.type === 'markdown') {
      appendView(builder, markdownView(decoded.text, { outline, fragment: true }), decoded);
    } else if (role === 'source' && cell.type === 'code' && readCode) {
      appendView(builder, readCode(decoded.text, language), decoded, { path: outline.path });
    } else if (decoded.text.trim() !== '') {
      const kind = role === 'source' && cell.type === 'raw' ? 'paragraph' : 'code';
      const inner = new ViewBuilder(decoded.text).block(kind, outline.path).copy(0, decoded.text.trimEnd().length);
      appendView(builder, inner.build(), decoded);
    }
  }
  return builder.build();
}

/** The language of the code cells, which follows them; Python by default. */
function languageOf(text: string): string {
  const end = text.slice(Math.max(0, text.lastIndexOf('"metadata"')));
  const name = /"(?:kernelspec|language_info)"[^}]{0,2000}?"(?:language|name)"\s*:\s*"([A-Za-z+#]{1,20})[\d.]*"/.exec(
    end,
  )?.[1];
  return name?.toLowerCase() ?? 'python';
}

/** An open object or list: its last key, and the cell that it is. */
interface Open {
  key: string;
  cell?: Cell | undefined;
}

/** The strings that are read, in the order of the file. */
function readParts(text: string): Part[] {
  const parts: Part[] = [];
  const open: Open[] = [];
  let part: Part | undefined;
  /** Open ones, innermost last. */
  const cells: Cell[] = [];
  const begin = (isObject: boolean) => {
    const above = open.at(-1);
    // Format 3 keeps its cells in worksheets.
    const cell = isObject && above?.key === 'cells' ? { type: '' } : undefined;
    if (cell) cells.push(cell);
    open.push({ key: isObject ? '' : (above?.key ?? ''), cell });
  };
  const end = () => {
    if (open.pop()?.cell) cells.pop();
    part = undefined;
  };
  visit(text, {
    onObjectBegin: () => begin(true),
    onObjectEnd: end,
    onArrayBegin: () => begin(false),
    onArrayEnd: end,
    onObjectProperty: (key) => {
      const last = open.at(-1);
      if (last) last.key = key;
      part = undefined;
    },
    onLiteralValue: (value, offset, length) => {
      const cell = cells.at(-1);
      const key = open.at(-1)?.key ?? '';
      if (!cell || typeof value !== 'string') return;
      if (key === 'cell_type') cell.type = value;
      const role = roleOf(key, open);
      if (!role) return;
      if (!part) {
        part = { cell, role, strings: [] };
        parts.push(part);
      }
      const closed = length > 1 && text[offset + length - 1] === '"';
      part.strings.push({ start: offset + 1, end: offset + length - (closed ? 1 : 0) });
    },
  });
  return parts;
}

/** How a string under this key is read; undefined: not shown. */
function roleOf(key: string, open: readonly Open[]): Part['role'] | undefined {
  // A list counts as a level with the key of its parent.
  const depth = open.findLastIndex((level) => level.cell);
  const own = open[depth].key;
  if (own === 'outputs') return key === 'text' || key === 'text/plain' ? 'output' : undefined;
  const direct = key === own && open.length - depth <= 2;
  return direct && (key === 'source' || key === 'input') ? 'source' : undefined;
}
