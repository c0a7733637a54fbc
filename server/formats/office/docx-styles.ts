/** Styles and numbering of a Word document: what is a heading, and the numbers that Word shows before paragraphs. */
import { formatNumber } from '../numbers.js';
import { attribute, child, elements, isOn, type XmlElement } from '../xml.js';

/** Styles that are based on each other. */
const MAX_BASED = 30;
const LEVELS = 9;
const MAX_NUMBER = 1_000_000;

interface Style {
  name: string;
  basedOn?: string | undefined;
  /** From 0; 9: body text. */
  outline?: number | undefined;
  numbering?: XmlElement | undefined;
  isBold?: boolean | undefined;
  isHidden?: boolean | undefined;
  /** The first row of a table is set apart. */
  setsFirstRow?: boolean;
}

export interface NumberedAs {
  /** From 0. */
  level: number;
  /** What is shown before the paragraph; '': a bullet. */
  label: string;
}

export class DocxStyles {
  readonly #styles = new Map<string, Style>();
  #default = '';

  constructor(root: XmlElement | undefined) {
    for (const style of elements(root, 'w:style')) {
      const id = style.attributes['w:styleId'] ?? '';
      const outline = attribute(style, 'w:val', 'w:pPr', 'w:outlineLvl');
      const run = child(style, 'w:rPr');
      const bold = child(run, 'w:b');
      this.#styles.set(id, {
        name: (attribute(style, 'w:val', 'w:name') ?? id).toLowerCase(),
        basedOn: attribute(style, 'w:val', 'w:basedOn'),
        outline: outline === undefined ? undefined : Number(outline),
        numbering: child(style, 'w:pPr', 'w:numPr'),
        isBold: bold && isOn(bold, 'w:val'),
        isHidden: isOn(child(run, 'w:vanish'), 'w:val') || undefined,
        setsFirstRow: elements(style, 'w:tblStylePr').some(
          (part) => part.attributes['w:type'] === 'firstRow' && isOn(child(part, 'w:rPr', 'w:b'), 'w:val'),
        ),
      });
      if (style.attributes['w:type'] === 'paragraph' && isOn(style, 'w:default') && 'w:default' in style.attributes) {
        this.#default = id;
      }
    }
  }

  #chain(id: string | undefined): Style[] {
    const chain: Style[] = [];
    let style = this.#styles.get(id ?? this.#default);
    while (style && chain.length < MAX_BASED) {
      chain.push(style);
      style = style.basedOn === undefined ? undefined : this.#styles.get(style.basedOn);
    }
    return chain;
  }

  /** Of a paragraph: 1 for the outermost; undefined: no heading. */
  headingLevel(properties: XmlElement | undefined): number | undefined {
    const direct = attribute(properties, 'w:val', 'w:outlineLvl');
    const chain = this.#chain(attribute(properties, 'w:val', 'w:pStyle'));
    const outline = direct === undefined ? chain.find((one) => one.outline !== undefined)?.outline : Number(direct);
    if (outline !== undefined && outline >= 0 && outline < LEVELS) return outline + 1;
    for (const { name } of chain) {
      const match = /^(?:heading|überschrift|titre) ?([1-9])$/.exec(name);
      if (match) return Number(match[1]);
      if (name === 'title') return 1;
    }
    return undefined;
  }

  isTocEntry(properties: XmlElement | undefined): boolean {
    const id = attribute(properties, 'w:val', 'w:pStyle');
    return (
      id !== undefined && this.#chain(id).some(({ name }) => /^(?:toc|verzeichnis) ?\d$|^table of figures$/.test(name))
    );
  }

  isCode(properties: XmlElement | undefined): boolean {
    const id = attribute(properties, 'w:val', 'w:pStyle');
    return (
      id !== undefined && this.#chain(id).some(({ name }) => /^(?:source ?code|html preformatted|code)$/.test(name))
    );
  }

  /** A list by its style alone ("List Bullet"). */
  isList(properties: XmlElement | undefined): boolean {
    const id = attribute(properties, 'w:val', 'w:pStyle');
    return id !== undefined && this.#chain(id).some(({ name }) => /^list (?:bullet|number)/.test(name));
  }

  numbering(properties: XmlElement | undefined): XmlElement | undefined {
    return (
      child(properties, 'w:numPr') ??
      this.#chain(attribute(properties, 'w:val', 'w:pStyle')).find(({ numbering }) => numbering)?.numbering
    );
  }

  /** Styles that give a numbering reference no level are found by the level that names them. */
  styleOf(properties: XmlElement | undefined): string | undefined {
    return attribute(properties, 'w:val', 'w:pStyle') ?? this.#default;
  }

  isBold(run: XmlElement | undefined, paragraph: XmlElement | undefined): boolean {
    const direct = child(run, 'w:b');
    if (direct) return isOn(direct, 'w:val');
    const character = attribute(run, 'w:val', 'w:rStyle');
    const chain = [
      ...(character === undefined ? [] : this.#chain(character)),
      ...this.#chain(attribute(paragraph, 'w:val', 'w:pStyle')),
    ];
    return chain.find(({ isBold }) => isBold !== undefined)?.isBold ?? false;
  }

  isHidden(run: XmlElement | undefined): boolean {
    const direct = child(run, 'w:vanish');
    if (direct) return isOn(direct, 'w:val');
    const character = attribute(run, 'w:val', 'w:rStyle');
    return character !== undefined && this.#chain(character).some(({ isHidden }) => isHidden);
  }

  setsFirstRow(tableStyle: string | undefined): boolean {
    return tableStyle !== undefined && this.#chain(tableStyle).some(({ setsFirstRow }) => setsFirstRow);
  }

  /** Reference of a numbering that is defined by a style. */
  numberingOfStyle(id: string): string | undefined {
    return attribute(this.#styles.get(id)?.numbering, 'w:val', 'w:numId');
  }
}

interface Level {
  format: string;
  text: string;
  start: number;
  /** Shown as decimal numbers whatever the format of the outer levels. */
  isLegal: boolean;
  style?: string | undefined;
  /** Numbering begins again after a paragraph of this or an outer level (from 0). */
  restart: number;
}

/** The numbers of the paragraphs of a document, in its order. */
export class DocxNumbering {
  readonly #abstract = new Map<string, XmlElement>();
  readonly #numbers = new Map<string, XmlElement>();
  readonly #levels = new Map<string, (Level | undefined)[]>();
  /** By abstract numbering: the number of each level; lists that share it go on. */
  readonly #counters = new Map<string, number[]>();
  readonly #started = new Set<string>();

  constructor(
    root: XmlElement | undefined,
    readonly styles: DocxStyles,
  ) {
    for (const one of elements(root, 'w:abstractNum')) this.#abstract.set(one.attributes['w:abstractNumId'] ?? '', one);
    for (const one of elements(root, 'w:num')) this.#numbers.set(one.attributes['w:numId'] ?? '', one);
  }

  /** Counts a paragraph. @returns undefined: it has no number */
  next(properties: XmlElement | undefined): NumberedAs | undefined {
    const reference = this.styles.numbering(properties);
    const id = attribute(reference, 'w:val', 'w:numId');
    if (!reference || id === undefined || id === '0') return undefined;
    const levels = this.#levelsOf(id);
    if (!levels) return undefined;
    const declared = attribute(reference, 'w:val', 'w:ilvl');
    const style = this.styles.styleOf(properties);
    const ofStyle = levels.findIndex((level) => level !== undefined && level.style === style);
    const index =
      declared === undefined ? Math.max(0, ofStyle) : Math.min(LEVELS - 1, Math.max(0, Number(declared) || 0));
    const level = levels[index];
    if (!level) return { level: index, label: '' };
    const counters = this.#countersOf(id, levels);
    counters[index] = Math.min(MAX_NUMBER, (counters[index] ?? level.start - 1) + 1);
    for (let inner = index + 1; inner < LEVELS; inner++) {
      const restart = levels[inner]?.restart ?? inner;
      if (index < restart) counters[inner] = (levels[inner]?.start ?? 1) - 1;
    }
    return { level: index, label: labelOf(levels, counters, index) };
  }

  #countersOf(id: string, levels: readonly (Level | undefined)[]): number[] {
    const number = this.#numbers.get(id);
    const abstract = attribute(number, 'w:val', 'w:abstractNumId') ?? id;
    let counters = this.#counters.get(abstract);
    if (!counters) {
      counters = levels.map((level) => (level?.start ?? 1) - 1);
      this.#counters.set(abstract, counters);
    }
    if (!this.#started.has(id)) {
      this.#started.add(id);
      for (const override of elements(number, 'w:lvlOverride')) {
        const start = attribute(override, 'w:val', 'w:startOverride');
        const index = Number(override.attributes['w:ilvl']);
        if (start !== undefined && index >= 0 && index < LEVELS) counters[index] = (Number(start) || 0) - 1;
      }
    }
    return counters;
  }

  #levelsOf(id: string): (Level | undefined)[] | undefined {
    const known = this.#levels.get(id);
    if (known) return known;
    const number = this.#numbers.get(id);
    let abstract = this.#abstract.get(attribute(number, 'w:val', 'w:abstractNumId') ?? '');
    const link = attribute(abstract, 'w:val', 'w:numStyleLink');
    if (link !== undefined) {
      const linked = this.#numbers.get(this.styles.numberingOfStyle(link) ?? '');
      abstract = this.#abstract.get(attribute(linked, 'w:val', 'w:abstractNumId') ?? '') ?? abstract;
    }
    if (!abstract) return undefined;
    const levels: (Level | undefined)[] = new Array(LEVELS).fill(undefined);
    const overridden = elements(number, 'w:lvlOverride').flatMap((one) => elements(one, 'w:lvl'));
    for (const one of [...elements(abstract, 'w:lvl'), ...overridden]) {
      const index = Number(one.attributes['w:ilvl']);
      if (!(index >= 0 && index < LEVELS)) continue;
      const restart = attribute(one, 'w:val', 'w:lvlRestart');
      levels[index] = {
        format: attribute(one, 'w:val', 'w:numFmt') ?? 'decimal',
        text: attribute(one, 'w:val', 'w:lvlText') ?? '',
        start: Number(attribute(one, 'w:val', 'w:start') ?? 1) || 0,
        isLegal: isOn(child(one, 'w:isLgl'), 'w:val'),
        style: attribute(one, 'w:val', 'w:pStyle'),
        restart: restart === undefined ? index : Number(restart) || 0,
      };
    }
    this.#levels.set(id, levels);
    return levels;
  }
}

function labelOf(levels: readonly (Level | undefined)[], counters: readonly number[], index: number): string {
  const { format, text, isLegal } = levels[index]!;
  if (format === 'bullet' || format === 'none') return '';
  return text.slice(0, 100).replace(/%([1-9])/g, (_, digit: string) => {
    const other = Number(digit) - 1;
    const outer = levels[other];
    // An outer level that has no paragraph yet counts as its first.
    const value = Math.max(counters[other] ?? 1, outer?.start ?? 1);
    return formatNumber(value, isLegal ? 'decimal' : (outer?.format ?? 'decimal'));
  });
}
