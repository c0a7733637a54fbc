/** Writes a compound file (OLE) for the tests: storages of storages and streams. */

export interface Storage {
  [name: string]: Uint8Array | Storage;
}

const SECTOR = 512;
const SMALL = 64;
const CUTOFF = 4096;
const END = 0xfffffffe;
const NONE = 0xffffffff;

interface Entry {
  name: string;
  type: number;
  right: number;
  child: number;
  start: number;
  size: number;
}

export function compoundFile(root: Storage): Uint8Array {
  const sectors: Uint8Array[] = [];
  const fat: number[] = [];
  const add = (bytes: Uint8Array): number => {
    if (bytes.length === 0) return END;
    const first = sectors.length;
    for (let at = 0; at < bytes.length; at += SECTOR) {
      const sector = new Uint8Array(SECTOR);
      sector.set(bytes.subarray(at, at + SECTOR));
      sectors.push(sector);
      fat.push(at + SECTOR < bytes.length ? sectors.length : END);
    }
    return first;
  };
  const small: number[] = [];
  const smallFat: number[] = [];
  const addSmall = (bytes: Uint8Array): number => {
    if (bytes.length === 0) return END;
    const first = smallFat.length;
    for (let at = 0; at < bytes.length; at += SMALL) {
      for (let i = 0; i < SMALL; i++) small.push(bytes[at + i] ?? 0);
      smallFat.push(at + SMALL < bytes.length ? smallFat.length + 1 : END);
    }
    return first;
  };
  const entries: Entry[] = [{ name: 'Root Entry', type: 5, right: NONE, child: NONE, start: END, size: 0 }];
  const fill = (parent: number, storage: Storage): void => {
    let before = -1;
    for (const [name, content] of Object.entries(storage)) {
      const index = entries.length;
      const entry: Entry = { name, type: 1, right: NONE, child: NONE, start: END, size: 0 };
      entries.push(entry);
      if (before < 0) entries[parent].child = index;
      else entries[before].right = index;
      before = index;
      if (content instanceof Uint8Array) {
        entry.type = 2;
        entry.size = content.length;
        entry.start = content.length < CUTOFF ? addSmall(content) : add(content);
      } else fill(index, content);
    }
  };
  fill(0, root);
  entries[0].start = add(Uint8Array.from(small));
  entries[0].size = small.length;
  const directory = new Uint8Array(Math.ceil(entries.length / 4) * SECTOR);
  const view = new DataView(directory.buffer);
  for (const [index, one] of entries.entries()) {
    const at = index * 128;
    directory.set(Buffer.from(one.name, 'utf16le').subarray(0, 62), at);
    view.setUint16(at + 64, (one.name.length + 1) * 2, true);
    directory[at + 66] = one.type;
    for (const [offset, value] of [
      [68, NONE],
      [72, one.right],
      [76, one.child],
      [116, one.start],
      [120, one.size],
    ]) {
      view.setUint32(at + offset, value, true);
    }
  }
  const words = (values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
  const firstDirectory = add(directory);
  const firstSmallFat = add(words(smallFat));
  const tables = Math.ceil((fat.length + 16) / 127);
  const firstFat = sectors.length;
  for (let i = 0; i < tables; i++) fat.push(0xfffffffd);
  while (fat.length % 128 !== 0) fat.push(NONE);
  for (let at = 0; at < fat.length; at += 128) sectors.push(words(fat.slice(at, at + 128)));
  const head = new Uint8Array(SECTOR);
  const header = new DataView(head.buffer);
  head.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
  header.setUint16(30, 9, true);
  header.setUint32(48, firstDirectory, true);
  header.setUint32(56, CUTOFF, true);
  header.setUint32(60, firstSmallFat, true);
  header.setUint32(68, END, true);
  for (let i = 0; i < 109; i++) header.setUint32(76 + i * 4, i < fat.length / 128 ? firstFat + i : NONE, true);
  const whole = new Uint8Array((sectors.length + 1) * SECTOR);
  whole.set(head);
  for (const [index, sector] of sectors.entries()) whole.set(sector, (index + 1) * SECTOR);
  return whole;
}
