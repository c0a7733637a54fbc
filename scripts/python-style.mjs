// Checks the Python files of training/, bench/, docs/jobs/ and test/serving/ with ruff's rules and formatter; `--write` fixes what ruff can.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { root } from './ensure.mjs';

const FOLDERS = ['training', 'bench', 'bench/cpu', 'docs/jobs', 'test/serving'];
/** The usual errors, and sorted imports. The formatter is responsible for the length of lines. */
const OPTIONS = { 'line-length': 120, lint: { select: ['E4', 'E7', 'E9', 'F', 'I'], ignore: ['E731'] } };

const write = process.argv.includes('--write');
const ruff = new Workspace(OPTIONS, PositionEncoding.Utf16);
let faults = 0;
for (const file of FOLDERS.flatMap(pythonFiles)) {
  let text = readFileSync(file, 'utf8');
  if (write) {
    text = ruff.format(sorted(text));
    writeFileSync(file, text);
  }
  const name = path.relative(root, file);
  for (const { code, message, start_location: at } of ruff.check(text)) fault(`${name}:${at.row}: ${code} ${message}`);
  if (ruff.format(text) !== text) fault(`${name}: not formatted, run node scripts/python-style.mjs --write`);
}
process.exit(faults > 0 ? 1 : 0);

function fault(message) {
  console.error(message);
  faults++;
}

function pythonFiles(folder) {
  const names = readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.py'));
  return names.map((name) => path.join(root, folder, name));
}

/** With the imports in ruff's order. */
function sorted(text) {
  const fix = ruff.check(text).find(({ code }) => code === 'I001')?.fix;
  if (!fix) return text;
  const lines = text.split('\n');
  const offset = ({ row, column }) => lines.slice(0, row - 1).join('\n').length + (row > 1 ? 1 : 0) + column - 1;
  const edits = fix.edits.toSorted((a, b) => b.location.row - a.location.row);
  for (const { content, location, end_location: end } of edits) {
    text = text.slice(0, offset(location)) + (content ?? '') + text.slice(offset(end));
  }
  return sorted(text);
}
