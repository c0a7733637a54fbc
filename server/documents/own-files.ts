/**
 * Files that Ask BERT itself writes next to documents: tables of `extract` and of the extension, states of `extract
 * --resume`, and what exists while they are written. They are never documents, and only they are replaced.
 */
import path from 'node:path';
import { openRegular } from '../storage/open-file.js';

export const stateFileOf = (table: string): string => `${table}.state.jsonl`;

/** Bytes that tell whether the rest is worth looking at. */
const PREFIX_BYTES = 64;
/** The head of a table: 200 questions of 10,000 characters in JSON, escaped. */
const MAX_HEAD_BYTES = 16 * 1024 * 1024;

const PREFIXES: Record<string, string> = { '.csv': 'file,', '.json': '{"questions":[{"name":"', '.md': '| file | ' };
const STATE_HEAD = /^\{"format":\d+,"basis":"[0-9a-f]{64}"\}\n/;

/** Whether a table may have that name. */
export const isTableName = (file: string): boolean => Object.hasOwn(PREFIXES, path.extname(file).toLowerCase());

/** Whether a file is a table, by its name and its head. @throws FileFault, and the errors of the system */
export async function isOwnTable(file: string): Promise<boolean> {
  const format = path.extname(file).toLowerCase();
  if (!isTableName(file)) return false;
  const prefix = PREFIXES[format];
  const { file: handle } = await openRegular(file);
  try {
    const begin = Buffer.alloc(PREFIX_BYTES);
    const { bytesRead } = await handle.read(begin, 0, PREFIX_BYTES, 0);
    if (!begin.subarray(0, bytesRead).toString('utf8').startsWith(prefix)) return false;
    const head = await headOf(handle);
    return format === '.csv' ? isCsv(head) : format === '.md' ? isMarkdown(head) : head.includes('}],"rows":[');
  } finally {
    await handle.close();
  }
}

/** Whether a file is the state of a table. @throws FileFault, and the errors of the system */
export async function isOwnState(file: string): Promise<boolean> {
  const { file: handle } = await openRegular(file);
  try {
    const begin = Buffer.alloc(2 * PREFIX_BYTES);
    const { bytesRead } = await handle.read(begin, 0, begin.length, 0);
    return STATE_HEAD.test(begin.subarray(0, bytesRead).toString('utf8'));
  } finally {
    await handle.close();
  }
}

async function headOf(handle: Awaited<ReturnType<typeof openRegular>>['file']): Promise<string> {
  const buffer = Buffer.alloc(Math.min((await handle.stat()).size, MAX_HEAD_BYTES));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  return buffer.subarray(0, bytesRead).toString('utf8');
}

/** `file`, three columns for each question, `status`. */
function isCsv(head: string): boolean {
  const fields = firstRecord(head);
  if (fields.length < 5 || fields.length % 3 !== 2 || fields[0] !== 'file' || fields.at(-1) !== 'status') return false;
  for (let i = 1; i < fields.length - 1; i += 3) {
    if (fields[i + 1] !== `${fields[i]} place` || fields[i + 2] !== `${fields[i]} probability`) return false;
  }
  return true;
}

/** Fields of the first record, RFC 4180. */
function firstRecord(text: string): string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  for (let found = field.exec(text); found; found = field.exec(text)) {
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2]);
    if (found[3] !== ',') break;
  }
  return fields;
}

/** Nothing but the table, and rows that end with what became of the file. */
function isMarkdown(head: string): boolean {
  const [names, rule = '', ...rows] = head.split('\n');
  const columns = names.split(' | ').length;
  if (columns < 3 || !names.endsWith(' | status |') || rule !== `| ${'--- | '.repeat(columns)}`.trimEnd()) return false;
  // The last one may be cut off.
  return rows.slice(0, -1).every((row) => /^\| .* \| (read|skipped: .*) \|$/.test(row));
}
