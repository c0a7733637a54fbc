/**
 * Records of delimited text (CSV, TSV and the like; RFC 4180 as far as a file follows it) with the exact position of
 * every field. The parsers on npm report where a record begins (csv-parse, csv-parser: in bytes) or nothing (Papa
 * Parse, d3-dsv), and return the text of a field without its position: hence this scanner.
 *
 * Quotes count only if they are closed correctly. A quote that is never closed is an ordinary character, so that it
 * does not swallow the rest of the file.
 */

export interface Dialect {
  delimiter: string;
  /** Empty: fields are not quoted. */
  quote: string;
}

/** A longer quoted field counts as never closed, in UTF-16 units. */
const MAX_QUOTED = 64 * 1024;
/** Budget of failed searches per unit of text: beyond it quotes are ordinary characters. */
const MAX_WASTE = 2;

export class DelimitedScanner {
  /** The record's place; `end` before its line break. */
  start = 0;
  end = 0;
  /** [fields] of the record, without quotes; white space around them is still there. */
  starts: number[] = [];
  ends: number[] = [];
  quoted: boolean[] = [];
  #at: number;
  readonly #delimiter: number;
  readonly #quote: number;
  #waste = 0;
  /** Position after the last scanned field. */
  #next = 0;

  /** @param from start of the first record */
  constructor(
    readonly text: string,
    { delimiter, quote }: Dialect,
    from = 0,
  ) {
    this.#at = from;
    this.#delimiter = delimiter === '' ? -1 : delimiter.charCodeAt(0);
    this.#quote = quote === '' ? -1 : quote.charCodeAt(0);
  }

  /** Advances to the next record. @returns false: there is none */
  next(): boolean {
    const { text } = this;
    if (this.#at >= text.length) return false;
    this.start = this.#at;
    this.starts = [];
    this.ends = [];
    this.quoted = [];
    for (let at = this.#at; ; at = this.#next + 1) {
      if (!this.#quotedField(at)) this.#plainField(at);
      if (text.charCodeAt(this.#next) !== this.#delimiter || this.#next >= text.length) break;
    }
    this.end = this.#next;
    const isPair = text[this.#next] === '\r' && text[this.#next + 1] === '\n';
    this.#at = this.#next + (isPair ? 2 : 1);
    return true;
  }

  /** Whether the record has only white space. */
  get isBlank(): boolean {
    return this.starts.length === 1 && this.text.slice(this.starts[0], this.ends[0]).trim() === '';
  }

  #plainField(at: number): void {
    const { text } = this;
    let end = at;
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (unit === this.#delimiter || unit === 10 || unit === 13) break;
    }
    this.#take(at, end, end, false);
  }

  /** @returns false: none begins here, or it has no end */
  #quotedField(from: number): boolean {
    const { text } = this;
    let at = from;
    while (text.charCodeAt(at) === 32 && this.#delimiter !== 32) at++;
    if (this.#quote < 0 || text.charCodeAt(at) !== this.#quote) return false;
    if (this.#waste > MAX_WASTE * text.length) return false;
    let limit = Math.min(text.length, at + MAX_QUOTED);
    let lines = 0;
    let inLine = false;
    for (let i = at + 1; i < limit; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 10 || unit === 13) lines++;
      if (unit !== this.#quote) continue;
      if (text.charCodeAt(i + 1) === this.#quote) {
        // Two are one quote, unless the field is empty and ends here.
        i++;
        continue;
      }
      let after = i + 1;
      while (text.charCodeAt(after) === 32 && this.#delimiter !== 32) after++;
      const next = text.charCodeAt(after);
      if (after >= text.length || next === this.#delimiter || next === 10 || next === 13) {
        this.#take(at + 1, i, after, true);
        return true;
      }
      // A quote in the middle: the field ends on this line if it is quoted at all, and had no line before.
      if (lines > 0) limit = i;
      else if (!inLine) limit = lineEnd(text, i, limit);
      inLine = true;
    }
    this.#waste += limit - at;
    return false;
  }

  #take(start: number, end: number, next: number, quoted: boolean): void {
    this.starts.push(start);
    this.ends.push(end);
    this.quoted.push(quoted);
    this.#next = next;
  }
}

function lineEnd(text: string, from: number, limit: number): number {
  for (let i = from; i < limit; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10 || unit === 13) return i;
  }
  return limit;
}

/** How much text is examined to detect delimiter and quotes. */
const SAMPLE_UNITS = 64 * 1024;
const SAMPLE_RECORDS = 200;
/** The delimiter implied by a file name: `.csv` implies hardly anything. */
const PREFERRED: Record<string, number> = { ',': 0.05, '\t': 0.5 };
const DELIMITERS = [',', '\t', ';', '|'];

/** Excel's own first line, `sep=;`. */
const SEPARATOR_LINE = /^\ufeff?"?sep=(.)"?(?:\r\n?|\n|$)/i;

export interface Detected extends Dialect {
  /** Start of the first record. */
  from: number;
}

/**
 * Delimiter and quotes of a text: the delimiter for which most records have the same number of fields, and among those
 * the one with the most fields. If none fits, every line is a field.
 * @param preferred the delimiter implied by the name of the file; preferred if it fits
 */
export function detectDialect(text: string, preferred = ''): Detected {
  const told = SEPARATOR_LINE.exec(text.slice(0, 20));
  if (told) return { delimiter: told[1], quote: '"', from: told[0].length };
  const sample = text.slice(0, SAMPLE_UNITS);
  const quote = quoteOf(sample);
  let best = '';
  let highest = 0;
  for (const delimiter of DELIMITERS) {
    const { share, fields } = regularity(sample, { delimiter, quote }, sample.length < text.length);
    // A slightly lower fraction is compensated by more fields.
    const score =
      fields < 2
        ? 0
        : share * (1 + 0.1 * Math.min(fields, 8)) + (delimiter === preferred ? (PREFERRED[preferred] ?? 0) : 0);
    if (share >= 0.5 && score > highest) {
      highest = score;
      best = delimiter;
    }
  }
  if (best === '' && preferred !== '' && sample.includes(preferred)) best = preferred;
  return { delimiter: best, quote, from: 0 };
}

/**
 * The fraction of records with the most frequent number of fields, and that number. @param cut the last record is
 * incomplete
 */
function regularity(sample: string, dialect: Dialect, cut: boolean): { share: number; fields: number } {
  const scanner = new DelimitedScanner(sample, dialect);
  const counts = new Map<number, number>();
  let records = 0;
  let last = 0;
  while (records < SAMPLE_RECORDS && scanner.next()) {
    if (scanner.isBlank) continue;
    last = scanner.starts.length;
    counts.set(last, (counts.get(last) ?? 0) + 1);
    records++;
  }
  if (cut && records > 1 && records < SAMPLE_RECORDS) {
    counts.set(last, counts.get(last)! - 1);
    records--;
  }
  let fields = 0;
  let most = 0;
  for (const [count, times] of counts) {
    if (count > 1 && times > most) {
      most = times;
      fields = count;
    }
  }
  return { share: records === 0 ? 0 : most / records, fields };
}

/** Single quotes only if no field has double ones. */
function quoteOf(sample: string): string {
  if (/(?:^|[,;\t|\r\n]) *"/.test(sample)) return '"';
  return (sample.match(/(?:^|[,;\t|\r\n])'[^'\r\n]*'(?=[,;\t|\r\n]|$)/g) ?? []).length > 1 ? "'" : '"';
}
