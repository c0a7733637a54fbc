// PDF files written by hand, in Courier: every character is 0.6 of the font size wide, so that places are known exactly.
import { createHash } from 'node:crypto';

const CHARACTER = 0.6;
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');

const escaped = (text) => text.replace(/[\\()]/g, '\\$&');
const md5 = (...parts) => createHash('md5').update(Buffer.concat(parts)).digest();
const padded = (password) => Buffer.concat([Buffer.from(password, 'latin1'), PADDING]).subarray(0, 32);

function rc4(key, data) {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + state[i] + key[i % key.length]) & 255;
    [state[i], state[j]] = [state[j], state[i]];
  }
  let i = 0;
  let j = 0;
  return Buffer.from(data).map((byte) => {
    i = (i + 1) & 255;
    j = (j + state[i]) & 255;
    [state[i], state[j]] = [state[j], state[i]];
    return byte ^ state[(state[i] + state[j]) & 255];
  });
}

/**
 * @param {{ lines: { text: string, x: number, y: number, size?: number }[], rotate?: number, box?: number[], unit?: number }[]}
 *   pages what is on them, at points of the page as it is written
 * @param {{ password?: string, ownerPassword?: string }} options `ownerPassword` alone restricts what may be done with a
 *   file that everyone can read
 */
export function pdfFile(pages, { password: given, ownerPassword } = {}) {
  const password = given ?? (ownerPassword === undefined ? undefined : '');
  const isEncrypted = password !== undefined;
  const identifier = Buffer.from('0123456789abcdef');
  const owner = isEncrypted && rc4(md5(padded(ownerPassword ?? password)).subarray(0, 5), padded(password));
  const permissions = Buffer.from([0xfc, 0xff, 0xff, 0xff]);
  const key = isEncrypted && md5(padded(password), owner, permissions, identifier).subarray(0, 5);
  const objects = [];
  const add = (body) => objects.push(body);
  add('<< /Type /Catalog /Pages 2 0 R >>');
  const kids = pages.map((_, index) => `${4 + 2 * index} 0 R`).join(' ');
  add(`<< /Type /Pages /Count ${pages.length} /Kids [${kids}] >>`);
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>');
  for (const [index, { lines, rotate = 0, box = [0, 0, 612, 792], unit }] of pages.entries()) {
    const content = 5 + 2 * index;
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [${box.join(' ')}] /Rotate ${rotate}${unit ? ` /UserUnit ${unit}` : ''}` +
        ` /Resources << /Font << /F1 3 0 R >> >> /Contents ${content} 0 R >>`,
    );
    const text = lines.map(
      (line) => `BT /F1 ${line.size ?? 12} Tf ${line.x} ${line.y} Td (${escaped(line.text)}) Tj ET`,
    );
    let stream = Buffer.from(text.join('\n'), 'latin1');
    if (key) {
      const suffix = Buffer.from([content & 255, (content >> 8) & 255, 0, 0, 0]);
      stream = rc4(md5(key, suffix).subarray(0, 10), stream);
    }
    add(Buffer.concat([Buffer.from(`<< /Length ${stream.length} >>\nstream\n`), stream, Buffer.from('\nendstream')]));
  }
  const hex = (bytes) => `<${bytes.toString('hex')}>`;
  const encryption = `<< /Filter /Standard /V 1 /R 2 /O ${key && hex(owner)} /U ${key && hex(rc4(key, PADDING))} /P -4 >>`;
  if (key) add(encryption);

  const parts = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const offsets = [];
  let length = parts[0].length;
  objects.forEach((body, index) => {
    offsets.push(length);
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(body), Buffer.from('\nendobj\n')]);
    parts.push(part);
    length += part.length;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const encrypt = key ? ` /Encrypt ${objects.length} 0 R` : '';
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R` +
        ` /ID [${hex(identifier)} ${hex(identifier)}]${encrypt} >>\nstartxref\n${length}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/**
 * The box of some words of a line, on the page as it is shown.
 * @param number of the page, from 1
 */
export function boxOf(page, number, line, words) {
  const at = line.text.indexOf(words);
  if (at < 0) throw new Error(`Not in the line: ${words}`);
  const size = line.size ?? 12;
  const [left, bottom, right, top] = page.box ?? [0, 0, 612, 792];
  const unit = page.unit ?? 1;
  const written = {
    x: line.x + CHARACTER * size * at - left,
    y: line.y - 0.25 * size - bottom,
    width: CHARACTER * size * words.length,
    height: size,
  };
  const turned = {
    0: written,
    90: { x: written.y, y: right - left - written.x - written.width, width: written.height, height: written.width },
    180: { ...written, x: right - left - written.x - written.width, y: top - bottom - written.y - written.height },
    270: { x: top - bottom - written.y - written.height, y: written.x, width: written.height, height: written.width },
  }[page.rotate ?? 0];
  const scaled = Object.fromEntries(Object.entries(turned).map(([key, value]) => [key, unit * value]));
  return { page: number, ...scaled };
}
