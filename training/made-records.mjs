#!/usr/bin/env node
// Made-up tables, forms, logs, mails and chats as the product's reading view shows them, with questions.
//   node made-records.mjs --out OUT [--seed 1] [--documents 3000]
// Writes OUT/made-records.json in SQuAD's form. The contents are random, so that only the form can be learnt: which
// row, which column, which record, who said it, when.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from './document-questions.mjs';
import { chatOf, logOf, mailOf } from './made-messages.mjs';
import { DOMAINS } from './made-words.mjs';
import { answerIn } from './shown-tables.mjs';
import { loadViews } from './views.mjs';

const QUESTIONS = 7;
const NONE = 0.22;

/** Rows of a domain: { columns, rows: string[][] } with distinct keys. */
function contentsOf(domain, random, most) {
  const optional = domain.columns.slice(1);
  const columns = [domain.columns[0]];
  for (const column of optional) if (random.next() < 0.75) columns.push(column);
  if (columns.length < 3) columns.push(...optional.filter((c) => !columns.includes(c)).slice(0, 2));
  const rows = [];
  const keys = new Set();
  for (let i = 3 + random.below(most); i > 0; i--) {
    const row = columns.map(({ value }) => String(value(random, rows.length)));
    if (row[0] === '' || keys.has(row[0])) continue;
    keys.add(row[0]);
    for (let c = 1; c < row.length; c++) if (random.next() < 0.04) row[c] = '';
    rows.push(row);
  }
  return { columns, rows, names: columns.map(({ names }) => random.pick(names)) };
}

/** Writes text and remembers where the values stand. */
class Pen {
  text = '';
  places = [];
  write(text) {
    this.text += text;
    return this;
  }
  value(row, column, text) {
    if (text !== '') this.places.push({ row, column, start: this.text.length, end: this.text.length + text.length });
    return this.write(text);
  }
}

const underscored = (name) => name.toLowerCase().replace(/[^a-z\d]+/g, '_');

/** How rows are written: (pen, contents, random) → the name of the file. */
const LAYOUTS = [
  ({ pen, columns, rows, names, random }) => {
    const delimiter = random.pick([',', ',', ';', '\t']);
    const heads = random.next() < 0.3 ? names.map(underscored) : names;
    pen.write(`${heads.join(delimiter)}\n`);
    rows.forEach((row, r) => {
      row.forEach((cell, c) => {
        const quoted = cell.includes(delimiter);
        pen.write((c > 0 ? delimiter : '') + (quoted ? '"' : ''));
        pen.value(r, columns[c], cell).write(quoted ? '"' : '');
      });
      pen.write('\n');
    });
    return delimiter === '\t' ? 'table.tsv' : 'table.csv';
  },
  ({ pen, columns, rows, names, title }) => {
    pen.write(`## ${title}\n\n| ${names.join(' | ')} |\n|${names.map(() => ' --- |').join('')}\n`);
    rows.forEach((row, r) => {
      pen.write('|');
      row.forEach((cell, c) => {
        pen.write(' ');
        pen.value(r, columns[c], cell).write(' |');
      });
      pen.write('\n');
    });
    return 'table.md';
  },
  ({ pen, columns, rows, names, title, random }) => {
    const widths = names.map((name, c) => Math.max(name.length, ...rows.map((row) => row[c].length)));
    if (widths.reduce((a, b) => a + b, 0) > 180) return undefined;
    const psql = random.next() < 0.5;
    const gap = psql ? ' | ' : '   ';
    const line = (cells, r) => {
      cells.forEach((cell, c) => {
        if (c > 0) pen.write(gap);
        if (r < 0) pen.write(cell);
        else pen.value(r, columns[c], cell);
        if (c < cells.length - 1) pen.write(' '.repeat(widths[c] - cell.length));
      });
      pen.write('\n');
    };
    pen.write(`${title}\n\n`);
    line(
      names.map((n) => (psql ? n : n.toUpperCase())),
      -1,
    );
    if (psql) pen.write(`${widths.map((w) => '-'.repeat(w)).join('-+-')}\n`);
    rows.forEach(line);
    return 'table.txt';
  },
  ({ pen, columns, rows, names, random }) => {
    const keys = names.map(underscored);
    const lines = random.next() < 0.5;
    if (!lines) pen.write('[\n');
    rows.forEach((row, r) => {
      pen.write('{');
      row.forEach((cell, c) => {
        pen.write(`${c > 0 ? ', ' : ''}"${keys[c]}": "`);
        pen.value(r, columns[c], cell).write('"');
      });
      pen.write(lines ? '}\n' : r < rows.length - 1 ? '},\n' : '}\n]\n');
    });
    return lines ? 'records.jsonl' : 'records.json';
  },
  ({ pen, columns, rows, names, title }) => {
    const keys = names.map(underscored);
    pen.write(`${underscored(title)}:\n`);
    rows.forEach((row, r) => {
      row.forEach((cell, c) => {
        pen.write(`${c > 0 ? '    ' : '  - '}${keys[c]}: "`);
        pen.value(r, columns[c], cell).write('"\n');
      });
    });
    return 'records.yaml';
  },
  // One form after the other, as on paper.
  ({ pen, columns, rows, names, title, random }) => {
    const sign = random.pick([': ', ':\t', ' = ']);
    pen.write(`${title}\n${'='.repeat(title.length)}\n\n`);
    rows.slice(0, 5).forEach((row, r) => {
      row.forEach((cell, c) => {
        if (cell === '') return;
        pen.write(names[c] + sign);
        pen.value(r, columns[c], cell).write('\n');
      });
      pen.write('\n');
    });
    return sign === ' = ' ? 'forms.ini' : 'forms.txt';
  },
  ({ pen, columns, rows, names, title }) => {
    pen.write(`<html><body><h1>${title}</h1>\n<table><tr>${names.map((n) => `<th>${n}</th>`).join('')}</tr>\n`);
    rows.forEach((row, r) => {
      pen.write('<tr>');
      row.forEach((cell, c) => {
        pen.write('<td>');
        pen.value(r, columns[c], cell).write('</td>');
      });
      pen.write('</tr>\n');
    });
    pen.write('</table></body></html>\n');
    return 'table.html';
  },
];

const filled = (wording, names) => wording.replace(/\{(\w+)\}/g, (_, name) => names[name]);

/** Questions about rows: { question, place? }. */
function questionsAbout({ domain, columns, rows, names, pen }, random) {
  const found = [];
  const key = columns[0];
  const placeOf = (r, column) => pen.places.find((p) => p.row === r && p.column === column);
  const absent = () => {
    for (let i = 0; i < 9; i++) {
      const other = String(key.value(random, 20 + random.below(900)));
      if (other !== '' && !pen.text.includes(other)) return other;
    }
    return undefined;
  };
  for (let tries = 0; tries < 40 && found.length < QUESTIONS; tries++) {
    const r = random.below(rows.length);
    const c = 1 + random.below(columns.length - 1);
    const column = columns[c];
    const value = rows[r][c];
    const kind = random.next();
    if (kind < NONE) {
      const missing = domain.columns.filter((other) => !columns.includes(other));
      const k = random.next() < 0.5 ? absent() : undefined;
      const lacking = k === undefined && missing.length > 0 ? random.pick(missing) : undefined;
      if (k !== undefined) found.push({ question: filled(random.pick(column.ask), { k, h: names[c] }) });
      else if (lacking)
        found.push({ question: filled(random.pick(lacking.ask), { k: rows[r][0], h: random.pick(lacking.names) }) });
      continue;
    }
    if (value === '') continue;
    if (kind < 0.72) {
      const place = placeOf(r, column);
      if (place) found.push({ question: filled(random.pick(column.ask), { k: rows[r][0], h: names[c] }), place });
    } else {
      // The other way round: only if one row has the value.
      if (rows.filter((row) => row[c] === value).length > 1 || !column.back) continue;
      const place = placeOf(r, key);
      const names2 = { v: value, h: names[c], key: names[0].toLowerCase() };
      if (place) found.push({ question: filled(random.pick(column.back), names2), place });
    }
  }
  return found;
}

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    documents: { type: 'string', default: '3000' },
  },
});
const viewOf = await loadViews();
const random = new Random(Number(values.seed));
const data = [];
const counts = {};
let id = 0;
for (let n = 0; n < Number(values.documents); n++) {
  let made;
  let fileName;
  const which = random.next();
  if (which < 0.62) {
    const domain = random.pick(DOMAINS);
    const pen = new Pen();
    const most = random.next() < 0.25 ? 24 : 9;
    made = { domain, pen, title: random.pick(domain.titles), random, ...contentsOf(domain, random, most) };
    fileName = random.pick(LAYOUTS)(made);
    if (!fileName) continue;
    made.questions = questionsAbout(made, random);
  } else {
    made = (which < 0.8 ? logOf : which < 0.9 ? mailOf : chatOf)(new Pen(), random);
    fileName = made.fileName;
  }
  const { text } = made.pen;
  const view = viewOf(text, { fileName });
  const qas = [];
  for (const { question, place } of made.questions) {
    const answer = place && answerIn(view, place.start, place.end, text.slice(place.start, place.end));
    if (place && !answer) continue;
    qas.push({ id: `made-${++id}`, question, answers: answer ? [answer] : [], is_impossible: !answer });
    counts[fileName] = (counts[fileName] ?? 0) + 1;
  }
  if (qas.length > 0) data.push({ title: `made:${fileName}:${n}`, paragraphs: [{ context: view.text, qas }] });
}
mkdirSync(values.out, { recursive: true });
writeFileSync(path.join(values.out, 'made-records.json'), JSON.stringify({ version: 'made-1', data }));
console.log(`${data.length} documents, ${id} questions`, counts);
