// esbuild plugin: pdf.js for Node without a canvas, fonts of a page or a polyfill of the DOM. The reader takes glyphs and
// their places, and draws nothing. Each part that is replaced must be there exactly once, so a new version of pdf.js
// that is built otherwise ends the build.
import { readFileSync } from 'node:fs';

const REPLACED = [
  // Loads @napi-rs/canvas (30 MB) and makes its classes global.
  [/^if \(isNodeJS\) \{\n {2}let canvas;\n[\s\S]*?^\}\n/gm, ''],
  // Made when the file is loaded; used to draw patterns.
  [/^const SCALE_MATRIX = new DOMMatrix\(\);$/gm, 'const SCALE_MATRIX = undefined;'],
  // Gives a font to the browser.
  [/^ {2}async bind\(font\) \{$/gm, '$&\n    return;'],
];

export const pdfjs = {
  name: 'pdfjs-without-canvas',
  setup(build) {
    build.onLoad({ filter: /[\\/]pdfjs-dist[\\/]legacy[\\/]build[\\/]pdf\.mjs$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const [pattern, replacement] of REPLACED) {
        const found = contents.match(pattern)?.length ?? 0;
        if (found !== 1) throw new Error(`${path}: ${pattern} is there ${found} times, not once`);
        contents = contents.replace(pattern, replacement);
      }
      return { contents, loader: 'js' };
    });
  },
};
