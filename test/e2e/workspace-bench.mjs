// A question about a large folder in the real VS Code: time to the first answer in the tree, to the last, and a second question.
//   node test/e2e/workspace-bench.mjs FOLDER [QUESTION [SECOND QUESTION]]     (after scripts/package.mjs)
// Leaves a screenshot of the tree in test/e2e/out/workspace-bench.png. No part of npm test.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostTarget, makePackage } from '../../scripts/package.mjs';
import { Stage } from './stage.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '..', '..');
const [folder, ...given] = process.argv.slice(2);
if (!folder || !existsSync(folder)) throw new Error('node test/e2e/workspace-bench.mjs FOLDER [QUESTION...]');
const questions =
  given.length > 0
    ? given
    : ['Which licence does the project use?', 'How many threads does the pool start by default?'];

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
let vsix = path.join(root, `ask-bert-${hostTarget}-${version}.vsix`);
if (!existsSync(vsix)) vsix = (await makePackage()).packagePath;

/** Peak memory of the sidecar in MB, where the system tells. */
function peakOfSidecar(find) {
  const pid = find().at(-1);
  if (pid === undefined) return undefined;
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kilobytes && Math.round(Number(kilobytes) / 1000);
}

const stage = new Stage();
try {
  const { sidecars } = await import('./steps.mjs');
  await stage.profile.install(vsix);
  await stage.open({ page: { viewport: { width: 1280, height: 800 } } });
  const { workbench, server, profile } = stage;
  await workbench.open(server, path.resolve(folder));
  const rows = workbench.page.locator('.customview-tree .monaco-list-row');
  for (const question of questions) {
    await workbench.command('Ask BERT: Ask about Workspace');
    await workbench.boxTitle.filter({ hasText: 'Ask about workspace' }).waitFor({ timeout: 30_000 });
    const began = Date.now();
    const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
    await workbench.answerBox(question);
    const message = workbench.page.locator('.tree-explorer-viewlet-tree-view .message', { hasText: question });
    await message.waitFor({ timeout: 30_000 });
    await rows.filter({ hasText: '%' }).first().waitFor({ timeout: 120_000 });
    console.log(`${question}\n  first answer in the tree: ${seconds()} s`);
    await workbench.page.screenshot({ path: path.join(out(), 'workspace-bench-reading.png') });
    await message.filter({ hasText: /nearest to the question|files read/ }).waitFor({ timeout: 600_000 });
    console.log(`  last: ${seconds()} s, ${(await message.innerText()).replace(/\s+/g, ' ')}`);
    console.log(`  best: ${(await rows.allInnerTexts()).slice(0, 4).join(' | ').replace(/\s+/g, ' ')}`);
    console.log(`  peak memory of the sidecar: ${peakOfSidecar(() => sidecars(profile)) ?? '?'} MB`);
    await workbench.page.screenshot({ path: path.join(out(), 'workspace-bench.png') });
  }
} finally {
  await stage.close();
}

function out() {
  const where = path.join(here, 'out');
  mkdirSync(where, { recursive: true });
  return where;
}
