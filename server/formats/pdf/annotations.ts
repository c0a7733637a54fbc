/** What is written into a form or noted on a page: as words at their place, beside their labels, and as comments. */
import type { PDFPageProxy } from 'pdfjs-dist';
import type { Font, Glyph } from './glyphs.js';

interface Annotation {
  subtype?: string;
  rect?: number[];
  hidden?: boolean;
  fieldType?: string;
  fieldValue?: unknown;
  checkBox?: boolean;
  radioButton?: boolean;
  pushButton?: boolean;
  exportValue?: unknown;
  buttonValue?: unknown;
  password?: boolean;
  options?: { exportValue?: string; displayValue?: string }[];
  contentsObj?: { str?: string };
  textContent?: string[];
}

export interface Annotations {
  /** Values of fields and text typed onto the page, as if it were printed there. */
  glyphs: Glyph[];
  /** Notes of reviewers. */
  comments: string[];
}

const FONT: Font = { name: '', bold: false, mono: false, symbols: false, ascent: 0.8, descent: -0.2 };
/** More on one page: it is not a form. */
const MOST = 5000;
const LONGEST = 20_000;

/** @param width of the page as it is shown; @param height likewise; @param place from the page's own coordinates */
export async function annotationsOf(
  page: PDFPageProxy,
  place: (x: number, y: number) => readonly [number, number],
): Promise<Annotations> {
  const result: Annotations = { glyphs: [], comments: [] };
  const annotations = ((await page.getAnnotations({ intent: 'display' })) as Annotation[]).slice(0, MOST);
  for (const each of annotations) {
    if (each.hidden || !Array.isArray(each.rect) || each.rect.length !== 4) continue;
    const lines = textOf(each);
    if (lines.length === 0) continue;
    if (/^(Text|Highlight|Underline|StrikeOut|Squiggly|Caret|Popup|Stamp|Ink)$/.test(each.subtype ?? '')) {
      if (each.subtype !== 'Popup') result.comments.push(lines.join(' '));
      continue;
    }
    if (each.subtype !== 'Widget' && each.subtype !== 'FreeText') continue; // links, attached files
    const [a, b] = place(each.rect[0], each.rect[1]);
    const [c, d] = place(each.rect[2], each.rect[3]);
    const box = { x0: Math.min(a, c), y0: Math.min(b, d), x1: Math.max(a, c), y1: Math.max(b, d) };
    if (Number.isFinite(box.x0 + box.y0 + box.x1 + box.y1)) write(lines, box, result.glyphs);
  }
  return result;
}

function textOf(each: Annotation): string[] {
  let text = '';
  if (each.subtype === 'Widget') {
    if (each.pushButton || each.password || each.fieldType === 'Sig') return [];
    const value = Array.isArray(each.fieldValue) ? each.fieldValue.join(', ') : each.fieldValue;
    if (each.checkBox || each.radioButton) {
      const on = each.checkBox ? each.exportValue : each.buttonValue;
      return [value !== undefined && value !== null && value !== 'Off' && value === on ? '\u2611' : '\u2610'];
    }
    if (typeof value !== 'string') return [];
    text = each.options?.find((option) => option.exportValue === value)?.displayValue ?? value;
  } else if (each.subtype === 'FreeText') text = each.textContent?.join('\n') || (each.contentsObj?.str ?? '');
  else text = each.contentsObj?.str ?? '';
  return text
    .slice(0, LONGEST)
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Characters of equal width in a rectangle of the page as it is shown. */
function write(lines: string[], box: { x0: number; y0: number; x1: number; y1: number }, glyphs: Glyph[]): void {
  const height = (box.y1 - box.y0) / lines.length;
  const size = Math.max(4, Math.min(lines.length > 1 ? height / 1.2 : 0.75 * height, 12));
  lines.forEach((line, index) => {
    const characters = [...line];
    const width = Math.min(0.5 * size, (box.x1 - box.x0) / characters.length);
    const middle = lines.length > 1 ? box.y1 - (index + 0.5) * height : (box.y0 + box.y1) / 2;
    characters.forEach((text, at) => {
      glyphs.push({
        text,
        x: box.x0 + 2 + at * width,
        y: middle - 0.3 * size,
        width,
        size,
        height: 0.8 * size,
        depth: -0.2 * size,
        font: FONT,
        bold: false,
        turn: 0,
        artifact: false,
      });
    });
  });
}
