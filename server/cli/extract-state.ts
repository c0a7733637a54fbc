/**
 * State of `ask-bert extract --resume`: a file of JSON lines next to the table. The first line names what all rows
 * depend on; every other one is a row with the hash of its text, or says that the table was written. Every row has a
 * checksum: a damaged row is read again, and the others are kept.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { isOwnState, stateFileOf } from '../documents/own-files.js';
import type { TableRow } from '../documents/table-columns.js';
import { closeIt, written } from '../documents/table-file.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { openRegular } from '../storage/open-file.js';
import { FileReplacement, stampOf } from '../storage/replace-file.js';
import { areCells, checkedLine, linesOf, recordOf } from './checked-lines.js';
import { note } from './print.js';

const FORMAT = 3;

/** SHA-256 of a text, exact for every string. */
export const textHash = (text: string): string => createHash('sha256').update(text, 'utf16le').digest('hex');

interface StateRow extends TableRow {
  /** {@link textHash} of the document. */
  text: string;
}

/** The table that was written last. */
export interface Placed {
  /** Documents that it has rows of. */
  rows: number;
  stamp: string;
}

export class ExtractState {
  readonly #handle: FileHandle;
  readonly #known: Map<string, StateRow>;
  private constructor(
    readonly file: string,
    handle: FileHandle,
    known: Map<string, StateRow>,
    readonly placed: Placed | undefined,
  ) {
    this.#handle = handle;
    this.#known = known;
  }

  /**
   * Starts a new file with the rows of the old one that are still valid.
   * @param basis everything that a row depends on besides its document; a different basis invalidates all rows
   * @param columns number of questions
   * @throws AskBertError InputUnreadable
   */
  static async open(table: string, basis: unknown, columns: number, resume: boolean): Promise<ExtractState> {
    const file = stateFileOf(table);
    const header = JSON.stringify({
      format: FORMAT,
      basis: createHash('sha256').update(JSON.stringify(basis)).digest('hex'),
    });
    const old = resume ? await readState(file, header, columns) : { rows: new Map<string, StateRow>() };
    await setAside(file);
    const fill = async () => {
      const replacement = await FileReplacement.create(file);
      try {
        await replacement.write(`${header}\n`);
        for (const row of old.rows.values()) await replacement.write(lineOf(row));
        if (old.placed) await replacement.write(`${JSON.stringify({ placed: old.placed })}\n`);
        await replacement.place();
      } finally {
        await replacement.discard();
      }
      return open(file, 'a');
    };
    const handle = await written(file, fill, closeIt());
    return new ExtractState(file, handle, old.rows, old.placed);
  }

  /** The row of a document that was read before. @param text its {@link textHash} now */
  row(name: string, text: string): TableRow | undefined {
    const row = this.#known.get(name);
    return row?.text === text ? { file: row.file, cells: row.cells } : undefined;
  }

  async add(row: StateRow): Promise<void> {
    await written(this.file, () => this.#handle.writeFile(lineOf(row)));
  }

  /** Notes that the table is in place. @param table its file */
  async noteTable(table: string, rows: number): Promise<void> {
    // Without the note the table is only not replaced by a shorter one.
    const stamp = await stampOf(table).catch(() => undefined);
    await this.#handle.writeFile(`${JSON.stringify({ placed: { rows, stamp } })}\n`).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

const lineOf = ({ file, text, cells }: StateRow): string => checkedLine({ file, text, cells });

/** The rows of a state file with the same header; damaged lines are left out. */
async function readState(
  file: string,
  header: string,
  columns: number,
): Promise<{ rows: Map<string, StateRow>; placed?: Placed | undefined }> {
  const rows = new Map<string, StateRow>();
  let placed: Placed | undefined;
  let first = true;
  try {
    for await (const line of linesOf(file)) {
      if (first && line !== header) return { rows };
      if (!first) {
        const each = parsed(line, columns);
        if (each && 'file' in each) rows.set(each.file, each);
        else if (each) placed = each;
      }
      first = false;
    }
  } catch {
    // What cannot be read is read again from the documents.
  }
  return { rows, placed };
}

function parsed(line: string, columns: number): StateRow | Placed | undefined {
  try {
    const { placed, ...record } = JSON.parse(line);
    const value = recordOf(record) as StateRow | undefined;
    if (value) return isRow(value, columns) ? value : undefined;
    return Number.isSafeInteger(placed?.rows) && typeof placed.stamp === 'string' ? placed : undefined;
  } catch {
    return undefined;
  }
}

const isRow = ({ file, text, cells }: StateRow, columns: number): boolean =>
  typeof file === 'string' && typeof text === 'string' && areCells(cells, columns);

/**
 * Renames a file in the place of the state that is not a state: its head is damaged, or it is the user's.
 * @throws AskBertError InputUnreadable
 */
async function setAside(file: string): Promise<void> {
  if (await isFreeOrOwn(file)) return;
  for (let i = 1; ; i++) {
    const aside = `${file}.${i}`;
    if ((await written(aside, () => stampOf(aside))) !== undefined) continue;
    await written(file, () => rename(file, aside), closeIt());
    note(t('{0} is not a state of this table; it is kept as {1}.', file, aside));
    return;
  }
}

/** Whether there is no file, an empty one or a state. @throws AskBertError InputUnreadable */
async function isFreeOrOwn(file: string): Promise<boolean> {
  try {
    if ((await stampOf(file)) === undefined) return true;
    const { file: handle, stats } = await openRegular(file);
    await handle.close();
    return stats.size === 0 || (await isOwnState(file));
  } catch (error) {
    throw new AskBertError(
      'InputUnreadable',
      t('{0}, the state of the table, cannot be read: {1}.', file, (error as Error).message),
      t('Check its permissions or move it away, then run this again.'),
    );
  }
}
