/**
 * Lists of a document, level by level, from the items in its view and the markers before them in the file:
 * Markdown, HTML, LaTeX, AsciiDoc, reStructuredText, org and plain text alike. Time is linear in the view.
 */
import type { OffsetRange } from '../protocol.js';
import type { Block, ReadingView } from '../views/base/reading-view.js';

export interface ListItem extends OffsetRange {
  /** Its own words in the view, without marker and closing mark: `start`..`end`, and the end of its nested content. */
  until: number;
  /** Its number, if any. */
  label?: number;
}

export interface List {
  readonly items: ListItem[];
  /** The sentence before the first item, in the view; undefined: a heading, another item or nothing. */
  readonly lead?: OffsetRange;
  /** Headings above it, outermost first. */
  readonly path: readonly string[];
  /** Its items are numbered or lettered. */
  readonly ordered: boolean;
}

/** Units of the file examined before an item, and in an item, for its marker. */
const LOOK_BEFORE = 2000;
const LOOK_INSIDE = 40;
/** Units of the paragraph before a list that can be its lead-in. */
const LONGEST_LEAD = 300;

const BULLET = String.raw`[-+•‣◦▪·–—o]|\*{1,6}`;
const NUMBER = String.raw`\(?(\d{1,3})[.)]|\[(\d{1,3})\]`;
const LETTER = String.raw`\(?([a-zA-Z]|[ivx]{1,5})[.)]|#\.|\.{1,6}`;
/** At the beginning of an item's text. */
const OWN_MARKER = new RegExp(`^(?:(${BULLET})|${NUMBER}|${LETTER})\\s+(?:\\[[ xX-]\\]\\s+)?(?=\\S)`);
/** On the line of the file before an item's text. */
const MARKER_BEFORE = new RegExp(`^[\\s>]*(?:(${BULLET})|${NUMBER}|${LETTER})(?:\\s+\\S{0,40})?\\s*$`);
const HTML_LIST = /<(\/?)(ul|ol|menu|dir)\b/gi;
const LATEX_LIST = /\\(begin|end)\{(itemize|enumerate|description)\*?\}/g;

interface Marker {
  /** Indentation; deeper items have more. */
  level: number;
  /** `-`, `1`, `a`, ...: equal for all items of a list. */
  kind: string;
  label?: number;
  /** Start of the words in the view. */
  start: number;
}

interface Open {
  list: List;
  level: number;
  kind: string;
}

const known = new WeakMap<ReadingView, List[]>();

/** Every list of a view with at least two items, outer lists before the lists in their items. */
export function listsOf(view: ReadingView, file: string): readonly List[] {
  let lists = known.get(view);
  if (!lists) {
    lists = findLists(view, file);
    known.set(view, lists);
  }
  return lists;
}

function findLists(view: ReadingView, file: string): List[] {
  const lists: List[] = [];
  let open: Open[] = [];
  const nested: string[] = [];
  let before: Block | undefined;
  let fileEnd = 0;
  for (const block of view.blocks) {
    const place = view.toFile(block.start, block.end);
    const gap = place ? file.slice(Math.max(fileEnd, place.start - LOOK_BEFORE), place.start) : '';
    if (place) fileEnd = place.end;
    nest(nested, gap);
    // Code and tables may be inside items or after them: the next marker decides.
    if (block.kind === 'paragraph' || block.kind === 'heading') open = [];
    if (block.kind === 'listItem' && place) {
      const marker = markerOf(view, block, gap, nested);
      if (!marker) extend(open, block.end);
      else
        for (const one of markersIn(view.text, block, marker)) {
          open = added(lists, open, { ...block, start: one.start, end: one.end }, before, one, view.text);
        }
    } else extend(open, block.end);
    before = block;
  }
  return lists.filter(({ items }) => items.length > 1);
}

function added(
  lists: List[],
  open: Open[],
  block: Block,
  before: Block | undefined,
  marker: Marker,
  text: string,
): Open[] {
  const outer = open.filter(({ level }) => level <= marker.level + 1);
  const last = outer.at(-1);
  const item: ListItem = { ...trimmed(text, marker.start, block.end), until: block.end };
  if (marker.label !== undefined) item.label = marker.label;
  if (last && Math.abs(last.level - marker.level) <= 1) {
    const label = last.list.items.at(-1)?.label;
    const restarts = marker.label === 1 && label !== undefined && label >= 1;
    if (last.kind === marker.kind && !restarts && last.list.path === block.path) {
      last.list.items.push(item);
      extend(outer, block.end);
      return outer;
    }
    outer.pop();
  }
  const lead = outer.length > 0 ? outer.at(-1)?.list.items.at(-1) : leadOf(text, before);
  const list: List = {
    items: [item],
    ...(lead ? { lead: { start: lead.start, end: lead.end } } : {}),
    path: block.path,
    ordered: /^[1a]$/.test(marker.kind),
  };
  lists.push(list);
  extend(outer, block.end);
  return [...outer, { list, level: marker.level, kind: marker.kind }];
}

/** The markers of a block that holds several items, one per line, as a view shows lines that it considers wrapped. */
function* markersIn(text: string, block: Block, first: Marker): Generator<Marker & { end: number }> {
  let marker = first;
  if (marker.start > block.start) {
    for (
      let line = text.indexOf('\n', marker.start);
      line >= 0 && line < block.end;
      line = text.indexOf('\n', line + 1)
    ) {
      const found = OWN_MARKER.exec(text.slice(line + 1, Math.min(block.end, line + 1 + LOOK_INSIDE)));
      if (!found) continue;
      const next = { ...described(found, ''), level: first.level, start: line + 1 + found[0].length };
      if (next.kind !== marker.kind || next.label !== (marker.label === undefined ? undefined : marker.label + 1))
        continue;
      yield { ...marker, end: line };
      marker = next;
    }
  }
  yield { ...marker, end: block.end };
}

/** The open items extend to here. */
function extend(open: readonly Open[], end: number): void {
  for (const { list } of open) list.items[list.items.length - 1].until = end;
}

/** Adds the lists that begin and end between two blocks. @param nested kinds of the lists that are open */
function nest(nested: string[], gap: string): void {
  if (gap.includes('<')) {
    for (const [, closes, name] of gap.matchAll(HTML_LIST)) {
      if (closes) nested.pop();
      else nested.push(name.toLowerCase() === 'ol' ? '1' : '-');
    }
  }
  if (gap.includes('\\')) {
    for (const [, edge, name] of gap.matchAll(LATEX_LIST)) {
      if (edge === 'end') nested.pop();
      else nested.push(name === 'enumerate' ? '1' : '-');
    }
  }
}

function markerOf(view: ReadingView, block: Block, gap: string, nested: readonly string[]): Marker | undefined {
  const line = gap.slice(Math.max(gap.lastIndexOf('\n'), gap.lastIndexOf('\r')) + 1);
  const own = OWN_MARKER.exec(view.text.slice(block.start, Math.min(block.end, block.start + LOOK_INSIDE)));
  if (own) return { ...described(own, line), start: block.start + own[0].length };
  const found = MARKER_BEFORE.exec(line);
  if (found) return { ...described(found, line), start: block.start };
  if (!/<li\b|\\item\b/i.test(gap)) return undefined;
  return { level: 10 * nested.length, kind: nested.at(-1) ?? '-', start: block.start };
}

function described([, bullet, number, bracketed, letter]: RegExpExecArray, line: string): Omit<Marker, 'start'> {
  const indent = line.length - line.trimStart().length;
  // AsciiDoc and org repeat the mark of a deeper item.
  const repeated = bullet?.startsWith('*') ? bullet.length - 1 : 0;
  const level = 10 * repeated + 2 * columns(line.slice(0, indent));
  const digits = number ?? bracketed;
  if (digits !== undefined) return { level, kind: '1', label: Number(digits) };
  if (bullet !== undefined) return { level, kind: bullet[0] };
  if (letter?.length === 1) return { level, kind: 'a', label: (letter.toLowerCase().codePointAt(0) ?? 96) - 96 };
  return { level, kind: 'a' };
}

const columns = (indentation: string): number => indentation.replaceAll('\t', '    ').length;

/** The last sentence of the paragraph before a list. */
function leadOf(text: string, before: Block | undefined): OffsetRange | undefined {
  if (!before || before.kind === 'heading') return undefined;
  // In other text, only a sentence that announces the list.
  if (before.kind !== 'paragraph' && !text.slice(before.start, before.end).trimEnd().endsWith(':')) return undefined;
  const from = Math.max(before.start, before.end - LONGEST_LEAD);
  const sentences = text.slice(from, before.end).split(/(?<=[.!?])\s+(?=\S)|\n/);
  const last = sentences.at(-1) ?? '';
  return { start: before.end - last.length, end: before.end };
}

/** Trimmed, without the mark that closes an item and the "and" before the last one. */
function trimmed(text: string, start: number, end: number): OffsetRange {
  const words = text.slice(start, end);
  const shown = words.trimEnd();
  let kept = shown.replace(/[;,]\s*(?:and|or|und|oder)$/i, '').replace(/[;,:]+$/, '');
  // Drops the full stop of a single sentence; with several sentences it belongs to the last one.
  if (
    /[^.]\.$/.test(kept) &&
    !/(?<!\b(?:Mrs?|Ms|Dr|Prof|St|No|vs|[A-Z]))[.!?]\s/.test(kept) &&
    !/\b(?:etc|e\.g|i\.e|[A-Z])\.$/.test(kept)
  )
    kept = kept.slice(0, -1);
  const lead = words.length - words.trimStart().length;
  return { start: start + lead, end: Math.max(start + lead, start + kept.length) };
}
