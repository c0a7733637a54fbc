// Writes THIRD_PARTY_NOTICES.md from what the bundles really contain (esbuild's metafile) and what ships with them.
// `--check` only compares, for the tests.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PDF_FILES } from '../esbuild.mjs';
import { root } from './ensure.mjs';
import { partsSection } from './onnxruntime-parts.mjs';
import { addonPackages, bundled, runtimeOf } from './shipped.mjs';
import { TARGETS } from './targets.mjs';

const target = path.join(root, 'THIRD_PARTY_NOTICES.md');

// One text for all platforms: it names what ships on any of them.
const native = TARGETS.filter((each) => each !== 'web').flatMap(runtimeOf);
const packages = new Map();
for (const each of [...(await bundled()).packages, ...native, ...addonPackages()]) {
  const title = `${each.name} ${each.version} (${each.license})`;
  if (!packages.has(title)) packages.set(title, each);
}

const mit = (holder) =>
  `MIT License\n\nCopyright (c) ${holder}\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

function licenceText({ name, license, author, folder }) {
  const where = path.join(root, folder);
  const file = existsSync(where) && readdirSync(where).find((f) => /^(licen[cs]e|copying)/i.test(f));
  if (file) return readFileSync(path.join(where, file), 'utf8').replaceAll('\r\n', '\n').trim();
  // Of packages that are published without it.
  const kept = path.join(root, 'packaging/licences', `${name}.txt`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8').trim();
  if (license === 'MIT') {
    const holder = typeof author === 'string' ? author : author?.name;
    return mit(name.startsWith('onnxruntime') ? 'Microsoft Corporation' : (holder ?? `the authors of ${name}`));
  }
  throw new Error(`${folder} has no licence file`);
}

const byFolder = [...packages].toSorted(
  ([a, { folder: x }], [b, { folder: y }]) => (x === y ? 0 : x < y ? -1 : 1) || (a < b ? -1 : 1),
);
const quoted = (title, text) => `${title}\n\n\`\`\`text\n${text}\n\`\`\`\n`;

/** Licences of the fonts, character maps and decoders that come with pdf.js. */
const pdfParts = ({ folder }) =>
  Object.entries(PDF_FILES).flatMap(([part, wanted]) =>
    readdirSync(path.join(root, folder, part))
      .filter((file) => /^LICENSE/.test(file) && wanted.test(file))
      .map((file) => {
        const text = readFileSync(path.join(root, folder, part, file), 'utf8')
          .replaceAll('\r\n', '\n')
          .trim();
        return `\n${quoted(`### ${part}/${file}`, text)}`;
      }),
  );
const sections = byFolder.map(([title, each]) => {
  const parts = each.name === 'pdfjs-dist' ? pdfParts(each) : [];
  return quoted(`## ${title}`, licenceText(each)) + parts.join('');
});
const notices = `# Third-party notices

Ask BERT is under the Apache License 2.0 (LICENSE). It ships the packages below, and the embedded model of
models/default, whose origin and data sets are named in its model card (models/default/README.md). This file is written
by scripts/third-party.mjs.

${sections.join('\n')}
${partsSection(native.find(({ name, folder }) => name === 'onnxruntime-node' && folder.startsWith('node_modules')).version)}`;

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== notices) {
    console.error(`${path.basename(target)} does not name what the bundles hold: run node scripts/third-party.mjs`);
    process.exit(1);
  }
} else {
  writeFileSync(target, notices);
  console.log(`${path.basename(target)}: ${sections.length} packages`);
}
