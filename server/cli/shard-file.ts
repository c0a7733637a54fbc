/**
 * The rows of one shard, from `extract --shard` to `merge`: JSON lines with checksums. The first line says what the
 * rows depend on; then come the rows in the order of the walk, and last how many there are. It exists only when the
 * shard is complete.
 */
import { MOST_SHARDS, shardText, walkOrder } from '../documents/shards.js';
import type { TableRow } from '../documents/table-columns.js';
import { closeIt, written } from '../documents/table-file.js';
import { AskBertError, asAskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AnsweringEngine, AskOptions, ExtractResult, NamedQuestion } from '../protocol.js';
import { FileReplacement } from '../storage/replace-file.js';
import { areCells, checkedLine, isTextOrMissing, linesOf, recordOf } from './checked-lines.js';

const FORMAT = 1;
/** Bytes read at a time: the files of many shards are open at once. */
const BUFFER = 1 << 16;

/** What all rows of a shard depend on, besides their documents. */
export interface ShardHead {
  shard: { index: number; of: number };
  version: string;
  questions: NamedQuestion[];
  options: AskOptions;
  /** Hash of the model's files. */
  model: string;
  engine: AnsweringEngine;
  /** Of the names of all files of the folder. */
  seen: { count: number; sha256: string };
}

type LeftOut = ExtractResult['skipped'][number];

export interface ShardRow extends TableRow {
  /** Why it was not read. Missing: it was. */
  left?: LeftOut | undefined;
  /** Its name in the walk, if it was left out by that: such rows come before all others. */
  walked?: string | undefined;
}

/** Order of the rows of a table. */
export function rowOrder(a: ShardRow, b: ShardRow): number {
  if ((a.walked === undefined) !== (b.walked === undefined)) return a.walked === undefined ? 1 : -1;
  return walkOrder(a.walked ?? a.file, b.walked ?? b.file);
}

export class ShardFile {
  readonly #replacement: FileReplacement;
  #rows = 0;

  private constructor(
    readonly file: string,
    replacement: FileReplacement,
  ) {
    this.#replacement = replacement;
  }

  /** An old one stays until {@link place}. @throws AskBertError InputUnreadable */
  static async create(file: string): Promise<ShardFile> {
    return new ShardFile(file, await written(file, () => FileReplacement.create(file), closeIt()));
  }

  /** Before the first row. @throws AskBertError */
  async begin(head: ShardHead): Promise<void> {
    await this.#write(`{"askBertShard":${FORMAT},${checkedLine(head).slice(1)}`);
  }

  async row(row: TableRow, left?: LeftOut, walked?: string): Promise<void> {
    const { file, cells, notes, skipped } = row;
    await this.#write(checkedLine({ file, cells, notes, skipped, left, walked }));
    this.#rows++;
  }

  /** @throws AskBertError */
  async place(): Promise<void> {
    await this.#write(checkedLine({ rows: this.#rows }));
    const remedy = t('Close it in other programs, then run this again with --resume.');
    await written(this.file, () => this.#replacement.place(), remedy);
  }

  async discard(): Promise<void> {
    await this.#replacement.discard();
  }

  async #write(text: string): Promise<void> {
    await written(this.file, () => this.#replacement.write(text));
  }
}

/** @throws AskBertError InputUnreadable that names the file */
export async function readShardHead(file: string): Promise<ShardHead> {
  for await (const line of records(file)) {
    const { askBertShard: format, record } = line;
    if (format === undefined) break;
    if (format !== FORMAT) {
      throw new AskBertError(
        'InputUnreadable',
        t('{0} was written by another version of Ask BERT: its format is {1}, expected {2}.', file, format, FORMAT),
        t('Run the shard again with this version.'),
      );
    }
    return isHead(record) ? record : fail(file);
  }
  throw new AskBertError(
    'InputUnreadable',
    t('{0} is not a shard of a table.', file),
    t('Name the files that "ask-bert extract --shard" wrote.'),
  );
}

/**
 * The rows, each checked: a damaged one is an error, and so is one too few.
 * @param head what {@link readShardHead} has read: a file with another one was put in its place since
 * @throws AskBertError InputUnreadable that names the file
 */
export async function* readShardRows(file: string, head: ShardHead): AsyncGenerator<ShardRow> {
  let before: ShardRow | undefined;
  let count = -1;
  let isComplete = false;
  for await (const { record } of records(file)) {
    if (isComplete) fail(file);
    if (++count === 0) {
      if (JSON.stringify(record) !== JSON.stringify(head)) throw replaced(file);
      continue;
    }
    const row = record as ShardRow & { rows?: number };
    if (row?.rows !== undefined) {
      isComplete = row.rows === count - 1;
      if (!isComplete) fail(file);
      continue;
    }
    if (!isRow(row, head.questions.length) || (before && rowOrder(before, row) >= 0)) fail(file);
    before = row;
    yield row;
  }
  if (!isComplete) fail(file);
}

async function* records(file: string): AsyncGenerator<{ askBertShard?: number; record: unknown }> {
  try {
    for await (const line of linesOf(file, BUFFER)) {
      let parsed: { askBertShard?: number; row?: unknown; check?: unknown } | undefined;
      try {
        parsed = JSON.parse(line);
      } catch {
        // Told below: no record.
      }
      const { askBertShard } = parsed ?? {};
      yield { ...(askBertShard === undefined ? {} : { askBertShard }), record: recordOf(parsed ?? {}) };
    }
  } catch (error) {
    if (error instanceof AskBertError) throw error;
    throw new AskBertError('InputUnreadable', t('{0} cannot be read: {1}.', file, asAskBertError(error).message));
  }
}

function isHead(value: unknown): value is ShardHead {
  const head = value as ShardHead | null | undefined;
  return (
    head !== null &&
    head !== undefined &&
    isShard(head.shard) &&
    areTexts([head.version, head.model, head.seen?.sha256]) &&
    Number.isSafeInteger(head.seen.count) &&
    areTexts([head.engine?.name, head.engine?.device, head.engine?.model, head.engine?.precision]) &&
    Array.isArray(head.questions) &&
    head.questions.every((each) => areTexts([each?.name, each?.question]))
  );
}

const isShard = (shard: ShardHead['shard'] | null | undefined): boolean =>
  Number.isSafeInteger(shard?.index) &&
  Number.isSafeInteger(shard?.of) &&
  shard!.index >= 1 &&
  shard!.index <= shard!.of &&
  shard!.of <= MOST_SHARDS;

const areTexts = (values: unknown): boolean =>
  Array.isArray(values) && values.every((value) => typeof value === 'string');

const isRow = (row: ShardRow | undefined, columns: number): boolean =>
  typeof row?.file === 'string' &&
  areCells(row.cells, columns) &&
  isTextOrMissing(row.skipped) &&
  isTextOrMissing(row.walked) &&
  (row.notes === undefined || areTexts(row.notes)) &&
  (row.left === undefined || areTexts([row.left?.uri, row.left?.reason, row.left?.message]));

const replaced = (file: string) =>
  new AskBertError(
    'InputUnreadable',
    t('{0} was replaced while it was read.', file),
    t('Wait until all shards are complete, then run this again.'),
  );

function fail(file: string): never {
  throw new AskBertError(
    'InputUnreadable',
    t('{0} is damaged or not complete.', file),
    t('Run this shard again with --resume.'),
  );
}

/** "3/8 (table.csv.shard-3-of-8.jsonl)" */
export const namedShard = (file: string, { shard }: ShardHead): string => `${shardText(shard)} (${file})`;
