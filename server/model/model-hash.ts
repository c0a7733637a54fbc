/** What a model is, by the bytes of its files: answers of one model are not those of another in the same folder. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { sha256OfFile } from '../storage/hash.js';

const FILES = ['config.json', 'tokenizer_config.json', 'vocab.txt', 'model.safetensors'];
/** Of other families; what is not there does not count, so that a model of BERT has the hash it always had. */
const OTHER_FILES = ['tokenizer.json', 'vocab.json', 'merges.txt'];

/** SHA-256 over the files that are there. All are read: size and time of a file can stay while its bytes change. */
export async function modelHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of FILES) {
    // What is missing or unreadable is an error of loading the model.
    const each = await sha256OfFile(path.join(folder, name)).catch(() => '-');
    hash.update(`${name} ${each}\n`);
  }
  if (existsSync(path.join(folder, 'vocab.txt'))) return hash.digest('hex');
  for (const name of OTHER_FILES) {
    const each = await sha256OfFile(path.join(folder, name)).catch(() => undefined);
    if (each !== undefined) hash.update(`${name} ${each}\n`);
  }
  return hash.digest('hex');
}
