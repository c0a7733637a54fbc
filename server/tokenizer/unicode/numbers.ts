/** Unsigned LEB128 numbers in base64: how the tables of this folder are stored. */
export function decodeNumbers(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  const numbers: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    let n = bytes[i] & 127;
    for (let shift = 7; bytes[i] > 127; shift += 7) n |= (bytes[++i] & 127) << shift;
    numbers.push(n);
  }
  return numbers;
}
