/** Slides of OpenDocument presentations, and pages of drawings. */

import { breathe } from '../../errors.js';
import { largest, smallest } from '../../text/arrays.js';
import { type ExtractedBuilder, proseOf } from '../builder.js';
import { child, elements, textOf, type XmlElement } from '../xml.js';
import type { OdfText } from './odf-text.js';
import { type Box, readingOrder } from './reading-order.js';

const MAX_SLIDES = 20_000;
const NOT_SHAPES = /^(?:presentation:notes|office:forms|anim:|draw:layer-set|presentation:footer-decl|svg:)/;

/** Points of the units of lengths. */
const UNITS: Readonly<Record<string, number>> = { cm: 28.35, mm: 2.835, in: 72, pt: 1, pc: 12, px: 0.75 };

export async function addSlides(
  builder: ExtractedBuilder,
  text: OdfText,
  pages: readonly XmlElement[],
  signal: AbortSignal | undefined,
  onProgress: ((done: number, total: number) => void) | undefined,
): Promise<void> {
  for (const [index, page] of pages.slice(0, MAX_SLIDES).entries()) {
    await breathe(signal);
    const slide = index + 1;
    text.place = { slide };
    builder.place(text.place);
    const shapes = shapesOf(page);
    const titles = shapes.filter(({ presentation }) => presentation === 'title');
    for (const { element } of titles) {
      const title = text
        .paragraphs(elements(element))
        .map((one) => one.text)
        .join(' ');
      builder.block('heading', title, 1);
    }
    for (const { element, presentation } of shapes) {
      if (presentation === 'title' || /^(?:page-number|footer|date-time|header)$/.test(presentation)) continue;
      text.block(element);
    }
    text.flush();
    const notes = child(page, 'presentation:notes');
    if (notes) {
      builder.place({ slide, part: 'notes' });
      for (const { element, presentation } of shapesOf(notes)) {
        if (/^(?:page|page-number|footer|date-time|header)$/.test(presentation)) continue;
        for (const one of text.paragraphs(elements(element))) builder.block('note', one.text);
      }
    }
    onProgress?.(slide, pages.length);
  }
}

interface Shape {
  element: XmlElement;
  /** Of a placeholder: "title", "outline"; '': another shape. */
  presentation: string;
  box: Box;
}

function shapesOf(page: XmlElement): Shape[] {
  const shapes: Shape[] = elements(page)
    .filter((one) => !NOT_SHAPES.test(one.name) && proseOf(textOf(one)) !== '')
    .map((element) => ({ element, presentation: element.attributes['presentation:class'] ?? '', box: boxOf(element) }));
  return readingOrder(shapes);
}

/** Of a group, the box around its shapes. */
function boxOf(element: XmlElement): Box {
  if (element.name === 'draw:g') {
    const boxes = elements(element).map(boxOf);
    const x = smallest(boxes.map((one) => one.x));
    const y = smallest(boxes.map((one) => one.y));
    const right = largest(boxes.map((one) => one.x + one.width));
    const bottom = largest(boxes.map((one) => one.y + one.height));
    return Number.isFinite(x + y) ? { x, y, width: right - x, height: bottom - y } : EMPTY;
  }
  const { attributes } = element;
  return {
    x: points(attributes['svg:x']),
    y: points(attributes['svg:y']),
    width: points(attributes['svg:width']),
    height: points(attributes['svg:height']),
  };
}

const EMPTY: Box = { x: 0, y: 0, width: 0, height: 0 };

function points(length: string | undefined): number {
  const match = /^(-?[\d.]+)(cm|mm|in|pt|pc|px)$/.exec(length ?? '');
  const value = match ? Number(match[1]) * UNITS[match[2]] : 0;
  return Number.isFinite(value) ? value : 0;
}
