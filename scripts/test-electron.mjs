// `npm run test:electron`: the tests of test/exthost in the desktop VS Code, which @vscode/test-electron downloads from
// Microsoft. For machines that are allowed to do that and have a display (or xvfb-run); `npm test` uses code-server
// instead.
//   node scripts/test-electron.mjs [version, e.g. 1.106.0 or insiders]
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';
import { buildTests } from '../test/exthost/build.mjs';
import { report } from '../test/exthost/report.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-electron-'));
const results = path.join(folder, 'results.json');
let code = 1;
try {
  execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
  await buildTests();
  cpSync(path.join(root, 'samples'), path.join(folder, 'workspace'), { recursive: true });
  await runTests({
    version: process.argv[2] ?? 'stable',
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'out-test', 'exthost', 'index.js'),
    extensionTestsEnv: { ASK_BERT_TEST_RESULTS: results, ASK_BERT_TEST_GREP: '' },
    launchArgs: [
      path.join(folder, 'workspace'),
      '--disable-extensions',
      '--disable-workspace-trust',
      `--user-data-dir=${path.join(folder, 'data')}`,
    ],
  });
  if (report('electron', JSON.parse(readFileSync(results, 'utf8')))) code = 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(code);
