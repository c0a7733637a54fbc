/**
 * Whether a file may be one that a reader knows, by its content: the name of a file can be wrong. Cheap, so that no
 * reader is loaded for a text.
 */
import { isUtf8 } from 'node:buffer';
import { zipEntries } from './zip-entries.js';

/** First bytes of a file that tell its format. */
export const HEAD_BYTES = 4096;
/** Where the header of a PDF begins at the latest. */
const PDF_HEADER_BYTES = 1024;

const ZIP = [Buffer.from('PK\x03\x04'), Buffer.from('PK\x05\x06'), Buffer.from('PK\x07\x08')];
/** Compound file: Outlook's messages, and the documents of Office up to 2003. */
const COMPOUND = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
const RTF = Buffer.from('{\\rtf');
const PDF = Buffer.from('%PDF-');

/** Entries that only documents have. */
const DOCUMENT_ENTRY = /^(?:\[Content_Types\]\.xml|mimetype|META-INF\/(?:container|manifest)\.xml|content\.xml)$/i;

/** What the first bytes say; undefined: text, or something that no reader knows. */
export function signatureOf(head: Uint8Array): 'pdf' | 'zip' | 'rtf' | 'compound' | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES));
  const begins = (mark: Buffer, at = 0) => bytes.subarray(at, at + mark.length).equals(mark);
  if (ZIP.some((mark) => begins(mark))) return 'zip';
  if (begins(COMPOUND)) return 'compound';
  const first = firstVisible(bytes);
  if (begins(RTF, first)) return 'rtf';
  if (begins(PDF, first)) return 'pdf';
  const at = bytes.subarray(0, PDF_HEADER_BYTES).indexOf(PDF);
  // A text may quote the mark.
  return at > 0 && !isText(bytes) ? 'pdf' : undefined;
}

/** Fields at the beginning of a mail. */
const FIELD = /^(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|content-type|x-[\w-]+):/gim;
const FIRST_FIELD = /^(?:\xef\xbb\xbf)?[!-9;-~]{1,100}:/;
/** How the attached documents that readers know begin in base64, at the beginning of a line. */
const ATTACHED = ['JVBERi', 'UEsDB', '0M8R4KGx', 'e1xyd'].map((mark) => Buffer.from(`\n${mark}`));

/** Whether a file begins like a mail, not a mailbox of them. */
export function isMail(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES)).toString('latin1');
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length;
  return FIRST_FIELD.test(text) && (text.slice(0, end).match(FIELD)?.length ?? 0) >= 3;
}

/** Whether it is worth starting a reader. @param bytes of the whole file */
export function mayBeDocument(bytes: Uint8Array): boolean {
  const signature = signatureOf(bytes);
  if (signature === undefined && isMail(bytes)) {
    // Any other mail is a text, which is read and shown as it is.
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return ATTACHED.some((mark) => all.includes(mark));
  }
  return signature === 'zip' ? zipEntries(bytes).some((name) => DOCUMENT_ENTRY.test(name)) : signature !== undefined;
}

/** What readers recognise a file by: its first bytes, and the names of its entries if it is a ZIP file. */
export function marksOf(bytes: Uint8Array): [head: Uint8Array, entries: string[]] {
  return [bytes.subarray(0, HEAD_BYTES), signatureOf(bytes) === 'zip' ? zipEntries(bytes) : []];
}

/** After a byte order mark and white space. */
function firstVisible(bytes: Buffer): number {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length && (bytes[at] === 0x20 || (bytes[at] >= 0x09 && bytes[at] <= 0x0d))) at++;
  return at;
}

/** The last character may be cut. */
function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  return [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
}
