/** One page: its canvas, the text over it, and the marks of answers and of what was found. */
import { type PDFPageProxy, type RenderTask, TextLayer } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { ItemRange } from './find-text.js';
import { canvasRatio, type Rect, type Size } from './geometry.js';

/** How a page is to be drawn. */
export interface Look {
  size: Size;
  /** CSS pixels of a point. */
  scale: number;
  /** Turned by the user. */
  rotation: number;
  /** Pixels of the screen for a CSS pixel. */
  ratio: number;
  /** In themes of high contrast; undefined: those of the file. */
  colors: { background: string; foreground: string } | undefined;
}

export interface Mark {
  rects: readonly Rect[];
  grade: 'sure' | 'unsure' | 'guess';
  isBest: boolean;
  isCurrent: boolean;
}

export interface FoundMark {
  ranges: readonly ItemRange[];
  isCurrent: boolean;
}

const keyOf = ({ size, rotation, ratio, colors }: Look): string =>
  JSON.stringify([size.width, size.height, rotation, ratio, colors?.background, colors?.foreground]);

export class PageElement {
  readonly element = document.createElement('div');
  readonly #canvasHolder = layer('canvas');
  readonly #foundLayer = layer('found-layer');
  readonly #marksLayer = layer('marks');
  readonly #message = document.createElement('p');
  #text: { layer: TextLayer; element: HTMLElement; rotation: number } | undefined;
  #task: { render: RenderTask; key: string } | undefined;
  #userUnit = 1;
  #scale = 1;
  #isFreed = false;
  #drawn = '';
  #found: readonly FoundMark[] = [];

  constructor(label: string) {
    this.element.className = 'page';
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', label);
    this.#message.hidden = true;
    this.element.append(this.#canvasHolder, this.#marksLayer, this.#foundLayer, this.#message);
  }

  /** @param top, left in CSS pixels in the column @param scale CSS pixels of a point */
  place(top: number, left: number, { width, height }: Size, scale: number): void {
    this.#scale = scale;
    const { style } = this.element;
    style.top = `${top}px`;
    style.left = `${left}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
    this.#scaleText();
  }

  /** The text over the page is laid out by this factor. */
  #scaleText(): void {
    this.element.style.setProperty('--total-scale-factor', String(this.#scale * this.#userUnit));
  }

  /** Stops drawing that is no longer wanted like this. */
  cancelUnless(look: Look): void {
    if (this.#task && this.#task.key !== keyOf(look)) this.#task.render.cancel();
  }

  isDrawn(look: Look): boolean {
    return this.#drawn === keyOf(look);
  }

  /** Draws the page, unless `free` is called before. @throws errors of pdf.js */
  async draw(page: PDFPageProxy, look: Look): Promise<void> {
    const { size, rotation, colors } = look;
    const viewport = page.getViewport({ scale: look.scale, rotation: (page.rotate + rotation) % 360 });
    const canvas = document.createElement('canvas');
    const ratio = canvasRatio(size, look.ratio);
    canvas.width = Math.max(1, Math.round(size.width * ratio));
    canvas.height = Math.max(1, Math.round(size.height * ratio));
    const transform = [canvas.width / viewport.width, 0, 0, canvas.height / viewport.height, 0, 0];
    const render = page.render({ canvas, viewport, transform, ...(colors && { pageColors: colors }) });
    const task = { render, key: keyOf(look) };
    this.#task = task;
    // A busy page must not keep the view from answering to keys.
    render.onContinue = (go: () => void) => setTimeout(go);
    try {
      await render.promise;
    } catch (error) {
      canvas.width = canvas.height = 0;
      throw error;
    } finally {
      if (this.#task === task) this.#task = undefined;
    }
    if (this.#isFreed) return;
    this.#emptyCanvas();
    this.#canvasHolder.append(canvas);
    this.#message.hidden = true;
    this.#userUnit = page.userUnit;
    this.#scaleText();
    await this.#drawText(page, viewport, rotation);
    this.#drawn = keyOf(look);
    this.#showFound();
  }

  async #drawText(page: PDFPageProxy, viewport: ReturnType<PDFPageProxy['getViewport']>, rotation: number) {
    if (this.#text?.rotation === rotation) {
      this.#text.layer.update({ viewport });
      return;
    }
    this.#removeText();
    const element = document.createElement('div');
    element.className = 'textLayer';
    const text = new TextLayer({ textContentSource: page.streamTextContent(), container: element, viewport });
    const made = { layer: text, element, rotation };
    this.#text = made;
    this.#foundLayer.before(element);
    await text.render();
    if (this.#text !== made) return;
    // Below the text: a selection that is drawn over the margin goes to the end of what is above it.
    const end = document.createElement('div');
    end.className = 'end';
    element.append(end);
  }

  /** Instead of the page. */
  fail(text: string, look: Look): void {
    this.#message.textContent = text;
    this.#message.hidden = false;
    this.#drawn = keyOf(look);
  }

  setMarks(marks: readonly Mark[]): void {
    const boxes = marks.flatMap(({ rects, grade, isBest, isCurrent }) => {
      const classes = ['mark', isBest ? 'best' : 'alternative', grade, ...(isCurrent ? ['current'] : [])];
      return rects.map((rect) => boxOf(rect, classes.join(' ')));
    });
    this.#marksLayer.replaceChildren(...boxes);
  }

  setFound(found: readonly FoundMark[]): void {
    this.#found = found;
    this.#showFound();
  }

  /** Where found words are is known from the text over the page, once it is there. */
  #showFound(): void {
    const divs = this.#text?.layer.textDivs;
    const page = this.element.getBoundingClientRect();
    if (!divs || this.#found.length === 0 || page.width === 0) {
      this.#foundLayer.replaceChildren();
      return;
    }
    const boxes = this.#found.flatMap(({ ranges, isCurrent }) =>
      ranges.flatMap(({ item, from, to }) => {
        const node = divs[item]?.firstChild;
        if (!(node instanceof Text) || from >= node.length) return [];
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, Math.min(to, node.length));
        const { left, top, width, height } = range.getBoundingClientRect();
        const rect: Rect = {
          left: (left - page.left) / page.width,
          top: (top - page.top) / page.height,
          width: width / page.width,
          height: height / page.height,
        };
        return [boxOf(rect, `found${isCurrent ? ' current' : ''}`)];
      }),
    );
    this.#foundLayer.replaceChildren(...boxes);
  }

  /** Where the current one of the found is, in CSS pixels from the top of the page; undefined: not drawn yet. */
  get currentFound(): { top: number; height: number } | undefined {
    const box = this.#foundLayer.querySelector<HTMLElement>('.current');
    return box ? { top: box.offsetTop, height: box.offsetHeight } : undefined;
  }

  get hasSelection(): boolean {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && selection.containsNode(this.element, true);
  }

  /** Gives the memory of the canvas back; the page can be drawn again. */
  free(): void {
    this.#isFreed = true;
    this.#task?.render.cancel();
    this.#task = undefined;
    this.#emptyCanvas();
    this.#removeText();
    this.#drawn = '';
    this.element.remove();
  }

  #emptyCanvas(): void {
    for (const canvas of this.#canvasHolder.querySelectorAll('canvas')) canvas.width = canvas.height = 0;
    this.#canvasHolder.replaceChildren();
  }

  #removeText(): void {
    this.#text?.layer.cancel();
    this.#text?.element.remove();
    this.#text = undefined;
  }
}

/** A layer that assistive technology does not read. */
function layer(name: string): HTMLElement {
  const made = document.createElement('div');
  made.className = name;
  made.setAttribute('aria-hidden', 'true');
  return made;
}

function boxOf({ left, top, width, height }: Rect, name: string): HTMLElement {
  const box = document.createElement('div');
  box.className = name;
  const percent = (part: number) => `${100 * part}%`;
  const { style } = box;
  style.left = percent(left);
  style.top = percent(top);
  style.width = percent(width);
  style.height = percent(height);
  return box;
}
