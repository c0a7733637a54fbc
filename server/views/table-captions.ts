/** Captions of tables ("Table 3: Causes of traps"): they say what a table is about, as a heading does. */
import type { ExtractedBlock, TableBlock } from '../formats/extracted.js';

const CAPTION =
  /^(?:Table|TABLE|Tabelle|TABELLE|Tab\.)\s+(?:\p{Lu}[.-]?)?\p{N}+(?:[.-]\p{N}+)*(?:\s*[:.\u2013\u2014|](?:\s+|(?!\p{N}))|\s+(?=\p{Lu}))(?=\S)/u;
/** Units of a caption; a longer paragraph tells of a table. */
const MAX_CAPTION = 300;

/** The caption of each table that has one. All captions of a document stand on the same side of their tables. */
export function captionsOf(text: string, blocks: readonly ExtractedBlock[]): Map<TableBlock, string> {
  const content = blocks.filter(({ kind }) => kind !== 'furniture' && kind !== 'footnote');
  const [above, below] = [new Map<TableBlock, string>(), new Map<TableBlock, string>()];
  for (const [i, block] of content.entries()) {
    if (block.kind !== 'table') continue;
    for (const [found, neighbour] of [
      [above, content[i - 1]],
      [below, content[i + 1]],
    ] as const) {
      const caption = neighbour && captionOf(text, neighbour);
      if (caption !== undefined) found.set(block, caption);
    }
  }
  return below.size > above.size ? below : above;
}

/** Without its number, up to the end of its sentence. */
function captionOf(text: string, { kind, start, end }: ExtractedBlock): string | undefined {
  if ((kind !== 'paragraph' && kind !== 'heading') || end - start > MAX_CAPTION) return undefined;
  const caption = text.slice(start, end).trim();
  const [number] = CAPTION.exec(caption) ?? [];
  return number === undefined
    ? undefined
    : caption
        .slice(number.length)
        .replace(/(?<=[^.]{20})\.(?:\s.*)?$/su, '')
        .trim();
}
