// esbuild plugin: pdf.js for Node without a canvas, fonts of a page or a polyfill of the DOM. The reader takes glyphs and
// their places, and draws nothing. Each part that is replaced must be there exactly once, so a new version of pdf.js
// that is built otherwise ends the build.
import { readFileSync } from 'node:fs';

/** core-js replaces the engine's `push` (before V8 12.2), ten times slower, for arrays of 2^32 elements. */
const PUSH = [/^var FORCED = INCORRECT_TO_LENGTH \|\| !properErrorOnNonWritableLength\(\);$/gm, 'var FORCED = false;'];

const LIBRARY = [
  PUSH,
  // Loads @napi-rs/canvas (30 MB) and makes its classes global.
  [/^if \(isNodeJS\) \{\n {2}let canvas;\n[\s\S]*?^\}\n/gm, ''],
  // Made when the file is loaded; used to draw patterns.
  [/^const SCALE_MATRIX = new DOMMatrix\(\);$/gm, 'const SCALE_MATRIX = undefined;'],
  // Gives a font to the browser.
  [/^ {2}async bind\(font\) \{$/gm, '$&\n    return;'],
];

const WORKER = [
  PUSH,
  // Reads the text of every page with a link or a highlight once more, to know which words these cover.
  [/^ {6}\} else if \(annotation\.overlaysTextContent && isVisible\) \{$/gm, '      } else if (false) {'],
  // Its streams take longer than what they decompress.
  [
    /^ {6}const \{\n {8}readable,\n {8}writable\n {6}\} = new DecompressionStream\("deflate"\);\n[\s\S]*?^ {6}return data;\n/gm,
    '      return inflated(bytes);\n',
  ],
];
const INFLATED = `import { inflateSync } from 'node:zlib';
const inflated = (bytes) => {
  const { buffer, byteOffset, byteLength } = inflateSync(bytes);
  return new Uint8Array(buffer, byteOffset, byteLength);
};
`;

function replaced(path, replacements) {
  let contents = readFileSync(path, 'utf8');
  for (const [pattern, replacement] of replacements) {
    const found = contents.match(pattern)?.length ?? 0;
    if (found !== 1) throw new Error(`${path}: ${pattern} is there ${found} times, not once`);
    contents = contents.replace(pattern, replacement);
  }
  return contents;
}

export const pdfjs = {
  name: 'pdfjs-without-canvas',
  setup(build) {
    build.onLoad({ filter: /[\\/]pdfjs-dist[\\/]legacy[\\/]build[\\/]pdf\.mjs$/ }, ({ path }) => ({
      contents: replaced(path, LIBRARY),
      loader: 'js',
    }));
    build.onLoad({ filter: /[\\/]pdfjs-dist[\\/]legacy[\\/]build[\\/]pdf\.worker\.mjs$/ }, ({ path }) => ({
      contents: INFLATED + replaced(path, WORKER),
      loader: 'js',
    }));
  },
};
