// The pages of the extension in Chromium: the page view (what is drawn where, keys, search, what can go wrong) and the table
// of a question set.
//   node test/page-view/run.mjs [part of a test's name]
// Leaves pictures in test/e2e/out. Exits with 1 when a test fails.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/ensure.mjs';
import { openBrowser } from '../e2e/workbench.mjs';
import { PdfPage } from './page.mjs';
import { stringsOf } from './strings.mjs';
import { TablePage } from './table-page.mjs';
import { findTests } from './tests-find.mjs';
import { markTests } from './tests-marks.mjs';
import { tableTests } from './tests-table.mjs';
import { troubleTests } from './tests-trouble.mjs';
import { viewTests } from './tests-view.mjs';

const out = path.join(root, 'test', 'e2e', 'out');
mkdirSync(out, { recursive: true });
const wanted = process.argv[2] ?? '';
const began = Date.now();
const chrome = await openBrowser();
const strings = await stringsOf('lease.pdf');
let passed = 0;
let failed = 0;
try {
  for (const [name, test] of Object.entries({
    ...markTests,
    ...viewTests,
    ...findTests,
    ...troubleTests,
    ...tableTests,
  })) {
    if (!name.includes(wanted)) continue;
    const isTable = Object.hasOwn(tableTests, name);
    const view = isTable ? await TablePage.create({ chrome }) : await PdfPage.create(strings, { chrome });
    try {
      await view.load();
      await test(view, (picture) => view.page.screenshot({ path: path.join(out, `pages-${picture}.png`) }));
      assert.deepEqual(view.problems, []);
      passed++;
      console.log(`  ok   ${name}`);
    } catch (error) {
      failed++;
      const lines = String(error.stack ?? error).split('\n');
      console.log(`  FAIL ${name}\n       ${[...lines.slice(0, 12), ...view.problems].join('\n       ')}`);
      await view.page.screenshot({ path: path.join(out, `pages-failed-${failed}.png`) }).catch(() => {});
    } finally {
      await view.close();
    }
  }
} finally {
  await chrome.close();
}
console.log(`page view: ${passed} passed, ${failed} failed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
