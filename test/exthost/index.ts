/** What VS Code calls: runs every *.test.js beside this file with mocha; results go to a JSON file. */
import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { END_MS } from '../unit/helpers/waits.js';

export async function run(): Promise<void> {
  const { default: Mocha } = await import('mocha');
  const output = process.env.ASK_BERT_TEST_RESULTS;
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 1.2 * END_MS,
    reporter: output ? 'json' : 'spec',
    reporterOptions: { output },
    grep: process.env.ASK_BERT_TEST_GREP || undefined,
  });
  // Plain require, as VS Code gives the `vscode` module only to that.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith('.test.js')) require(path.join(__dirname, file));
  }
  const failures = await new Promise<number>((resolve) => {
    const running = mocha.run(resolve);
    // run.mjs ends what is silent.
    const progress = process.env.ASK_BERT_TEST_PROGRESS;
    if (progress) running.on('test end', ({ state }) => appendFileSync(progress, state === 'passed' ? '.' : '!'));
  });
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
