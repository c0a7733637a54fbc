/** Whether a workbook (XLSX) is a table of answers: by the name of its sheet, which other programs keep. */
import type { FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

/** English in every language: it is how the file is recognised. */
export const WORKBOOK_SHEET = 'Ask BERT answers';

/** What is looked at: the end of the file with its list of parts, and the part that names the sheets. */
const TAIL_BYTES = 128 * 1024;
const PART_BYTES = 64 * 1024;
const PART = 'xl/workbook.xml';

/** Signatures and sizes of ZIP. */
const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

/** @param file opened for reading @param size of it, in bytes @throws the errors of the system */
export async function isOwnWorkbook(file: FileHandle, size: number): Promise<boolean> {
  const part = await partOf(file, size);
  if (part === undefined) return false;
  const names = [...part.matchAll(/<(?:\w+:)?sheet\s[^>]*?\bname="([^"]*)"/g)].map((match) => match[1]);
  return names.length === 1 && names[0] === WORKBOOK_SHEET;
}

/** The text of `xl/workbook.xml`; undefined: there is none of a usual size. */
async function partOf(file: FileHandle, size: number): Promise<string | undefined> {
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = await bytesAt(file, from, Math.min(size, TAIL_BYTES));
  const entry = entryOf(tail);
  if (!entry || entry.packed > PART_BYTES) return undefined;
  const local = await bytesAt(file, entry.at, LOCAL_BYTES);
  if (local.length < LOCAL_BYTES) return undefined;
  const start = entry.at + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = await bytesAt(file, start, entry.packed);
  try {
    const bytes = entry.method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: 4 * PART_BYTES });
    return bytes.toString('utf8');
  } catch {
    // Damaged, or another method.
    return undefined;
  }
}

interface Entry {
  method: number;
  /** Bytes in the file. */
  packed: number;
  /** Where it begins in the file. */
  at: number;
}

/** The part's entry in the list at the end of the archive, as far as the list is in `tail`. */
function entryOf(tail: Buffer): Entry | undefined {
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== DIRECTORY_END) end--;
  if (end < 0) return undefined;
  // The list is directly before its end.
  let at = end - tail.readUInt32LE(end + 12);
  if (at < 0) return undefined;
  while (at + ENTRY_BYTES <= end && tail.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const name = tail.readUInt16LE(at + 28);
    if (tail.toString('latin1', at + ENTRY_BYTES, at + ENTRY_BYTES + name) === PART) {
      return { method: tail.readUInt16LE(at + 10), packed: tail.readUInt32LE(at + 20), at: tail.readUInt32LE(at + 42) };
    }
    at += ENTRY_BYTES + name + tail.readUInt16LE(at + 30) + tail.readUInt16LE(at + 32);
  }
  return undefined;
}

/** Fewer bytes at the end of the file. */
async function bytesAt(file: FileHandle, at: number, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count);
  const { bytesRead } = await file.read(buffer, 0, count, at);
  return buffer.subarray(0, bytesRead);
}
