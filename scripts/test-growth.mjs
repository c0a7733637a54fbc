// `npm run test:growth`: how processor time grows with the input, from 100 to 800 kB, for every view and step: ordinary
// text, and runs, nestings and alternations of what the formats are made of. Prints a table of exponents (1: in
// proportion) and the memory of each process; ends with 1 when one of 100 ms or more is above 1.1 in every attempt.
//   node scripts/test-growth.mjs [--only REGEX] [--seed 1] [--runs 60] [--fragments 1000]
// --runs: random inputs for each view; --fragments: of how many there are runs. All of it takes hours; `--runs 6
// --fragments 8` half an hour.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { testBundles } from '../esbuild.mjs';
import { ensureInstalled, main, root } from './ensure.mjs';

main(async () => {
  await ensureInstalled();
  await build(testBundles(['test/growth/main.ts']));
  const program = path.join(root, 'out-test', 'growth', 'main.js');
  const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
});
