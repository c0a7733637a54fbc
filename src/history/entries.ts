/**
 * The history of questions: what was asked about which document, and the best answer. Nothing of a document is kept
 * except its answers and the headings above them. Pure functions over a list, newest first.
 */

import type { Grade } from '../../server/protocol.js';

/** Where the list is kept in the state of the workspace. */
export const HISTORY_KEY = 'askBert.asked';
/** Where the last answers of a question about many documents are kept. */
export const RESULTS_KEY = 'askBert.lastResults';
/** Documents (and folders, workspaces) with questions that are not pinned. */
export const MAX_SUBJECTS = 100;
const MAX_UNITS = 100_000;

/** What a question was about. */
export type Subject =
  | { kind: 'document'; uri: string }
  | { kind: 'workspace' }
  | { kind: 'editors' }
  | { kind: 'folder'; uris: string[] };

/** Zero-based, in UTF-16 units. */
export interface Span {
  line: number;
  character: number;
  endLine: number;
  endCharacter: number;
}

/** The part of a document that a question was about; its text is stored only as a digest. */
export interface Part extends Span {
  digest: string;
}

const GRADES = ['sure', 'unsure', 'guess'] as const satisfies readonly Grade[];

export interface BestAnswer extends Span {
  uri: string;
  /** The exact characters of the document. */
  text: string;
  /** The words as a reader sees them, where that is not `text`. */
  prose?: string;
  /** The exact characters of the items of a list that is the answer as a whole. */
  items?: string[];
  probability: number;
  /** Missing: remembered by a version without grades. */
  grade?: Grade;
  /** In a file whose text was extracted, from 1. */
  page?: number;
  slide?: number;
  sheet?: string;
  cell?: string;
  chapter?: string;
  section?: string;
  /** Headings or keys above it, outermost first. */
  path?: string[];
}

export interface Asked {
  question: string;
  subject: Subject;
  /** Milliseconds since 1970. */
  time: number;
  pinned: boolean;
  /** Missing: the whole document. */
  part?: Part | undefined;
  /** Missing: there was no answer. */
  answer?: BestAnswer | undefined;
  /** Probability that there is none. Missing: not all was read, or the language is another one. */
  noAnswer?: number | undefined;
  /** Only a part of the text was read. */
  partly?: true | undefined;
}

export interface Group {
  key: string;
  subject: Subject;
  entries: Asked[];
}

export const keyOf = (subject: Subject): string => {
  if (subject.kind === 'document') return subject.uri;
  return subject.kind === 'folder' ? JSON.stringify(subject.uris) : subject.kind;
};

type Identity = Pick<Asked, 'question' | 'subject'>;
/** A question is remembered once for each subject. */
export const isSame = (a: Identity, b: Identity): boolean =>
  a.question === b.question && keyOf(a.subject) === keyOf(b.subject);

/**
 * The list with `entry` in front; a pinned question stays pinned. @param limit questions per subject; 0: add nothing
 */
export function remember(list: readonly Asked[], entry: Asked, limit: number): Asked[] {
  if (limit <= 0) return prune(list, 0);
  const pinned = entry.pinned || list.some((each) => each.pinned && isSame(each, entry));
  return prune([{ ...entry, pinned }, ...list.filter((each) => !isSame(each, entry))], limit);
}

/** The newest questions of the newest subjects; pinned ones always stay. */
export function prune(list: readonly Asked[], limit: number): Asked[] {
  const counts = new Map<string, number>();
  return list.filter(({ pinned, subject }) => {
    if (pinned) return true;
    const key = keyOf(subject);
    const count = counts.get(key) ?? 0;
    if (count >= limit || (count === 0 && counts.size >= MAX_SUBJECTS)) return false;
    counts.set(key, count + 1);
    return true;
  });
}

export const pin = (list: readonly Asked[], which: Identity, pinned: boolean): Asked[] =>
  list.map((each) => (isSame(each, which) ? { ...each, pinned } : each));

/** By subject, the most recent first; within each, pinned questions first, then the newest. */
export function grouped(list: readonly Asked[]): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of list) {
    const key = keyOf(entry.subject);
    const group = groups.get(key);
    if (group) group.entries.push(entry);
    else groups.set(key, { key, subject: entry.subject, entries: [entry] });
  }
  for (const { entries } of groups.values()) entries.sort((a, b) => Number(b.pinned) - Number(a.pinned));
  return [...groups.values()];
}

/** Stored data may come from another version or be damaged: anything that is not a complete entry is left out. */
export function restore(stored: unknown, limit: number, isUri: (text: string) => boolean): Asked[] {
  if (!Array.isArray(stored)) return [];
  const list: Asked[] = [];
  for (const value of stored) {
    const entry = checkedEntry(value, isUri);
    if (entry && !list.some((each) => isSame(each, entry))) list.push(entry);
  }
  return prune(list, limit);
}

type Unknown<T> = { [K in keyof T]?: unknown };
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_UNITS;
const isIndex = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function checkedEntry(value: unknown, isUri: (text: string) => boolean): Asked | undefined {
  if (!isObject(value)) return undefined;
  const { question, time, pinned, noAnswer, partly, ...rest } = value as Unknown<Asked>;
  const subject = checkedSubject(rest.subject, isUri);
  if (!isText(question) || !isIndex(time) || typeof pinned !== 'boolean') return undefined;
  if (noAnswer !== undefined && !isShare(noAnswer)) return undefined;
  // Date supports no later year than 275760.
  if (!subject || time > 8.64e15) return undefined;
  const entry: Asked = { question, subject, time, pinned };
  if (noAnswer !== undefined) entry.noAnswer = noAnswer;
  if (partly === true) entry.partly = true;
  if (rest.part !== undefined) {
    const span = checkedSpan(rest.part);
    const { digest } = (rest.part ?? {}) as Unknown<Part>;
    if (!span || !isText(digest)) return undefined;
    entry.part = { ...span, digest };
  }
  if (rest.answer !== undefined) {
    const span = checkedSpan(rest.answer);
    const { uri, text, prose, items, probability, grade, ...place } = (rest.answer ?? {}) as Unknown<BestAnswer>;
    if (!span || !isText(uri) || !isUri(uri) || !isText(text) || !isShare(probability)) return undefined;
    if (prose !== undefined && !isText(prose)) return undefined;
    if (items !== undefined && !(Array.isArray(items) && items.every(isText))) return undefined;
    const known = GRADES.find((each) => each === grade);
    const shown = {
      ...(known && { grade: known }),
      ...checkedPlace(place),
      ...(prose !== undefined && { prose }),
      ...(items !== undefined && { items: items as string[] }),
    };
    entry.answer = { ...span, uri, text, probability, ...shown };
  }
  return entry;
}

/** Members that are not as they should be are left out. */
function checkedPlace({ page, slide, sheet, cell, chapter, section, path }: Unknown<BestAnswer>): Partial<BestAnswer> {
  const isNumber = (each: unknown): each is number => isIndex(each) && each > 0;
  return {
    ...(isNumber(page) && { page }),
    ...(isNumber(slide) && { slide }),
    ...(isText(sheet) && { sheet }),
    ...(isText(cell) && { cell }),
    ...(isText(chapter) && { chapter }),
    ...(isText(section) && { section }),
    ...(Array.isArray(path) && path.length > 0 && path.every(isText) && { path }),
  };
}

function checkedSubject(value: unknown, isUri: (text: string) => boolean): Subject | undefined {
  if (!isObject(value)) return undefined;
  const { kind, uri, uris } = value as { kind?: unknown; uri?: unknown; uris?: unknown };
  const isAddress = (each: unknown): each is string => isText(each) && isUri(each);
  if (kind === 'workspace' || kind === 'editors') return { kind };
  if (kind === 'document') return isAddress(uri) ? { kind, uri } : undefined;
  if (kind !== 'folder' || !Array.isArray(uris) || uris.length === 0 || !uris.every(isAddress)) return undefined;
  return { kind, uris };
}

function checkedSpan(value: unknown): Span | undefined {
  if (!isObject(value)) return undefined;
  const { line, character, endLine, endCharacter } = value as Unknown<Span>;
  if (!isIndex(line) || !isIndex(character) || !isIndex(endLine) || !isIndex(endCharacter)) return undefined;
  return { line, character, endLine, endCharacter };
}
