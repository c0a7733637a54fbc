/** Numbers of lists, headings and notes, as they are shown. */

const ROMAN: readonly (readonly [number, string])[] = [
  [1000, 'm'],
  [900, 'cm'],
  [500, 'd'],
  [400, 'cd'],
  [100, 'c'],
  [90, 'xc'],
  [50, 'l'],
  [40, 'xl'],
  [10, 'x'],
  [9, 'ix'],
  [5, 'v'],
  [4, 'iv'],
  [1, 'i'],
];

/** @param format as Word names it; an unknown one is decimal */
export function formatNumber(value: number, format: string): string {
  switch (format) {
    case 'lowerLetter':
    case 'upperLetter': {
      if (value < 1) return String(value);
      // a ... z, aa, bb ... zz.
      const letter = String.fromCharCode(97 + ((value - 1) % 26));
      const letters = letter.repeat(Math.min(10, Math.ceil(value / 26)));
      return format === 'lowerLetter' ? letters : letters.toUpperCase();
    }
    case 'lowerRoman':
    case 'upperRoman': {
      if (value < 1 || value > 5000) return String(value);
      let left = value;
      let roman = '';
      for (const [size, digits] of ROMAN) {
        for (; left >= size; left -= size) roman += digits;
      }
      return format === 'lowerRoman' ? roman : roman.toUpperCase();
    }
    case 'decimalZero':
      return String(value).padStart(2, '0');
    default:
      return String(value);
  }
}
