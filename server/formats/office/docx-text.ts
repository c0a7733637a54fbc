/** The text of a Word paragraph as it is shown, and what hangs on it: notes, comments, text boxes. */
import { elements, isOn, textOf, type XmlElement } from '../xml.js';
import type { DocxStyles } from './docx-styles.js';

/** Revisions that are gone, and what is not text. */
const GONE = new Set(['w:del', 'w:moveFrom', 'w:rt', 'w:instrText', 'w:delText', 'w:delInstrText', 'w:sdtPr', 'w:pPr']);
/** Elements whose children count as if they stood in its place. */
const WRAPPERS = new Set([
  'w:ins',
  'w:moveTo',
  'w:sdt',
  'w:sdtContent',
  'w:customXml',
  'w:smartTag',
  'w:hyperlink',
  'w:fldSimple',
  'w:dir',
  'w:bdo',
  'w:ruby',
  'w:rubyBase',
]);

export interface Anchored {
  kind: 'footnote' | 'endnote' | 'comment' | 'box' | 'diagram';
  /** Of the note or comment, or of the relationship. */
  id: string;
  /** Of a text box: its contents. */
  box?: XmlElement;
}

interface Field {
  instruction: string;
  isResult: boolean;
}

export interface ParagraphText {
  text: string;
  isBold: boolean;
  anchored: Anchored[];
  /** Its end is deleted: the next paragraph goes on. */
  goesOn: boolean;
}

/** The chosen alternative: the first one that the file offers. */
export function chosen(alternatives: XmlElement): XmlElement[] {
  const choice = elements(alternatives, 'mc:Choice')[0];
  const one = choice && elements(choice).length > 0 ? choice : elements(alternatives, 'mc:Fallback')[0];
  return one ? elements(one) : [];
}

/** Children of a body, table, row or cell, with those inside wrappers. */
export function contentOf(parent: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  const visit = (one: XmlElement): void => {
    for (const each of elements(one)) {
      if (GONE.has(each.name)) continue;
      if (each.name === 'mc:AlternateContent') {
        for (const alternative of chosen(each)) {
          if (WRAPPERS.has(alternative.name)) visit(alternative);
          else found.push(alternative);
        }
      } else if (WRAPPERS.has(each.name)) visit(each);
      else found.push(each);
    }
  };
  visit(parent);
  return found;
}

/** Reads paragraphs in the order of the document: fields may extend over several. */
export class ParagraphReader {
  #fields: Field[] = [];

  constructor(readonly styles: DocxStyles) {}

  /** Whether a table of contents is being read. */
  get isInToc(): boolean {
    return this.#fields.some(({ instruction }) => /^\s*TO[CA]\b/i.test(instruction));
  }

  read(paragraph: XmlElement): ParagraphText & { isToc: boolean } {
    const properties = elements(paragraph, 'w:pPr')[0];
    const mark = elements(properties, 'w:rPr')[0];
    const result: ParagraphText & { isToc: boolean } = {
      text: '',
      isBold: true,
      anchored: [],
      goesOn: elements(mark, 'w:del').length > 0 || elements(mark, 'w:moveFrom').length > 0,
      isToc: this.isInToc,
    };
    const parts: string[] = [];
    const visit = (node: XmlElement, run: XmlElement | undefined, hidden: boolean): void => {
      for (const one of elements(node)) this.#inline(one, run, hidden, { parts, result, properties, visit });
    };
    visit(paragraph, undefined, false);
    result.isToc ||= this.isInToc;
    // A field without a result, which should have ended here, hides nothing that follows.
    for (const field of this.#fields) field.isResult = true;
    result.text = parts.join('');
    return result;
  }

  get #isShown(): boolean {
    return this.#fields.every(({ isResult }) => isResult);
  }

  #inline(
    one: XmlElement,
    run: XmlElement | undefined,
    hidden: boolean,
    to: {
      parts: string[];
      result: ParagraphText;
      properties: XmlElement | undefined;
      visit: (node: XmlElement, run: XmlElement | undefined, hidden: boolean) => void;
    },
  ): void {
    const { parts, result, visit } = to;
    const show = (text: string): void => {
      if (!hidden && this.#isShown) parts.push(text);
    };
    switch (one.name) {
      case 'w:r': {
        const own = elements(one, 'w:rPr')[0];
        visit(one, own ?? one, hidden || this.styles.isHidden(own));
        return;
      }
      case 'w:t': {
        const text = textOf(one);
        if (text.trim() !== '' && !hidden && this.#isShown) {
          result.isBold &&= this.styles.isBold(run?.name === 'w:rPr' ? run : undefined, to.properties);
        }
        show(text);
        return;
      }
      case 'm:t':
        show(textOf(one));
        return;
      case 'w:tab':
      case 'w:ptab':
      case 'w:br':
      case 'w:cr':
        show(' ');
        return;
      case 'w:noBreakHyphen':
        show('-');
        return;
      case 'w:sym':
        show(symbolOf(one));
        return;
      case 'w:fldChar':
        this.#field(one, show);
        return;
      case 'w:instrText': {
        const field = this.#fields.at(-1);
        if (field && !field.isResult && field.instruction.length < 1000) field.instruction += textOf(one);
        return;
      }
      case 'w:footnoteReference':
      case 'w:endnoteReference':
      case 'w:commentReference': {
        const kind = one.name.slice(2, -'Reference'.length) as Anchored['kind'];
        if (!hidden) result.anchored.push({ kind, id: one.attributes['w:id'] ?? '' });
        return;
      }
      case 'w:txbxContent':
        if (!hidden) result.anchored.push({ kind: 'box', id: '', box: one });
        return;
      case 'dgm:relIds':
        result.anchored.push({ kind: 'diagram', id: one.attributes['r:dm'] ?? '' });
        return;
      case 'c:chart':
        result.anchored.push({ kind: 'diagram', id: one.attributes['r:id'] ?? '' });
        return;
      case 'mc:AlternateContent':
        for (const alternative of chosen(one)) this.#inline(alternative, run, hidden, to);
        return;
      default:
        if (!GONE.has(one.name)) visit(one, run, hidden);
    }
  }

  #field(mark: XmlElement, show: (text: string) => void): void {
    const type = mark.attributes['w:fldCharType'];
    if (type === 'begin') {
      const box = elements(elements(mark, 'w:ffData')[0], 'w:checkBox')[0];
      if (box) show(isOn(elements(box, 'w:checked')[0] ?? elements(box, 'w:default')[0], 'w:val') ? '☒ ' : '☐ ');
      if (this.#fields.length < 100) this.#fields.push({ instruction: '', isResult: false });
    } else if (type === 'separate') {
      const field = this.#fields.at(-1);
      if (field) field.isResult = true;
    } else if (type === 'end') this.#fields.pop();
  }
}

/** A character of a symbol font: one that others have too, else nothing. */
function symbolOf({ attributes }: XmlElement): string {
  const code = Number.parseInt(attributes['w:char'] ?? '', 16);
  const font = attributes['w:font'] ?? '';
  if (!(code > 0 && code < 0xd800) && !(code >= 0xf000 && code <= 0xf0ff)) return '';
  const low = code >= 0xf000 ? code - 0xf000 : code;
  if (/wingdings/i.test(font)) return WINGDINGS[low] ?? '';
  if (/symbol/i.test(font)) return SYMBOLS[low] ?? '';
  return code >= 0xe000 ? '' : String.fromCharCode(code);
}

const WINGDINGS: Readonly<Record<number, string>> = {
  111: '☐',
  113: '☐',
  114: '☐',
  168: '☐',
  252: '✓',
  254: '☑',
  253: '☒',
  120: '☒',
  251: '✗',
  224: '→',
  240: '→',
  223: '←',
};
const SYMBOLS: Readonly<Record<number, string>> = {
  97: 'α',
  98: 'β',
  103: 'γ',
  100: 'δ',
  101: 'ε',
  108: 'λ',
  109: 'μ',
  112: 'π',
  115: 'σ',
  119: 'ω',
  68: 'Δ',
  87: 'Ω',
  163: '≤',
  179: '≥',
  177: '±',
  180: '×',
  176: '°',
  174: '→',
  172: '←',
  185: '≠',
  187: '≈',
  165: '∞',
  45: '−',
  210: '®',
  211: '©',
  212: '™',
};
