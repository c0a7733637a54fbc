/** Which texts a library can parse in little memory: it keeps several objects for every value, mark and line end. */

const SIGNS = new Set(Array.from('\n,:=[]{}', (sign) => sign.charCodeAt(0)));

/**
 * Whether a text is longer, or has more values, than is parsed; then it is read as it is.
 * @param most how many line ends and signs between keys and values
 */
export function isTooLarge(text: string, units: number, most: number): boolean {
  if (text.length > units) return true;
  let signs = 0;
  for (let i = 0; i < text.length && signs <= most; i++) if (SIGNS.has(text.charCodeAt(i))) signs++;
  return signs > most;
}
