/**
 * A view of a text that is itself a view of the file: Markdown in the strings of a notebook, YAML between the fences of
 * a document. The two maps become one.
 */
import type { BlockKind, ReadingView } from './reading-view.js';
import type { ViewBuilder } from './view-builder.js';

export interface ComposeOptions {
  /** Kind of all blocks, instead of their own. */
  kind?: BlockKind;
  /** Put before the path of every block. */
  path?: readonly string[];
}

/**
 * Adds the blocks of a view to the one being built.
 * @param builder over the file; nothing after the outer text's place has been added
 * @param inner over the outer text
 * @param outer how the outer text came from the file; a number: it is in the file unchanged, from this offset
 */
export function appendView(
  builder: ViewBuilder,
  inner: ReadingView,
  outer: ReadingView | number,
  options: ComposeOptions = {},
): void {
  const write = typeof outer === 'number' ? shifted(builder, outer) : mapped(builder, outer);
  let last: readonly string[] | undefined;
  let path: readonly string[] = [];
  let segment = 0;
  let cell = 0;
  let end = 0;
  for (const block of inner.blocks) {
    if (block.path !== last) {
      last = block.path;
      path = options.path?.length ? [...options.path, ...block.path] : block.path;
    }
    // The text between the blocks separates them here too.
    const between = inner.text.slice(end, block.start);
    builder.block(options.kind ?? block.kind, path, between === '' ? undefined : between);
    end = block.end;
    for (; segment < inner.segmentCount; segment++) {
      const { view, file } = inner.segment(segment);
      if (view.end <= block.start) continue;
      if (view.start >= block.end) break;
      while (cell < inner.cells.length && inner.cells[cell] <= view.start) {
        if (inner.cells[cell++] === view.start) builder.cell();
      }
      if (!file) builder.insert(inner.text.slice(view.start, view.end));
      else write(inner.text.slice(view.start, view.end), file.start, file.end);
      if (view.end >= block.end) {
        segment++;
        break;
      }
    }
    builder.endBlock();
  }
}

/** Shows text for a range of the outer text. */
type Write = (text: string, start: number, end: number) => void;

function shifted(builder: ViewBuilder, offset: number): Write {
  return (text, start, end) => builder.decode(text, start + offset, end + offset);
}

function mapped(builder: ViewBuilder, outer: ReadingView): Write {
  let at = 0;
  return (text, start, end) => {
    if (text !== outer.text.slice(start, end)) {
      const file = outer.toFile(start, end);
      // Two parts of one decoded segment: the first represents all of it.
      if (file && file.start >= builder.position) builder.decode(text, file.start, file.end);
      else builder.insert(text);
      return;
    }
    while (at < outer.segmentCount && outer.segment(at).view.end <= start) at++;
    for (let i = at; i < outer.segmentCount; i++) {
      const { view, file } = outer.segment(i);
      if (view.start >= end) break;
      const from = Math.max(start, view.start);
      const to = Math.min(end, view.end);
      const part = outer.text.slice(from, to);
      if (!file) builder.insert(part);
      else if (file.end - file.start === view.end - view.start) {
        builder.decode(part, file.start + from - view.start, file.start + to - view.start);
      } else if (file.start >= builder.position) builder.decode(part, file.start, file.end);
      else builder.insert(part);
    }
  };
}
