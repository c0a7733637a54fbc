#!/usr/bin/env node
// Passages of real documents as the product's reading view shows them, with questions made by precise rules.
//   node documents.mjs --out OUT [--seed 1] [--passages 18000] FOLDER...
// OUT/document-passages.json has SQuAD's form; OUT/summary.txt says what is in it. Folders are walked in the order of
// their names and all randomness comes from the seed, so that the same folders give the same file.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageOf, testOrigins } from './document-origins.mjs';
import { factsOf, Random } from './document-questions.mjs';
import { chooseQuestions } from './document-sets.mjs';
import { loadViews } from './views.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Maximum fraction of passages of one kind. */
const SHARES = { markdown: 0.41, code: 0.25, html: 0.09, data: 0.07, rst: 0.08, plain: 0.08, licence: 0.02 };
const PER_DOCUMENT = 25;
const PER_PACKAGE = 60;
const SKIPPED_FOLDERS =
  /^(?:\.git|__pycache__|tests?|testing|__tests__|testdata|fixtures?|locales?|i18n|min|umd|static\.files|search\.desc|idlelib|src-html|arch|core_arch|type\.impl|trait\.impl|implementors|_static)$/;
const SKIPPED_FILES =
  /(?:^|[-.])(?:lock|min|bundle|tsbuildinfo|umd|prod)\.|^(?:npm-shrinkwrap|yarn|package-lock|RECORD|all\.html|genindex|search|sitemap|entry_points|SOURCES|top_level|requires|installed-files|CMakeLists|AUTHORS|CONTRIBUTORS|THIRD)|(?:_pb2|\.generated|_test|\.test|\.spec)\./i;
const CODE = /\.(?:m?js|cjs|ts|py|c|h|go|rs|java)$/i;
/** Kinds that are rare in documents but common in questions. */
const RARE = ({ rule }) =>
  /^(?:table|option|item-default|requires|quantity|value|made-by|doc-(?:default|throws|deprecated))/.test(rule);
const LICENCE = /^(?:licen[cs]e|copying|copyright|notice|patents)/i;

function kindOf(name) {
  if (LICENCE.test(name) && !CODE.test(name)) return 'licence';
  if (CODE.test(name)) return 'code';
  const extension = path.extname(name).slice(1).toLowerCase();
  if (/^(?:md|markdown|mdx|ipynb)$/.test(extension)) return 'markdown';
  if (/^(?:html?)$/.test(extension)) return 'html';
  if (/^(?:rst|adoc|asciidoc)$/.test(extension)) return 'rst';
  if (/^(?:json|ya?ml|toml|ini|cfg)$/.test(extension)) return 'data';
  if (extension === 'txt' || /^(?:readme|changes|changelog|news|history|METADATA)$/i.test(name)) return 'plain';
  return undefined;
}

/** Files by package, without the packages of the test set. */
function collect(folders, left) {
  const documents = [];
  const walk = (folder) => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return;
    }
    for (const entry of entries) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.test(entry.name)) walk(file);
        continue;
      }
      const kind = entry.isFile() && !SKIPPED_FILES.test(entry.name) ? kindOf(entry.name) : undefined;
      if (!kind) continue;
      const origin = packageOf(file);
      if (!origin) continue;
      const name = origin.name.replace(/^(?:npm|pip|crate|debian|dir):/, '').toLowerCase();
      const last = file.split(path.sep).slice(-2).join('/');
      if (left.names.has(name) || [...left.names].some((other) => other.length > 3 && name.startsWith(`${other}-`)))
        continue;
      if ([...left.files].some((other) => last === other || last.endsWith(`/${other}`))) continue;
      const { size } = statSync(file);
      if (size < 300 || size > (kind === 'data' ? 30_000 : 600_000)) continue;
      documents.push({ file, kind, origin });
    }
  };
  for (const folder of folders) walk(path.resolve(folder));
  return documents;
}

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function shinglesOf(words) {
  const shingles = new Set();
  for (let i = 0; i + 5 <= words.length; i++) shingles.add(words.slice(i, i + 5).join(' '));
  return shingles;
}

/** FNV-1a: selects the shingles that are compared. */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Detects texts similar to the test set or to earlier ones. */
class Known {
  #test = new Set();
  #seen = new Set();

  /** Both the raw text and the view. */
  addTest(text) {
    for (const shingle of shinglesOf(wordsOf(text))) this.#test.add(shingle);
  }

  /** Whether it may be used; if so it is remembered. */
  take(text) {
    const words = wordsOf(text);
    const shingles = [...shinglesOf(words)];
    if (shingles.length === 0) return false;
    const tested = shingles.filter((shingle) => this.#test.has(shingle)).length;
    if (tested > 0.2 * shingles.length) return false;
    const marks = shingles.map(hash).filter((h) => h % 4 === 0);
    const seen = marks.filter((h) => this.#seen.has(h)).length;
    if (marks.length > 0 && seen > 0.4 * marks.length) return false;
    for (const mark of marks) this.#seen.add(mark);
    return true;
  }
}

const STOP = new Set(
  'the of to a is and in for it be that this are or if on as by with not an from can you will when which at'.split(' '),
);

/** Whether a passage reads as English text rather than code, lists of names or another language. */
function readable(context, blocks, kind) {
  const foreign = context.match(/[^\x20-\x7e\n\t‘’“”–—…•✓✔→©®é]/g)?.length ?? 0;
  if (foreign > 0.02 * context.length) return false;
  const words = context.match(/[A-Za-z]{2,}|\ba\b/g) ?? [];
  if (words.length < 30 || /[A-Za-z0-9+/=_-]{120,}/.test(context)) return false;
  const stops = words.filter((word) => STOP.has(word.toLowerCase())).length / words.length;
  if (kind === 'data') return context.match(/[A-Za-z ]/g).length > 0.6 * context.length;
  const tables = blocks.filter((block) => block.kind === 'tableRow').length > blocks.length / 3;
  const code = blocks.reduce((sum, b) => sum + (b.kind === 'code' ? b.end - b.start : 0), 0) / context.length;
  if (code > (kind === 'code' ? 0.65 : 0.6)) return false;
  return stops > (tables ? 0.04 : kind === 'code' ? 0.1 : 0.13) * (1 - 0.8 * code);
}

/** Parts of a view, cut at block ends; a block that is too long is cut at the end of a line or a sentence. */
function passagesOf(view, random) {
  const units = [];
  for (const block of view.blocks) {
    let { start } = block;
    while (block.end - start > 1500) {
      const part = view.text.slice(start, start + 1300);
      const at = Math.max(part.lastIndexOf('\n'), part.lastIndexOf('. ') + 1);
      const end = start + (at > 400 ? at : 1300);
      units.push({ ...block, start, end });
      start = end;
      while (/\s/.test(view.text[start] ?? '')) start++;
    }
    if (start < block.end) units.push({ ...block, start });
  }
  const passages = [];
  for (let i = 0; i < units.length; ) {
    const long = random.next() < 0.2;
    const least = long ? 2500 + random.below(1000) : 850 + random.below(400);
    const most = long ? 4000 : 1550;
    const { start } = units[i];
    let end = start;
    const blocks = [];
    while (i < units.length && (end === start || (end - start < least && units[i].end - start <= most))) {
      blocks.push(units[i]);
      end = units[i++].end;
    }
    // A heading belongs to the text below it.
    while (blocks.length > 1 && blocks.at(-1).kind === 'heading') {
      blocks.pop();
      end = blocks.at(-1).end;
      i--;
    }
    const whole = start === units[0].start && i === units.length;
    if (end - start < (whole ? 250 : 600)) continue;
    passages.push({
      context: view.text.slice(start, end),
      blocks: blocks.map((b) => ({
        kind: b.kind,
        path: b.path,
        start: b.start - start,
        end: b.end - start,
        ...(b.valueStart >= b.start ? { value: b.valueStart - start } : {}),
        ...(b.kind === 'tableRow' ? { cells: cellsOf(view, b, start) } : {}),
      })),
    });
  }
  return passages;
}

/** Cells of a table row with their headers, recognised by what the view has inserted. */
function cellsOf(view, block, shift) {
  const cells = [];
  let low = 0;
  let high = view.segmentCount - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view.segment(middle).view.end <= block.start) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < view.segmentCount; i++) {
    const { view: range, file } = view.segment(i);
    if (range.start >= block.end) break;
    const text = view.text.slice(range.start, range.end);
    if (cells.length === 0 || (!file && /^; /.test(text))) {
      cells.push({
        header: file ? '' : text.replace(/^; /, '').replace(/: $/, ''),
        start: file ? range.start : range.end,
      });
    }
    cells.at(-1).end = range.end - (!file && text === '.' ? 1 : 0);
  }
  return cells.map(({ header, start, end }) => ({ header, start: start - shift, end: end - shift }));
}

const { values, positionals } = parseArgs({
  options: {
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    passages: { type: 'string', default: '18000' },
    test: { type: 'string', default: path.join(root, 'test/documents') },
  },
  allowPositionals: true,
});
if (!values.out || positionals.length === 0) {
  console.error('usage: node documents.mjs --out OUT [--seed 1] [--passages 18000] FOLDER...');
  process.exit(2);
}
const random = new Random(Number(values.seed));
const viewOf = await loadViews();
const known = new Known();
for (const name of readdirSync(values.test).filter((n) => statSync(path.join(values.test, n)).isFile())) {
  // The questions and the list of origins are not documents, but share their words.
  const text = readFileSync(path.join(values.test, name), 'utf8');
  known.addTest(text);
  known.addTest(viewOf(text, { fileName: name }).text);
}
const documents = collect(positionals, testOrigins(readFileSync(path.join(values.test, 'ORIGINS.md'), 'utf8')));
for (const document of documents) document.order = hash(`${values.seed} ${document.origin.title}`);
documents.sort((a, b) => a.order - b.order || (a.file < b.file ? -1 : 1));
console.log(`${documents.length} files with a permissive licence`);

const left = Object.fromEntries(
  Object.entries(SHARES).map(([kind, share]) => [kind, Math.round(share * Number(values.passages))]),
);
const perPackage = new Map();
const data = [];
for (const { file, kind, origin } of documents) {
  if (left[kind] <= 0) continue;
  const used = perPackage.get(origin.name) ?? 0;
  // One kind of document must not fill a package's quota.
  const room = Math.min(PER_DOCUMENT, PER_PACKAGE - used, left[kind], kind === 'licence' ? 6 : PER_DOCUMENT);
  if (room <= 0) continue;
  const bytes = readFileSync(file);
  if (bytes.subarray(0, 4000).includes(0)) continue;
  const fileName = path.basename(file);
  // Every package has one, and they are much alike.
  if (fileName === 'package.json' && random.next() < 0.5) continue;
  const view = viewOf(bytes.toString('utf8'), { fileName });
  const title = `${kind}:${origin.title}`;
  const found = passagesOf(view, random)
    .filter(({ context, blocks }) => readable(context, blocks, kind))
    .map((passage) => ({ ...passage, facts: factsOf({ ...passage, kind, fileName }) }));
  // From a long document, the passages with questions are used, and a few others.
  for (const passage of found)
    passage.rank = random.next() - (passage.facts.length > 0 ? 0.6 : 0) - (passage.facts.some(RARE) ? 0.6 : 0);
  const taken = found
    .map((passage, place) => ({ ...passage, place }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, room + 10)
    .filter(({ facts }) => facts.length > 0 || random.next() < 0.6)
    .filter(({ context }) => known.take(context))
    .slice(0, room)
    .sort((a, b) => a.place - b.place);
  if (taken.length === 0) continue;
  left[kind] -= taken.length;
  perPackage.set(origin.name, used + taken.length);
  data.push({ title, licence: origin.licence, kind, passages: taken });
}

const rules = chooseQuestions(data, random);
const count = (list) => {
  const counts = new Map();
  for (const item of list) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => `  ${String(n).padStart(6)} ${name}`);
};
const passages = data.flatMap(({ passages, kind, licence }) => passages.map((p) => ({ ...p, kind, licence })));
const summary = [
  `${data.length} documents, ${perPackage.size} packages, ${passages.length} passages, seed ${values.seed}`,
  `${passages.filter(({ context }) => context.length > 2000).length} passages of more than 2,000 characters`,
  `${passages.flatMap(({ qas }) => qas).length} questions, ${passages.filter(({ qas }) => qas.length > 0).length} passages with any`,
  'documents by kind:',
  ...count(data.map(({ kind }) => kind)),
  'passages by kind:',
  ...count(passages.map(({ kind }) => kind)),
  'passages by licence:',
  ...count(passages.map(({ licence }) => licence)),
  ...['passages by source:', ...count(data.flatMap((d) => d.passages.map(() => d.title.split(/[:/]/)[1])))].slice(
    0,
    25,
  ),
  'questions by rule:',
  ...count(rules),
].join('\n');
mkdirSync(values.out, { recursive: true });
const squad = data.map(({ passages, ...document }) => ({
  ...document,
  // The context that the product puts before a window that starts here.
  paragraphs: passages.map(({ context, blocks, qas }) => ({ context, headings: blocks[0].path.join(' > '), qas })),
}));
writeFileSync(path.join(values.out, 'document-passages.json'), JSON.stringify({ version: 'documents-1', data: squad }));
writeFileSync(path.join(values.out, 'summary.txt'), `${summary}\n`);
console.log(summary);
