/**
 * Shards of a folder: each of several processes reads its share of the files. A file belongs to a shard by the hash of
 * its name alone, so that files which are added or removed move no others.
 */
import { createHash } from 'node:crypto';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

export interface Shard {
  /** From 1. */
  readonly index: number;
  /** Number of shards. */
  readonly of: number;
}

/** `merge` has the files of all of them open at once. */
export const MOST_SHARDS = 2000;

/** @param flag its name, for messages @throws AskBertError BadRequest */
export function parseShard(value: string, flag: string): Shard {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(value.trim())?.map(Number) ?? [];
  if (index >= 1 && index <= of && of <= MOST_SHARDS) return { index, of };
  throw new AskBertError(
    'BadRequest',
    t(
      '{0}: found {1}, expected I/N such as 3/8: the shard I of N, from 1 to at most {2}, as many as "merge" can open.',
      flag,
      JSON.stringify(value.slice(0, 40)),
      MOST_SHARDS,
    ),
  );
}

export const shardText = ({ index, of }: Shard): string => `${index}/${of}`;

/** Bytes of a hash that make a whole number without loss. */
const HASH_BYTES = 6;

/** The shard, from 1, of a file. @param name relative to the folder, with slashes @param of number of shards */
export const shardOf = (name: string, of: number): number =>
  (createHash('sha256').update(name).digest().readUIntBE(0, HASH_BYTES) % of) + 1;

/** The file of a shard beside the table. @param table name of the whole table */
export const shardFileOf = (table: string, { index, of }: Shard): string => `${table}.shard-${index}-of-${of}.jsonl`;

const SHARD_FILE = /^(.+)\.shard-(\d+)-of-(\d+)\.jsonl$/;

/** What the name of a shard's file says, without its folder; undefined: it is not one. */
export function shardFileName(name: string): ({ table: string } & Shard) | undefined {
  const found = SHARD_FILE.exec(name);
  return found ? { table: found[1], index: Number(found[2]), of: Number(found[3]) } : undefined;
}

/**
 * The order in which a folder is walked: files before folders, each by their names. Names are relative, with slashes;
 * that of a folder ends with one.
 * @returns negative: `a` comes first; 0: they are the same
 */
export function walkOrder(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [a.split('/'), b.split('/')];
  for (let i = 0; ; i++) {
    const [l, r] = [left[i], right[i]];
    // The folder itself comes before what is in it.
    if (l === undefined || r === undefined) return l === r ? 0 : l === undefined ? -1 : 1;
    if (l === r) continue;
    const [isFile, isOtherFile] = [i === left.length - 1, i === right.length - 1];
    if (isFile !== isOtherFile) return isFile ? -1 : 1;
    return l < r ? -1 : 1;
  }
}

/** The names of all files of a folder, of every shard: shards belong together if they have seen the same. */
export class SeenNames {
  readonly #hash = createHash('sha256');
  #count = 0;

  add(name: string): void {
    this.#hash.update(`${name.length} ${name}\n`);
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** To be called once. */
  digest(): { count: number; sha256: string } {
    return { count: this.#count, sha256: this.#hash.digest('hex') };
  }
}
