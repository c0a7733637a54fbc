/** Names of the entries of a ZIP file, without unpacking anything. */

/** More names say nothing more about the format. */
const MAX_ENTRIES = 2000;
const MAX_NAME_BYTES = 1024;
/** The record at the end, with the longest comment. */
const END_BYTES = 22 + 65_535;

const END_MARK = Buffer.from('PK\x05\x06');
const DIRECTORY_MARK = 0x02014b50;
const LOCAL_MARK = Buffer.from('PK\x03\x04');

/** In the order of the directory; of a file without one (cut off, damaged) in the order of the entries. Never throws. */
export function zipEntries(file: Uint8Array): string[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const names = fromDirectory(bytes);
  return names.length > 0 ? names : fromEntries(bytes);
}

function fromDirectory(bytes: Buffer): string[] {
  const from = Math.max(0, bytes.length - END_BYTES);
  const end = bytes.subarray(from).lastIndexOf(END_MARK);
  if (end < 0 || from + end + 22 > bytes.length) return [];
  // What a self-extracting file has in front is not counted by its own offsets.
  const size = bytes.readUInt32LE(from + end + 12);
  let at = bytes.readUInt32LE(from + end + 16);
  if (at + 4 > bytes.length || bytes.readUInt32LE(at) !== DIRECTORY_MARK) at = from + end - size;
  const names: string[] = [];
  while (names.length < MAX_ENTRIES && at >= 0 && at + 46 <= bytes.length) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_MARK) break;
    const length = bytes.readUInt16LE(at + 28);
    names.push(nameAt(bytes, at + 46, length));
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return names;
}

function fromEntries(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = bytes.indexOf(LOCAL_MARK); at >= 0; at = bytes.indexOf(LOCAL_MARK, at + 4)) {
    if (names.length >= MAX_ENTRIES || at + 30 > bytes.length) break;
    const length = bytes.readUInt16LE(at + 26);
    if (length > 0 && length <= MAX_NAME_BYTES) names.push(nameAt(bytes, at + 30, length));
  }
  return names;
}

const nameAt = (bytes: Buffer, at: number, length: number): string =>
  bytes.subarray(at, at + Math.min(length, MAX_NAME_BYTES)).toString('utf8');
