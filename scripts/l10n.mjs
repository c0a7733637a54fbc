// Collects the strings of `l10n.t('...')` and `t('...')` of src/ and server/ into l10n/bundle.l10n.json, which is what
// translators start from. --check changes nothing, and ends with 1 when the bundle is not up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bundle = path.join(root, 'l10n', 'bundle.l10n.json');

const sources = ['src', 'server'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(root, folder, file)),
);

/** A call of t with a string literal; what follows the name must be one, as only literals can be collected. */
const CALL =
  /(?<![\w.])(?:vscode\.)?(?:l10n\.)?t\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\$]|\\.)*)`|(?=(\S)))/g;

const strings = new Set();
const problems = [];
for (const file of sources) {
  const text = readFileSync(file, 'utf8');
  for (const call of text.matchAll(CALL)) {
    const literal = call[1] ?? call[2] ?? call[3];
    if (literal === undefined) {
      const line = text.slice(0, call.index).split('\n').length;
      problems.push(`${path.relative(root, file)}:${line}: t() needs a string literal`);
    } else {
      strings.add(literal.replace(/\\(n|t|u\{?[\da-f]+\}?|.)/gi, (_, sign) => character(sign)));
    }
  }
}

function character(sign) {
  if (sign === 'n') return '\n';
  if (sign === 't') return '\t';
  return /^u/.test(sign) ? String.fromCodePoint(Number.parseInt(sign.replace(/[u{}]/g, ''), 16)) : sign;
}

const sorted = [...strings].sort();
const wanted = `${JSON.stringify(Object.fromEntries(sorted.map((text) => [text, text])), null, 2)}\n`;
if (process.argv.includes('--check')) {
  const found = JSON.parse(readFileSync(bundle, 'utf8'));
  for (const text of sorted) if (!(text in found)) problems.push(`not in the bundle: ${JSON.stringify(text)}`);
  for (const text of Object.keys(found)) if (!strings.has(text)) problems.push(`not used: ${JSON.stringify(text)}`);
} else {
  writeFileSync(bundle, wanted);
}
for (const problem of problems) console.error(problem);
console.log(`${strings.size} strings`);
if (problems.length > 0) {
  if (process.argv.includes('--check')) console.error('`node scripts/l10n.mjs` brings the bundle up to date.');
  process.exitCode = 1;
}
