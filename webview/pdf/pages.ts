/** The column of pages: only those near the view are in the document, and they are drawn one after the other. */

import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { smallest } from '../../server/text/arrays.js';
import type { Rotation, ViewState, Zoom } from '../../src/page-view/messages.js';
import { POINT, type Rect, type Size, scaleOf, shownSize, steppedZoom } from './geometry.js';
import { type Anchor, GAP, Layout, ScrollScale } from './layout.js';
import { type FoundMark, type Look, type Mark, PageElement } from './page-element.js';

/** As wide as the view, but not larger than this. */
const AUTO_ZOOM = 1.25;
const MIN_ZOOM = 0.1;
const MAX_ZOOM = 5;
/** Heights of the view, above and below it, in which pages are drawn. */
const AHEAD = 1;
/** Most pages in the document, also those that a selection keeps. */
const MAX_KEPT = 60;

export interface PagesParts {
  scroller: HTMLElement;
  column: HTMLElement;
  labelOf(page: number): string;
  failureOf(page: number, detail: string): string;
  marksOf(page: number, size: Size, rotation: Rotation): Mark[];
  foundOf(page: number): FoundMark[];
  colors(): Look['colors'];
  /** The view was scrolled, zoomed or turned. */
  onView(): void;
}

export class Pages {
  readonly #parts: PagesParts;
  readonly #pdf: PDFDocumentProxy;
  readonly #abort = new AbortController();
  /** In points; of the first page until the page was near the view. */
  readonly #sizes: Size[];
  readonly #known = new Map<number, PDFPageProxy>();
  readonly #elements = new Map<number, PageElement>();
  #zoom: Zoom;
  /** The factor that `#zoom` means. */
  #factor = 1;
  #rotation: Rotation;
  #layout: Layout;
  #scale: ScrollScale;
  /** Those who wait for a page to be drawn, or to leave the view before that. */
  readonly #waiting = new Map<number, (() => void)[]>();
  #isDrawing = false;
  #frame = 0;

  private constructor(pdf: PDFDocumentProxy, first: Size, parts: PagesParts, state: ViewState | undefined) {
    this.#pdf = pdf;
    this.#parts = parts;
    this.#sizes = new Array<Size>(pdf.numPages).fill(first);
    this.#zoom = state?.zoom ?? 'auto';
    this.#rotation = state?.rotation ?? 0;
    const index = Math.min((state?.page ?? 1) - 1, pdf.numPages - 1);
    this.#fit(index);
    this.#layout = this.#layoutNow();
    this.#scale = new ScrollScale(this.#layout.height, parts.scroller.clientHeight);
    const { signal } = this.#abort;
    parts.scroller.addEventListener('scroll', () => this.#later(), { signal, passive: true });
    const observer = new ResizeObserver(() => {
      const anchor = this.#anchor;
      this.#fit(anchor.index);
      this.#relayout(anchor);
    });
    observer.observe(parts.scroller);
    signal.addEventListener('abort', () => observer.disconnect());
    this.#relayout({ index, part: state?.part ?? 0 });
  }

  static async show(pdf: PDFDocumentProxy, parts: PagesParts, state: ViewState | undefined): Promise<Pages> {
    const first = await pdf.getPage(1).then(sizeOf, () => ({ width: 612, height: 792 }));
    return new Pages(pdf, first, parts, state);
  }

  get count(): number {
    return this.#sizes.length;
  }

  /** From 1: the page in the upper part of the view. */
  get current(): number {
    return this.#layout.at(this.#top + this.#parts.scroller.clientHeight / 3) + 1;
  }

  get zoom(): number {
    return this.#factor;
  }

  get state(): ViewState {
    const { index, part } = this.#layout.anchorAt(this.#top);
    return { page: index + 1, part, zoom: this.#zoom, rotation: this.#rotation };
  }

  setZoom(zoom: Zoom): void {
    const anchor = this.#anchor;
    this.#zoom = zoom;
    this.#fit(anchor.index);
    this.#relayout(anchor);
  }

  stepZoom(step: 1 | -1): void {
    this.setZoom(steppedZoom(this.#factor, step));
  }

  rotate(): void {
    const anchor = this.#anchor;
    this.#rotation = ((this.#rotation + 90) % 360) as Rotation;
    this.#fit(anchor.index);
    this.#relayout(anchor);
  }

  /** @param page from 1 */
  goTo(page: number): void {
    this.#scrollTo(this.#layout.topOf(page - 1) - GAP / 2);
  }

  /** Scrolls to a part of a page, unless it is in view. @param rect as fractions of the page as it is displayed */
  async reveal(page: number, rect: (size: Size, rotation: Rotation) => Rect): Promise<void> {
    await this.#learn(page - 1);
    const { height } = this.#layout.sizeOf(page - 1);
    const { top, height: high } = rect(this.#sizes[page - 1] ?? { width: 1, height: 1 }, this.#rotation);
    this.revealAt(page, top * height, high * height);
  }

  /** @param top, height in CSS pixels from the top of the page */
  revealAt(page: number, top: number, height: number): void {
    const y = this.#layout.topOf(page - 1) + top;
    const view = this.#parts.scroller.clientHeight;
    const isInView = y >= this.#top + GAP && y + height <= this.#top + view - GAP;
    if (!isInView) this.#scrollTo(y - Math.max(GAP, (view - height) / 3));
  }

  /** @param page from 1; it should be near the view */
  async drawn(page: number): Promise<void> {
    const index = page - 1;
    if (this.#elements.get(index)?.isDrawn(this.#lookOf(index))) return;
    await new Promise<void>((resolve) => {
      this.#waiting.set(index, [...(this.#waiting.get(index) ?? []), resolve]);
    });
  }

  #wake(index: number): void {
    for (const resolve of this.#waiting.get(index) ?? []) resolve();
    this.#waiting.delete(index);
  }

  elementOf(page: number): PageElement | undefined {
    return this.#elements.get(page - 1);
  }

  /** Marks or colours have changed. */
  refresh(): void {
    for (const [index, element] of this.#elements) this.#mark(index, element);
    this.#later();
  }

  /** Text of a page, from 1. @throws errors of pdf.js */
  async textOf(page: number): Promise<{ str: string; hasEOL: boolean }[]> {
    const proxy = await this.#pdf.getPage(page);
    const { items } = await proxy.getTextContent();
    if (!this.#elements.has(page - 1)) proxy.cleanup();
    return items.flatMap((item) => ('str' in item ? [{ str: item.str, hasEOL: item.hasEOL }] : []));
  }

  get #top(): number {
    return this.#scale.toColumn(this.#parts.scroller.scrollTop);
  }

  get #anchor(): Anchor {
    return this.#layout.anchorAt(this.#top);
  }

  /** Decides the zoom factor; a page that is as wide as the view is the one at the top. */
  #fit(index: number): void {
    const { width, height } = this.#sizes[index] ?? { width: 612, height: 792 };
    const points = this.#rotation % 180 === 0 ? width : height;
    const fitting = (this.#parts.scroller.clientWidth - 2 * GAP) / (points * POINT);
    const factor = { auto: Math.min(AUTO_ZOOM, fitting), width: fitting }[this.#zoom] ?? Number(this.#zoom);
    this.#factor = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, factor));
  }

  #layoutNow(): Layout {
    return new Layout(this.#sizes.map((size) => shownSize(size, this.#factor, this.#rotation)));
  }

  /** Sizes have changed; what is at the top of the view, and in its middle sideways, stays there. */
  #relayout(anchor: Anchor): void {
    const { scroller, column } = this.#parts;
    const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / Math.max(1, column.offsetWidth);
    this.#layout = this.#layoutNow();
    this.#scale = new ScrollScale(this.#layout.height, scroller.clientHeight);
    column.style.height = `${this.#scale.scrolled}px`;
    column.style.width = `${Math.max(this.#layout.width, scroller.clientWidth)}px`;
    scroller.scrollLeft = middle * column.offsetWidth - scroller.clientWidth / 2;
    this.#scrollTo(this.#layout.yOf(anchor));
    this.#update();
  }

  #scrollTo(y: number): void {
    this.#parts.scroller.scrollTop = this.#scale.toScrollTop(Math.max(0, y));
    this.#later();
  }

  #later(): void {
    this.#frame ||= requestAnimationFrame(() => this.#update());
  }

  /** Puts the pages near the view into the document, takes the others out, and draws. */
  #update(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#abort.signal.aborted) return;
    const { scroller } = this.#parts;
    const view = scroller.clientHeight;
    const first = this.#layout.at(this.#top - AHEAD * view);
    const last = this.#layout.at(this.#top + (1 + AHEAD) * view);
    for (const [index, element] of this.#elements) {
      const isNear = index >= first && index <= last;
      if (isNear || (element.hasSelection && this.#elements.size < MAX_KEPT)) continue;
      element.free();
      this.#elements.delete(index);
      this.#known.get(index)?.cleanup();
      this.#wake(index);
    }
    for (let index = first; index <= last; index++) {
      if (!this.#elements.has(index)) this.#add(index);
    }
    const offset = this.#scale.isOneToOne ? 0 : scroller.scrollTop - this.#top;
    const width = Math.max(this.#layout.width, scroller.clientWidth);
    for (const [index, element] of this.#elements) {
      const size = this.#layout.sizeOf(index);
      const scale = scaleOf(this.#sizes[index] ?? size, this.#factor);
      const top = this.#layout.topOf(index) + offset;
      element.cancelUnless(this.#lookOf(index));
      element.place(top, Math.round((width - size.width) / 2), size, scale);
    }
    this.#parts.onView();
    void this.#draw();
  }

  #add(index: number): void {
    const element = new PageElement(this.#parts.labelOf(index + 1));
    this.#elements.set(index, element);
    this.#mark(index, element);
    // In the order of the pages, for those who have them read.
    const after = [...this.#elements.keys()].filter((each) => each > index);
    const next = after.length > 0 ? this.#elements.get(smallest(after)) : undefined;
    this.#parts.column.insertBefore(element.element, next?.element ?? null);
  }

  #mark(index: number, element: PageElement): void {
    const size = this.#sizes[index];
    if (size) element.setMarks(this.#parts.marksOf(index + 1, size, this.#rotation));
    element.setFound(this.#parts.foundOf(index + 1));
  }

  /** The page, with its own size. @throws errors of pdf.js */
  async #learn(index: number): Promise<PDFPageProxy> {
    const known = this.#known.get(index);
    if (known) return known;
    const page = await this.#pdf.getPage(index + 1);
    this.#known.set(index, page);
    const size = sizeOf(page);
    const before = this.#sizes[index];
    if (before && (before.width !== size.width || before.height !== size.height)) {
      this.#sizes[index] = size;
      this.#relayout(this.#anchor);
    }
    const element = this.#elements.get(index);
    if (element) this.#mark(index, element);
    return page;
  }

  /** Draws what is near the view, the nearest first, until there is nothing to draw. */
  async #draw(): Promise<void> {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    try {
      for (let next = this.#toDraw(); next && !this.#abort.signal.aborted; next = this.#toDraw()) {
        const [index, element] = next;
        await this.#drawOne(index, element);
        if (element.isDrawn(this.#lookOf(index))) this.#wake(index);
      }
    } finally {
      this.#isDrawing = false;
    }
  }

  async #drawOne(index: number, element: PageElement): Promise<void> {
    try {
      const page = await this.#learn(index);
      if (this.#elements.get(index) === element) await element.draw(page, this.#lookOf(index));
    } catch (error) {
      // Cancelled: it is no longer near the view, or is to be drawn in another size.
      const isCancelled = error instanceof Error && error.name === 'RenderingCancelledException';
      if (isCancelled || this.#abort.signal.aborted || this.#elements.get(index) !== element) return;
      const detail = error instanceof Error ? error.message : String(error);
      element.fail(this.#parts.failureOf(index + 1, detail), this.#lookOf(index));
    }
  }

  #toDraw(): [number, PageElement] | undefined {
    const middle = this.#layout.at(this.#top + this.#parts.scroller.clientHeight / 2);
    const waiting = [...this.#elements].filter(([index, element]) => !element.isDrawn(this.#lookOf(index)));
    return waiting.sort(([a], [b]) => Math.abs(a - middle) - Math.abs(b - middle))[0];
  }

  #lookOf(index: number): Look {
    const size = this.#layout.sizeOf(index);
    const scale = scaleOf(this.#sizes[index] ?? size, this.#factor);
    return { size, scale, rotation: this.#rotation, ratio: devicePixelRatio, colors: this.#parts.colors() };
  }

  close(): void {
    this.#abort.abort();
    cancelAnimationFrame(this.#frame);
    for (const element of this.#elements.values()) element.free();
    this.#elements.clear();
  }
}

/** Size in points of the page as it is shown. */
function sizeOf(page: PDFPageProxy): Size {
  const { width, height } = page.getViewport({ scale: 1 });
  return { width: Math.max(1, width), height: Math.max(1, height) };
}
