// The packaged extension in a folder that is not trusted: none of its paths and models is used, nothing of it runs.
//   node test/e2e/restricted.mjs
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '../../scripts/code-server.mjs';
import { hostTarget, makePackage } from '../../scripts/package.mjs';
import { Stage } from './stage.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const began = Date.now();
const { version, capabilities } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
let vsix = path.join(root, `ask-bert-${hostTarget}-${version}.vsix`);
if (!existsSync(vsix)) vsix = (await makePackage()).packagePath;

const stage = new Stage();
const { profile } = stage;
const trust = (enabled) =>
  profile.settings({
    'security.workspace.trust.enabled': enabled,
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
    'security.workspace.trust.untrustedFiles': 'open',
  });
trust(true);

// A folder that names a model and libraries of its own, and has whatever a loader might take from the current folder.
const folder = path.join(profile.folder, 'folder');
const mark = path.join(profile.folder, 'ran');
mkdirSync(path.join(folder, '.vscode'), { recursive: true });
const evil = {
  'askBert.modelPath': path.join(folder, 'model'),
  'askBert.tensorRtPath': path.join(folder, 'libraries'),
  'askBert.engine': 'tensorrt',
  'askBert.precision': 'bf16',
  'askBert.threads': 200,
  'askBert.idleUnloadMinutes': 0,
  'askBert.modelMirror': 'https://mirror.invalid',
  'askBert.remote.url': 'https://server.invalid',
  'askBert.remote.model': 'theirs',
  'askBert.remote.fallback': true,
};
writeFileSync(path.join(folder, '.vscode', 'settings.json'), JSON.stringify(evil));
writeFileSync(
  path.join(folder, 'text.txt'),
  'The tide gauge stands in Newlyn harbour. The keeper is called Owen Tregarth.\n',
);
const run = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, process.argv.join());\n`;
for (const file of [
  'node_modules/onnxruntime-node/index.js',
  'worker.js',
  'sidecar.js',
  'dist/worker.js',
  'index.js',
]) {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), run);
}
for (const file of ['libcuda.so.1', 'libnvinfer.so.10', 'libraries/libnvinfer.so.10']) {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), 'no library');
}

/** Command lines and working folders of the sidecars of this VS Code. */
function sidecars() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const ours = command.includes(path.join('dist', 'sidecar.js')) && command.includes(profile.extensions);
        return ours ? [{ command, cwd: readlinkSync(`/proc/${pid}/cwd`) }] : [];
      } catch {
        return []; // it has just ended
      }
    });
}

async function ask(workbench, question) {
  await workbench.openFile('text.txt');
  await workbench.command('Ask BERT: Ask about Selection');
  await workbench.boxTitle.filter({ hasText: 'Ask about ' }).waitFor();
  await workbench.answerBox(question);
}

const tests = {
  'every setting that the folder sets is a restricted one': async () => {
    assert.deepEqual(Object.keys(evil).sort(), [...capabilities.untrustedWorkspaces.restrictedConfigurations].sort());
  },

  'the folder is not trusted, and a question is answered by the embedded model': async ({ workbench }) => {
    await workbench.page.getByText('Restricted Mode').first().waitFor();
    await ask(workbench, 'Who is the keeper?');
    await workbench.until('an answer', async () => (await workbench.decorations()).length > 0);
    const hover = await workbench.hover('Owen Tregarth', /Who is the keeper/);
    assert.match((await hover.textContent()).replaceAll('\u00a0', ' '), /cpu/);
    assert.equal(await workbench.page.locator('.notification-toast', { hasText: 'Ask BERT' }).count(), 0);
  },

  'nothing of the folder ran, and the sidecar does not stand in it': async () => {
    assert.ok(!existsSync(mark), existsSync(mark) ? readFileSync(mark, 'utf8') : '');
    const running = sidecars();
    assert.equal(running.length, 1);
    for (const { command, cwd } of running) {
      assert.ok(cwd.startsWith(profile.extensions), cwd);
      assert.ok(!command.includes(folder), command);
    }
  },

  'once it is trusted, its model is used: the settings would have worked': async ({ workbench, server }) => {
    trust(false);
    await sleep(500);
    await workbench.open(server, folder);
    await ask(workbench, 'Where does the tide gauge stand?');
    await workbench.notification(/The model folder .*model does not exist/);
    assert.ok(!existsSync(mark));
  },
};

let passed = 0;
let failed = 0;
try {
  await profile.install(vsix);
  await stage.open({ trust: true });
  const { workbench, server } = stage;
  await workbench.open(server, folder);
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test({ workbench, server });
      passed++;
      console.log(`  ok   ${name}`);
    } catch (error) {
      failed++;
      console.log(
        `  FAIL ${name}\n       ${String(error.stack ?? error)
          .split('\n')
          .slice(0, 6)
          .join('\n       ')}`,
      );
      mkdirSync(path.join(root, 'test/e2e/out'), { recursive: true });
      await workbench.page.screenshot({ path: path.join(root, 'test/e2e/out', `restricted-${passed + failed}.png`) });
    }
  }
} catch (error) {
  failed++;
  console.error(error);
} finally {
  await stage.close();
}
console.log(`not trusted: ${passed} passed, ${failed} failed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
