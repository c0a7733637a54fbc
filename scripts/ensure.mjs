// What every script needs first: a Node that is new enough, the installed packages, the built bundles.
// Needs no package itself. If everything is done, it takes milliseconds.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const BUNDLES = [
  'extension',
  'client',
  'question-set-file',
  'models-file',
  'sidecar',
  'worker',
  'reader-thread',
  'tensorrt-child',
  'check-child',
  'formats-child',
  'cli',
  'eld',
  'undici',
  'evaluation',
  'pdf-page',
  'web',
].map((name) => path.join(root, 'dist', `${name}.js`));
const SOURCES = ['src', 'server', 'webview', 'esbuild.mjs', 'package.json', 'package-lock.json'];

/** A failure that is reported in one line, without a stack. */
export class ScriptError extends Error {}

/** Ends the process with one line if this Node is older than package.json requires. */
export function checkNode() {
  const wanted = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).engines.node.replace(/^>=/, '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor = 0] = wanted.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(`Ask BERT needs Node.js ${wanted} or newer; this is ${process.versions.node}: https://nodejs.org`);
  process.exit(1);
}

/** `npm ci` in a folder, unless everything in its package-lock.json is installed. */
export async function ensureInstalled(say = console.log, folder = root) {
  checkNode();
  if (isInstalled(folder)) return;
  say(`Installing packages (npm ci${folder === root ? '' : ` in ${path.relative(root, folder)}`}) ...`);
  const began = Date.now();
  // Registries fail now and then.
  for (let attempt = 1; ; attempt++) {
    const { code, output } = await npm(
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      folder,
    );
    if (code === 0 && isInstalled(folder)) break;
    if (attempt === 2) throw new ScriptError(`npm ci failed:\n${output.trim()}`);
  }
  say(`Packages installed in ${seconds(began)}.`);
}

/** Builds `dist` when a source is newer than it; installs first. */
export async function ensureBuilt(say = console.log) {
  await ensureInstalled(say);
  if (isBuilt()) return;
  const began = Date.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new ScriptError(`The build failed:\n${`${stdout}${stderr}`.trim()}`);
  say(`Built in ${seconds(began)}.`);
}

/** Runs a script's main function; a {@link ScriptError} is reported without a stack. */
export function main(work) {
  checkNode();
  work().catch((error) => {
    console.error(error instanceof ScriptError ? error.message : error);
    process.exit(1);
  });
}

export const seconds = (began) => `${((Date.now() - began) / 1000).toFixed(1)} s`;

/** npm itself writes what it installed to node_modules/.package-lock.json, as its last step. */
function isInstalled(folder) {
  const stamp = path.join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(stamp)) return false;
  const { packages: wanted } = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'));
  const { packages: found } = JSON.parse(readFileSync(stamp, 'utf8'));
  return Object.entries(wanted).every(([name, { version, integrity, optional }]) => {
    if (name === '') return true;
    const there = found[name];
    // Optional packages are mostly those of other platforms.
    if (!there) return Boolean(optional);
    return there.version === version && there.integrity === integrity && existsSync(path.join(folder, name));
  });
}

function isBuilt() {
  if (!BUNDLES.every((file) => existsSync(file))) return false;
  const oldest = Math.min(...BUNDLES.map((file) => statSync(file).mtimeMs));
  return SOURCES.every((name) => newest(path.join(root, name)) < oldest);
}

/** Time of the newest change at or below a path; a folder's own time shows removed files. */
function newest(where) {
  const stat = statSync(where);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(where).map((name) => newest(path.join(where, name))));
}

/** Runs npm; the output is collected. */
export function npm(args, folder = root) {
  const own = process.env.npm_execpath;
  const windows = process.platform === 'win32';
  const options = { cwd: folder, env: { ...process.env, npm_config_fetch_retries: '5' } };
  const child =
    own && /\.c?js$/.test(own)
      ? spawn(process.execPath, [own, ...args], options)
      : spawn(windows ? 'npm.cmd' : 'npm', args, { ...options, shell: windows });
  let output = '';
  let stdout = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (stream === child.stdout) stdout += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: String(error), stdout: '' }));
    child.once('close', (code) => resolve({ code, output, stdout }));
  });
}
