// `npm run code`: builds and packs the extension, and opens a real VS Code with it and the folder samples/.
//   the desktop VS Code if `code` is on PATH, otherwise code-server in the browser (set up once, from npm)
//   --web    code-server even if desktop VS Code is installed
//   --print  only print the address, do not open a browser
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Profile, startServer, windowUrl } from './code-server.mjs';
import { makePackage } from './package.mjs';
import { cacheFolder, onPath, setUp } from './setup-vscode.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const samples = path.join(root, 'samples');
const start = path.join(samples, 'START-HERE.md');

/** Runs a command line tool that may be a .cmd file, which Windows starts through its shell only. */
function run(program, args) {
  const shell = process.platform === 'win32';
  const quoted = shell ? args.map((arg) => `"${arg}"`) : args;
  const { status, error } = spawnSync(shell ? `"${program}"` : program, quoted, { stdio: 'inherit', shell });
  if (error || status !== 0) throw error ?? new Error(`${path.basename(program)} ended with ${status}`);
}

function openInBrowser(url) {
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? onPath('xdg-open');
  if (!hasDisplay || !opener) return;
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

async function inDesktop(code, vsix) {
  console.log(`Installing in the VS Code of this machine (${code}) ...`);
  run(code, ['--install-extension', vsix, '--force']);
  run(code, ['--new-window', samples, start]);
  console.log('Opened. Uninstall later with: code --uninstall-extension ask-bert.ask-bert');
}

async function inBrowser(vsix) {
  await setUp({ withBrowser: false });
  const profile = new Profile(path.join(cacheFolder, 'profile'));
  await profile.install(vsix);
  const server = await startServer(profile);
  const url = windowUrl(server, samples, start);
  console.log(`\nVS Code is at\n\n    ${url}\n\nopen START-HERE.md there, or any text. Ctrl+C ends it.`);
  if (!process.argv.includes('--print')) openInBrowser(url);
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.stop();
}

try {
  const { packagePath } = await makePackage({ draft: true });
  const desktop = process.argv.includes('--web') ? undefined : onPath('code', 'codium');
  await (desktop ? inDesktop(desktop, packagePath) : inBrowser(packagePath));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
