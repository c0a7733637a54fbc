/** The compressed RTF of Outlook messages ([MS-OXRTFCP]). */

const PRELOADED =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial' +
  'Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';
const WINDOW = 4096;
const COMPRESSED = 0x75465a4c;
const MAX_SIZE = 64 * 1024 * 1024;

/** @returns the RTF; as far as it can be unpacked */
export function unpackRtf(packed: Uint8Array): Uint8Array {
  if (packed.length < 16) return new Uint8Array(0);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const size = Math.min(MAX_SIZE, view.getUint32(4, true), packed.length * 20);
  if (view.getUint32(8, true) !== COMPRESSED) return packed.subarray(16, 16 + size);
  const dictionary = new Uint8Array(WINDOW);
  for (let i = 0; i < PRELOADED.length; i++) dictionary[i] = PRELOADED.charCodeAt(i);
  const out = new Uint8Array(size);
  let length = 0;
  let write = PRELOADED.length;
  const put = (byte: number): void => {
    if (length < size) out[length++] = byte;
    dictionary[write] = byte;
    write = (write + 1) % WINDOW;
  };
  for (let at = 16; at < packed.length && length < size; ) {
    const control = packed[at++];
    for (let bit = 0; bit < 8 && at < packed.length && length < size; bit++) {
      if ((control & (1 << bit)) === 0) {
        put(packed[at++]);
        continue;
      }
      const token = (packed[at] << 8) | (packed[at + 1] ?? 0);
      at += 2;
      const offset = token >> 4;
      // A reference to where the next byte will stand ends the text.
      if (offset === write) return out.subarray(0, length);
      for (let i = 0; i < (token & 15) + 2; i++) put(dictionary[(offset + i) % WINDOW]);
    }
  }
  return out.subarray(0, length);
}
