// Runs the tests of this folder inside the extension host of a real VS Code (code-server), against the built sources:
//   node test/exthost/run.mjs [part of a test's title] [--built]
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stage } from '../e2e/stage.mjs';
import { buildTests } from './build.mjs';
import { report } from './report.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const out = path.join(root, 'out-test', 'exthost');
const began = Date.now();

const { values, positionals } = parseArgs({ options: { built: { type: 'boolean' } }, allowPositionals: true });
if (!values.built) execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
await buildTests();
const stage = new Stage();
const { profile } = stage;
// Messages are traced as soon as a test sets the level of the log.
profile.settings({ 'workbench.editorLargeFileConfirmation': 4096, 'askBert.trace.server': 'verbose' });
const folder = path.join(profile.folder, 'workspace');
cpSync(path.join(root, 'samples'), folder, { recursive: true });
const results = path.join(profile.folder, 'results.json');
const progress = path.join(profile.folder, 'progress');

let code = 1;

try {
  // The extension host inherits the environment of the server.
  const environment = {
    ASK_BERT_TEST_RESULTS: results,
    ASK_BERT_TEST_PROGRESS: progress,
    ASK_BERT_TEST_PROFILE: profile.folder,
    ASK_BERT_TEST_GREP: positionals[0] ?? '',
  };
  // Without being granted, reading the clipboard waits for an answer to the browser's question when the window has the focus.
  const permissions = ['clipboard-read', 'clipboard-write'];
  // Nobody looks: a small window is drawn sooner.
  await stage.open({ environment, page: { permissions, viewport: { width: 800, height: 500 } } });
  const { workbench, server } = stage;
  const exit = await workbench.runTests(server, {
    folder,
    extension: root,
    tests: path.join(out, 'index.js'),
    progress: () => (existsSync(progress) ? readFileSync(progress, 'utf8') : ''),
  });
  if (!existsSync(results)) {
    console.error(
      `The tests did not run (${exit}).\n${profile.log(/remoteexthost\.log$/)}\n${workbench.console.join('\n')}`,
    );
  } else {
    const fine = report('exthost', JSON.parse(readFileSync(results, 'utf8')));
    console.log(`  ${((Date.now() - began) / 1000).toFixed(0)} s`);
    if (exit === 0 && fine) code = 0;
  }
  if (code !== 0) {
    const file = path.join(out, 'failure.log');
    stage.saveLogs(file);
    console.log(`exit ${exit}; logs: ${path.relative(root, file)}`);
  }
} catch (error) {
  console.error(error);
} finally {
  await stage.close();
}
process.exit(code);
