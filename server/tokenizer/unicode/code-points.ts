/** Code points of UTF-16 text within a range; a lone surrogate is a separate code point (category Cs). */

/** The code point that begins at `position`, not reading beyond `end`. */
export function codePointAt(text: string, position: number, end: number): number {
  const unit = text.charCodeAt(position);
  if ((unit & 0xfc00) !== 0xd800 || position + 1 >= end) return unit;
  const next = text.charCodeAt(position + 1);
  return (next & 0xfc00) === 0xdc00 ? 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00) : unit;
}

/** The code point that ends at `position`, not reading before `start`. */
export function codePointBefore(text: string, position: number, start: number): number {
  const unit = text.charCodeAt(position - 1);
  if ((unit & 0xfc00) !== 0xdc00 || position - 2 < start) return unit;
  const previous = text.charCodeAt(position - 2);
  return (previous & 0xfc00) === 0xd800 ? 0x10000 + ((previous - 0xd800) << 10) + (unit - 0xdc00) : unit;
}

/** UTF-16 units of a code point. */
export const unitsOf = (codePoint: number): number => (codePoint > 0xffff ? 2 : 1);
