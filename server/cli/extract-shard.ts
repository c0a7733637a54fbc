/** `ask-bert extract --shard`: which files of the folder one process reads. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isNoDocument } from '../documents/not-documents.js';
import { type SeenNames, type Shard, shardOf } from '../documents/shards.js';

/**
 * Which files belong to a shard. Notes the names of all but those of the table and its shards, which come and go while
 * other processes run.
 * @param table the whole one, to which links lead no more @param questions file of the question set
 */
export function belongsTo(
  { index, of }: Shard,
  seen: SeenNames,
  table: string,
  questions: string,
): (name: string, file: string) => Promise<boolean> {
  const real = (file: string) => realpath(file).catch(() => path.resolve(file));
  const folder = real(path.dirname(table));
  const isOurs = async (file: string): Promise<boolean> => {
    const name = path.basename(file);
    if (name === path.basename(questions) && (await real(file)) === (await real(questions))) return true;
    const rest = name.slice(path.basename(table).length);
    const isOutput = name.startsWith(path.basename(table)) && (rest === '' || isNoDocument(name));
    return isOutput && (await real(path.dirname(file))) === (await folder);
  };
  return async (name, file) => {
    if (await isOurs(file)) return false;
    seen.add(name);
    return shardOf(name, of) === index;
  };
}
