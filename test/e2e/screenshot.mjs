// Makes the pictures of README.md and of the extension's page from the running product, in the dark theme:
//   node test/e2e/screenshot.mjs     (after scripts/package.mjs)
import { cpSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '../../scripts/code-server.mjs';
import { hostTarget } from '../../scripts/package.mjs';
import { Stage } from './stage.mjs';
import { Workbench } from './workbench.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const media = (name) => path.join(root, 'media', name);
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const README = { width: 1100, height: 500 };
const STEP = { width: 740, height: 450 };
/** Bytes of a picture. */
const MOST = 120_000;

const stage = new Stage();
const { profile } = stage;
profile.settings({
  'editor.hover.delay': 100,
  'editor.fontSize': 13,
  'editor.occurrencesHighlight': 'off',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.activityBar.location': 'hidden',
  'breadcrumbs.enabled': false,
  '[markdown]': { 'editor.wordWrap': 'off' },
});
const folder = path.join(profile.folder, 'samples');
cpSync(path.join(root, 'samples'), folder, { recursive: true });

async function ask(workbench, question) {
  await workbench.command('Ask BERT: Ask about Selection');
  await workbench.boxTitle.waitFor({ timeout: 20_000 });
  await workbench.answerBox(question);
  await workbench.until('the answers', async () => (await workbench.decorations()).length > 0);
}

/** Takes a picture of a part of the window. */
async function step(workbench, name, clip = {}) {
  await sleep(800); // what fades in has faded in
  const file = media(`screenshot-${name}.png`);
  await workbench.page.screenshot({ path: file, clip: { x: 0, y: 0, ...STEP, ...clip } });
  const { size } = statSync(file);
  console.log(`  ${name} ${(size / 1e3).toFixed(1)} kB`);
  if (size >= MOST) throw new Error(`${file}: ${size} bytes, expected less than ${MOST}`);
}

/** For README.md: an answer with its hover. */
async function readme(workbench) {
  await workbench.openFile('incident-log.txt');
  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await ask(workbench, 'Why did the compressor never stop?');
  await workbench.hover('relay K4 is welded', /Why did the compressor/);
  await sleep(800);
  await workbench.page.screenshot({ path: media('screenshot-answer.png') });
  await workbench.command('View: Close All Editors');
}

/** The box, and the answers of many files with the history. */
async function others(workbench) {
  const { page } = workbench;
  await workbench.command('View: Show Explorer');
  await workbench.openFile('service-agreement.md');
  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await workbench.command('Ask BERT: Ask about Selection');
  await workbench.boxTitle.waitFor({ timeout: 20_000 });
  await workbench.quickInput.fill('How much is the monthly fee?');
  await step(workbench, 'ask', { height: 330 });
  await workbench.quickInput.press('Enter');
  await workbench.until('the answers', async () => (await workbench.decorations()).length > 0);
  await ask(workbench, 'Who is the head of operations?');

  await page.mouse.move(10, 10);
  await workbench.command('Ask BERT: Ask about Workspace');
  await workbench.boxTitle.waitFor({ timeout: 20_000 });
  await workbench.answerBox('How much is the monthly fee?');
  const rows = page.locator('.customview-tree .monaco-list-row');
  await rows.filter({ hasText: 'EUR 4,850' }).first().click();
  await page.locator('.tab.active', { hasText: 'service-agreement.md' }).waitFor({ timeout: 5000 });
  await page.locator('.tree-explorer-viewlet-tree-view .message', { hasText: 'files read' }).waitFor();
  const { x, width } = await page.locator('.part.sidebar').boundingBox();
  await page.mouse.move(x + width, 200);
  await page.mouse.down();
  await page.mouse.move(330, 200, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(STEP.width - 60, STEP.height - 60);
  await step(workbench, 'many');
}

try {
  await profile.install(path.join(root, `ask-bert-${hostTarget}-${version}.vsix`));
  await stage.open({ page: { viewport: README, deviceScaleFactor: 1.5 } });
  const { workbench, server, chrome } = stage;
  await workbench.open(server, folder);
  await readme(workbench);
  await workbench.page.close();
  const small = await Workbench.create(chrome, { viewport: STEP, deviceScaleFactor: 1.25 });
  await small.open(server, folder);
  await others(small);
} finally {
  await stage.close();
}
