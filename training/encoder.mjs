// The encoder of a TensorFlow checkpoint or SavedModel of BERT, under Hugging Face's names, read by the product's own
// reader:
//
//   node training/encoder.mjs VARIABLES OUT.safetensors        VARIABLES: the path without .index
//
// Word embeddings and matrices are written as 8-bit rows with a scale each, the rest in F32, as the product stores
// weights. The masked-word head is included if present (cls.predictions.*): question generation starts from it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [variables, out] = process.argv.slice(2);
if (!variables || !out) throw new Error('node training/encoder.mjs VARIABLES OUT.safetensors');
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(path.join(tmpdir(), 'ask-bert-encoder-'));
const bundle = path.join(work, 'reader.mjs');
await build({
  stdin: {
    contents: ['tensorbundle', 'tf-names', 'floats', 'safetensors-writer']
      .map((name) => `export * from './server/model/import/${name}.js';`)
      .join('\n'),
    resolveDir: root,
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: bundle,
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'error',
});
const { TensorBundle, tensorflowTarget, transpose, SafetensorsWriter } = await import(pathToFileURL(bundle));

/** Masked-word head: variable -> Hugging Face's name, and whether the kernel is transposed. */
const head = {
  'cls/predictions/output_bias': ['cls.predictions.bias', false],
  'cls/predictions/transform/dense/kernel': ['cls.predictions.transform.dense.weight', true],
  'cls/predictions/transform/dense/bias': ['cls.predictions.transform.dense.bias', false],
  'cls/predictions/transform/LayerNorm/gamma': ['cls.predictions.transform.LayerNorm.weight', false],
  'cls/predictions/transform/LayerNorm/beta': ['cls.predictions.transform.LayerNorm.bias', false],
};

const source = new TensorBundle(variables);
const wanted = new Map();
for (const [name, { shape }] of source.entries) {
  // TensorFlow Hub's modules put their own name in front.
  const plain = name.replace(/^module\//, '');
  const known = tensorflowTarget(plain);
  const [target, turned] = known ? [known.name, known.transpose] : (head[plain] ?? []);
  if (target) wanted.set(target, { name, turned, shape: turned ? [...shape].reverse() : shape });
}
const shapes = new Map([...wanted].map(([target, { shape }]) => [target, shape]));
const writer = new SafetensorsWriter(out, shapes, 'int8');
for (const [target, { name, turned, shape }] of wanted) {
  const values = source.floats(name);
  writer.write(target, turned ? transpose(values, shape[1], shape[0]) : values, { file: variables, name });
}
writer.finish();
writer.close();
source.close();
rmSync(work, { recursive: true });
console.log(`${out}: ${wanted.size} tensors of ${source.entries.size}`);
