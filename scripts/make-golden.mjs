// Writes ask-bert-golden.json for the embedded model and the fixtures, by the plain forward pass of
// server/model/golden.
//   node scripts/make-golden.mjs [--check] [FOLDER...]
// --check: nothing is written; exit code 1 if a file differs from the current forward pass.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { main, root, ScriptError } from './ensure.mjs';

const usual = [
  'models/default',
  ...['bf16', 'f16', 'f32', 'int8'].map((storage) => `test/fixtures/models/tiny-${storage}`),
];

main(async () => {
  const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });
  const out = mkdtempSync(path.join(tmpdir(), 'ask-bert-golden-'));
  try {
    const outfile = path.join(out, 'golden.cjs');
    const contents = `
      export { isGoldenRight, writeGolden } from './server/model/golden/golden-file.js';
      export { ModelWeights } from './server/model/weights.js';
      export { readModelConfig } from './server/model/config.js';
      export { sha256OfFile } from './server/storage/hash.js';`;
    await build({
      stdin: { contents, resolveDir: root },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      logLevel: 'warning',
    });
    const golden = createRequire(import.meta.url)(outfile);
    for (const folder of positionals.length > 0 ? positionals : usual) {
      const weights = new golden.ModelWeights(golden.readModelConfig(path.resolve(root, folder)));
      try {
        const hash = await golden.sha256OfFile(path.resolve(root, folder, 'model.safetensors'));
        if (!values.check) await golden.writeGolden(weights, hash);
        else if (!(await golden.isGoldenRight(weights, hash))) {
          throw new ScriptError(
            `${folder}: the golden logits are missing or wrong; node scripts/make-golden.mjs makes them.`,
          );
        }
        console.log(`${folder}: ${values.check ? 'right' : 'made'}`);
      } finally {
        weights.close();
      }
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
