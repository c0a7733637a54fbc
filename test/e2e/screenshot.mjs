// Makes media/screenshot-answer.png for the README: a real answer with its hover, in the dark theme.
//   node test/e2e/screenshot.mjs     (after scripts/package.mjs)
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '../../scripts/code-server.mjs';
import { hostTarget } from '../../scripts/package.mjs';
import { Stage } from './stage.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const stage = new Stage();
const { profile } = stage;
profile.settings({
  'editor.hover.delay': 100,
  'editor.fontSize': 13,
  'editor.occurrencesHighlight': 'off',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.activityBar.location': 'hidden',
  'breadcrumbs.enabled': false,
});
const folder = path.join(profile.folder, 'samples');
cpSync(path.join(root, 'samples'), folder, { recursive: true });
try {
  await profile.install(path.join(root, `ask-bert-${hostTarget}-${version}.vsix`));
  await stage.open({ page: { viewport: { width: 1100, height: 500 }, deviceScaleFactor: 1.5 } });
  const { workbench, server } = stage;
  await workbench.open(server, folder);
  await workbench.openFile('incident-log.txt');
  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await workbench.command('Ask BERT: Ask about Selection');
  await workbench.boxTitle.waitFor({ timeout: 20_000 });
  await workbench.answerBox('Why did the compressor never stop?');
  await workbench.until('the answers', async () => (await workbench.decorations()).length > 0);
  await workbench.hover('relay K4 is welded', /Why did the compressor/);
  await sleep(800); // the hover fades in
  await workbench.page.screenshot({ path: path.join(root, 'media', 'screenshot-answer.png') });
} finally {
  await stage.close();
}
