// Builds and packs the extension for one platform or all, checks the contents of each package, and writes its SBOM next
// to it.
//   node scripts/package.mjs [--target linux-x64 ... | --all] [--out FILE.vsix or, with --all, FOLDER] [--no-build]
//   [--draft]
// --draft packs even if a document is missing. Prints the path, the size and the largest files; exits with 1 if
//  something is missing, unexpected or too large.
import { execFileSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled, root } from './ensure.mjs';
import {
  addonFiles,
  ensureRuntime,
  hostTarget,
  runtimeFiles,
  runtimeFolder,
  runtimePackages,
  TARGETS,
} from './targets.mjs';

export { hostTarget };

const LIMIT_MB = 60;
const DOCUMENTS = ['CHANGELOG.md', 'LICENSE', 'THIRD_PARTY_NOTICES.md'];
const REQUIRED = [
  'package.json',
  'package.nls.json',
  'package.nls.de.json',
  'l10n/bundle.l10n.json',
  'l10n/bundle.l10n.de.json',
  ...DOCUMENTS,
  'media/icon.png',
  'media/view.svg',
  'media/question-set.css',
  'media/question-set.html',
  'media/question-set.js',
  'media/pdf-view.css',
  'media/pdf-view.html',
  'media/question-set.schema.json',
  'media/walkthrough/ask.svg',
  'media/walkthrough/answers.svg',
  'media/walkthrough/many.svg',
  'media/walkthrough/model.svg',
  'media/walkthrough/gpu.svg',
  'samples/service-agreement.md',
  'models/default/ask-bert-golden.json',
  'models/default/ask-bert-ranges.json',
  'models/default/config.json',
  'models/default/vocab.txt',
  'models/default/model.safetensors',
];

/** Contents of the package for browsers, besides its manifest and README. */
const WEB = /^(package\.nls(\..+)?\.json|l10n\/.+|CHANGELOG\.md|LICENSE|media\/icon\.png)$/;

const readManifest = () => JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** VS Code's convention: an odd minor version is a pre-release. */
export const isPreRelease = (version) => Number(version.split('.')[1]) % 2 === 1;

/** Default path of the VSIX of a target. */
export function vsixName(target) {
  const { name, version } = readManifest();
  return `${name}-${target}-${version}.vsix`;
}

/** What vsce lists, once for all packages: it compares each file of the repository with each line of .vscodeignore. */
let listed;

/** Files that .vscodeignore does not exclude, the same for every platform. */
async function commonFiles(draft) {
  // Not at the top: packages are installed only when this is called.
  const { listFiles } = await import('@vscode/vsce');
  const { bundles, pageBundle, PDF_FILES } = await import('../esbuild.mjs');
  const built = [bundles, pageBundle].flatMap(({ entryPoints }) => Object.keys(entryPoints));
  const ofPdf = Object.keys(PDF_FILES).map((folder) => `dist/${folder}/`);
  const required = [...REQUIRED, ...built.map((name) => `dist/${name}.js`)];
  listed ??= listFiles({ cwd: root, dependencies: false });
  const files = (await listed).map((file) => file.replaceAll('\\', '/'));
  const there = new Set(files);
  const missing = required.filter((file) => !there.has(file) && !(draft && DOCUMENTS.includes(file)));
  missing.push(...ofPdf.filter((folder) => !files.some((file) => file.startsWith(folder))));
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}`);
  const strange = files.filter((file) => /\.(ts|map|py)$|^(src|server|test|training|bench|scripts)\//.test(file));
  if (strange.length > 0) throw new Error(`Does not belong there: ${strange.join(', ')}`);
  return files;
}

/**
 * The manifest that ships: without the parts only for this repository, and with only the entry point of the
 * target. In a browser there are no settings or views, only commands that explain.
 */
function manifestFor(target) {
  const {
    devDependencies,
    scripts,
    private: _,
    browser,
    main,
    bin,
    extensionKind,
    dependencies,
    ...kept
  } = readManifest();
  if (target !== 'web') {
    const runtime = runtimeManifest(target, 'onnxruntime-node');
    return { ...kept, main, bin, extensionKind, dependencies: { [runtime.name]: runtime.version } };
  }
  const { commands, keybindings, menus } = kept.contributes;
  const ofEditors = Object.entries(menus).filter(([place]) => !place.startsWith('view/'));
  const { engines, ...rest } = kept;
  return {
    ...rest,
    engines: { vscode: engines.vscode },
    browser,
    capabilities: { untrustedWorkspaces: { supported: true }, virtualWorkspaces: true },
    contributes: { commands, keybindings, menus: Object.fromEntries(ofEditors) },
  };
}

/** The files of an ONNX Runtime package needed at run time. Its own dependencies are only for its install script. */
function runtimeManifest(target, name) {
  const file = path.join(runtimeFolder(target), 'node_modules', name, 'package.json');
  const {
    version,
    license,
    author,
    description,
    main,
    type,
    exports,
    dependencies = {},
  } = JSON.parse(readFileSync(file, 'utf8'));
  const inside = Object.entries(dependencies).filter(([each]) => runtimePackages.includes(each));
  return { name, version, license, author, description, main, type, exports, dependencies: Object.fromEntries(inside) };
}

/** The page of the extension: what a user wants to know. README.md is for those who build it. */
const PAGE = 'packaging/README.md';

/**
 * The page as it ships. Marketplaces and VS Code show pictures and links with an address of their own only: those of the
 * repository, at the tag of this version. Without a repository on GitHub pictures are left out, and links are their text.
 */
export function pageFor(text, { repository, version }) {
  const { url = '' } = typeof repository === 'string' ? { url: repository } : (repository ?? {});
  const [, owner, name] = /github\.com[/:]([\w.-]+)\/([\w-]+(?:\.[\w-]+)*?)(?:\.git)?\/?$/.exec(url) ?? [];
  const inRepository = (target) => path.posix.join(path.posix.dirname(PAGE), target);
  if (owner === undefined) {
    return text.replace(/^!\[.*\]\(.*\)\n\n?/gm, '').replace(/\[([^\]]*)\]\((?!https?:|#)[^)]*\)/g, '$1');
  }
  const raw = `https://raw.githubusercontent.com/${owner}/${name}/v${version}`;
  const shown = `https://github.com/${owner}/${name}/blob/v${version}`;
  return text
    .replace(/!\[([^\]]*)\]\((?!https?:)([^)]*)\)/g, (_, alt, target) => `![${alt}](${raw}/${inRepository(target)})`)
    .replace(
      /(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)]*)\)/g,
      (_, words, target) => `[${words}](${shown}/${inRepository(target)})`,
    );
}

const page = () => pageFor(readFileSync(path.join(root, PAGE), 'utf8'), readManifest());

/** Assembles a package in a folder. Returns the paths in it. */
async function stage(target, folder, draft) {
  const common = await commonFiles(draft);
  const files = new Map(common.map((file) => [file, path.join(root, file)]));
  const texts = new Map([['README.md', page()]]);
  const asJson = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
  if (target === 'web') {
    for (const file of common) if (!WEB.test(file)) files.delete(file);
    files.set('dist/web.js', path.join(root, 'dist', 'web.js'));
  } else {
    await ensureRuntime(target);
    for (const [file, source] of [...runtimeFiles(target), ...addonFiles(target)]) files.set(file, source);
    for (const name of runtimePackages) {
      texts.set(`node_modules/${name}/package.json`, asJson(runtimeManifest(target, name)));
    }
  }
  texts.set('package.json', asJson(manifestFor(target)));
  for (const file of texts.keys()) files.delete(file);
  for (const [file, source] of files) {
    const to = path.join(folder, file);
    mkdirSync(path.dirname(to), { recursive: true });
    try {
      linkSync(source, to);
    } catch {
      copyFileSync(source, to); // on another disk
    }
  }
  for (const [file, text] of texts) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return [...files.keys(), ...texts.keys()].sort();
}

/** Builds a VSIX and its SBOM; returns the paths, the size and what is inside. */
export async function makePackage({ target = hostTarget, out, build = true, draft = false } = {}) {
  if (!TARGETS.includes(target)) {
    throw new Error(`No ONNX Runtime for ${target}. Possible: ${TARGETS.join(', ')}. (--target chooses one.)`);
  }
  await ensureInstalled();
  const { createVSIX } = await import('@vscode/vsce');
  const { sbom } = await import('./sbom.mjs');
  if (build) execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
  const packagePath = path.resolve(root, out ?? vsixName(target));
  const { version } = readManifest();

  const temporary = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-package-'));
  try {
    const folder = path.join(temporary, 'extension');
    mkdirSync(folder);
    const files = await stage(target, folder, draft);
    const sizes = new Map(files.map((file) => [file, statSync(path.join(folder, file)).size]));
    // The folder contains exactly what is to be packed.
    const ignoreFile = path.join(temporary, 'ignore');
    writeFileSync(ignoreFile, '');
    await createVSIX({
      cwd: folder,
      target,
      packagePath,
      ignoreFile,
      preRelease: isPreRelease(version),
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
    const bytes = statSync(packagePath).size;
    if (bytes > LIMIT_MB * 1e6) throw new Error(`${(bytes / 1e6).toFixed(1)} MB: the limit is ${LIMIT_MB} MB.`);
    const sbomPath = packagePath.replace(/(\.vsix)?$/, '.cdx.json');
    writeFileSync(sbomPath, `${JSON.stringify(await sbom(target), undefined, 2)}\n`);
    return { packagePath, sbomPath, bytes, files, sizes };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function main() {
  const options = {
    target: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    out: { type: 'string' },
    'no-build': { type: 'boolean' },
    draft: { type: 'boolean' },
  };
  const { values } = parseArgs({ options });
  if (values.all && values.target) throw new Error('--all and --target exclude each other.');
  const targets = values.all ? TARGETS : (values.target ?? [hostTarget]);
  if (targets.length > 1 && values.out && !values.all) throw new Error('--out names the file of one target.');
  let build = !values['no-build'];
  if (values.all && values.out) mkdirSync(values.out, { recursive: true });
  for (const target of targets) {
    const began = Date.now();
    const out = values.all && values.out ? path.resolve(values.out, vsixName(target)) : values.out;
    const { packagePath, bytes, files, sizes } = await makePackage({ target, out, build, draft: values.draft });
    build = false;
    const largest = files.toSorted((a, b) => sizes.get(b) - sizes.get(a)).slice(0, values.all ? 0 : 8);
    for (const file of largest) console.log(`  ${(sizes.get(file) / 1e3).toFixed(1).padStart(9)} kB  ${file}`);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    const size = bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(`${path.relative(process.cwd(), packagePath)}: ${files.length} files, ${size} packed in ${seconds} s`);
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
