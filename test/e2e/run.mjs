// The packaged extension in a real VS Code, used as a person would:
//   node test/e2e/run.mjs [part of a test's name] [--windows shared|own]
// --windows: only the tests that share a window, or only those that have one of their own. A part of a name is of the former.
// Installs the VSIX of this platform (made by scripts/package.mjs, as is the one for browsers) in code-server, drives it with Chromium, and leaves
// screenshots in test/e2e/out. Exits with 1 when a test fails.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hostTarget, makePackage, vsixName } from '../../scripts/package.mjs';
import { coldStart } from './cold.mjs';
import { Stage } from './stage.mjs';
import { tests } from './tests.mjs';
import { explainsInBrowser } from './web.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '..', '..');
const out = path.join(here, 'out');
const { values, positionals } = parseArgs({ options: { windows: { type: 'string' } }, allowPositionals: true });
const wanted = positionals[0] ?? '';
const runs = (windows) => (values.windows ?? windows) === windows && !(wanted && windows === 'own');
const began = Date.now();
const seconds = () => `${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s`;

if (runs('shared')) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const vsix = path.join(root, vsixName(hostTarget));
if (!existsSync(vsix)) await makePackage();
const web = path.join(root, vsixName('web'));
if (!existsSync(web)) await makePackage({ target: 'web', build: false });

let passed = 0;
let failed = 0;
const facts = [];

// With profiles of their own, before the window that all other tests share.
const alone = {
  'fresh profile: from the VSIX to the first answer': async () => {
    const { install, open, ask, all } = await coldStart(vsix, path.join(root, 'samples'));
    facts.push(
      `cold install to first answer: ${all} ms (VSIX installed in ${install}, VS Code and the file open after ${open}, asked and answered in ${ask})`,
    );
  },
  'without a process, in the worker of a browser, a command explains': async () => {
    assert.match(await explainsInBrowser(web), /Ask BERT cannot answer in this window/);
  },
};
for (const [name, test] of runs('own') ? Object.entries(alone) : []) {
  const start = Date.now();
  try {
    await test();
    passed++;
    console.log(`  ok   ${name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed++;
    console.log(`  FAIL ${name} (${Date.now() - start} ms)\n       ${error.stack ?? error}`);
  }
}

if (runs('shared')) await inSharedWindow();
for (const fact of facts) console.log(`  ${fact}`);
console.log(`e2e: ${passed} passed, ${failed} failed in ${seconds().trim()}`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);

/** The tests that use one window, one after the other. */
async function inSharedWindow() {
  const stage = new Stage();
  const { profile } = stage;
  profile.settings({ 'editor.hover.delay': 100, 'workbench.colorTheme': 'Default Dark Modern' });
  const folder = path.join(profile.folder, 'samples');
  cpSync(path.join(root, 'samples'), folder, { recursive: true });
  try {
    await profile.install(vsix);
    await stage.open({ page: { permissions: ['clipboard-read', 'clipboard-write'] } });
    const { workbench, server } = stage;
    await workbench.open(server, folder);
    console.log(`  VS Code is up after ${seconds().trim()}`);
    const shot = (name) => workbench.page.screenshot({ path: path.join(out, `${name}.png`) });
    const context = { workbench, profile, server, folder, shot, fact: (text) => facts.push(text), root };
    for (const [name, test] of Object.entries(tests)) {
      // Some tests build on those before them, so a part is run from the first one on.
      const start = Date.now();
      try {
        await test(context);
        passed++;
        console.log(`  ok   ${name} (${Date.now() - start} ms)`);
      } catch (error) {
        failed++;
        console.log(
          `  FAIL ${name} (${Date.now() - start} ms)\n       ${String(error.stack ?? error)
            .split('\n')
            .slice(0, 6)
            .join('\n       ')}`,
        );
        await shot(`failed-${passed + failed}`).catch(() => {});
        await workbench.page.keyboard.press('Escape').catch(() => {});
      }
      if (wanted && name.includes(wanted)) break;
    }
    await server.stop();
    for (const bundle of ['extension', 'client', 'question-set-file', 'sidecar', 'worker', 'cli']) {
      const file = path.join(root, 'dist', `${bundle}.js`);
      if (existsSync(file)) facts.push(`dist/${bundle}.js ${(statSync(file).size / 1e3).toFixed(1)} kB`);
    }
    facts.push(`VSIX ${(statSync(vsix).size / 1e6).toFixed(1)} MB`);
    if (failed > 0) stage.saveLogs(path.join(out, 'failure.log'));
  } catch (error) {
    failed++;
    console.error(error);
  } finally {
    await stage.close();
  }
}
