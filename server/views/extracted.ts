/**
 * The view of a text that was extracted from a binary format (server/formats/extracted.ts): its blocks are known, so
 * nothing has to be recognised. Headings, and the names of sheets and chapters, are the path of what is below them.
 */
import type { Extracted, ExtractedPlace, TableBlock, TextBlock } from '../formats/extracted.js';
import { Outline } from './base/outline.js';
import type { BlockKind, ReadingView } from './base/reading-view.js';
import { ViewBuilder } from './base/view-builder.js';
import { writeExtractedTable } from './extracted-table.js';
import { captionsOf } from './table-captions.js';

const KINDS: Record<TextBlock['kind'], BlockKind> = {
  heading: 'heading',
  paragraph: 'paragraph',
  listItem: 'listItem',
  code: 'code',
  footnote: 'paragraph',
  note: 'paragraph',
  comment: 'paragraph',
  furniture: 'paragraph',
};

/** Below the levels of headings. */
const PLACE_LEVEL = 0;

/** Time is linear in the text and its blocks. */
export function extractedView({ text, blocks, places }: Extracted): ReadingView {
  const builder = new ViewBuilder(text);
  const outline = new Outline();
  const furniture = new Set<string>();
  const captions = captionsOf(text, blocks);
  let place = -1;
  let section = '';
  let end = 0;
  for (const block of blocks) {
    while (place + 1 < places.length && places[place + 1].start <= block.start) place++;
    const name = sectionOf(places[place]);
    if (name !== section) {
      section = name;
      outline.leave(PLACE_LEVEL);
      outline.enter(PLACE_LEVEL, name);
    }
    // A reader that breaks its promise must not end the question.
    if (block.start < end || block.end <= block.start || block.end > text.length) continue;
    end = block.end;
    if (block.kind === 'table') {
      const caption = captions.get(block);
      writeExtractedTable(builder, block, caption === undefined ? outline.path : [...outline.path, caption]);
    } else if (block.kind === 'furniture' && isRepeated(furniture, text.slice(block.start, block.end))) continue;
    else writeText(builder, block, outline);
  }
  return builder.build();
}

/** What contains the text, if no heading says it. */
const sectionOf = (place: ExtractedPlace | undefined): string => place?.sheet ?? place?.chapter ?? '';

function writeText(
  builder: ViewBuilder,
  { kind, start, end, level = 1 }: Exclude<TextBlock, TableBlock>,
  outline: Outline,
) {
  if (kind === 'heading') outline.leave(level);
  const path = kind === 'furniture' ? [] : outline.path;
  builder
    .block(KINDS[kind], path, kind === 'listItem' ? '\n' : undefined)
    .copy(start, end)
    .endBlock();
  if (kind !== 'heading') return;
  const title = builder.file.slice(start, end).trim();
  if (title !== outline.path.at(-1)) outline.enter(level, title);
}

/** The same head on every page is read once, and a page number alone never. @param seen those before it */
function isRepeated(seen: Set<string>, text: string): boolean {
  const words = text
    .replace(/\p{N}+/gu, '0')
    .replace(/\s+/g, ' ')
    .trim();
  if (!/\p{L}/u.test(words) || seen.has(words)) return true;
  seen.add(words);
  return false;
}
