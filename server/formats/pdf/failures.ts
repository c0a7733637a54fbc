/** Why a PDF has no text that can be read. */
import { UnreadableFormat } from '../extracted.js';

/** @param bytes of the document; images are never inside compressed objects, so their names can be looked for */
export function nothingReadable(bytes: Uint8Array, pages: number, broken: number): UnreadableFormat {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (broken === pages) return new UnreadableFormat('damaged', 'no page can be read');
  const end = text.subarray(-2048).toString('latin1');
  if (!/startxref\s+\d+\s+%%EOF/.test(end))
    return new UnreadableFormat('damaged', 'its end is missing and no text was found');
  if (/\/Subtype\s*\/Image/.test(text.toString('latin1')))
    return new UnreadableFormat('scan', 'its pages are pictures');
  return new UnreadableFormat('empty', 'its pages have no text');
}
