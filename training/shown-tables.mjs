#!/usr/bin/env node
// Tables as the product's reading view shows them, with the questions that people asked about them and questions by
// rules.
//   node shown-tables.mjs --data DATA --out OUT [--seed 1]
// Reads wikitablequestions-cells-train.json and tatqa-span-dev.json of DATA; writes OUT/shown-tables.json and
// OUT/shown-reports.json in SQuAD's form. Questions by rules have `rule: true`; those without an answer are about a
// row or a column of another table.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from './document-questions.mjs';
import { loadViews } from './views.mjs';

const FORMATS = { '|': 'md', ',': 'csv', ';': 'csv', '\t': 'tsv' };
const RULES_PER_TABLE = 7;
const CELL = /[\p{L}\p{N}]/u;

/** Rows of cells with their places: pipe tables, and lines with one delimiter (cells in quotes are left out). */
export function rowsOf(text, delimiter) {
  const rows = [];
  let at = 0;
  for (const line of text.split('\n')) {
    const start = at;
    at += line.length + 1;
    if (delimiter === '|' ? !/^\|.*\|\s*$/.test(line) || /^[|\s:-]+$/.test(line) : line.trim() === '') continue;
    const cells = [];
    let from = start + (delimiter === '|' ? 1 : 0);
    const parts = (delimiter === '|' ? line.trimEnd().slice(1, -1) : line).split(delimiter);
    if (parts.some((part) => part.includes('"') || part.endsWith('\\'))) continue;
    for (const part of parts) {
      const text = part.trim();
      const begin = from + part.indexOf(text);
      cells.push({ text, start: begin, end: begin + text.length });
      from += part.length + 1;
    }
    rows.push(cells);
  }
  const [head] = rows;
  return head ? [head, ...rows.slice(1).filter((row) => row.length === head.length)] : [];
}

/** "Area (km2)" → "area"; names in capitals stay. */
const named = (header) => {
  const bare = header
    .replace(/\s*[([].*?[)\]]/g, '')
    .replace(/[#*:]/g, '')
    .trim();
  return /^[A-Z]{2}/.test(bare) ? bare : bare.toLowerCase();
};

const numberOf = (text) => {
  const found = /^[$€£]?\s*(-?\d[\d,]*(?:\.\d+)?)\s*(?:%|[a-z]{1,3}\d?)?$/i.exec(text);
  return found ? Number(found[1].replaceAll(',', '')) : Number.NaN;
};

/** Questions by rules: { question, cell?, other? }; without `cell` the table does not answer it. */
function ruled(rows, others, random) {
  const [head, ...body] = rows;
  if (body.length < 2 || head.length < 2) return [];
  const column = (c) => body.map((row) => row[c].text);
  // The key: the first column whose cells differ and are words.
  const key = head.findIndex((_, c) => {
    const cells = column(c);
    return new Set(cells).size === cells.length && cells.filter((t) => /\p{L}{2}/u.test(t)).length > 0.8 * cells.length;
  });
  if (key < 0) return [];
  const keyName = named(head[key].text);
  const keyed = /^[\p{L} ]{2,24}$/u.test(keyName) ? keyName : '';
  const found = [];
  for (let tries = 0; tries < 30 && found.length < RULES_PER_TABLE; tries++) {
    const c = random.below(head.length);
    const name = named(head[c].text);
    const row = random.pick(body);
    const k = row[key].text;
    if (c === key || !/^[\p{L}][\p{L}\d .'/-]{1,30}$/u.test(name) || k.length > 60 || !CELL.test(k)) continue;
    const cell = row[c];
    const kind = random.below(10);
    if (kind < 5) {
      if (!CELL.test(cell.text) || cell.text.length > 120) continue;
      const wordings = [
        `What is the ${name} of ${k}?`,
        `What is the ${name} for ${k}?`,
        `Which ${name} does ${k} have?`,
        `What ${name} is given for ${k}?`,
        `${k} ${name}`,
        `${name} of ${k}`,
        `In the row of ${k}, what is the ${name}?`,
        `${k}: which ${name}?`,
      ];
      found.push({ question: random.pick(wordings), cell });
    } else if (kind < 8) {
      // The other way round: only if one row has the value.
      if (!keyed || !CELL.test(cell.text) || cell.text.length > 60) continue;
      if (column(c).filter((t) => t === cell.text).length > 1) continue;
      const wordings = [
        `Which ${keyed} has the ${name} ${cell.text}?`,
        `Which ${keyed} has a ${name} of ${cell.text}?`,
        `What is the ${keyed} with ${name} ${cell.text}?`,
        `Whose ${name} is ${cell.text}?`,
        `${keyed} with ${cell.text} as ${name}`,
      ];
      found.push({ question: random.pick(wordings), cell: row[key] });
    } else if (kind < 9) {
      const numbers = column(c).map(numberOf);
      if (!keyed || numbers.some(Number.isNaN) || body.length > 14) continue;
      const most = random.next() < 0.6;
      const best = most ? Math.max(...numbers) : Math.min(...numbers);
      if (numbers.filter((n) => n === best).length > 1) continue;
      const wordings = most
        ? [`Which ${keyed} has the highest ${name}?`, `highest ${name}`, `Which ${keyed} has the largest ${name}?`]
        : [`Which ${keyed} has the lowest ${name}?`, `lowest ${name}`, `Which ${keyed} has the smallest ${name}?`];
      found.push({ question: random.pick(wordings), cell: body[numbers.indexOf(best)][key] });
    } else {
      const other = random.pick(others);
      const otherKey = other && random.pick(other.slice(1))?.[0]?.text;
      if (!otherKey || !/\p{L}{3}/u.test(otherKey) || otherKey.length > 50) continue;
      const whole = rows.flat().some(({ text }) => text.includes(otherKey) || (otherKey.includes(text) && text !== ''));
      if (whole) continue;
      found.push({ question: random.pick([`What is the ${name} of ${otherKey}?`, `${otherKey} ${name}`]) });
    }
  }
  return found;
}

const squash = (text) => text.replace(/\s+/g, ' ').trim();

/** A range of the file as an answer in the view; undefined: it is shown otherwise. */
export function answerIn(view, start, end, text) {
  const range = view.fromFile(start, end);
  if (!range) return undefined;
  const shown = view.text.slice(range.start, range.end);
  // SQuAD's files count code points.
  const before = [...view.text.slice(0, range.start)].length;
  return squash(shown) === squash(text) ? { text: shown, answer_start: before } : undefined;
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, out: { type: 'string' }, seed: { type: 'string', default: '1' } },
  });
  const viewOf = await loadViews();
  const random = new Random(Number(values.seed));
  mkdirSync(values.out, { recursive: true });
  for (const [from, to, delimited] of [
    ['wikitablequestions-cells-train.json', 'shown-tables.json', true],
    ['tatqa-span-dev.json', 'shown-reports.json', false],
  ]) {
    const { data } = JSON.parse(readFileSync(path.join(values.data, from), 'utf8'));
    const delimiterOf = (text) =>
      text.startsWith('|') ? '|' : (['\t', ';', ','].find((d) => text.split('\n', 1)[0].includes(d)) ?? ',');
    const tables = delimited
      ? data.flatMap(({ paragraphs }) => paragraphs.map(({ context }) => rowsOf(context, delimiterOf(context))))
      : [];
    let lost = 0;
    let kept = 0;
    let added = 0;
    for (const article of data) {
      for (const p of article.paragraphs) {
        const { context } = p;
        const delimiter = delimiterOf(context);
        const view = viewOf(context, { fileName: `table.${delimited ? FORMATS[delimiter] : 'md'}` });
        const qas = [];
        for (const qa of p.qas) {
          const answers = qa.answers.flatMap((a) => {
            const found = answerIn(view, a.answer_start, a.answer_start + a.text.length, a.text);
            return found ? [found] : [];
          });
          if (answers.length === 0) lost++;
          else {
            kept++;
            qas.push({ ...qa, answers });
          }
        }
        if (delimited) {
          for (const { question, cell } of ruled(rowsOf(context, delimiter), tables, random)) {
            const answer = cell && answerIn(view, cell.start, cell.end, cell.text);
            if (cell && !answer) continue;
            const id = `shown-${++added}`;
            qas.push({ id, question, answers: answer ? [answer] : [], is_impossible: !answer, rule: true });
          }
        }
        p.context = view.text;
        p.qas = qas;
      }
    }
    writeFileSync(path.join(values.out, to), JSON.stringify({ version: 'shown-1', data }));
    console.log(`${to}: ${kept} questions, ${lost} whose answer is shown otherwise, ${added} by rules`);
  }
}
