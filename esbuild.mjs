// Bundles: extension (tiny; loads client.js at the first question), sidecar, worker, CLI. `--test` bundles the tests
// too (`--file=PATH`: one of them), `--bench` the benchmarks.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { languageData } from './scripts/language-data.mjs';
import { pdfjs } from './scripts/pdfjs.mjs';

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.18',
  format: 'cjs',
  mainFields: ['module', 'main'],
  external: ['vscode', 'onnxruntime-node', './client.js', './question-set-file.js', './models-file.js'],
  logLevel: 'warning',
  legalComments: 'none',
};

/** Large packages that are rarely needed, by the name of their own bundle: those that `import()` them load that. */
const APART = { eld: 'eld/extrasmall', undici: 'undici' };

const apart = {
  name: 'apart',
  setup(builder) {
    const names = new Map(Object.entries(APART).map(([name, module]) => [module, name]));
    builder.onResolve({ filter: /^(eld|undici)\b/ }, ({ path: module, kind }) =>
      kind === 'dynamic-import' ? { path: `./${names.get(module)}.js`, external: true } : undefined,
    );
  },
};

/** For Node only. ES modules in a CommonJS bundle need their own URL: yargs uses it to find its files. */
const node = {
  ...common,
  // What is loaded later is CommonJS, too: by import() Node would parse it once more, for the names that it exports.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundledUrl' },
  inject: [fileURLToPath(new URL('scripts/bundled-url.mjs', import.meta.url))],
  plugins: [pdfjs],
};

/** What ships. */
export const bundles = {
  ...node,
  plugins: [pdfjs, apart, languageData],
  minify: true,
  entryPoints: {
    extension: 'src/extension.ts',
    client: 'src/client.ts',
    'question-set-file': 'src/bundles/question-set.ts',
    'models-file': 'src/bundles/models.ts',
    sidecar: 'server/sidecar/main.ts',
    worker: 'server/sidecar/worker.ts',
    'reader-thread': 'server/session/reader-thread.ts',
    'tensorrt-child': 'server/engine/tensorrt/child.ts',
    'check-child': 'server/engine/check/child.ts',
    'formats-child': 'server/formats/child/child.ts',
    cli: 'server/cli/main.ts',
    mcp: 'server/mcp/main.ts',
    ...APART,
  },
  outdir: 'dist',
};

/** The measuring commands, next to the command line in the repository, not packed. */
export const evaluationBundle = { ...bundles, entryPoints: { evaluation: 'server/evaluation/main.ts' } };

/** The extension for windows without a local process: a browser worker loads it. */
export const webBundle = {
  ...common,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  external: ['vscode'],
  entryPoints: { web: 'src/web.ts' },
  outdir: 'dist',
};

/** The worker of pdf.js as a text in the page's bundle: the page starts it from there, and so loads nothing. */
const pdfWorker = {
  name: 'pdf-worker',
  setup(builder) {
    builder.onResolve({ filter: /^pdf-worker-source$/ }, () => ({
      path: 'node_modules/pdfjs-dist/legacy/build/pdf.worker.min.mjs',
      namespace: 'text',
    }));
    builder.onLoad({ filter: /./, namespace: 'text' }, ({ path: file }) => ({
      contents: readFileSync(new URL(file, import.meta.url), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/gm, ''),
      loader: 'text',
    }));
  },
};

/** The page of the page view of PDF, in a web view. */
export const pageBundle = {
  ...common,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  external: [],
  entryPoints: { 'pdf-page': 'webview/pdf/main.ts' },
  outdir: 'dist',
  plugins: [pdfWorker],
};

/** Files that pdf.js reads when a PDF needs them: the same folders in `dist` as in pdfjs-dist. */
export const PDF_FILES = {
  cmaps: /\.bcmap$|^LICENSE/,
  standard_fonts: /\.(pfb|ttf)$|^LICENSE/,
  wasm: /^(jbig2|openjpeg)\.wasm$|^LICENSE_(PDFJS_)?(JBIG2|OPENJPEG)$/,
};

function copyPdfFiles() {
  for (const [folder, wanted] of Object.entries(PDF_FILES)) {
    const from = fileURLToPath(new URL(`node_modules/pdfjs-dist/${folder}`, import.meta.url));
    const to = path.join('dist', folder);
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from))
      if (wanted.test(name)) copyFileSync(path.join(from, name), path.join(to, name));
  }
}

/**
 * Tests of the folders unit and server.
 * @param files of them, relative to the root
 * @param sourcemap for a debugger: larger than the bundles, so that those of all files take half of the time
 */
export const testBundles = (files, sourcemap) => ({
  ...node,
  // As packages, eld and undici are ES modules.
  supported: {},
  external: [...common.external, 'mocha', 'fast-check', 'esbuild', 'playwright-core', ...Object.values(APART)],
  entryPoints: [
    ...files.map((file) => ({ in: file, out: path.relative('test', file).replace(/\.ts$/, '') })),
    // A process that tests of the command line start; as far from the translations and the model as what ships.
    { in: 'test/server/cli-host.ts', out: 'cli-host' },
  ],
  outdir: 'out-test',
  sourcemap: sourcemap && 'inline',
});

const entries = (folder, pattern) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((f) => pattern.test(f))
        .map((f) => path.join(folder, f))
    : [];

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--gpu')) {
    // Only what test/gpu needs.
    const { 'tensorrt-child': child, 'check-child': checkChild, 'reader-thread': thread, cli } = bundles.entryPoints;
    const entryPoints = { 'tensorrt-child': child, 'check-child': checkChild, 'reader-thread': thread, cli, ...APART };
    await build({ ...bundles, entryPoints });
    await build(evaluationBundle);
    await build({ ...common, entryPoints: ['test/gpu/run.ts'], outdir: 'out-test/gpu' });
    process.exit();
  }
  await build(bundles);
  await build(evaluationBundle);
  await build(webBundle);
  await build(pageBundle);
  copyPdfFiles();
  const named = process.argv.filter((each) => each.startsWith('--file=')).map((each) => each.slice('--file='.length));
  const tests = ['test/unit', 'test/server'].flatMap((folder) => entries(folder, /\.test\.ts$/));
  if (process.argv.includes('--test')) await build(testBundles(tests, false));
  else if (named.length > 0) await build(testBundles(named, true));
  if (process.argv.includes('--bench')) {
    const entryPoints = entries('bench', /\.ts$/);
    await build({ ...common, entryPoints, outdir: 'out-bench', outbase: 'bench' });
  }
}
