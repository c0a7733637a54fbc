export interface PdfLine {
  text: string;
  x: number;
  y: number;
  size?: number;
}
export interface PdfPage {
  lines: readonly PdfLine[];
  rotate?: number;
  box?: readonly number[];
  unit?: number;
}
export function pdfFile(pages: readonly PdfPage[], options?: { password?: string; ownerPassword?: string }): Buffer;
