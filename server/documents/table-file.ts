/** The table of `ask-bert extract`: its formats, and the file, written row by row beside its place. */
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AnsweringEngine, ExtractCell, ExtractResult, NamedQuestion } from '../protocol.js';
import { FileReplacement, isDenied } from '../storage/replace-file.js';
import { terminalJson } from '../text/one-line.js';
import { csvCell, markdownCell as plain } from './table-cell.js';
import { cleanWords, headOf, placeOf, statusOf, type TableRow, valuesOf } from './table-columns.js';

interface Format {
  /** @param isChecked whether it is noted what was checked */
  head(questions: readonly NamedQuestion[], isChecked?: boolean): string;
  /** @param first whether this is the first row */
  row(row: TableRow, first: boolean): string;
  tail(skipped: ExtractResult['skipped'], engine: AnsweringEngine | undefined): string;
}

/** RFC 4180: CRLF at the end. */
const csvLine = (values: readonly string[]): string => `${values.map(csvCell).join(',')}\r\n`;
/** Without it, a spreadsheet takes the text for that of an old code page. */
const BYTE_ORDER_MARK = '\ufeff';

const csv: Format = {
  head: (questions, isChecked) => BYTE_ORDER_MARK + csvLine(headOf(questions, isChecked)),
  row: (row) => csvLine(valuesOf(row).map((value) => (typeof value === 'number' ? value.toFixed(4) : value))),
  tail: () => '',
};

const json: Format = {
  head: (questions) => `{"questions":${terminalJson(questions)},"rows":[`,
  row: (row, first) =>
    `${first ? '' : ','}\n${terminalJson({ file: row.file, cells: row.cells, checked: row.checked, status: statusOf(row) })}`,
  tail: (skipped, engine) => `\n],"skipped":${terminalJson(skipped)},"engine":${terminalJson(engine ?? null)}}\n`,
};

const mdLine = (values: readonly string[]) => `| ${values.join(' | ')} |\n`;

/** "EUR 4,850 (line 32, sure, p=0.97)" */
function mdCell(cell: ExtractCell | null): string {
  if (!cell) return '';
  const more = [placeOf(cell), ...(cell.grade ? [cell.grade] : []), `p=${cell.probability.toFixed(2)}`];
  return `${plain(cleanWords(cell))} (${plain(more.join(', '))})`;
}

const md: Format = {
  head: (questions) =>
    mdLine(['file', ...questions.map(({ name }) => plain(name)), 'status']) +
    mdLine(['---', ...questions.map(() => '---'), '---']),
  row: (row) =>
    mdLine([
      plain(row.file),
      ...row.cells.map((cell, i) => [mdCell(cell), row.checked?.[i] ? '✓' : ''].filter(Boolean).join(' ')),
      plain(statusOf(row)),
    ]),
  tail: () => '',
};

const formats: Record<string, Format> = { '.csv': csv, '.json': json, '.md': md };

/** The format from the file extension. @throws AskBertError BadRequest */
export function formatOf(file: string): Format {
  const format = formats[path.extname(file).toLowerCase()];
  if (format) return format;
  const known = Object.keys(formats).join(', ');
  throw new AskBertError('BadRequest', t('--out: found {0}, expected a name that ends with one of {1}.', file, known));
}

export class TableFile {
  readonly #replacement: FileReplacement;
  readonly #format: Format;
  #rows = 0;

  private constructor(
    readonly file: string,
    replacement: FileReplacement,
    format: Format,
  ) {
    this.#replacement = replacement;
    this.#format = format;
  }

  /** Starts the new table; an old one stays until {@link place}. @throws AskBertError BadRequest, InputUnreadable */
  static async create(file: string, questions: readonly NamedQuestion[]): Promise<TableFile> {
    const format = formatOf(file);
    const replacement = await written(file, () => FileReplacement.create(file), closeIt());
    const table = new TableFile(file, replacement, format);
    try {
      await table.#write(format.head(questions));
    } catch (error) {
      await table.discard();
      throw error;
    }
    return table;
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  async row(row: TableRow): Promise<void> {
    await this.#write(this.#format.row(row, this.#rows === 0));
    this.#rows++;
  }

  /** Ends the table, well-formed even if rows are missing, and puts it in its place. @throws AskBertError */
  async place(skipped: ExtractResult['skipped'], engine: AnsweringEngine | undefined): Promise<void> {
    await this.#write(this.#format.tail(skipped, engine));
    // What was read is in the state.
    const remedy = t('Close it in other programs, then run this again with --resume.');
    await written(this.file, () => this.#replacement.place(), remedy);
  }

  /** Removes the new table unless it is in its place. */
  async discard(): Promise<void> {
    await this.#replacement.discard();
  }

  async #write(text: string): Promise<void> {
    if (text !== '') await written(this.file, () => this.#replacement.write(text));
  }
}

/** For a file that cannot be replaced, before anything was read. */
export const closeIt = (): string => t('Close it in other programs and check its permissions, then run this again.');

/**
 * @param remedy told if another program, or the permissions, deny access
 * @throws AskBertError InputUnreadable that names the file
 */
export async function written<T>(file: string, work: () => Promise<T>, remedy?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = t('{0} cannot be written: {1}.', file, (error as Error).message);
    throw new AskBertError('InputUnreadable', message, isDenied(error) ? remedy : undefined);
  }
}
