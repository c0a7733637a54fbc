/**
 * Compound files (OLE, [MS-CFB]): the container of Outlook messages, of old Office files, and of encrypted new ones.
 * Its storages and streams by their path; chains of sectors that lead nowhere or in a circle end where they do.
 */
import { t } from '../../l10n.js';
import { UnreadableFormat } from '../extracted.js';

const MAGIC = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const MAX_SECTOR = 0xfffffff9;
const NONE = 0xffffffff;
const MAX_ENTRIES = 100_000;
const MAX_DEPTH = 50;

export const isOle = (head: Uint8Array): boolean => MAGIC.every((byte, index) => head[index] === byte);

interface Entry {
  name: string;
  /** 1: a storage, 2: a stream, 5: the root. */
  type: number;
  left: number;
  right: number;
  child: number;
  start: number;
  size: number;
}

export class CompoundFile {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #sector: number;
  readonly #small: number;
  readonly #cutoff: number;
  readonly #fat: number[] = [];
  readonly #smallFat: number[];
  readonly #smallStream: Uint8Array;
  /** By path ("__attach_version1.0_#00000000/__substg1.0_37010102"). */
  readonly #streams = new Map<string, Entry>();
  /** By path of what they are in, with a slash at its end; '': the root. */
  readonly #storages = new Map<string, string[]>();

  /** @throws UnreadableFormat */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 512) throw damaged();
    const shift = this.#view.getUint16(30, true);
    this.#sector = shift === 12 ? 4096 : 512;
    this.#small = 64;
    this.#cutoff = this.#view.getUint32(56, true);
    this.#readFat();
    const entries = this.#directory(this.#chain(this.#view.getUint32(48, true)));
    const [root] = entries;
    if (!root) throw damaged();
    const smallFat = this.#chain(this.#view.getUint32(60, true));
    const view = new DataView(smallFat.buffer, smallFat.byteOffset, smallFat.byteLength);
    this.#smallFat = Array.from({ length: smallFat.length >> 2 }, (_, index) => view.getUint32(index * 4, true));
    this.#smallStream = this.#chain(root.start);
    this.#walk(entries, root.child, '', 0, new Set());
  }

  get names(): string[] {
    return [...this.#streams.keys()];
  }

  has(path: string): boolean {
    return this.#streams.has(path);
  }

  /** Storages directly in one. @param path '': the root; else with a slash at its end */
  storages(path: string): string[] {
    return this.#storages.get(path) ?? [];
  }

  read(path: string): Uint8Array | undefined {
    const entry = this.#streams.get(path);
    if (!entry) return undefined;
    const whole =
      entry.size < this.#cutoff ? this.#smallChain(entry.start, entry.size) : this.#chain(entry.start, entry.size);
    return whole.subarray(0, Math.min(entry.size, whole.length));
  }

  #at(sector: number): number {
    return (sector + 1) * this.#sector;
  }

  #readFat(): void {
    const perSector = this.#sector / 4;
    const tables: number[] = [];
    for (let at = 76; at < 512; at += 4) tables.push(this.#view.getUint32(at, true));
    const seen = new Set<number>();
    let next = this.#view.getUint32(68, true);
    while (next < MAX_SECTOR && !seen.has(next) && this.#at(next) + this.#sector <= this.#bytes.length) {
      seen.add(next);
      const start = this.#at(next);
      for (let i = 0; i < perSector - 1; i++) tables.push(this.#view.getUint32(start + i * 4, true));
      next = this.#view.getUint32(start + this.#sector - 4, true);
    }
    const known = new Set<number>();
    for (const table of tables) {
      const start = this.#at(table);
      if (table >= MAX_SECTOR || known.has(table) || start + this.#sector > this.#bytes.length) continue;
      known.add(table);
      for (let i = 0; i < perSector; i++) this.#fat.push(this.#view.getUint32(start + i * 4, true));
    }
  }

  /** The sectors of a chain. @param size bytes that are needed */
  #chain(first: number, size = Number.POSITIVE_INFINITY): Uint8Array {
    const sectors: number[] = [];
    const seen = new Set<number>();
    for (
      let at = first;
      at < MAX_SECTOR && !seen.has(at) && sectors.length * this.#sector < size;
      at = this.#fat[at] ?? NONE
    ) {
      seen.add(at);
      if (this.#at(at) >= this.#bytes.length) break;
      sectors.push(at);
    }
    const whole = new Uint8Array(sectors.length * this.#sector);
    for (const [index, one] of sectors.entries()) {
      whole.set(this.#bytes.subarray(this.#at(one), this.#at(one) + this.#sector), index * this.#sector);
    }
    return whole;
  }

  #smallChain(first: number, size: number): Uint8Array {
    // The declared size can be wrong.
    const needed = Math.min(size, this.#smallStream.length);
    const whole = new Uint8Array(Math.ceil(needed / this.#small) * this.#small);
    const seen = new Set<number>();
    let length = 0;
    for (let at = first; at < MAX_SECTOR && !seen.has(at) && length < needed; at = this.#smallFat[at] ?? NONE) {
      seen.add(at);
      whole.set(this.#smallStream.subarray(at * this.#small, (at + 1) * this.#small), length);
      length += this.#small;
    }
    return whole.subarray(0, length);
  }

  #directory(bytes: Uint8Array): Entry[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const name = new TextDecoder('utf-16le');
    const entries: Entry[] = [];
    for (let at = 0; at + 128 <= bytes.length && entries.length < MAX_ENTRIES; at += 128) {
      const length = Math.min(64, view.getUint16(at + 64, true));
      entries.push({
        name: name.decode(bytes.subarray(at, at + Math.max(0, length - 2))),
        type: bytes[at + 66],
        left: view.getUint32(at + 68, true),
        right: view.getUint32(at + 72, true),
        child: view.getUint32(at + 76, true),
        start: view.getUint32(at + 116, true),
        size: view.getUint32(at + 120, true),
      });
    }
    return entries;
  }

  /** The tree of siblings at an entry, without recursion along it. */
  #walk(entries: readonly Entry[], first: number, path: string, depth: number, seen: Set<number>): void {
    if (depth > MAX_DEPTH) throw new UnreadableFormat('tooDeep', t('its storages are nested too deeply'));
    const open = [first];
    while (open.length > 0) {
      const index = open.pop()!;
      const entry = entries[index];
      if (!entry || seen.has(index)) continue;
      seen.add(index);
      open.push(entry.left, entry.right);
      const name = `${path}${entry.name}`;
      if (entry.type === 2) this.#streams.set(name, entry);
      else if (entry.type === 1) {
        const siblings = this.#storages.get(path);
        if (siblings) siblings.push(name);
        else this.#storages.set(path, [name]);
        this.#walk(entries, entry.child, `${name}/`, depth + 1, seen);
      }
    }
  }
}

const damaged = (): UnreadableFormat => new UnreadableFormat('damaged', t('its directory cannot be read'));
