/**
 * Files that Ask BERT itself writes next to documents: tables of `extract` and of the extension, shards and states of
 * `extract`, and what exists while they are written. They are never documents, and only they are replaced.
 */
import path from 'node:path';
import { openRegular } from '../storage/open-file.js';
import { isOwnWorkbook } from './own-workbook.js';
import { CHECKED_COLUMN, QUESTION_COLUMNS } from './table-columns.js';

export const stateFileOf = (table: string): string => `${table}.state.jsonl`;

/** Bytes that tell whether the rest is worth looking at. */
const PREFIX_BYTES = 64;
/** What is read of a table, unless its head is longer. */
const HEAD_BYTES = 64 * 1024;
/** The longest head of a table: 200 questions of 10,000 characters in JSON, escaped. */
const MAX_HEAD_BYTES = 16 * 1024 * 1024;

const PREFIXES: Record<string, string> = {
  '.csv': 'file,',
  '.json': '{"questions":[{"name":"',
  '.md': '| file | ',
  '.jsonl': '{"askBertShard":',
};
const WORKBOOK = '.xlsx';
const STATE_HEAD = /^\{"format":\d+,"basis":"[0-9a-f]{64}"\}\n/;

/** Whether a table may have that name. */
export const isTableName = (file: string): boolean => {
  const format = path.extname(file).toLowerCase();
  return format === WORKBOOK || Object.hasOwn(PREFIXES, format);
};

/** Whether a file is a table, by its name and its head. @throws FileFault, and the errors of the system */
export async function isOwnTable(file: string): Promise<boolean> {
  const format = path.extname(file).toLowerCase();
  if (!isTableName(file)) return false;
  const prefix = PREFIXES[format];
  const { file: handle } = await openRegular(file);
  try {
    if (format === WORKBOOK) return await isOwnWorkbook(handle, (await handle.stat()).size);
    if (!(await beginning(handle, PREFIX_BYTES)).startsWith(prefix)) return false;
    const head = await beginning(handle, HEAD_BYTES);
    return isTable[format](head) ?? isTable[format](await beginning(handle, MAX_HEAD_BYTES)) ?? false;
  } finally {
    await handle.close();
  }
}

/** Whether a file is the state of a table. @throws FileFault, and the errors of the system */
export async function isOwnState(file: string): Promise<boolean> {
  const { file: handle } = await openRegular(file);
  try {
    return STATE_HEAD.test(await beginning(handle, 2 * PREFIX_BYTES));
  } finally {
    await handle.close();
  }
}

/** The first bytes of a file, without a byte order mark: Excel writes one. */
async function beginning(handle: Awaited<ReturnType<typeof openRegular>>['file'], bytes: number): Promise<string> {
  const buffer = Buffer.alloc(Math.min((await handle.stat()).size, bytes));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  return buffer
    .subarray(0, bytesRead)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

/** By format: whether a head is that of a table; undefined: the head does not end in it. */
export const isTable: Record<string, (head: string) => boolean | undefined> = {
  '.csv': isCsv,
  '.md': isMarkdown,
  '.json': (head) => head.includes('}],"rows":[') || undefined,
  // A shard: the prefix says it.
  '.jsonl': () => true,
};

/** Columns of a question: the current ones, with and without what was checked, and those of earlier versions. */
const GROUPS = [[...QUESTION_COLUMNS, CHECKED_COLUMN], QUESTION_COLUMNS, ['', ' place', ' probability']];

/** `file`, the columns of each question, `status`. */
function isCsv(head: string): boolean | undefined {
  const fields = firstRecord(head);
  if (fields === undefined) return undefined;
  if (fields[0] !== 'file' || fields.at(-1) !== 'status') return false;
  // An apostrophe is put before what could be calculated: "-5" needs none, "-5 place" does.
  const names = fields.slice(1, -1).map((name) => name.replaceAll("'", ''));
  return GROUPS.some(
    (group) =>
      names.length > 0 &&
      names.length % group.length === 0 &&
      names.every((name, i) => name === names[i - (i % group.length)] + group[i % group.length]),
  );
}

/** Fields of the first record, RFC 4180; undefined: it does not end. */
function firstRecord(text: string): string[] | undefined {
  const fields: string[] = [];
  const plain = /([^",\r\n]*)(,|\r?\n)/y;
  for (let at = 0; ; ) {
    if (text[at] === '"') {
      const end = endOfQuoted(text, at);
      if (end === undefined) return undefined;
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (text[at] === ',') {
        at++;
        continue;
      }
      return /[\r\n]/.test(text[at] ?? '') ? fields : undefined;
    }
    plain.lastIndex = at;
    const found = plain.exec(text);
    if (!found) return undefined;
    fields.push(found[1]);
    if (found[2] !== ',') return fields;
    at = plain.lastIndex;
  }
}

/** Where the quotation mark is that closes the one at `at`. */
function endOfQuoted(text: string, at: number): number | undefined {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] !== '"') return end;
  }
  return undefined;
}

/** Nothing but the table, and rows that end with what became of the file. */
function isMarkdown(head: string): boolean | undefined {
  const [names, rule, ...rows] = head.split(/\r?\n/);
  if (rows.length === 0) return undefined;
  const columns = names.split(' | ').length;
  if (columns < 3 || !names.endsWith(' | status |') || rule !== `| ${'--- | '.repeat(columns)}`.trimEnd()) return false;
  // The last one may be cut off.
  return rows.slice(0, -1).every(isRow);
}

/** A bar within a cell is escaped, so that the last cell begins at the last separator. */
function isRow(row: string): boolean {
  if (!row.startsWith('| ') || !row.endsWith(' |')) return false;
  const status = row.slice(row.lastIndexOf(' | ', row.length - 3) + 3, -2);
  return /^(?:read$|read: |skipped: )/.test(status);
}
