/** What a model is, by the bytes of its files: answers of one model are not those of another in the same folder. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { sha256OfFile } from '../storage/hash.js';
import { readJsonObject } from './config.js';
import { familyOf } from './families/families.js';

const FILES = ['config.json', 'tokenizer_config.json', 'vocab.txt', 'model.safetensors'];
/** Of families with another tokeniser than BERT's; what is not there does not count. */
const OTHER_FILES = ['tokenizer.json', 'vocab.json', 'merges.txt'];

/** SHA-256 over the files that are there. All are read: size and time of a file can stay while its bytes change. */
export async function modelHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of FILES) {
    // What is missing or unreadable is an error of loading the model.
    const each = await sha256OfFile(path.join(folder, name)).catch(() => '-');
    hash.update(`${name} ${each}\n`);
  }
  if (readsVocabulary(folder)) return hash.digest('hex');
  for (const name of OTHER_FILES) {
    const each = await sha256OfFile(path.join(folder, name)).catch(() => undefined);
    if (each !== undefined) hash.update(`${name} ${each}\n`);
  }
  return hash.digest('hex');
}

/** Whether the tokeniser is vocab.txt: the family says it, since that file may lie beside another tokeniser, too. */
function readsVocabulary(folder: string): boolean {
  try {
    const type = readJsonObject(path.join(folder, 'config.json'), '').model_type ?? 'bert';
    return typeof type === 'string' && familyOf(type)?.tokenizer === 'WordPiece';
  } catch {
    return false;
  }
}
