/** SHA-256 of files, read in chunks, and short keys of values. */
import { createHash } from 'node:crypto';
import { openRegular } from './open-file.js';

/** @throws FileFault, and the errors of the system */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  const { file: handle } = await openRegular(file);
  const stream = handle.createReadStream({ highWaterMark: 1 << 20 });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Key of a value of JSON: 32 hexadecimal digits of its SHA-256. */
export const shortHash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
