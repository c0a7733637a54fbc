// Sets up a real VS Code workbench on this machine, without downloads from outside npm (and Debian's archive):
// code-server from npm, the Node version it requires from npm, its native modules compiled with npm's own node-gyp,
// and, for the tests only, Chromium. Everything is in one cache folder; a second run finds it there and returns at
// once.
//
//   node scripts/setup-vscode.mjs            workbench and browser (what the tests need)
//   node scripts/setup-vscode.mjs --no-browser   workbench only (what `npm run code` needs)
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CODE_SERVER = '4.139.1'; // VS Code 1.139.1
const NODE = '24.21.0';
const COMPILED = ['@vscode/spdlog', '@vscode/native-watchdog', '@vscode/fs-copyfile'];
const DEBIAN_TOOLS = ['g++', 'make', 'python3'];

/** The folder of the whole setup. */
export const cacheFolder =
  process.env.ASK_BERT_VSCODE_CACHE ??
  path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'ask-bert-vscode');
const serverFolder = path.join(cacheFolder, `code-server-${CODE_SERVER}`);
const nodeFolder = path.join(cacheFolder, `node-${NODE}`);
const readyMark = path.join(serverFolder, '.ready');

const started = Date.now();
const say = (text) => console.log(`[set-up ${((Date.now() - started) / 1000).toFixed(0).padStart(3)} s] ${text}`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs a program; its output goes to a log file whose end is part of the error. */
async function run(name, command, args, options = {}) {
  const log = path.join(cacheFolder, 'logs', `${name.replace(/[^\w.-]/g, '-')}.log`);
  await new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { maxBuffer: 1 << 28, ...options, env: { ...process.env, ...quiet, ...options.env } },
      (error, out, err) => {
        writeFileSync(log, `${out}\n${err}`);
        if (error)
          reject(
            new Error(`${name} failed (log: ${log}):\n${`${out}\n${err}`.trim().split('\n').slice(-15).join('\n')}`),
          );
        else resolve();
      },
    );
  });
}
const quiet = {
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  npm_config_fetch_retries: '5',
};

/** Registries fail now and then: up to four attempts with a growing pause. */
async function retry(task) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (attempt === 4) throw error;
      say(`again: ${error.message.split('\n')[0]}`);
      await sleep(attempt * 3000);
    }
  }
}

/** The first of the names that is a program on PATH. */
export function onPath(...names) {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe', ''] : [''];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
      for (const ending of endings) {
        const file = path.join(folder, name + ending);
        if (folder && existsSync(file) && statSync(file).isFile()) return file;
      }
    }
  }
  return undefined;
}

/** npm as a script for `node`: so that neither a shell nor a .cmd is needed. */
function npmScript() {
  const beside = (file) => [
    path.join(path.dirname(file), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(path.dirname(file), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const npm = onPath('npm');
  const candidates = [
    process.env.npm_execpath,
    npm && realpathSync(npm),
    ...beside(process.execPath),
    ...(npm ? beside(npm) : []),
  ].filter((file) => file?.endsWith('npm-cli.js') && existsSync(file));
  if (candidates.length === 0)
    throw new Error('npm was not found. Install Node.js with npm, or run this through `npm run`.');
  return candidates[0];
}

/** The browser of the tests. */
export function browser() {
  const fixed = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ];
  return (
    process.env.CHROMIUM ??
    onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge') ??
    fixed.find((file) => existsSync(file))
  );
}

const isDebianRoot = () => process.platform === 'linux' && process.getuid?.() === 0 && Boolean(onPath('apt-get'));

async function apt(packages) {
  say(`apt-get install ${packages.join(' ')}`);
  await retry(() => run('apt-update', 'apt-get', ['update']));
  await retry(() =>
    run('apt-install', 'apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    }),
  );
}

/** Compiler, and the browser if requested: from Debian if possible, otherwise a message that says what to install. */
async function systemPart(withBrowser, withCompiler) {
  const missing = withCompiler ? DEBIAN_TOOLS.filter((tool) => !onPath(tool)) : [];
  if (missing.length > 0 && process.platform === 'darwin') {
    throw new Error(`${missing.join(', ')} missing: install the Xcode command line tools (xcode-select --install).`);
  }
  const wanted = [...missing, ...(withBrowser && !browser() ? ['chromium', 'fonts-dejavu-core'] : [])];
  if (wanted.length === 0) return;
  if (!isDebianRoot()) {
    throw new Error(
      `Not on this machine: ${wanted.join(', ')}. Install ${wanted.length > 1 ? 'them' : 'it'} with your package manager` +
        (wanted.includes('chromium') ? ', or set CHROMIUM to a Chrome, Chromium or Edge program.' : '.'),
    );
  }
  await apt(wanted);
}

/** The Node that runs code-server, with the headers that its modules are compiled against. */
async function nodePart() {
  const name = `node-${process.platform}-${process.arch}`;
  const program = path.join(nodeFolder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(program)) {
    say(`Node ${NODE} from npm (${name})`);
    mkdirSync(nodeFolder, { recursive: true });
    // A separate package.json: otherwise npm would find a parent one and change that.
    writeFileSync(path.join(nodeFolder, 'package.json'), '{"private":true}\n');
    await retry(() =>
      run('npm-node', process.execPath, [npmScript(), 'install', '--no-save', '--ignore-scripts', `${name}@${NODE}`], {
        cwd: nodeFolder,
      }),
    );
  }
  return program;
}

async function codeServerPart() {
  if (existsSync(readyMark)) return;
  if (process.platform === 'win32')
    throw new Error('code-server does not run on Windows: use the desktop VS Code (`code` on PATH).');
  await systemPart(false, true);
  const node = await nodePart();
  const npm = npmScript();
  const headers = path.dirname(path.dirname(node));
  const environment = { PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };

  say(`code-server ${CODE_SERVER} from npm`);
  const draft = `${serverFolder}.tmp`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  await retry(() =>
    run(
      'npm-pack',
      process.execPath,
      [npm, 'pack', `code-server@${CODE_SERVER}`, '--pack-destination', draft, '--silent'],
      { cwd: draft },
    ),
  );
  const archive = readdirSync(draft).find((file) => file.endsWith('.tgz'));
  await run('unpack', 'tar', ['xzf', path.join(draft, archive), '-C', draft, '--strip-components=1']);
  rmSync(path.join(draft, archive));

  await Promise.all(
    ['.', 'lib/vscode', 'lib/vscode/extensions'].map((folder) =>
      retry(() =>
        run(`npm-${folder}`, node, [npm, 'install', '--omit=dev', '--ignore-scripts'], {
          cwd: path.join(draft, folder),
          env: environment,
        }),
      ),
    ),
  );
  say('native modules');
  const gyp = path.join(path.dirname(npm), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  await Promise.all(
    COMPILED.map((name) => {
      // Without headers next to Node, node-gyp would download them; with --nodedir nothing is fetched.
      const nodedir = existsSync(path.join(headers, 'include', 'node', 'node.h')) ? [`--nodedir=${headers}`] : [];
      return run(`gyp-${name}`, node, [gyp, 'rebuild', '-j', '4', ...nodedir], {
        cwd: path.join(draft, 'lib', 'vscode', 'node_modules', name),
        env: environment,
      });
    }),
  );
  const asar = path.join(draft, 'lib', 'vscode', 'node_modules.asar');
  rmSync(asar, { force: true });
  symlinkSync('node_modules', asar);
  writeFileSync(path.join(draft, '.node'), `${node}\n`);
  rmSync(serverFolder, { recursive: true, force: true });
  renameSync(draft, serverFolder);
  await run('version', node, [path.join(serverFolder, 'out', 'node', 'entry.js'), '--version']);
  writeFileSync(readyMark, '');
}

/** One setup at a time: a folder as lock, with the owner's process id so that a stale lock is recognised. */
async function locked(task) {
  const lock = path.join(cacheFolder, '.lock');
  const owner = path.join(lock, 'pid');
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(owner, String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      try {
        process.kill(Number(readFileSync(owner, 'utf8')), 0);
      } catch (gone) {
        const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
        if (gone.code === 'ESRCH' || (gone.code === 'ENOENT' && age > 10_000))
          rmSync(lock, { recursive: true, force: true });
      }
      await sleep(500);
    }
  }
  try {
    return await task();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Node and script of code-server, once it is set up. */
export function codeServer() {
  if (!existsSync(readyMark)) throw new Error('The workbench is not set up: run `node scripts/setup-vscode.mjs`.');
  return {
    node: readFileSync(path.join(serverFolder, '.node'), 'utf8').trim(),
    script: path.join(serverFolder, 'out', 'node', 'entry.js'),
  };
}

export async function setUp({ withBrowser = true } = {}) {
  if (existsSync(readyMark) && (!withBrowser || browser())) return;
  mkdirSync(path.join(cacheFolder, 'logs'), { recursive: true });
  say(
    `setting up code-server ${CODE_SERVER}${withBrowser ? ' and a browser' : ''} in ${cacheFolder} (once; about a minute)`,
  );
  await locked(async () => {
    await systemPart(withBrowser, false);
    await codeServerPart();
  });
  say('done');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await setUp({ withBrowser: !process.argv.includes('--no-browser') });
    console.log(`workbench: ${serverFolder}\nbrowser:   ${browser() ?? '(none)'}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
