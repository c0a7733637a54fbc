/** The table of `ask-bert extract`, written row by row: finished rows are in the file whatever happens next. */
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { Answer, AnsweringEngine, ExtractResult, NamedQuestion } from '../protocol.js';
import { terminalJson } from '../text/one-line.js';
import { csvCell, markdownCell as plain } from './table-cell.js';

export interface TableRow {
  /** Name of the document, relative to the folder. */
  file: string;
  cells: (Answer | null)[];
  /** Why the file was not read: a sentence. Missing: it was. */
  skipped?: string;
}
interface Format {
  head(questions: readonly NamedQuestion[]): string;
  /** @param first whether this is the first row */
  row(row: TableRow, first: boolean): string;
  tail(skipped: ExtractResult['skipped'], engine: AnsweringEngine | undefined): string;
}

/** The exact characters; each item of a list on its own line. */
const wordsOf = ({ text, ranges }: Answer): string => (ranges ? ranges.map((range) => range.text).join('\n') : text);

/** English in every language: programs read it. */
const statusOf = (skipped: string | undefined): string => (skipped === undefined ? 'read' : `skipped: ${skipped}`);

/** RFC 4180: CRLF at the end. */
const csvLine = (values: readonly string[]): string => `${values.map(csvCell).join(',')}\r\n`;

const csv: Format = {
  head: (questions) =>
    csvLine(['file', ...questions.flatMap(({ name }) => [name, `${name} place`, `${name} probability`]), 'status']),
  row: ({ file, cells, skipped }) =>
    csvLine([
      file,
      ...cells.flatMap((cell) => (cell ? [wordsOf(cell), place(cell), cell.probability.toFixed(4)] : ['', '', ''])),
      statusOf(skipped),
    ]),
  tail: () => '',
};

const json: Format = {
  head: (questions) => `{"questions":${terminalJson(questions)},"rows":[`,
  row: ({ file, cells, skipped }, first) =>
    `${first ? '' : ','}\n${terminalJson({ file, cells, status: statusOf(skipped) })}`,
  tail: (skipped, engine) => `\n],"skipped":${terminalJson(skipped)},"engine":${terminalJson(engine ?? null)}}\n`,
};

const mdLine = (values: readonly string[]) => `| ${values.join(' | ')} |\n`;

const shown = ({ text, ranges }: Answer): string =>
  (ranges?.map((range) => plain(range.text)) ?? [plain(text)]).join('; ');

const md: Format = {
  head: (questions) =>
    mdLine(['file', ...questions.map(({ name }) => plain(name)), 'status']) +
    mdLine(['---', ...questions.map(() => '---'), '---']),
  row: ({ file, cells, skipped }) =>
    mdLine([
      plain(file),
      ...cells.map((cell) => (cell ? `${shown(cell)} (${place(cell)}, p=${cell.probability.toFixed(2)})` : '')),
      plain(statusOf(skipped)),
    ]),
  tail: () => '',
};

const formats: Record<string, Format> = { '.csv': csv, '.json': json, '.md': md };

const place = ({ line, character }: Answer) => `${line + 1}:${character + 1}`;

/** The format from the file extension. @throws AskBertError BadRequest */
export function formatOf(file: string): Format {
  const format = formats[path.extname(file).toLowerCase()];
  if (format) return format;
  const known = Object.keys(formats).join(', ');
  throw new AskBertError('BadRequest', t('--out: found {0}, expected a name that ends with one of {1}.', file, known));
}

export class TableFile {
  readonly #handle: FileHandle;
  readonly #format: Format;
  #rows = 0;

  private constructor(
    readonly file: string,
    handle: FileHandle,
    format: Format,
  ) {
    this.#handle = handle;
    this.#format = format;
  }

  /** Starts the file, dropping its old contents. @throws AskBertError BadRequest, InputUnreadable */
  static async create(file: string, questions: readonly NamedQuestion[]): Promise<TableFile> {
    const format = formatOf(file);
    const handle = await written(file, () => open(file, 'w'));
    const table = new TableFile(file, handle, format);
    await table.#write(format.head(questions));
    return table;
  }

  async row(row: TableRow): Promise<void> {
    await this.#write(this.#format.row(row, this.#rows === 0));
    this.#rows++;
  }

  /** Ends the file; it is well-formed even if rows are missing. */
  async end(skipped: ExtractResult['skipped'], engine: AnsweringEngine | undefined): Promise<void> {
    try {
      await this.#write(this.#format.tail(skipped, engine));
    } finally {
      await this.#handle.close();
    }
  }

  async #write(text: string): Promise<void> {
    if (text !== '') await written(this.file, () => this.#handle.writeFile(text));
  }
}

/** @throws AskBertError InputUnreadable that names the file */
export async function written<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AskBertError('InputUnreadable', t('{0} cannot be written: {1}.', file, (error as Error).message));
  }
}
