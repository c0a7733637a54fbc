/** Messages between the extension and the page of a PDF. Pure: the page, which knows no vscode, imports it too. */
import type { Grade } from '../../server/protocol.js';

/** Where words stand: in PDF points of the page as it is shown, from its lower left corner. */
export interface PageBox {
  /** From 1. */
  page: number;
  /** Of the lower left corner of the box. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Turned by the user, clockwise, in addition to what the file says. */
export type Rotation = 0 | 90 | 180 | 270;

/** CSS pixels for a PDF unit are 96/72 of a number; `width`: as wide as the view; `auto`: that, up to a limit. */
export type Zoom = 'auto' | 'width' | number;

/** What is kept while a page is hidden. */
export interface ViewState {
  /** From 1: the page at the top of the view. */
  page: number;
  /** How much of that page is above the view, 0..1. */
  part: number;
  zoom: Zoom;
  rotation: Rotation;
}

/** The answers to one question. */
export interface Marks {
  /** Best first. */
  answers: readonly { boxes: readonly PageBox[]; grade: Grade }[];
  /** Index of the one that is shown. */
  current: number;
  /** "Answer 1 of 3, page 7: twelve months (sure, 87 %)" */
  label: string;
}

/** What the extension lets the page do, for keys and commands of VS Code. */
export const PAGE_COMMANDS = [
  'find',
  'findNext',
  'findPrevious',
  'zoomIn',
  'zoomOut',
  'fitWidth',
  'rotate',
  'goToPage',
] as const;
export type PageCommand = (typeof PAGE_COMMANDS)[number];

/** Files of pdf.js that the page asks for: names of folders beside the bundle. */
export const ASSET_FOLDERS = ['cmaps', 'standard_fonts', 'wasm'] as const;
export type AssetFolder = (typeof ASSET_FOLDERS)[number];

export type ToPage =
  | { type: 'open'; bytes: Uint8Array; state?: ViewState | undefined }
  /** Nothing can be shown: why, and what to do. */
  | { type: 'failed'; text: string }
  /** Something happened to the file while it is shown; empty: nothing any more. */
  | { type: 'notice'; text: string }
  /** @param reveal scrolls to the current answer */
  | { type: 'marks'; marks: Marks | undefined; reveal: boolean }
  | { type: 'command'; command: PageCommand }
  | { type: 'asset'; id: number; bytes: Uint8Array | undefined };

export type FromPage =
  /** A page that was hidden is created again, and requests everything again. */
  | { type: 'ready' }
  | { type: 'state'; state: ViewState }
  /** The file was opened, or cannot be shown. */
  | { type: 'opened'; pages: number }
  | { type: 'unreadable'; detail: string }
  | { type: 'asset'; id: number; folder: AssetFolder; name: string }
  | { type: 'act'; act: 'next' | 'previous' | 'copy' | 'clear' | 'reload' };

/** Texts of the page, in the language of VS Code. `{0}` and `{1}` are replaced. */
export interface PageStrings {
  pages: string;
  page: string;
  pageNumber: string;
  ofPages: string;
  previousPage: string;
  nextPage: string;
  zoomIn: string;
  zoomOut: string;
  fitWidth: string;
  rotate: string;
  find: string;
  findNext: string;
  findPrevious: string;
  closeFind: string;
  found: string;
  searching: string;
  notFound: string;
  answers: string;
  nextAnswer: string;
  previousAnswer: string;
  copyWithSource: string;
  clearAnswers: string;
  loading: string;
  encrypted: string;
  wrongPassword: string;
  password: string;
  open: string;
  damaged: string;
  pageFailed: string;
  noSuchPage: string;
  reload: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What a page says, checked; undefined: nothing that is understood. */
export function messageFromPage(value: unknown): FromPage | undefined {
  if (!isObject(value)) return undefined;
  switch (value.type) {
    case 'ready':
      return { type: 'ready' };
    case 'state': {
      const state = viewState(value.state);
      return state && { type: 'state', state };
    }
    case 'opened':
      return isNatural(value.pages) ? { type: 'opened', pages: value.pages } : undefined;
    case 'unreadable':
      return typeof value.detail === 'string' ? { type: 'unreadable', detail: value.detail.slice(0, 500) } : undefined;
    case 'asset': {
      const folder = ASSET_FOLDERS.find((each) => each === value.folder);
      const { id, name } = value;
      // Only names of files, no paths.
      if (!folder || !isNatural(id) || typeof name !== 'string' || !/^[\w-]+(\.\w+)?$/.test(name)) return undefined;
      return { type: 'asset', id, folder, name };
    }
    case 'act': {
      const acts = ['next', 'previous', 'copy', 'clear', 'reload'] as const;
      const act = acts.find((each) => each === value.act);
      return act && { type: 'act', act };
    }
    default:
      return undefined;
  }
}

/** A state that a page or an older version has written, checked. */
export function viewState(value: unknown): ViewState | undefined {
  if (!isObject(value)) return undefined;
  const { page, part, zoom } = value;
  const rotation = ([0, 90, 180, 270] as const).find((each) => each === value.rotation);
  const isZoom = zoom === 'auto' || zoom === 'width' || (typeof zoom === 'number' && zoom > 0 && zoom < 100);
  if (!isNatural(page) || page < 1 || typeof part !== 'number' || !(part >= 0 && part <= 1)) return undefined;
  return isZoom && rotation !== undefined ? { page, part, zoom: zoom as Zoom, rotation } : undefined;
}
