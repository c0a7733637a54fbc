// Writes THIRD_PARTY_NOTICES.md from what the bundles really contain (esbuild's metafile) and what is shipped beside them.
// `--check` only compares, for the tests.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { bundles } from '../esbuild.mjs';

// node-addon-api is compiled into the native add-on.
const shippedWhole = ['onnxruntime-node', 'onnxruntime-common', 'node-addon-api'];
const target = 'THIRD_PARTY_NOTICES.md';

const { metafile } = await build({ ...bundles, write: false, metafile: true });
const packages = new Set(shippedWhole.map((name) => `node_modules/${name}`));
for (const input of Object.keys(metafile.inputs)) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input.replaceAll('\\', '/'));
  if (match) packages.add(match[1]);
}

const mit = (holder) =>
  `MIT License\n\nCopyright (c) ${holder}\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

function licenceText(folder, manifest) {
  const file = existsSync(folder) && readdirSync(folder).find((f) => /^(licen[cs]e|copying)/i.test(f));
  if (file) return readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
  if (manifest.license === 'MIT') {
    const author = typeof manifest.author === 'string' ? manifest.author : manifest.author?.name;
    return mit(
      manifest.name.startsWith('onnxruntime') ? 'Microsoft Corporation' : (author ?? `the authors of ${manifest.name}`),
    );
  }
  throw new Error(`${folder} has no licence file`);
}

const sections = new Map();
for (const folder of [...packages].sort()) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const title = `${manifest.name} ${manifest.version} (${manifest.license})`;
  sections.set(title, `## ${title}\n\n\`\`\`text\n${licenceText(folder, manifest)}\n\`\`\`\n`);
}
const notices = `# Third-party notices

Ask BERT is under the Apache License 2.0 (LICENSE). It ships the packages below, and the embedded model of
models/default, whose origin and data sets are named in its model card (models/default/README.md). This file is written
by scripts/third-party.mjs.

${[...sections.values()].join('\n')}`;

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== notices) {
    console.error(`${target} does not name what the bundles hold: run node scripts/third-party.mjs`);
    process.exit(1);
  }
} else {
  writeFileSync(target, notices);
  console.log(`${target}: ${sections.size} packages`);
}
