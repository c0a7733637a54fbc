/** Why a PDF has no text that can be read. */
import { UnreadableFormat } from '../extracted.js';
import { glyphText } from './characters.js';
import type { Glyph } from './glyphs.js';

/** @param bytes of the document; images are never inside compressed objects, so their names can be looked for */
export function nothingReadable(bytes: Uint8Array, pages: number, broken: number): UnreadableFormat {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (broken === pages) return new UnreadableFormat('damaged', 'no page can be read');
  if (!hasReferences(text))
    return new UnreadableFormat('damaged', 'its cross-reference table is missing, and no text was found');
  if (/\/Subtype\s*\/Image\b/.test(text.toString('latin1')))
    return new UnreadableFormat('scan', 'its pages are pictures');
  return new UnreadableFormat('empty', 'its pages have no text');
}

/** Whether the end of the file says where its objects are, and they are said there. */
function hasReferences(bytes: Buffer): boolean {
  const end = bytes.subarray(-2048).toString('latin1');
  const at = Number([...end.matchAll(/startxref\s+(\d{1,12})/g)].at(-1)?.[1] ?? Number.NaN);
  const shift = Math.max(0, bytes.subarray(0, 1024).indexOf('%PDF-'));
  return [at, at + shift].some((place) =>
    /^\s*(?:xref|\d+\s+\d+\s+obj)\b/.test(bytes.subarray(place, place + 64).toString('latin1')),
  );
}

/** The first glyphs of a document, by which its fonts are judged. */
export class Sample {
  #text = '';
  #lost = 0;
  #found = 0;

  add(glyphs: readonly Glyph[]): void {
    for (const { text, font } of glyphs.slice(0, Math.max(0, 20_000 - this.#lost - this.#found))) {
      const read = glyphText(text, font);
      if (read === '') this.#lost++;
      else if (read !== ' ') {
        this.#found++;
        this.#text += read;
      }
    }
  }

  get isGarbage(): boolean {
    return isGarbage(this.#text, this.#lost, this.#found);
  }
}

/** Letters and marks that ordinary text of any script consists of. */
const ORDINARY = /[\p{L}\p{M}\p{N}\p{Zs}\p{P}\p{Sc}\p{Sm}]/gu;
const VOWELS = /[aeiouy\u00e0-\u00ff]/gi;

/**
 * Whether text is what a font without a Unicode map gives: codes of glyphs as if they were characters.
 *
 * @param lost glyphs that stand for nothing, such as controls @param found all others
 */
export function isGarbage(text: string, lost: number, found: number): boolean {
  if (lost + found < 40) return lost > found;
  if (lost > 0.4 * (lost + found)) return true;
  const letters = text.match(/[a-z\u00e0-\u00ff]/gi)?.length ?? 0;
  const ordinary = text.match(ORDINARY)?.length ?? 0;
  if (ordinary < 0.6 * text.length) return true;
  const latin = letters > 0.3 * text.length;
  const signs = text.match(/[^\p{L}\p{M}\p{N}\s.\u2026_\u00b7\u2022-]/gu)?.length ?? 0;
  const other = text.match(/[^\P{L}a-z\u00c0-\u024f]/giu)?.length ?? 0;
  if (other > 0.2 * text.length) return false;
  // A shifted alphabet: hardly a vowel, or more signs than letters and digits.
  const digits = text.match(/\d/g)?.length ?? 0;
  if (signs > 1.2 * (letters + digits)) return true;
  return latin && letters > 200 && (text.match(VOWELS)?.length ?? 0) < 0.15 * letters;
}
