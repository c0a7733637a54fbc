/**
 * ZIP archives (Office files, books), read in memory and nothing written. The number of entries, the unpacked size and
 * the ratio are limited; an entry whose name leads out of the archive is left out. An archive whose directory is
 * missing or damaged is read by the headers of its entries.
 */
import { Inflate } from 'fflate';
import { t } from '../l10n.js';
import { UnreadableFormat } from './extracted.js';
import { signatureOf } from './signature.js';

const MAX_ENTRIES = 65_536;
/** Unpacked bytes of one entry, and of all entries that are read. */
const MAX_ENTRY = 256 * 1024 * 1024;
const MAX_TOTAL = 512 * 1024 * 1024;
/** Unpacked to packed size; beyond {@link RATIO_FROM} bytes only, as short repetitive parts are packed well. */
const MAX_RATIO = 500;
const RATIO_FROM = 16 * 1024 * 1024;
/** Packed bytes that are unpacked at a time. */
const STEP = 32 * 1024;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  name: string;
  method: number;
  isEncrypted: boolean;
  /** Of the local header. */
  at: number;
  packed: number;
  /** As declared; -1: not known. */
  crc: number;
}

export const isZip = (head: Uint8Array): boolean => signatureOf(head) === 'zip';

export class Archive {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries = new Map<string, Entry>();
  /** Names in lower case, as some producers spell a part's name differently in its reference. */
  readonly #lower = new Map<string, string>();
  #unpacked = 0;
  /** The directory was missing, or an entry was incomplete or did not match its checksum. */
  isDamaged = false;

  /** @throws UnreadableFormat */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!this.#readDirectory()) {
      this.isDamaged = true;
      this.#scan();
    }
    if (this.#entries.size === 0) throw new UnreadableFormat('damaged', t('the archive has no entries'));
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** The unpacked contents, as far as they can be unpacked; undefined: no such entry. @throws UnreadableFormat */
  read(name: string): Uint8Array | undefined {
    const entry = this.#find(name);
    if (!entry) return undefined;
    if (entry.isEncrypted) throw new UnreadableFormat('password');
    const packed = this.#packed(entry);
    const limit = Math.min(MAX_ENTRY, MAX_TOTAL - this.#unpacked, Math.max(RATIO_FROM, packed.length * MAX_RATIO));
    const unpacked = entry.method === STORED ? packed : entry.method === DEFLATED ? this.#inflate(packed, limit) : null;
    if (!unpacked) throw new UnreadableFormat('unsupported', t('a part is packed in an unknown way'));
    if (unpacked.length > limit) throw tooLarge();
    this.#unpacked += unpacked.length;
    if (entry.crc >= 0 && crc32(unpacked) !== entry.crc) this.isDamaged = true;
    return unpacked;
  }

  #find(name: string): Entry | undefined {
    return this.#entries.get(name) ?? this.#entries.get(this.#lower.get(name.toLowerCase()) ?? '');
  }

  /** The packed bytes of an entry, behind its local header. */
  #packed(entry: Entry): Uint8Array {
    const { at, packed } = entry;
    const size = this.#bytes.length;
    if (at + 30 > size || this.#view.getUint32(at, true) !== LOCAL) {
      this.isDamaged = true;
      return new Uint8Array(0);
    }
    const start = at + 30 + this.#view.getUint16(at + 26, true) + this.#view.getUint16(at + 28, true);
    if (start + packed > size) this.isDamaged = true;
    return this.#bytes.subarray(Math.min(start, size), Math.min(start + packed, size));
  }

  /** @returns at most one byte more than `limit`, roughly: enough for the caller to refuse it */
  #inflate(packed: Uint8Array, limit: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    const inflate = new Inflate((part) => {
      if (length <= limit) parts.push(part);
      length += part.length;
    });
    try {
      for (let at = 0; at < packed.length && length <= limit; at += STEP) {
        inflate.push(packed.subarray(at, at + STEP), at + STEP >= packed.length);
      }
    } catch {
      this.isDamaged = true;
    }
    if (length > limit) throw tooLarge();
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** The central directory. @returns whether there is one */
  #readDirectory(): boolean {
    const view = this.#view;
    const size = this.#bytes.length;
    let end = -1;
    // The last record, with a comment of up to 65,535 bytes behind it.
    for (let at = size - 22; at >= Math.max(0, size - 22 - 65_535); at--) {
      if (view.getUint32(at, true) === END) {
        end = at;
        break;
      }
    }
    if (end < 0) return false;
    const count = view.getUint16(end + 10, true);
    let at = view.getUint32(end + 16, true);
    // The offsets are those of the archive's beginning, before which there may be other bytes.
    const directory = view.getUint32(end + 12, true);
    const shift = at + directory <= end ? end - directory - at : 0;
    at += shift;
    // Zip64, which only an archive of more than 4 GB needs, or a damaged end.
    if (at >= size || at + 4 > size || (count > 0 && view.getUint32(at, true) !== CENTRAL)) return false;
    let read = 0;
    for (; at + 46 <= end && view.getUint32(at, true) === CENTRAL; read++) {
      if (read >= MAX_ENTRIES)
        throw new UnreadableFormat('tooLarge', t('the archive has more than {0} entries', MAX_ENTRIES));
      const nameLength = view.getUint16(at + 28, true);
      this.#add({
        name: decodeName(this.#bytes.subarray(at + 46, at + 46 + nameLength)),
        isEncrypted: (view.getUint16(at + 8, true) & 1) !== 0,
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packed: view.getUint32(at + 20, true),
        at: view.getUint32(at + 42, true) + shift,
      });
      at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
    if (read < count) this.isDamaged = true;
    return read > 0 && read >= count;
  }

  /** The entries by their local headers: of an archive that is cut off. */
  #scan(): void {
    const view = this.#view;
    const size = this.#bytes.length;
    let open: Entry | undefined;
    let start = 0;
    for (let at = 0; at + 30 <= size; ) {
      at = this.#nextMark(at);
      if (at + 4 > size) break;
      const mark = at + 30 <= size ? view.getUint32(at, true) : 0;
      if (mark !== LOCAL && mark !== CENTRAL) {
        at += 2;
        continue;
      }
      if (open) open.packed = at - start;
      open = undefined;
      if (mark === CENTRAL) break;
      if (this.#entries.size >= MAX_ENTRIES) break;
      const nameLength = view.getUint16(at + 26, true);
      const declared = view.getUint32(at + 18, true);
      start = at + 30 + nameLength + view.getUint16(at + 28, true);
      const entry: Entry = {
        name: decodeName(this.#bytes.subarray(at + 30, at + 30 + nameLength)),
        isEncrypted: (view.getUint16(at + 6, true) & 1) !== 0,
        method: view.getUint16(at + 8, true),
        crc: -1,
        packed: declared,
        at,
      };
      const isKnown = declared > 0 && start + declared <= size;
      if (!isKnown) {
        open = entry;
        entry.packed = Math.max(0, size - start);
      }
      this.#add(entry);
      at = isKnown ? start + declared : Math.max(start, at + 30);
    }
  }

  /** Where "PK" is next; the end if nowhere. */
  #nextMark(from: number): number {
    for (let at = this.#bytes.indexOf(0x50, from); at >= 0; at = this.#bytes.indexOf(0x50, at + 1)) {
      if (this.#bytes[at + 1] === 0x4b) return at;
    }
    return this.#bytes.length;
  }

  #add(entry: Entry): void {
    const name = entry.name.replaceAll('\\', '/').replace(/^\/+/, '');
    if (name === '' || name.endsWith('/') || isOdd(name) || this.#entries.has(name)) return;
    this.#entries.set(name, { ...entry, name });
    if (!this.#lower.has(name.toLowerCase())) this.#lower.set(name.toLowerCase(), name);
  }
}

const tooLarge = (): UnreadableFormat =>
  new UnreadableFormat('tooLarge', t('its parts are too large when they are unpacked'));

/** Control characters, or a way out of the archive. */
const isOdd = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  name.length > 1000 || /[\u0000-\u001f\u007f]/.test(name) || name.split('/').includes('..') || /^[a-z]:/i.test(name);

const utf8 = new TextDecoder('utf-8');
const decodeName = (bytes: Uint8Array): string => utf8.decode(bytes);

/**
 * A path relative to the folder of another one ("../media/a.xml" of "word/document.xml"), decoded; '' if it leads out.
 */
export function resolvePath(base: string, target: string): string {
  let decoded = target.replace(/[#?].*$/s, '');
  try {
    decoded = decodeURIComponent(decoded);
  } catch {
    // As it is.
  }
  const steps = decoded.startsWith('/') ? [] : base.split('/').slice(0, -1);
  for (const step of decoded.replaceAll('\\', '/').split('/')) {
    if (step === '..') {
      if (steps.length === 0) return '';
      steps.pop();
    } else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}

const CRC = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) value = CRC[(value ^ bytes[i]) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
