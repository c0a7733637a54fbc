/**
 * PowerPoint presentations: slides in order, their shapes as a person reads them, tables, diagrams, charts, and notes.
 */

import { breathe } from '../../errors.js';
import { t } from '../../l10n.js';
import { largest } from '../../text/arrays.js';
import { isZip } from '../archive.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import type { FormatReader } from '../extracted.js';
import { formatNumber } from '../numbers.js';
import { addGrid, type GridCell, type GridRow } from '../table-rows.js';
import { attribute, child, descendants, elements, textOf, type XmlElement } from '../xml.js';
import { addChart, addDiagram, drawingText } from './drawing.js';
import { hasFolder, OfficePackage } from './package.js';
import { type Shape, shapesOf } from './pptx-shapes.js';

const MAX_SLIDES = 20_000;
const MAX_COLUMNS = 10_000;
const MAX_TITLE = 150;
const TITLES = new Set(['title', 'ctrTitle']);
/** Placeholders whose text is a list unless they say otherwise. */
const BODIES = new Set(['body', 'obj']);
const FURNITURE = new Set(['ftr', 'hdr', 'dt']);

export const pptxReader: FormatReader = {
  name: 'PowerPoint presentation',
  extensions: ['pptx', 'pptm', 'ppsx', 'ppsm', 'potx', 'potm'],
  recognises: (head, entries) => isZip(head) && hasFolder(entries, 'ppt'),
  async read(bytes, { signal, onProgress }) {
    const file = new OfficePackage(bytes);
    const main = file.main('ppt/presentation.xml');
    const slides = elements(child(file.part(main), 'p:sldIdLst'), 'p:sldId').slice(0, MAX_SLIDES);
    const presentation = new Presentation(file, main);
    for (const [index, { attributes }] of slides.entries()) {
      await breathe(signal);
      presentation.slide(index + 1, file.target(main, attributes['r:id']));
      onProgress?.(index + 1, slides.length);
    }
    presentation.furniture();
    if (file.isDamaged) presentation.builder.damaged();
    return presentation.builder.build();
  },
};

class Presentation {
  readonly builder = new ExtractedBuilder();
  readonly #models = new Map<string, XmlElement | undefined>();
  readonly #furniture = new Set<string>();
  readonly #authors = new Map<string, string>();

  constructor(
    readonly file: OfficePackage,
    main: string,
  ) {
    for (const type of ['commentAuthors', 'authors']) {
      for (const one of elements(file.part(file.related(main, type)[0]?.target))) {
        this.#authors.set(one.attributes.id ?? '', one.attributes.name ?? '');
      }
    }
  }

  slide(number: number, name: string | undefined): void {
    const root = this.file.part(name);
    if (!root || name === undefined) {
      this.file.damaged();
      return;
    }
    if (root.attributes.show === '0' || root.attributes.show === 'false') {
      this.builder.note(t('Slide {0} is hidden; it is read too.', number));
    }
    const layout = this.file.related(name, 'slideLayout')[0]?.target;
    const master = layout === undefined ? undefined : this.file.related(layout, 'slideMaster')[0]?.target;
    const shapes = shapesOf(root, [this.#model(layout), this.#model(master)]);
    this.builder.place({ slide: number });
    const titles = shapes.filter(({ placeholder }) => TITLES.has(placeholder ?? ''));
    const found = titles.some(({ element }) => proseOf(textOf(element)) !== '') ? titles : largestShape(shapes);
    for (const shape of found) this.#title(shape);
    for (const shape of shapes) if (!found.includes(shape)) this.#shape(shape, name);
    this.#notes(number, name);
    this.#comments(number, name);
  }

  #model(name: string | undefined): XmlElement | undefined {
    if (name === undefined) return undefined;
    if (!this.#models.has(name)) this.#models.set(name, this.file.part(name));
    return this.#models.get(name);
  }

  #title({ element }: Shape): void {
    const text = elements(child(element, 'p:txBody'), 'a:p').map((one) => drawingText(one).text);
    this.builder.block('heading', text.join(' '), 1);
  }

  #shape({ element, placeholder }: Shape, slide: string): void {
    const body = child(element, 'p:txBody');
    if (placeholder === 'sldNum') return;
    if (placeholder !== undefined && FURNITURE.has(placeholder)) {
      const text = proseOf(
        elements(body, 'a:p')
          .map((one) => drawingText(one).text)
          .join(' '),
      );
      if (text !== '') this.#furniture.add(text);
      return;
    }
    if (element.name === 'p:graphicFrame') this.#graphic(element, slide);
    else if (body) this.#paragraphs(body, BODIES.has(placeholder ?? ''));
  }

  #paragraphs(body: XmlElement, isBody: boolean): void {
    const paragraphs = elements(body, 'a:p').filter((one) => proseOf(textOf(one)) !== '');
    /** By level: how many items of an automatic numbering were shown. */
    const counts: number[] = [];
    for (const paragraph of paragraphs) {
      const properties = child(paragraph, 'a:pPr');
      const level = Math.min(8, Math.max(0, Number(properties?.attributes.lvl) || 0));
      const numbering = child(properties, 'a:buAutoNum');
      const isItem =
        numbering !== undefined ||
        child(properties, 'a:buChar') !== undefined ||
        (isBody && paragraphs.length > 1 && child(properties, 'a:buNone') === undefined);
      counts.length = level + 1;
      if (numbering) counts[level] = (counts[level] ?? (Number(numbering.attributes.startAt) || 1) - 1) + 1;
      const label = numbering ? `${autoNumber(counts[level], numbering.attributes.type ?? '')} ` : '';
      const { text } = drawingText(paragraph);
      if (isItem) this.builder.block('listItem', label + text, level + 1);
      else this.builder.block('paragraph', text);
    }
  }

  #graphic(frame: XmlElement, slide: string): void {
    const data = child(frame, 'a:graphic', 'a:graphicData');
    for (const one of elements(data)) {
      if (one.name === 'a:tbl') addGrid(this.builder, gridOf(one));
      else if (one.name === 'dgm:relIds') addDiagram(this.builder, this.#related(slide, one.attributes['r:dm']));
      else if (one.name === 'c:chart') addChart(this.builder, this.#related(slide, one.attributes['r:id']));
    }
  }

  #related(slide: string, id: string | undefined): XmlElement | undefined {
    return this.file.part(this.file.target(slide, id));
  }

  #notes(number: number, slide: string): void {
    for (const { target } of this.file.related(slide, 'notesSlide')) {
      const root = this.file.part(target);
      if (!root) continue;
      this.builder.place({ slide: number, part: 'notes' });
      for (const { element, placeholder } of shapesOf(root, [])) {
        if (placeholder !== 'body' && placeholder !== undefined) continue;
        for (const paragraph of elements(child(element, 'p:txBody'), 'a:p')) {
          this.builder.block('note', drawingText(paragraph).text);
        }
      }
    }
  }

  #comments(number: number, slide: string): void {
    for (const { target, type } of this.file.related(slide)) {
      if (type !== 'comments' && type !== 'comment') continue;
      const root = this.file.part(target);
      if (!root) continue;
      for (const comment of elements(root)) {
        const author = this.#authors.get(comment.attributes.authorId ?? '') ?? '';
        const plain = child(comment, 'p:text');
        const text = plain
          ? textOf(plain)
          : descendants(comment, 'a:p')
              .map((one) => drawingText(one).text)
              .join(' ');
        if (proseOf(text) === '') continue;
        this.builder.place({ slide: number, part: 'comments' });
        this.builder.block('comment', author ? `${author}: ${text}` : text);
      }
    }
  }

  /** Headers and footers of the slides, each text once. */
  furniture(): void {
    for (const text of this.#furniture) {
      this.builder.place({ part: 'footer' });
      this.builder.block('furniture', text);
    }
  }
}

/** Of a slide without a title: the short text in the largest letters. */
function largestShape(shapes: readonly Shape[]): Shape[] {
  let best: Shape | undefined;
  let most = 0;
  let isAlone = false;
  for (const shape of shapes) {
    if (shape.placeholder !== undefined && !BODIES.has(shape.placeholder)) continue;
    const body = child(shape.element, 'p:txBody');
    const size = body
      ? Math.max(0, largest(descendants(body, 'a:rPr').map(({ attributes }) => Number(attributes.sz) || 0)))
      : 0;
    if (size === 0 || proseOf(textOf(body!)) === '') continue;
    if (size > most) {
      best = shape;
      most = size;
      isAlone = true;
    } else if (size === most) isAlone = false;
  }
  return best && isAlone && proseOf(textOf(best.element)).length <= MAX_TITLE ? [best] : [];
}

function gridOf(table: XmlElement): GridRow[] {
  const first = table.children.length > 0 ? attribute(table, 'firstRow', 'a:tblPr') : undefined;
  return elements(table, 'a:tr').map((row, index) => {
    const cells: GridCell[] = [];
    for (const [column, one] of elements(row, 'a:tc').slice(0, MAX_COLUMNS).entries()) {
      // A cell that another one extends over.
      if (isTrue(one.attributes.hMerge) || isTrue(one.attributes.vMerge)) continue;
      const texts = elements(child(one, 'a:txBody'), 'a:p').map(drawingText);
      const shown = texts.filter(({ text }) => text.trim() !== '');
      const cell: GridCell = { column, text: proseOf(shown.map(({ text }) => text).join(' ')) };
      const [columns, rows] = [Number(one.attributes.gridSpan), Number(one.attributes.rowSpan)];
      if (shown.length > 1) cell.paragraphs = shown.map(({ text }) => text);
      if (columns > 1 && columns <= MAX_COLUMNS) cell.columns = columns;
      if (rows > 1 && rows <= 100_000) cell.rows = rows;
      if (shown.length > 0 && shown.every(({ isBold }) => isBold)) cell.isBold = true;
      cells.push(cell);
    }
    return index === 0 && isTrue(first) ? { cells, isHeader: true } : { cells };
  });
}

const isTrue = (value: string | undefined): boolean => value === '1' || value === 'true';

/** "1.", "(a)", "iv)": as PowerPoint names its numberings. */
function autoNumber(value: number, type: string): string {
  const format = type.startsWith('alphaLc')
    ? 'lowerLetter'
    : type.startsWith('alphaUc')
      ? 'upperLetter'
      : type.startsWith('romanLc')
        ? 'lowerRoman'
        : type.startsWith('romanUc')
          ? 'upperRoman'
          : 'decimal';
  const number = formatNumber(value, format);
  if (type.endsWith('ParenBoth')) return `(${number})`;
  if (type.endsWith('ParenR')) return `${number})`;
  return type.endsWith('Plain') ? number : `${number}.`;
}
