/** The readers of binary formats. A new format is a file that exports a {@link FormatReader}, and a line here. */
import type { FormatReader } from '../extracted.js';
import { docxReader } from '../office/docx.js';
import { emlReader } from '../office/eml.js';
import { epubReader } from '../office/epub.js';
import { msgReader } from '../office/msg.js';
import { odfReader } from '../office/odf.js';
import { pptxReader } from '../office/pptx.js';
import { rtfReader } from '../office/rtf.js';
import { xlsxReader } from '../office/xlsx.js';
import { pdfReader } from '../pdf/pdf.js';
import { marksOf } from '../signature.js';

/** In the order in which they are asked. */
export const READERS: readonly FormatReader[] = [
  pdfReader,
  docxReader,
  xlsxReader,
  pptxReader,
  odfReader,
  epubReader,
  rtfReader,
  msgReader(() => READERS),
  emlReader(() => READERS),
];

/** The reader of a file, by its content; undefined: none knows it. */
export function readerOf(bytes: Uint8Array, readers: readonly FormatReader[] = READERS): FormatReader | undefined {
  const [head, entries] = marksOf(bytes);
  return readers.find((reader) => reader.recognises(head, entries));
}
