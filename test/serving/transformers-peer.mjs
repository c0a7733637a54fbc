// The exported folder in @huggingface/transformers. Usage: transformers-peer.mjs MODULE FOLDER WINDOWS.json; prints the
// ids and the span of each window.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const LONGEST = 30;
const [module, folder, file] = process.argv.slice(2);
const { AutoModelForQuestionAnswering, AutoTokenizer, env } = await import(pathToFileURL(module).href);
env.allowRemoteModels = false;
env.localModelPath = path.dirname(folder);
const name = path.basename(folder);
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForQuestionAnswering.from_pretrained(name, { dtype: 'fp32' });
const results = [];
for (const { question, passage } of JSON.parse(readFileSync(file, 'utf8'))) {
  const inputs = tokenizer(question, { text_pair: passage });
  const { start_logits, end_logits } = await model(inputs);
  const ids = Array.from(inputs.input_ids.data, Number);
  const [start, end] = [start_logits.data, end_logits.data];
  const first = ids.indexOf(102) + 1;
  let best = [first, first];
  for (let s = first; s < ids.length - 1; s++) {
    for (let e = s; e < Math.min(s + LONGEST, ids.length - 1); e++) {
      if (start[s] + end[e] > start[best[0]] + end[best[1]]) best = [s, e];
    }
  }
  results.push({ ids, span: best });
}
process.stdout.write(JSON.stringify(results));
