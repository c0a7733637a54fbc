/** How Excel shows a stored value: number formats, dates, truth values. */
import { format, isDateFormat } from 'numfmt';
import { attribute, child, elements, isOn, type XmlElement } from '../xml.js';

/** Formats that have a number only. */
const BUILT_IN: Readonly<Record<number, string>> = {
  0: 'General',
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  5: '$#,##0;\\-$#,##0',
  6: '$#,##0;[Red]\\-$#,##0',
  7: '$#,##0.00;\\-$#,##0.00',
  8: '$#,##0.00;[Red]\\-$#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  12: '# ?/?',
  13: '# ??/??',
  14: 'm/d/yyyy',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm AM/PM',
  19: 'h:mm:ss AM/PM',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'm/d/yyyy h:mm',
  37: '#,##0;(#,##0)',
  38: '#,##0;[Red](#,##0)',
  39: '#,##0.00;(#,##0.00)',
  40: '#,##0.00;[Red](#,##0.00)',
  41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
  42: '_($* #,##0_);_($* (#,##0);_($* "-"_);_(@_)',
  43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
  44: '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss.0',
  48: '##0.0E+0',
  49: '@',
};
/** Days between the two beginnings of time of Excel. */
const DAYS_1904 = 1462;
const OPTIONS = { dateErrorThrows: false, dateErrorNumber: true, throws: false, invalid: '' } as const;
const MAX_PATTERN = 255;

interface CellStyle {
  pattern: string;
  isDate: boolean;
  isBold: boolean;
}

export class CellFormats {
  readonly #styles: CellStyle[];

  /** @param root of styles.xml @param is1904 dates count from 1904 */
  constructor(
    root: XmlElement | undefined,
    readonly is1904: boolean,
  ) {
    const patterns = new Map<number, string>();
    for (const { attributes } of elements(child(root, 'x:numFmts'), 'x:numFmt')) {
      patterns.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
    }
    const bold = elements(child(root, 'x:fonts'), 'x:font').map((font) => isOn(child(font, 'x:b'), 'val'));
    this.#styles = elements(child(root, 'x:cellXfs'), 'x:xf').map(({ attributes }) => {
      const id = Number(attributes.numFmtId ?? 0);
      const pattern = patterns.get(id) ?? BUILT_IN[id] ?? 'General';
      return { pattern, isDate: isDate(pattern), isBold: bold[Number(attributes.fontId)] ?? false };
    });
  }

  isBold(style: string | undefined): boolean {
    return this.#styles[Number(style)]?.isBold ?? false;
  }

  /** A number as it is shown; as it is stored if its format is damaged. */
  number(stored: string, style: string | undefined): string {
    const value = Number(stored);
    if (stored.trim() === '' || !Number.isFinite(value)) return stored;
    const { pattern, isDate } = this.#styles[Number(style)] ?? { pattern: 'General', isDate: false };
    return formatValue(pattern, isDate && this.is1904 ? value + DAYS_1904 : value);
  }

  /** A date that is stored as text (ISO 8601). */
  date(stored: string, style: string | undefined): string {
    const time = Date.parse(/[Zz]|[+-]\d\d:\d\d$/.test(stored) ? stored : `${stored}Z`);
    const { pattern, isDate } = this.#styles[Number(style)] ?? { pattern: 'General', isDate: false };
    if (!isDate || !Number.isFinite(time)) return stored;
    return formatValue(pattern, time / 86_400_000 + 25_569);
  }
}

function isDate(pattern: string): boolean {
  try {
    return pattern.length <= MAX_PATTERN && isDateFormat(pattern);
  } catch {
    return false;
  }
}

function formatValue(pattern: string, value: number): string {
  if (pattern.length > MAX_PATTERN) return String(value);
  try {
    return format(pattern, value, OPTIONS);
  } catch {
    return String(value);
  }
}

/** Whether a workbook counts dates from 1904. */
export const is1904 = (workbook: XmlElement | undefined): boolean =>
  /^(1|true)$/.test(attribute(workbook, 'date1904', 'x:workbookPr') ?? '');
