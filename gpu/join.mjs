// Joins the results of the parts of run.sh: `node join.mjs RESULTS OUT` reads RESULTS/PART.json and PART.exit, writes one
// JSON and prints what was missed; exits 1 on any miss. A part that did not run, or did not come to its end, is a miss.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PARTS = ['first', 'build', 'scenarios', 'squad', 'correct', 'rest', 'bench'];

const [folder, out] = process.argv.slice(2);
if (!folder || !out) {
  console.error('usage: node join.mjs RESULTS OUT');
  process.exit(2);
}

/** The results of a part, undefined where there are none, and why it is a miss. */
function read(part) {
  const [json, exit] = ['json', 'exit'].map((end) => path.join(folder, `${part}.${end}`));
  const code = existsSync(exit) ? Number(readFileSync(exit, 'utf8')) : undefined;
  let results;
  try {
    results = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined;
  } catch {
    return { results: undefined, miss: 'its results cannot be read' };
  }
  if (code === undefined) return { results, miss: 'not run' };
  // What `timeout` says of a command that it has ended.
  if (code === 124 || code === 137) return { results, miss: 'ran out of time' };
  if (results?.misses > 0) return { results, miss: results.misses === 1 ? '1 miss' : `${results.misses} misses` };
  if (code !== 0) return { results, miss: `ended with exit code ${code}` };
  if (results?.end !== true) return { results, miss: 'did not come to its end' };
  return { results };
}

const parts = {};
const misses = {};
for (const part of PARTS) {
  const { results, miss } = read(part);
  if (results !== undefined) parts[part] = results;
  if (miss) misses[part] = miss;
  console.log(`${miss ? 'MISS' : 'ok  '} ${part}${miss ? `: ${miss}` : ''}`);
}
writeFileSync(out, `${JSON.stringify({ misses, parts }, undefined, 1)}\n`);
console.log(out);
process.exitCode = Object.keys(misses).length > 0 ? 1 : 0;
