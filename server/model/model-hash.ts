/** What a model is, by the bytes of its files: answers of one model are not those of another in the same folder. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { sha256OfFile } from '../storage/hash.js';

const FILES = ['config.json', 'tokenizer_config.json', 'vocab.txt', 'model.safetensors'];

/** SHA-256 over the files that are there. All are read: size and time of a file can stay while its bytes change. */
export async function modelHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of FILES) {
    // What is missing or unreadable is an error of loading the model.
    const each = await sha256OfFile(path.join(folder, name)).catch(() => '-');
    hash.update(`${name} ${each}\n`);
  }
  return hash.digest('hex');
}
