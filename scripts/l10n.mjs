// Collects the strings of `l10n.t('...')` and `t('...')` of src/ and server/ into l10n/bundle.l10n.json, which
// translators start from, and compares every translation (l10n/bundle.l10n.*.json, package.nls.*.json) with the English
// texts. --check changes nothing, and exits with 1 if the bundle or a translation is out of date; otherwise missing
// translations are only listed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bundle = path.join(root, 'l10n', 'bundle.l10n.json');
const isCheck = process.argv.includes('--check');

const sources = ['src', 'server'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(root, folder, file)),
);

/** A call of t with a string literal; the argument must be one, since only literals can be collected. */
const CALL =
  /(?<![\w.])(?:vscode\.)?(?:l10n\.)?t\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\$]|\\.)*)`|(?=(\S)))/g;

const strings = new Set();
const problems = [];
const untranslated = [];
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

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Missing and unused texts of a translation. */
function compare(file, wanted) {
  const name = path.relative(root, file);
  const texts = readJson(file);
  for (const key of wanted) {
    if (!Object.hasOwn(texts, key)) untranslated.push(`${name}: missing: ${JSON.stringify(key)}`);
  }
  for (const key of Object.keys(texts)) {
    if (!wanted.includes(key)) untranslated.push(`${name}: not used: ${JSON.stringify(key)}`);
  }
}

const sorted = [...strings].sort();
if (isCheck) {
  compare(bundle, sorted);
} else {
  writeFileSync(bundle, `${JSON.stringify(Object.fromEntries(sorted.map((text) => [text, text])), null, 2)}\n`);
}
const translations = (folder, pattern) =>
  readdirSync(folder)
    .filter((file) => pattern.test(file))
    .map((file) => path.join(folder, file));
for (const file of translations(path.dirname(bundle), /^bundle\.l10n\..+\.json$/)) {
  compare(file, sorted);
}
const manifestKeys = Object.keys(readJson(path.join(root, 'package.nls.json')));
for (const file of translations(root, /^package\.nls\..+\.json$/)) compare(file, manifestKeys);

for (const line of [...problems, ...untranslated]) console.error(line);
console.log(`${strings.size} strings`);
if (problems.length > 0 || (isCheck && untranslated.length > 0)) {
  if (isCheck) {
    console.error('`node scripts/l10n.mjs` brings the English bundle up to date; translations are written by hand.');
  }
  process.exitCode = 1;
}
