/**
 * The glyphs of a page, from the operators that draw it: what pdf.js's own text items leave out is each glyph's place
 * and its font.
 */
import type { PDFPageProxy } from 'pdfjs-dist';
import { type Font, type FontObject, readFont } from './fonts.js';

export type { Font } from './fonts.js';

/**
 * Places are PDF points in the page's upright frame for this direction: x grows as the text runs, y grows upwards from
 * the lower left corner of the page when it is turned so that the text is upright.
 */
export interface Glyph {
  text: string;
  x: number;
  y: number;
  /** Advance, without the space between characters. */
  width: number;
  size: number;
  /** Height and depth of its box above and below the baseline, in points; `depth` is negative. */
  height: number;
  depth: number;
  font: Font;
  bold: boolean;
  /**
   * How the text runs on the page as it is shown: 0 to the right, 1 upwards, 2 to the left, 3 downwards, -1 otherwise.
   */
  turn: number;
  /** Inside content marked as not part of the text (page numbers, running heads). */
  artifact: boolean;
}

/** A straight line drawn on the page as it is shown, or the side of a thin rectangle. */
export interface Rule {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export interface PageGlyphs {
  glyphs: Glyph[];
  rules: Rule[];
  /** As it is shown, in points. */
  width: number;
  height: number;
}

type Matrix = readonly number[];
const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

const multiply = (m: Matrix, n: Matrix): Matrix => [
  m[0] * n[0] + m[2] * n[1],
  m[1] * n[0] + m[3] * n[1],
  m[0] * n[2] + m[2] * n[3],
  m[1] * n[2] + m[3] * n[3],
  m[0] * n[4] + m[2] * n[5] + m[4],
  m[1] * n[4] + m[3] * n[5] + m[5],
];

/** `multiply(m, [1, 0, 0, 1, x, y])`. */
const moved = (m: Matrix, x: number, y: number): Matrix => [
  m[0],
  m[1],
  m[2],
  m[3],
  m[0] * x + m[2] * y + m[4],
  m[1] * x + m[3] * y + m[5],
];

interface State {
  ctm: Matrix;
  font: FontObject | undefined;
  size: number;
  charSpacing: number;
  wordSpacing: number;
  scale: number;
  leading: number;
  rise: number;
  mode: number;
}

interface PdfGlyph {
  unicode: string;
  width: number;
  isSpace: boolean;
  vmetric?: number[];
}

/** More of either on one page is not text that anyone reads. */
const MAX_GLYPHS = 400_000;
const MAX_RULES = 20_000;
const MAX_SAVED = 1000;

/** What an operator list draws. @param ops pdf.js's operators by name */
export async function glyphsOf(page: PDFPageProxy, ops: Record<string, number>): Promise<PageGlyphs> {
  const list = await page.getOperatorList({ intent: 'display', annotationMode: 0 });
  await new Promise((resolve) => setImmediate(resolve)); // fonts arrive by message
  const [left, bottom, right, top] = page.view;
  const turned = page.rotate % 180 !== 0;
  const width = turned ? top - bottom : right - left;
  const height = turned ? right - left : top - bottom;
  const shown = displayMatrix(page.view, page.rotate);
  const result: PageGlyphs = { glyphs: [], rules: [], width, height };

  const fonts = new Map<string, FontObject>();
  const fontOf = (id: string): FontObject => {
    const known = fonts.get(id);
    if (known) return known;
    const object = page.commonObjs.has(id) ? page.commonObjs.get(id) : undefined;
    const font = readFont(object);
    fonts.set(id, font);
    return font;
  };

  let state: State = {
    ctm: shown,
    font: undefined,
    size: 1,
    charSpacing: 0,
    wordSpacing: 0,
    scale: 1,
    leading: 0,
    rise: 0,
    mode: 0,
  };
  const saved: State[] = [];
  let text: Matrix = IDENTITY;
  let line: Matrix = IDENTITY;
  const marked: boolean[] = [];
  let artifacts = 0;

  const move = (x: number, y: number) => {
    line = moved(line, x, y);
    text = line;
  };

  const show = (items: (PdfGlyph | number | null)[]) => {
    const { font, size, scale } = state;
    if (!font || !Array.isArray(items)) return;
    for (const item of items) {
      if (typeof item === 'number') {
        const shift = (-item * size) / 1000;
        text = font.vertical ? moved(text, 0, shift) : moved(text, shift * scale, 0);
        continue;
      }
      if (!item) continue;
      const spacing = state.charSpacing + (item.isSpace ? state.wordSpacing : 0);
      if (font.vertical) {
        const metric = item.vmetric ?? font.verticalMetrics;
        const drop = (metric ? metric[0] : -1000) * 0.001 * size;
        emit(item, text, Math.abs(drop), true);
        text = moved(text, 0, drop - spacing);
        continue;
      }
      const advance = item.width * font.unit * size;
      emit(item, text, advance * scale, false);
      text = moved(text, (advance + spacing) * scale, 0);
    }
  };

  /** @param advance in units of the text matrix */
  const emit = (item: PdfGlyph, at: Matrix, advance: number, vertical: boolean) => {
    if (result.glyphs.length >= MAX_GLYPHS || typeof item.unicode !== 'string') return;
    const { font, size, rise } = state;
    if (!font) return;
    const m = multiply(state.ctm, rise === 0 ? at : moved(at, 0, rise));
    const sign = size < 0 ? -1 : 1;
    const [rx, ry] = vertical ? [-m[2], -m[3]] : [m[0] * sign, m[1] * sign];
    const reading = Math.hypot(rx, ry);
    const up = vertical ? Math.hypot(m[0], m[1]) : Math.hypot(m[2], m[3]);
    const points = Math.abs(size) * up * (font.unit * 1000);
    if (!(reading > 0) || !Number.isFinite(m[4] + m[5] + points + advance) || points < 0.5) return;
    const turn = turnOf(rx / reading, ry / reading);
    const [x, y] = upright(m[4], m[5], Math.max(turn, 0), width, height);
    const along = Math.abs(advance) * reading;
    result.glyphs.push({
      text: item.unicode,
      x: advance * sign < 0 ? x - along : x,
      y,
      width: along,
      size: points,
      height: font.ascent * points,
      depth: font.descent * points,
      font,
      bold: font.bold || state.mode === 2,
      turn,
      artifact: artifacts > 0,
    });
  };

  const { fnArray, argsArray } = list;
  for (let i = 0; i < fnArray.length; i++) {
    const args = argsArray[i];
    switch (fnArray[i]) {
      case ops.save:
        if (saved.length < MAX_SAVED) saved.push({ ...state });
        break;
      case ops.restore:
        state = saved.pop() ?? state;
        break;
      case ops.transform:
        state.ctm = multiply(state.ctm, args);
        break;
      case ops.paintFormXObjectBegin:
        if (saved.length < MAX_SAVED) saved.push({ ...state });
        if (Array.isArray(args[0]) && args[0].length === 6) state.ctm = multiply(state.ctm, args[0]);
        break;
      case ops.paintFormXObjectEnd:
        state = saved.pop() ?? state;
        break;
      case ops.beginText:
        text = IDENTITY;
        line = IDENTITY;
        break;
      case ops.setTextMatrix:
        text = Array.from((typeof args[0] === 'number' ? args : args[0]) as ArrayLike<number>);
        line = text;
        break;
      case ops.moveText:
        move(args[0], args[1]);
        break;
      case ops.setLeadingMoveText:
        state.leading = -args[1];
        move(args[0], args[1]);
        break;
      case ops.nextLine:
        move(0, -state.leading);
        break;
      case ops.setFont:
        state.font = fontOf(args[0]);
        state.size = args[1];
        break;
      case ops.setGState:
        for (const [key, value] of args[0]) {
          if (key === 'Font' && Array.isArray(value)) {
            state.font = fontOf(value[0]);
            state.size = value[1];
          }
        }
        break;
      case ops.setCharSpacing:
        state.charSpacing = args[0];
        break;
      case ops.setWordSpacing:
        state.wordSpacing = args[0];
        break;
      case ops.setHScale:
        state.scale = args[0] / 100;
        break;
      case ops.setLeading:
        state.leading = args[0];
        break;
      case ops.setTextRise:
        state.rise = args[0];
        break;
      case ops.setTextRenderingMode:
        state.mode = args[0];
        break;
      case ops.showText:
      case ops.showSpacedText:
        show(args[0]);
        break;
      case ops.nextLineShowText:
        move(0, -state.leading);
        show(args[0]);
        break;
      case ops.beginMarkedContent:
      case ops.beginMarkedContentProps: {
        const artifact = args[0] === 'Artifact' || args[0]?.name === 'Artifact';
        if (marked.length < MAX_SAVED) marked.push(artifact);
        artifacts += artifact ? 1 : 0;
        break;
      }
      case ops.endMarkedContent:
        if (marked.pop()) artifacts--;
        break;
      case ops.constructPath:
        if (result.rules.length < MAX_RULES) addRule(result.rules, args[2], state.ctm);
        break;
    }
  }
  return result;
}

/** Places of a page's own coordinates on the page as it is shown. */
export function placeOn(page: PDFPageProxy): (x: number, y: number) => readonly [number, number] {
  const [a, b, c, d, e, f] = displayMatrix(page.view, page.rotate);
  return (x, y) => [a * x + c * y + e, b * x + d * y + f];
}

/** From the page's own coordinates to those of the page as it is shown, from its lower left corner. */
function displayMatrix([left, bottom, right, top]: number[], rotate: number): Matrix {
  switch ((((rotate / 90) % 4) + 4) % 4) {
    case 1:
      return [0, -1, 1, 0, -bottom, right];
    case 2:
      return [-1, 0, 0, -1, right, top];
    case 3:
      return [0, 1, -1, 0, top, -left];
    default:
      return [1, 0, 0, 1, -left, -bottom];
  }
}

function turnOf(x: number, y: number): number {
  if (x > 0.995) return 0;
  if (y > 0.995) return 1;
  if (x < -0.995) return 2;
  return y < -0.995 ? 3 : -1;
}

/** From the shown page to the frame in which text of this direction is upright. */
function upright(x: number, y: number, turn: number, width: number, height: number): [number, number] {
  if (turn === 1) return [y, width - x];
  if (turn === 2) return [width - x, height - y];
  return turn === 3 ? [height - y, x] : [x, y];
}

/** Back: the rectangle on the shown page, as x, y, width and height. */
export function toShown(
  { x0, y0, x1, y1 }: Rule,
  turn: number,
  width: number,
  height: number,
): [number, number, number, number] {
  if (turn === 1) return [width - y1, x0, y1 - y0, x1 - x0];
  if (turn === 2) return [width - x1, height - y1, x1 - x0, y1 - y0];
  return turn === 3 ? [y0, height - x1, y1 - y0, x1 - x0] : [x0, y0, x1 - x0, y1 - y0];
}

/** A rule of the frame of another direction. */
export function turnedRule(rule: Rule, turn: number, width: number, height: number): Rule {
  const [x0, y0] = upright(rule.x0, rule.y0, turn, width, height);
  const [x1, y1] = upright(rule.x1, rule.y1, turn, width, height);
  return { x0: Math.min(x0, x1), y0: Math.min(y0, y1), x1: Math.max(x0, x1), y1: Math.max(y0, y1) };
}

function addRule(rules: Rule[], box: ArrayLike<number> | undefined, ctm: Matrix): void {
  if (!box || box.length < 4) return;
  const corner = (x: number, y: number) => [ctm[0] * x + ctm[2] * y + ctm[4], ctm[1] * x + ctm[3] * y + ctm[5]];
  const [a, b] = corner(box[0], box[1]);
  const [c, d] = corner(box[2], box[3]);
  if (!Number.isFinite(a + b + c + d)) return;
  const rule = { x0: Math.min(a, c), y0: Math.min(b, d), x1: Math.max(a, c), y1: Math.max(b, d) };
  rules.push(rule);
}
