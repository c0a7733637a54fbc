/**
 * State of `ask-bert extract --resume`: a file of JSON lines next to the table. The first names the questions and
 * the model; each other one is a row with the size and time of the file that it came from.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type TableRow, written } from '../documents/table-file.js';

const FORMAT = 1;

export interface StateRow extends TableRow {
  size: number;
  mtimeMs: number;
}

export const stateFileOf = (table: string): string => `${table}.state.jsonl`;

export class ExtractState {
  readonly #handle: FileHandle;
  readonly #known: Map<string, StateRow>;
  private constructor(
    readonly file: string,
    handle: FileHandle,
    known: Map<string, StateRow>,
  ) {
    this.#handle = handle;
    this.#known = known;
  }

  /**
   * Starts a new file with the rows of the old one that are still valid.
   * @param basis everything that a row depends on besides its file; a different basis invalidates all rows
   * @throws AskBertError InputUnreadable
   */
  static async open(table: string, basis: unknown, resume: boolean): Promise<ExtractState> {
    const file = stateFileOf(table);
    const header = JSON.stringify({
      format: FORMAT,
      basis: createHash('sha256').update(JSON.stringify(basis)).digest('hex'),
    });
    const known = resume ? await readRows(file, header) : new Map<string, StateRow>();
    const kept = [...known.values()].map((row) => `${JSON.stringify(row)}\n`);
    await written(file, () => replaceFile(file, `${header}\n${kept.join('')}`));
    return new ExtractState(file, await written(file, () => open(file, 'a')), known);
  }

  /** The row of a file that has not changed since. */
  row({ name, size, mtimeMs }: { name: string; size: number; mtimeMs: number }): TableRow | undefined {
    const row = this.#known.get(name);
    return row && row.size === size && row.mtimeMs === mtimeMs ? { file: row.file, cells: row.cells } : undefined;
  }

  async add(row: StateRow): Promise<void> {
    await written(this.file, () => this.#handle.writeFile(`${JSON.stringify(row)}\n`));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Atomic: after an interruption or with a full disk, the old file is unchanged. */
async function replaceFile(file: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  try {
    await writeFile(beside, text);
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}

/** The rows of a state file with the same header; an incomplete line ends it. */
async function readRows(file: string, header: string): Promise<Map<string, StateRow>> {
  const rows = new Map<string, StateRow>();
  const lines = await readFile(file, 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  if (lines[0] !== header) return rows;
  for (const line of lines.slice(1)) {
    try {
      const row = JSON.parse(line) as StateRow;
      if (typeof row.file !== 'string' || !Array.isArray(row.cells)) break;
      rows.set(row.file, row);
    } catch {
      break;
    }
  }
  return rows;
}
