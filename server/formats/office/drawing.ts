/** What Word, Excel and PowerPoint have in common: paragraphs of shapes, diagrams, charts. */
import { append } from '../../text/arrays.js';
import type { ExtractedBuilder, NewRow } from '../builder.js';
import { child, descendants, elements, isOn, textOf, type XmlElement } from '../xml.js';

/** Points of a chart's series. */
const MAX_POINTS = 10_000;

/** Characters that Office writes as _xHHHH_, as XML cannot have them. */
export const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text;

export interface DrawingText {
  text: string;
  isBold: boolean;
}

/** The text of a paragraph (`a:p`); a line break is a space, a slide's number nothing. */
export function drawingText(paragraph: XmlElement): DrawingText {
  let text = '';
  let isBold = true;
  const visit = (node: XmlElement): void => {
    for (const one of elements(node)) {
      if (one.name === 'a:br') text += ' ';
      else if (one.name === 'a:fld' && one.attributes.type === 'slidenum') continue;
      else if (one.name === 'a:t' || one.name === 'm:t') text += unescaped(textOf(one));
      else if (one.name === 'a:r') {
        const bold = child(one, 'a:rPr')?.attributes.b;
        if (textOf(one).trim() !== '') isBold &&= bold === '1' || bold === 'true';
        visit(one);
      } else if (one.name === 'mc:AlternateContent') visit(child(one, 'mc:Choice') ?? one);
      else if (!/^a:(?:pPr|rPr|endParaRPr)$/.test(one.name)) visit(one);
    }
  };
  visit(paragraph);
  return { text, isBold: isBold && text.trim() !== '' };
}

/** Adds the texts of a diagram (SmartArt). @param root of its data part */
export function addDiagram(builder: ExtractedBuilder, root: XmlElement | undefined): void {
  if (!root) return;
  const points = new Map(descendants(root, 'dgm:pt').map((one) => [one.attributes.modelId ?? '', one]));
  /** By parent: its parts in their order. */
  const parts = new Map<string, { order: number; id: string }[]>();
  for (const { attributes } of descendants(root, 'dgm:cxn')) {
    if (attributes.type !== undefined && attributes.type !== 'parOf') continue;
    const one = { order: Number(attributes.srcOrd) || 0, id: attributes.destId ?? '' };
    const known = parts.get(attributes.srcId ?? '');
    if (known) known.push(one);
    else parts.set(attributes.srcId ?? '', [one]);
  }
  const roots = [...points].filter(([, one]) => one.attributes.type === 'doc').map(([id]) => id);
  // What hangs on nothing comes last; the next one is taken from the end.
  const open = [...roots, ...points.keys()].reverse();
  const seen = new Set<string>();
  while (open.length > 0) {
    const id = open.pop()!;
    const point = points.get(id);
    if (!point || seen.has(id)) continue;
    seen.add(id);
    for (const paragraph of descendants(point, 'a:p')) builder.block('paragraph', drawingText(paragraph).text);
    const inner = (parts.get(id) ?? []).sort((one, other) => other.order - one.order);
    append(
      open,
      inner.map((one) => one.id),
    );
  }
}

/** Adds a chart: its title, and its values as a table. @param root of its part */
export function addChart(builder: ExtractedBuilder, root: XmlElement | undefined): void {
  const chart = child(root, 'c:chart');
  if (!chart) return;
  const title = child(chart, 'c:title');
  const titled = title && descendants(title, 'a:p').map((one) => drawingText(one).text);
  if (titled && titled.length > 0) builder.block('paragraph', titled.join(' '));
  const series = descendants(chart, 'c:ser').slice(0, 1000);
  const names: { column: number; text: string }[] = [];
  const rows = new Map<number, { column: number; text: string }[]>();
  for (const [index, one] of series.entries()) {
    const name = child(one, 'c:tx');
    if (name) names.push({ column: index + 1, text: [...pointsOf(name).values()].join(' ') });
    const categories = pointsOf(child(one, 'c:cat') ?? child(one, 'c:xVal'));
    for (const [at, value] of pointsOf(child(one, 'c:val') ?? child(one, 'c:yVal'))) {
      let row = rows.get(at);
      if (!row) {
        row = [{ column: 0, text: categories.get(at) ?? '' }];
        rows.set(at, row);
      }
      row.push({ column: index + 1, text: value });
    }
  }
  const values: NewRow[] = [...rows]
    .sort(([one], [other]) => one - other)
    .map(([, cells]) => ({ kind: 'values', cells }));
  builder.table([{ kind: 'names', cells: names }, ...values]);
}

/** The stored points of a series, by their index. */
function pointsOf(element: XmlElement | undefined): Map<number, string> {
  const points = new Map<number, string>();
  if (!element) return points;
  const all = descendants(element, 'c:pt');
  for (const one of all.slice(0, MAX_POINTS)) {
    const value = child(one, 'c:v');
    if (value) points.set(Number(one.attributes.idx) || 0, rounded(textOf(value)));
  }
  if (all.length === 0) {
    const value = child(element, 'c:v');
    if (value) points.set(0, textOf(value));
  }
  return points;
}

/** Without the digits that only binary fractions have. */
function rounded(text: string): string {
  const value = Number(text);
  return /^-?\d+\.\d{10,}/.test(text) && Number.isFinite(value) ? String(Number(value.toPrecision(12))) : text;
}

/** Whether a shape is not shown. */
export const isHiddenShape = (properties: XmlElement | undefined): boolean =>
  properties !== undefined && 'hidden' in properties.attributes && isOn(properties, 'hidden');
