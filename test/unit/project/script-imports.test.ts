/** Scripts that are rarely run name files of the product: the files must exist, also after others have moved them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';

const FOLDERS = ['scripts', 'bench', 'training', 'gpu'];
const NAMED = /['"`]((?:\.{1,2}\/)+(?:server|src|test|scripts|bench)\/[\w./-]+\.(?:js|ts|mjs))['"`]/g;

it('every source file that a script names exists', () => {
  const root = process.cwd();
  const missing: string[] = [];
  let named = 0;
  for (const folder of FOLDERS) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(?:mjs|ts)$/.test(file)) continue;
      const script = path.join(folder, file);
      for (const [, name] of readFileSync(script, 'utf8').matchAll(NAMED)) {
        named++;
        const found = [path.dirname(script), root].some((from) => {
          const source = path.resolve(from, name);
          return existsSync(source) || existsSync(source.replace(/\.js$/, '.ts'));
        });
        if (!found) missing.push(`${script}: ${name}`);
      }
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(named > 20, `${named} names were found`);
});
