/** What VS Code calls: runs every *.test.js beside this file with mocha; results go to a JSON file. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

export async function run(): Promise<void> {
  const { default: Mocha } = await import('mocha');
  const output = process.env.ASK_BERT_TEST_RESULTS;
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 30_000,
    reporter: output ? 'json' : 'spec',
    reporterOptions: { output },
    grep: process.env.ASK_BERT_TEST_GREP || undefined,
  });
  // Plain require, as VS Code gives the `vscode` module only to that.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith('.test.js')) require(path.join(__dirname, file));
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
