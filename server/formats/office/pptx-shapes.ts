/** The shapes of a slide with their places, groups resolved, in reading order. */
import { largest, smallest } from '../../text/arrays.js';
import { attribute, child, elements, type XmlElement } from '../xml.js';
import { chosen } from './docx-text.js';
import { isHiddenShape } from './drawing.js';
import { type Box, readingOrder } from './reading-order.js';

export interface Shape {
  element: XmlElement;
  /** Of a placeholder: "title", "body", "ftr"; without a type "obj"; undefined: no placeholder. */
  placeholder?: string;
  box: Box;
}

interface Transform {
  x: number;
  y: number;
  scaleX: number;
  scaleY: number;
}
const IDENTITY: Transform = { x: 0, y: 0, scaleX: 1, scaleY: 1 };

/**
 * @param root of the slide
 * @param models its layout and master, which say where its placeholders stand
 */
export function shapesOf(root: XmlElement, models: readonly (XmlElement | undefined)[]): Shape[] {
  return inGroup(child(root, 'p:cSld', 'p:spTree'), IDENTITY, models);
}

function inGroup(
  tree: XmlElement | undefined,
  transform: Transform,
  models: readonly (XmlElement | undefined)[],
): Shape[] {
  const items: { box: Box; shapes: Shape[] }[] = [];
  const visit = (one: XmlElement): void => {
    if (one.name === 'mc:AlternateContent') for (const each of chosen(one)) visit(each);
    else if (one.name === 'p:grpSp') {
      if (isHiddenShape(child(one, 'p:nvGrpSpPr', 'p:cNvPr'))) return;
      const own = child(one, 'p:grpSpPr', 'a:xfrm');
      const shapes = inGroup(one, inner(own, transform), models);
      if (shapes.length > 0) items.push({ box: boxOf(own, transform) ?? around(shapes), shapes });
    } else if (one.name === 'p:sp' || one.name === 'p:graphicFrame') {
      const properties = child(one, one.name === 'p:sp' ? 'p:nvSpPr' : 'p:nvGraphicFramePr');
      if (isHiddenShape(child(properties, 'p:cNvPr'))) return;
      const place = child(properties, 'p:nvPr', 'p:ph');
      const own = boxOf(child(one, 'p:spPr', 'a:xfrm') ?? child(one, 'p:xfrm'), transform);
      const box = own ?? (place ? placeOf(place, models) : undefined) ?? { x: 0, y: 0, width: 0, height: 0 };
      const shape: Shape = { element: one, box };
      if (place) shape.placeholder = place.attributes.type ?? 'obj';
      items.push({ box, shapes: [shape] });
    }
  };
  for (const one of elements(tree)) visit(one);
  return readingOrder(items).flatMap(({ shapes }) => shapes);
}

/** The box of a placeholder in the layout, else in the master. */
function placeOf({ attributes }: XmlElement, models: readonly (XmlElement | undefined)[]): Box | undefined {
  const { idx, type } = attributes;
  for (const model of models) {
    const all = elements(child(model, 'p:cSld', 'p:spTree'), 'p:sp').map((shape) => ({
      shape,
      place: child(shape, 'p:nvSpPr', 'p:nvPr', 'p:ph')?.attributes,
    }));
    const same =
      (idx === undefined ? undefined : all.find(({ place }) => place?.idx === idx)) ??
      all.find(({ place }) => place && kindOf(place.type) === kindOf(type));
    const box = same && boxOf(child(same.shape, 'p:spPr', 'a:xfrm'), IDENTITY);
    if (box) return box;
  }
  return undefined;
}

const kindOf = (type: string | undefined): string =>
  type === 'ctrTitle' ? 'title' : type === undefined || type === 'obj' || type === 'subTitle' ? 'body' : type;

function boxOf(transform: XmlElement | undefined, { x, y, scaleX, scaleY }: Transform): Box | undefined {
  const [left, top] = [numberOf(transform, 'x', 'a:off'), numberOf(transform, 'y', 'a:off')];
  const [width, height] = [numberOf(transform, 'cx', 'a:ext'), numberOf(transform, 'cy', 'a:ext')];
  if (left === undefined || top === undefined) return undefined;
  return { x: x + left * scaleX, y: y + top * scaleY, width: (width ?? 0) * scaleX, height: (height ?? 0) * scaleY };
}

/** How the places inside a group are those of the slide. */
function inner(own: XmlElement | undefined, outer: Transform): Transform {
  const box = boxOf(own, outer);
  const [x, y] = [numberOf(own, 'x', 'a:chOff'), numberOf(own, 'y', 'a:chOff')];
  const [width, height] = [numberOf(own, 'cx', 'a:chExt'), numberOf(own, 'cy', 'a:chExt')];
  if (!box || x === undefined || y === undefined || !width || !height) return outer;
  const [scaleX, scaleY] = [box.width / width || outer.scaleX, box.height / height || outer.scaleY];
  return { x: box.x - x * scaleX, y: box.y - y * scaleY, scaleX, scaleY };
}

function around(shapes: readonly Shape[]): Box {
  const x = smallest(shapes.map(({ box }) => box.x));
  const y = smallest(shapes.map(({ box }) => box.y));
  const right = largest(shapes.map(({ box }) => box.x + box.width));
  const bottom = largest(shapes.map(({ box }) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

function numberOf(element: XmlElement | undefined, key: string, name: string): number | undefined {
  const value = Number(attribute(element, key, name) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
