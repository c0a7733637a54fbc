/** Words of a page from its glyphs: gaps end them, accents join their letters, what is printed twice is read once. */
import { accented, accentOf, BULLET, carriesAccent, glyphText, isNothing } from './characters.js';
import type { Font, Glyph } from './glyphs.js';

/** Places in the upright frame of the text's direction, in points. */
export interface Word {
  text: string;
  /** Where each UTF-16 unit begins, and the end of the last: one more than units. */
  edges: number[];
  x0: number;
  x1: number;
  /** Baseline. */
  y: number;
  size: number;
  /** Above and below the baseline; `depth` is negative. */
  height: number;
  depth: number;
  font: Font;
  bold: boolean;
  artifact: boolean;
  /** Whether a space was drawn before or after it. */
  spaceBefore: boolean;
  spaceAfter: boolean;
  /** Dots or dashes that lead the eye from a name to its number: no text. */
  leader?: boolean;
  /** Above the line: a mark of a footnote, an exponent. */
  raised?: boolean;
  /** The rest of the word that is read before it. */
  attached?: boolean;
}

/** A gap of this many ems ends a word. */
const GAP = 0.14;
/** Points. Glyphs are kept by rows of this height. */
const ROW = 2;
/** The same letters of a row that are looked at: about those of a line. */
const MOST_BACK = 64;

interface Spot {
  x: number;
  y: number;
}

/** @param glyphs of one direction, as they are drawn */
export function wordsOf(glyphs: readonly Glyph[]): Word[] {
  const words: Word[] = [];
  const seen = new Map<string, Spot[]>();
  let word: Word | undefined;
  let space = false;
  let pending: Glyph | undefined; // an accent that is drawn before its letter

  const end = () => {
    if (word) words.push(word);
    word = undefined;
  };
  for (let index = 0; index < glyphs.length; index++) {
    const glyph = glyphs[index];
    let text = glyphText(glyph.text, glyph.font);
    if (text === ' ') {
      space = true;
      if (word) word.spaceAfter = true;
      continue;
    }
    if (isNothing(text)) {
      // Nothing is known of it; what stands before a gap at the beginning is a bullet.
      const ligature = space ? undefined : lostLigature(word, glyph, glyphs[index + 1]);
      if (!ligature && !isBullet(word, glyph, glyphs[index + 1])) continue;
      text = ligature ?? BULLET;
    }
    if (printedTwice(seen, glyph, text)) continue;

    const accent = accentOf(text);
    if (accent) {
      const next = glyphs[index + 1];
      if (next && covers(glyph, next) && carriesAccent(glyphText(next.text, next.font))) {
        pending = glyph;
        continue;
      }
      if (word && joinsLast(word, glyph, accent)) continue;
    }
    if (pending) {
      text = accented(text, accentOf(glyphText(pending.text, pending.font)) ?? '');
      pending = undefined;
    }
    if (word && continues(word, glyph, space)) append(word, glyph, text);
    else {
      end();
      word = begin(glyph, text, space);
    }
    space = false;
  }
  end();
  return words;
}

function begin(glyph: Glyph, text: string, space: boolean): Word {
  const word: Word = {
    text: '',
    edges: [glyph.x],
    x0: glyph.x,
    x1: glyph.x,
    y: glyph.y,
    size: glyph.size,
    height: glyph.height,
    depth: glyph.depth,
    font: glyph.font,
    bold: glyph.bold,
    artifact: glyph.artifact,
    spaceBefore: space,
    spaceAfter: false,
  };
  append(word, glyph, text);
  return word;
}

function append(word: Word, glyph: Glyph, text: string): void {
  word.edges[word.edges.length - 1] = Math.min(Math.max(word.x1, glyph.x), glyph.x);
  for (let unit = 1; unit <= text.length; unit++) word.edges.push(glyph.x + (glyph.width * unit) / text.length);
  word.text += text;
  word.x1 = Math.max(word.x1, glyph.x + glyph.width);
  word.x0 = Math.min(word.x0, glyph.x);
  word.size = Math.max(word.size, glyph.size);
  word.height = Math.max(word.height, glyph.height);
  word.depth = Math.min(word.depth, glyph.depth);
  word.bold &&= glyph.bold;
}

function continues(word: Word, glyph: Glyph, space: boolean): boolean {
  if (space || Math.abs(word.y - glyph.y) > 0.12 * Math.max(word.size, glyph.size)) return false;
  const gap = glyph.x - word.x1;
  const em = Math.min(word.size, glyph.size);
  return gap < GAP * em && gap > -0.5 * em;
}

/** Whether an accent stands over a letter, or under it. */
function covers(accent: Glyph, letter: Glyph): boolean {
  const distance = Math.abs(accent.x + accent.width / 2 - (letter.x + letter.width / 2));
  return (
    distance < 0.3 * letter.size &&
    accent.x < letter.x + letter.width &&
    letter.x < accent.x + accent.width &&
    Math.abs(accent.y - letter.y) < 0.5 * letter.size
  );
}

/** An accent that is drawn after its letter. */
function joinsLast(word: Word, glyph: Glyph, accent: string): boolean {
  const last = word.text.slice(-1);
  const start = word.edges[word.edges.length - 2];
  if (!carriesAccent(last) || Math.abs(word.y - glyph.y) > 0.5 * glyph.size) return false;
  const middle = glyph.x + glyph.width / 2;
  const combining = glyph.width === 0 && glyph.x <= word.x1 + 0.1 * glyph.size;
  if (!combining && (middle < start || middle > word.x1 || glyph.x > word.x1 - 0.1 * glyph.size)) return false;
  const letter = accented(last, accent);
  word.text = word.text.slice(0, -1) + letter;
  while (word.edges.length <= word.text.length) word.edges.push(word.x1);
  return true;
}

/** Text that is made bold by printing it again a little to the side, or a little higher. */
function printedTwice(seen: Map<string, Spot[]>, { x, y, size, width }: Glyph, text: string): boolean {
  // The same letter twice in a word stands about its width apart, which is little for narrow ones.
  const near = Math.min(0.1 * size, 0.45 * width);
  const key = (row: number) => `${text} ${Math.round(size)} ${row}`;
  const first = Math.floor((y - Math.min(near, ROW)) / ROW);
  const last = Math.floor((y + Math.min(near, ROW)) / ROW);
  // At most three. Counted by themselves: adding 1 to a row far outside of any page may leave it as it is.
  for (let ahead = 0; ahead <= Math.min(2, last - first); ahead++) {
    const spots = seen.get(key(first + ahead)) ?? [];
    for (let back = 1; back <= Math.min(MOST_BACK, spots.length); back++) {
      const spot = spots[spots.length - back];
      if (Math.abs(spot.x - x) < near && Math.abs(spot.y - y) < near) return true;
    }
  }
  const row = key(Math.floor(y / ROW));
  const spots = seen.get(row);
  if (spots) spots.push({ x, y });
  else seen.set(row, [{ x, y }]);
  return false;
}

/**
 * A glyph without a letter between small letters of a word, almost as wide as it is high: of these only ligatures of
 * three letters are left out of the Unicode maps of some fonts.
 */
function lostLigature(word: Word | undefined, glyph: Glyph, next: Glyph | undefined): string | undefined {
  if (!word || !next || glyph.width < 0.75 * glyph.size || glyph.width > 0.95 * glyph.size) return undefined;
  const near = 0.1 * glyph.size;
  const isInside =
    Math.abs(glyph.x - word.x1) < near &&
    Math.abs(next.x - glyph.x - glyph.width) < near &&
    [word, next].every(({ y, size }) => Math.abs(y - glyph.y) < near && Math.abs(size - glyph.size) < near);
  if (!isInside || !/[a-z]$/.test(word.text) || !/^[a-z]$/.test(next.text)) return undefined;
  return /[aeiouy]/.test(next.text) ? 'ffl' : 'ffi';
}

/** A glyph without a letter at the beginning of a line, apart from what follows. */
function isBullet(before: Word | undefined, glyph: Glyph, next: Glyph | undefined): boolean {
  if (before && Math.abs(before.y - glyph.y) < 0.5 * glyph.size && glyph.x - before.x1 < 3 * glyph.size) return false;
  if (!next || Math.abs(next.y - glyph.y) > 0.3 * glyph.size) return false;
  return glyphText(next.text, next.font) === ' ' || next.x - (glyph.x + glyph.width) > 0.3 * glyph.size;
}
