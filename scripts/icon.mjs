// Draws media/icon.png from media/icon.svg, with the browser used by the tests.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../test/e2e/workbench.mjs';

const media = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', 'media');
const chrome = await openBrowser();
const page = await chrome.newPage({ viewport: { width: 256, height: 256 } });
await page.setContent(`<style>body{margin:0}</style>${readFileSync(path.join(media, 'icon.svg'), 'utf8')}`);
await page.screenshot({ path: path.join(media, 'icon.png'), omitBackground: true });
await chrome.close();
