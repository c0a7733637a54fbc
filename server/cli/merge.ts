/** `ask-bert merge`: the tables of all shards of `ask-bert extract --shard` as the table of one run. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { shardFileName, shardFileOf, shardOf, shardText } from '../documents/shards.js';
import { formatOf, TableFile } from '../documents/table-file.js';
import { AskBertError, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { AnsweringEngine, ExtractResult } from '../protocol.js';
import { checkTarget, targetOf, withTable } from './extract-target.js';
import { interruptible } from './interrupt.js';
import { note } from './print.js';
import { skippedInWords } from './reading-flags.js';
import { namedShard, readShardHead, readShardRows, rowOrder, type ShardHead, type ShardRow } from './shard-file.js';

interface MergeFlags {
  shards?: string[];
  out: string;
  force?: boolean;
}

export const mergeCommand = {
  command: 'merge [shards..]',
  describe: t('Make one table of the shards that "extract --shard" wrote'),
  builder: (argv: Argv) =>
    argv
      .positional('shards', {
        type: 'string',
        array: true,
        describe: t('The files of the shards (default: those beside the table)'),
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: t('The table: a name that ends with .csv, .json or .md'),
      })
      .option('force', { type: 'boolean', describe: t('Also replace a file that is not a table of Ask BERT') }),
  handler: (argv: ArgumentsCamelCase) => run(argv as unknown as MergeFlags),
};

interface Part {
  file: string;
  head: ShardHead;
}

async function run(flags: MergeFlags): Promise<void> {
  formatOf(flags.out);
  const target = await targetOf(flags.out);
  const files = flags.shards?.length ? flags.shards : await beside(flags.out, target);
  const check = () => checkTarget(flags.out, target, { documents: files }, flags.force === true);
  await check();
  const parts: Part[] = [];
  for (const file of files) parts.push({ file, head: await readShardHead(file) });
  const sorted = complete(parts, flags.out);
  for (const part of sorted) checkSame(sorted[0], part);
  await interruptible(t('It was stopped.'), (signal) =>
    withTable(flags.out, target, async () => {
      // Again: another process may just have ended.
      await check();
      const table = await TableFile.create(target, sorted[0].head.questions);
      try {
        const skipped = await fill(table, sorted, signal);
        await table.place(skipped, engineOf(sorted));
        note([rowsText(flags.out, table.rows, sorted.length), skippedInWords(skipped)].filter(Boolean).join(', '));
      } finally {
        await table.discard();
      }
    }),
  );
}

function rowsText(out: string, rows: number, shards: number): string {
  if (shards === 1) return rows === 1 ? t('{0}: 1 row of 1 shard', out) : t('{0}: {1} rows of 1 shard', out, rows);
  return rows === 1 ? t('{0}: 1 row of {1} shards', out, shards) : t('{0}: {1} rows of {2} shards', out, rows, shards);
}

/** The files of shards in the folder of a table. @throws AskBertError there are none */
async function beside(out: string, target: string): Promise<string[]> {
  const names = await readdir(path.dirname(target)).catch(() => []);
  const found = names.filter((name) => shardFileName(name)?.table === path.basename(target));
  if (found.length > 0) return found.map((name) => path.join(path.dirname(target), name));
  throw new AskBertError(
    'InputUnreadable',
    t(
      'There are no shards of {0}: found no {1}.',
      out,
      shardFileOf(target, { index: 1, of: 1 }).replace(/1-of-1/, 'I-of-N'),
    ),
    t('Run "ask-bert extract --shard" first, or name the files.'),
  );
}

/** The shards in their order. @throws AskBertError some are missing, or there more than once */
function complete(parts: readonly Part[], out: string): Part[] {
  const [first] = parts;
  const { of } = first.head.shard;
  const found = new Map<number, Part>();
  for (const part of parts) {
    const { shard } = part.head;
    if (shard.of !== of) {
      throw refused(
        t(
          '{0} is shard {1}, and {2} is shard {3}.',
          part.file,
          shardText(shard),
          first.file,
          shardText(first.head.shard),
        ),
        t('Merge shards of one number N; name their files.'),
      );
    }
    const same = found.get(shard.index);
    if (same) {
      throw refused(
        t('Shard {0} is there twice: {1} and {2}.', shardText(shard), same.file, part.file),
        t('Name each shard once.'),
      );
    }
    found.set(shard.index, part);
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !found.has(index));
  if (missing.length > 0) {
    const shown = missing.slice(0, 20).map((index) => shardText({ index, of }));
    if (missing.length > shown.length) shown.push('…');
    throw refused(
      missing.length === 1
        ? t('A shard is missing: {0}.', shown[0])
        : t('{0} of {1} shards are missing: {2}.', missing.length, of, shown.join(', ')),
      t('Run "ask-bert extract --shard {0} --out {1}".', shown[0], out),
    );
  }
  return [...found.values()].sort((a, b) => a.head.shard.index - b.head.shard.index);
}

/** @throws AskBertError rows of one depend on something else than those of the other */
function checkSame(first: Part, part: Part): void {
  const [a, b] = [first.head, part.head];
  const [one, other] = [namedShard(first.file, a), namedShard(part.file, b)];
  const again = t('Run the shards that differ again, with the same flags.');
  const engine = ({ name, precision }: AnsweringEngine) => `${name} ${precision}`;
  if (a.version !== b.version) {
    throw refused(
      t(
        'Shard {0} was read by version {1} of Ask BERT, and shard {2} by version {3}.',
        one,
        a.version,
        other,
        b.version,
      ),
      again,
    );
  }
  if (!isEqual(a.questions, b.questions))
    throw refused(t('Shards {0} and {1} have different questions.', one, other), again);
  if (!isEqual(a.options, b.options))
    throw refused(t('Shards {0} and {1} were read with different options.', one, other), again);
  if (a.model !== b.model) {
    throw refused(t('Shard {0} was read with other weights than shard {1}.', other, one), again);
  }
  if (engine(a.engine) !== engine(b.engine)) {
    throw refused(
      t('Shard {0} was computed by {1}, and shard {2} by {3}.', one, engine(a.engine), other, engine(b.engine)),
      again,
    );
  }
  if (!isEqual(a.seen, b.seen)) {
    throw refused(
      differenceText(one, a.seen.count, other, b.seen.count),
      t('Run all shards again with --resume while nothing is added to the folder or removed from it.'),
    );
  }
}

/** @param one name of a shard that saw `count` files @param other that of one that saw others */
function differenceText(one: string, count: number, other: string, others: number): string {
  if (count === others)
    return t('Shards {0} and {1} saw as many files in the folder, but with other names.', one, other);
  return count === 1
    ? t('Shard {0} saw 1 file in the folder, and shard {1} saw {2}.', one, other, others)
    : t('Shard {0} saw {1} files in the folder, and shard {2} saw {3}.', one, count, other, others);
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const refused = (message: string, remedy: string) => new AskBertError('InputUnreadable', message, remedy);

/** Servers may have had different addresses. */
function engineOf(parts: readonly Part[]): AnsweringEngine {
  const devices = [...new Set(parts.map(({ head }) => head.engine.device))];
  return { ...parts[0].head.engine, device: devices.join(', ') };
}

/** A shard whose next row is known. */
interface Open extends Part {
  rows: AsyncGenerator<ShardRow>;
  next: ShardRow;
}

/** Writes the rows of all shards in the order of one run. @returns what was skipped @throws AskBertError */
async function fill(table: TableFile, parts: readonly Part[], signal: AbortSignal): Promise<ExtractResult['skipped']> {
  const skipped: ExtractResult['skipped'] = [];
  const heap = new Heap();
  const opened = parts.map((part) => ({ part, rows: readShardRows(part.file, part.head) }));
  const advance = async (part: Part, rows: AsyncGenerator<ShardRow>) => {
    const { value, done } = await rows.next();
    if (!done) heap.push({ ...part, rows, next: value });
  };
  try {
    for (const { part, rows } of opened) {
      throwIfAborted(signal);
      await advance(part, rows);
    }
    for (let first = heap.pop(); first; first = heap.pop()) {
      throwIfAborted(signal);
      const { next, file, head } = first;
      const { file: name, cells, notes, skipped: message, left, walked } = next;
      if (shardOf(walked ?? name, head.shard.of) !== head.shard.index) {
        throw refused(
          t('{0} has a row of {1}, which belongs to another shard.', file, name),
          t('Run this shard again with --resume.'),
        );
      }
      await table.row({
        file: name,
        cells,
        ...(notes && { notes }),
        ...(message !== undefined && { skipped: message }),
      });
      if (left) skipped.push(left);
      await advance(first, first.rows);
    }
  } finally {
    for (const { rows } of opened) await rows.return(undefined);
  }
  return skipped;
}

/** Shards by their next row: a binary heap. */
class Heap {
  readonly #all: Open[] = [];

  push(open: Open): void {
    let at = this.#all.length;
    this.#all.push(open);
    for (let up = (at - 1) >> 1; at > 0 && this.#isBefore(at, up); up = (at - 1) >> 1) {
      this.#swap(at, up);
      at = up;
    }
  }

  /** The one with the first row; undefined: none is left. */
  pop(): Open | undefined {
    const all = this.#all;
    const [first] = all;
    const last = all.pop();
    if (last === undefined || first === last) return last;
    all[0] = last;
    for (let at = 0; ; ) {
      const children = [2 * at + 1, 2 * at + 2].filter((child) => child < all.length);
      const least = children.reduce((best, child) => (this.#isBefore(child, best) ? child : best), at);
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return rowOrder(this.#all[a].next, this.#all[b].next) < 0;
  }

  #swap(a: number, b: number): void {
    const all = this.#all;
    [all[a], all[b]] = [all[b], all[a]];
  }
}
