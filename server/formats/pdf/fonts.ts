/** What pdf.js knows of a font, as much of it as matters to text. */

/** A font of a page, as much of it as matters to text. */
export interface Font {
  name: string;
  bold: boolean;
  mono: boolean;
  /** Pictures instead of letters: Wingdings, Symbol. */
  symbols: boolean;
  /** In units of the font size; `descent` is negative. */
  ascent: number;
  descent: number;
}

/** With what is needed to place its glyphs. */
export interface FontObject extends Font {
  vertical: boolean;
  unit: number;
  verticalMetrics: number[] | undefined;
}

const UNKNOWN: FontObject = {
  name: '',
  bold: false,
  mono: false,
  symbols: false,
  ascent: 0.8,
  descent: -0.2,
  vertical: false,
  unit: 0.001,
  verticalMetrics: undefined,
};

/** @param object of pdf.js; undefined if it could not read the font */
export function readFont(object: unknown): FontObject {
  if (!object || typeof object !== 'object') return UNKNOWN;
  const font = object as {
    name?: string;
    ascent?: number;
    descent?: number;
    vertical?: boolean;
    fontMatrix?: number[];
    defaultVMetrics?: number[];
    bold?: boolean;
    black?: boolean;
  };
  const name = (font.name ?? '').replace(/^[A-Z]{6}\+/, '');
  const within = (value: unknown, low: number, high: number, otherwise: number) =>
    typeof value === 'number' && value >= low && value <= high ? value : otherwise;
  return {
    name,
    bold: font.bold === true || font.black === true || /bold|black|heavy|demi|^cmbx|-medi(?!um)|\bbd\b/i.test(name),
    mono: /mono|courier|^cmtt|consol|typewriter|t1xtt|inconsolata|menlo/i.test(name),
    symbols: /wingding|symbol|dingbat|webding/i.test(name),
    ascent: within(font.ascent, 0.5, 1.1, 0.8),
    descent: within(font.descent, -0.5, -0.1, -0.22),
    vertical: font.vertical === true,
    unit: within(font.fontMatrix?.[0], 0.00001, 1, 0.001),
    verticalMetrics: font.defaultVMetrics,
  };
}
