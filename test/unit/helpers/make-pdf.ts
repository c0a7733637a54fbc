/** Small PDF documents, written by hand: each page is a list of texts at places, or operators as they are. */

export interface PdfText {
  x: number;
  y: number;
  text: string;
  size?: number;
  font?: 'regular' | 'bold' | 'unmapped';
  /** Degrees counter-clockwise. */
  turn?: number;
}

export interface PdfPage {
  texts?: PdfText[];
  /** Operators added to the page's content. */
  content?: string;
  width?: number;
  height?: number;
  rotate?: number;
  /** Dictionaries of annotations, as text. */
  annotations?: string[];
}

const FONTS = { regular: 'F1', bold: 'F2', unmapped: 'F3' };

/** WinAnsi, as the fonts are declared; octal for what is not ASCII. */
const literal = (text: string): string =>
  Buffer.from(text, 'latin1').reduce((all, byte) => {
    const sign = String.fromCharCode(byte);
    return (
      all + (byte < 0x20 || byte > 0x7e || '()\\'.includes(sign) ? `\\${byte.toString(8).padStart(3, '0')}` : sign)
    );
  }, '');

function contentOf({ texts = [], content = '' }: PdfPage): string {
  const shown = texts.map(({ x, y, text, size = 10, font = 'regular', turn = 0 }) => {
    const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
    const matrix = [cos, sin, -sin, cos, x, y].map((each) => each.toFixed(4)).join(' ');
    return `BT /${FONTS[font]} ${size} Tf ${matrix} Tm (${literal(text)}) Tj ET`;
  });
  return `${shown.join('\n')}\n${content}`;
}

/** @returns a document with Helvetica in a regular and a bold cut, and a font whose glyphs have no characters */
export function makePdf(pages: readonly PdfPage[], { labels = '' } = {}): Uint8Array {
  const objects: string[] = [
    `<< /Type /Catalog /Pages 2 0 R ${labels} >>`,
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${7 + 2 * index} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>',
    `<< /Type /Font /Subtype /Type0 /BaseFont /Unknown /Encoding /Identity-H /DescendantFonts [6 0 R] >>`,
    '<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Unknown /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 500 >>',
  ];
  pages.forEach((page, index) => {
    const { width = 612, height = 792, rotate = 0, annotations = [] } = page;
    const fonts = '/Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >>';
    const notes = annotations.length > 0 ? `/Annots [${annotations.join(' ')}]` : '';
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Rotate ${rotate} /Resources << ${fonts} >> /Contents ${8 + 2 * index} 0 R ${notes} >>`,
    );
    const content = contentOf(page);
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  });
  let file = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const references = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const at of offsets) file += `${String(at).padStart(10, '0')} 00000 n \n`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${references}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(file, 'latin1'));
}

/** Lines of text one below the other. */
export const column = (x: number, y: number, lines: readonly string[], size = 10): PdfText[] =>
  lines.map((text, index) => ({ x, y: y - 12 * index, text, size }));
