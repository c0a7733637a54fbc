// Builds and packs the extension for one platform, and checks what is in the package.
//   node scripts/package.mjs [--target linux-x64] [--out FILE.vsix] [--no-build] [--draft]
// --draft packs although a document is missing. Prints the path, the size and the largest files; ends with 1 when something is missing, foreign or too large.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './ensure.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const TARGETS = ['linux-x64', 'linux-arm64', 'win32-x64', 'win32-arm64', 'darwin-arm64'];
const LIMIT_MB = 60;
const README = 'dist/README.md';
const REQUIRED = [
  'package.json',
  'package.nls.json',
  'l10n/bundle.l10n.json',
  README,
  'CHANGELOG.md',
  'LICENSE',
  'THIRD_PARTY_NOTICES.md',
  'media/icon.png',
  'media/view.svg',
  'media/question-set.css',
  'media/question-set.html',
  'media/question-set.js',
  'media/walkthrough/ask.png',
  'media/walkthrough/answers.png',
  'media/walkthrough/many.png',
  'media/walkthrough/model.png',
  'media/walkthrough/gpu.png',
  'dist/extension.js',
  'dist/client.js',
  'dist/question-set-file.js',
  'dist/sidecar.js',
  'dist/worker.js',
  'dist/tensorrt-child.js',
  'dist/cli.js',
  'models/default/config.json',
  'models/default/vocab.txt',
  'models/default/model.safetensors',
  'node_modules/onnxruntime-node/package.json',
  'node_modules/onnxruntime-node/dist/index.js',
  'node_modules/onnxruntime-common/package.json',
  'node_modules/onnxruntime-common/dist/cjs/index.js',
];

/** Platform of this machine as VS Code names it. */
export const hostTarget = `${process.platform}-${process.arch}`;

/**
 * In ONNX Runtime's folders, but never loaded by us: DirectML and its compilers (a GPU engine, loaded only when it is
 * asked for), and the second copy of the library for macOS (its binding names the one with the short version).
 */
const UNUSED = /^(DirectML|dxcompiler|dxil)\.dll$|^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/i;

/** Files of ONNX Runtime that the target loads at run time. */
function nativeFiles(target) {
  const [platform, arch] = target.split('-');
  const folder = `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}`;
  const names = readdirSync(path.join(root, folder));
  const wanted = names.filter((name) => !UNUSED.test(name));
  if (!wanted.some((name) => name.endsWith('.node')) || wanted.length < 2) {
    throw new Error(`${folder} is not complete: ${names.join(', ')}`);
  }
  return [...wanted.map((name) => `${folder}/${name}`), ...addons(target)];
}

/** The native add-on, where it was built for the target; without it the CPU engine answers. */
function addons(target) {
  const folder = `native/bin/${target}`;
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`);
}

function check(files, native, draft) {
  const there = new Set(files);
  const isWanted = (file) => !there.has(file) && !(draft && /^[A-Z_]+(\.md)?$/.test(file));
  const missing = [...REQUIRED, ...native].filter(isWanted);
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}`);
  const isNative = (file) => /\.(node|dll|dylib|exe|so(\.[\d.]+)?)$/.test(file);
  const foreign = files.filter((file) => isNative(file) && !native.includes(file));
  if (foreign.length > 0) throw new Error(`Of another platform: ${foreign.join(', ')}`);
  const strange = files.filter((file) => /\.(ts|map|py)$|^(src|server|test|training|bench|scripts)\//.test(file));
  if (strange.length > 0) throw new Error(`Does not belong there: ${strange.join(', ')}`);
}

/**
 * README.md as the page of the installed extension: VS Code shows neither pictures nor links that are relative to a
 * repository, so the pictures are left out and of the links only their text stays.
 */
function writeReadme() {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8')
    .replace(/^!\[.*\]\(.*\)\n\n?/gm, '')
    .replace(/\[([^\]]*)\]\((?!https?:|#)[^)]*\)/g, '$1');
  writeFileSync(path.join(root, README), text);
  return README;
}

/** Builds a VSIX; returns its path and size. */
export async function makePackage({ target = hostTarget, out, build = true, draft = false } = {}) {
  if (!TARGETS.includes(target)) {
    throw new Error(`No ONNX Runtime for ${target}. Possible: ${TARGETS.join(', ')}. (--target chooses one.)`);
  }
  await ensureInstalled();
  const { createVSIX, listFiles } = await import('@vscode/vsce');
  if (build) execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
  const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const packagePath = path.resolve(root, out ?? `${name}-${target}-${version}.vsix`);
  const native = nativeFiles(target);

  const temporary = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-package-'));
  try {
    const ignoreFile = path.join(temporary, 'ignore');
    const readmePath = writeReadme();
    const allowed = native.map((file) => `!${file}`).join('\n');
    writeFileSync(ignoreFile, `${readFileSync(path.join(root, '.vscodeignore'), 'utf8')}\n${allowed}\n`);
    const files = (await listFiles({ cwd: root, ignoreFile, readmePath })).map((file) => file.replaceAll('\\', '/'));
    check(files, native, draft);
    await createVSIX({
      cwd: root,
      target,
      packagePath,
      ignoreFile,
      readmePath,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
    const bytes = statSync(packagePath).size;
    if (bytes > LIMIT_MB * 1e6) throw new Error(`${(bytes / 1e6).toFixed(1)} MB: the limit is ${LIMIT_MB} MB.`);
    return { packagePath, bytes, files };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const options = {
    target: { type: 'string' },
    out: { type: 'string' },
    'no-build': { type: 'boolean' },
    draft: { type: 'boolean' },
  };
  try {
    const { values } = parseArgs({ options });
    const { packagePath, bytes, files } = await makePackage({ ...values, build: !values['no-build'] });
    const kilobytes = (file) => statSync(path.join(root, file)).size / 1e3;
    const largest = files.toSorted((a, b) => kilobytes(b) - kilobytes(a));
    for (const file of largest.slice(0, 8)) console.log(`  ${kilobytes(file).toFixed(1).padStart(9)} kB  ${file}`);
    console.log(
      `${path.relative(process.cwd(), packagePath)}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB packed`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
