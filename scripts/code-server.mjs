// code-server as set up by setup-vscode.mjs: a profile (settings, extensions, logs) and a server on the loopback
// address.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { codeServer } from './setup-vscode.mjs';

const execute = promisify(execFile);
/** Nothing takes this long unless it hangs. */
const END_MS = 10 * 60_000;
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Only the editor: no welcome page, no update, no chat, no Git. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'workbench.layoutControl.enabled': false,
  'workbench.editor.useModal': 'off',
  'window.commandCenter': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'typescript.disableAutomaticTypeAcquisition': true,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'files.hotExit': 'off',
};

/** Folders of one user: a temporary one for a test, or a permanent one. */
export class Profile {
  constructor(folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-'))) {
    this.folder = folder;
    this.data = path.join(folder, 'data');
    this.extensions = path.join(folder, 'extensions');
    mkdirSync(path.join(this.data, 'User'), { recursive: true });
    mkdirSync(this.extensions, { recursive: true });
    if (!existsSync(this.settingsFile)) this.settings({});
  }

  get settingsFile() {
    return path.join(this.data, 'User', 'settings.json');
  }

  settings(more) {
    writeFileSync(this.settingsFile, JSON.stringify({ ...QUIET, ...more }, null, 2));
  }

  get environment() {
    // Otherwise code-server would leave files and sockets in the folders of the real user.
    const folders = {
      XDG_DATA_HOME: path.join(this.folder, 'xdg-data'),
      XDG_CONFIG_HOME: path.join(this.folder, 'xdg-config'),
      XDG_RUNTIME_DIR: this.folder,
    };
    const environment = { ...process.env, ...folders };
    for (const key of Object.keys(environment)) {
      if (/^(VSCODE_|ELECTRON_RUN_AS_NODE|NODE_OPTIONS|PASSWORD|HASHED_PASSWORD)/.test(key)) delete environment[key];
    }
    return environment;
  }

  async install(vsix) {
    const { node, script } = codeServer();
    const args = [script, ...this.folderArguments, '--install-extension', vsix, '--force'];
    const { stdout, stderr } = await execute(node, args, { env: this.environment, timeout: END_MS });
    if (!/successfully installed/.test(stdout)) throw new Error(`Installing ${vsix} failed:\n${stdout}\n${stderr}`);
  }

  get folderArguments() {
    return ['--user-data-dir', this.data, '--extensions-dir', this.extensions];
  }

  /** Every log file whose path matches, one after the other. */
  log(pattern) {
    const root = path.join(this.data, 'logs');
    if (!existsSync(root)) return '';
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort();
    return paths
      .filter((file) => pattern.test(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts a server on a free port of the loopback address. `trust`: folders are trusted only if the user says so. */
export async function startServer(profile, { environment = {}, timeoutMs = END_MS, trust = false } = {}) {
  const { node, script } = codeServer();
  const switches = [
    ...(trust ? [] : ['workspace-trust']),
    'telemetry',
    'update-check',
    'getting-started-override',
    'file-downloads',
  ];
  const args = [script, '--auth', 'none', '--bind-addr', '127.0.0.1:0', ...profile.folderArguments];
  const child = spawn(node, [...args, ...switches.map((name) => `--disable-${name}`)], {
    env: { ...profile.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    output += data;
  });

  /** To the whole process group, which belongs only to us. */
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
      return true;
    } catch {
      return false;
    }
  };
  const server = {
    url: '',
    output: () => output,
    async stop() {
      signal('SIGTERM');
      for (let tries = 0; tries < 1200 && signal(0); tries++) await sleep(50);
      signal('SIGKILL');
    },
  };

  const started = Date.now();
  for (;;) {
    server.url ||= output.match(/listening on (http:\/\/127\.0\.0\.1:\d+)/)?.[1] ?? '';
    const healthy = server.url && (await fetch(`${server.url}/healthz`).catch(() => undefined));
    if (healthy?.ok) return server;
    if (child.exitCode !== null || Date.now() - started > timeoutMs) {
      await server.stop();
      throw new Error(`code-server did not start:\n${output}`);
    }
    await sleep(50);
  }
}

/** Address of a window on a folder, with the given file open. */
export function windowUrl(server, folder, file) {
  const { host, href } = new URL(server.url);
  const address = new URL(href);
  address.searchParams.set('folder', path.resolve(folder));
  const payload = [['openFile', `vscode-remote://${host}${file}`]];
  if (file) address.searchParams.set('payload', JSON.stringify(payload));
  return address.href;
}
