/** Styles and list numbering of OpenDocument files. */
import { formatNumber } from '../numbers.js';
import { child, descendants, elements, isOn, type XmlElement } from '../xml.js';

/** Styles that are based on each other. */
const MAX_BASED = 30;
const MAX_LEVEL = 10;

interface Style {
  parent?: string | undefined;
  isBold?: boolean | undefined;
  isHidden: boolean;
  list?: string | undefined;
}

export class OdfStyles {
  readonly #styles = new Map<string, Style>();
  /** Levels of list styles by name; '': of headings. */
  readonly #lists = new Map<string, (Level | undefined)[]>();

  /** @param roots of content.xml and styles.xml */
  constructor(roots: readonly (XmlElement | undefined)[]) {
    for (const root of roots) {
      for (const part of ['office:styles', 'office:automatic-styles']) {
        for (const one of elements(child(root, part))) this.#add(one);
      }
    }
  }

  #add(one: XmlElement): void {
    const name = one.attributes['style:name'] ?? '';
    if (one.name === 'text:list-style') this.#lists.set(name, levelsOf(one));
    else if (one.name === 'text:outline-style') this.#lists.set('', levelsOf(one));
    else if (one.name === 'style:style') {
      const weight = child(one, 'style:text-properties')?.attributes['fo:font-weight'];
      const table = child(one, 'style:table-properties');
      this.#styles.set(`${one.attributes['style:family']} ${name}`, {
        parent: one.attributes['style:parent-style-name'],
        isBold: weight === undefined ? undefined : weight === 'bold' || Number(weight) >= 600,
        isHidden:
          (table !== undefined && !isOn(table, 'table:display')) ||
          child(one, 'style:text-properties')?.attributes['text:display'] === 'none',
        list: one.attributes['style:list-style-name'],
      });
    }
  }

  #chain(family: string, name: string | undefined): { name: string; style: Style }[] {
    const chain: { name: string; style: Style }[] = [];
    let at = name;
    while (at !== undefined && chain.length < MAX_BASED) {
      const style = this.#styles.get(`${family} ${at}`);
      chain.push({ name: at, style: style ?? { isHidden: false } });
      at = style?.parent;
    }
    return chain;
  }

  isBold(family: string, name: string | undefined): boolean | undefined {
    return this.#chain(family, name).find(({ style }) => style.isBold !== undefined)?.style.isBold;
  }

  isHidden(family: string, name: string | undefined): boolean {
    return this.#styles.get(`${family} ${name}`)?.isHidden ?? false;
  }

  /** Whether a paragraph has a style of this name or based on it. */
  isA(name: string | undefined, wanted: RegExp): boolean {
    return this.#chain('paragraph', name).some((one) => wanted.test(one.name));
  }

  /** The numbering that a paragraph's style names. */
  listOf(paragraph: string | undefined): string | undefined {
    return this.#chain('paragraph', paragraph).find(({ style }) => style.list)?.style.list;
  }

  levels(list: string): readonly (Level | undefined)[] {
    return this.#lists.get(list) ?? [];
  }
}

export interface Level {
  /** '': a bullet, or no number. */
  format: string;
  prefix: string;
  suffix: string;
  start: number;
  /** Levels that are shown: "3.1" has two. */
  shown: number;
}

function levelsOf(style: XmlElement): (Level | undefined)[] {
  const levels: (Level | undefined)[] = [];
  for (const one of elements(style)) {
    const index = Number(one.attributes['text:level']) - 1;
    if (!(index >= 0 && index < MAX_LEVEL) || !/-number$|outline-level-style$/.test(one.name)) continue;
    levels[index] = {
      format: one.attributes['style:num-format'] ?? '',
      prefix: one.attributes['style:num-prefix'] ?? '',
      suffix: one.attributes['style:num-suffix'] ?? '',
      start: Number(one.attributes['text:start-value'] ?? 1) || 1,
      shown: Number(one.attributes['text:display-levels'] ?? 1) || 1,
    };
  }
  return levels;
}

const FORMATS: Readonly<Record<string, string>> = {
  a: 'lowerLetter',
  A: 'upperLetter',
  i: 'lowerRoman',
  I: 'upperRoman',
};

/** The number of a list item or heading as it is shown; '': none. @param counts of the levels up to its own */
export function odfLabel(levels: readonly (Level | undefined)[], counts: readonly number[], index: number): string {
  const level = levels[index];
  if (!level || level.format === '') return '';
  const numbers: string[] = [];
  for (let at = Math.max(0, index - level.shown + 1); at <= index; at++) {
    const format = levels[at]?.format ?? '';
    if (format !== '') numbers.push(formatNumber(counts[at] ?? 1, FORMATS[format] ?? 'decimal'));
  }
  return level.prefix + numbers.join('.') + level.suffix;
}

/** Headers and footers of the pages. */
export function pageFurniture(root: XmlElement | undefined): { part: 'header' | 'footer'; element: XmlElement }[] {
  const found: { part: 'header' | 'footer'; element: XmlElement }[] = [];
  for (const master of elements(child(root, 'office:master-styles'), 'style:master-page')) {
    for (const one of elements(master)) {
      const match = /^style:(header|footer)(?:-left|-first)?$/.exec(one.name);
      if (match && one.attributes['style:display'] !== 'false') {
        found.push({ part: match[1] as 'header' | 'footer', element: one });
      }
    }
  }
  return found;
}

/** Paragraphs of an element, whatever they are in. */
export const paragraphsOf = (element: XmlElement): XmlElement[] => [
  ...descendants(element, 'text:p'),
  ...descendants(element, 'text:h'),
];
