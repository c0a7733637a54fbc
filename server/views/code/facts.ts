/**
 * Lines of code that state a fact: a constant and its value, an environment variable and its default, a column of an
 * SQL table. Each is a separate value, and the words of its name are inserted next to it ("DEFAULT_TIMEOUT (default
 * timeout) = 45"), since the model reads words, not names.
 */
import type { ViewBuilder } from '../base/view-builder.js';
import { nameInWords } from './name-words.js';

interface Range {
  start: number;
  end: number;
}

/** A literal that is a complete value: a string, a number, either in a macro or constructor such as `UINT32_C(6)`. */
const STRING = String.raw`(?<prefix>[rRbBuUfFL@$]{0,3})(?<quote>"""|'''|["'\x60])(?<string>(?:\\.|(?!\k<quote>)[^\\\n]){0,300})\k<quote>`;
const NUMBER = String.raw`[+-]?(?:0[xX][\da-fA-F_']+|0[bB][01_]+|0[oO][0-7_]+|(?:\d(?:[\d_']|,(?=\d{3}))*(?:\.[\d_]*)?|\.\d+)(?:[eE][+-]?\d+)?)(?:[a-zA-Z%]\w{0,12})?`;
const WORD = 'true|false|True|False|null|None|nil|undefined';
const LITERAL = String.raw`(?:(?<macro>(?:[A-Z_][A-Z\d_]{0,40}|[\w.:]{0,40}(?:[sS]econds|[mM]inutes|[hH]ours|Duration|Decimal|BigInt|Path|URL|Symbol))\(\s*)?(?:${STRING}|(?<number>${NUMBER})|(?<word>${WORD}))\s*(?:\))?)`;
const MODIFIERS = String.raw`(?:(?:export|default|public|private|protected|internal|static|final|const|constexpr|constinit|inline|readonly|override|abstract|let|var|val|pub(?:\([a-z]+\))?|mut|local|my|our|declare|extern|unsigned|signed|volatile|lateinit|companion|global|set|property|field)\s+){0,6}`;
const ASSIGNMENT = new RegExp(
  String.raw`^(?<before>\s*${MODIFIERS}(?:[A-Za-z_](?:[\w<>,.*&?[\]]|::){0,60}[\s*&]\s*){0,2})(?<sigil>[$@]{0,2})(?<name>[A-Za-z_][\w.$-]{0,80})(?<type>\s*(?::\s*[\w<>[\],.|?& ]{1,60}?)?)(?<sign>\s*(?:=|:=|\?=|=>)\s*)${LITERAL}(?<after>\s*(?:[;,)}\]]\s*)*\\?\s*)$`,
);
const PROPERTY = new RegExp(
  String.raw`^(?<before>\s*)(?<name>[A-Za-z_$][\w$-]{0,80}|(?<nameQuote>["'])[^"'\\\n]{1,80}\k<nameQuote>)(?<type>)(?<sign>\s*:\s*)${LITERAL}(?<after>\s*(?:[,;]\s*)?)$`,
);
const DEFINE = /^(?<before>\s*#\s*define\s+)(?<name>[A-Za-z_]\w{0,80})(?<sign>[ \t]+)(?<rest>\S.{0,200}?)\s*$/;
const SHELL =
  /^(?<before>\s*(?:export\s+|readonly\s+|local\s+|declare\s+(?:-\w+\s+)*|set\s+(?:-\w+\s+)*)?)(?<name>[A-Za-z_]\w{0,80})(?<sign>\s*[:?+]?=\s*)(?<rest>\S.{0,200}?)\s*$/;
/** Where code reads its environment: the name, and its default. */
const ENVIRONMENT =
  /(?:os\.environ(?:\.get\(|\.setdefault\(|\[)|(?:os\.)?getenv\(|(?:System|Environment)\.(?:getenv|GetEnvironmentVariable)\(|(?:std::)?env::var(?:_os)?\(|\bENV(?:\.fetch\(|\[)|\$_ENV\[|\bprocess\.env\[|\bos\.(?:Getenv|LookupEnv)\(|\benv\()\s*["'](?<quoted>[A-Za-z_]\w{0,80})["']\s*(?:\]|\))?|(?:\bprocess|\bimport\.meta|\bBun|\bDeno)\.env\.(?<plain>[A-Za-z_]\w{0,80})|\$env:(?<shell>[A-Za-z_]\w{0,80})|\$\{(?<default>[A-Za-z_]\w{0,80})(?=:?[-=?])/g;
const DEFAULT =
  /^\s*(?:,|\)?\s*(?:\?\?|\|\||or\b|:-|-|:=|=)|\.unwrap_or(?:_else)?\((?:\|_\|\s*)?)\s*(?:"(?<double>[^"\\\n]{0,200})"|'(?<single>[^'\\\n]{0,200})'|(?<bare>[\w./:@-]{1,200}))/;
const TABLE = /^\s*CREATE\s+(?:\w+\s+){0,3}TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?["`[]?(?<table>[\w.]{1,80})/i;
const COLUMN =
  /^(?<before>\s*["`[]?)(?<name>[A-Za-z_]\w{0,80})(?<after>["`\]]?\s+)(?<type>[A-Za-z]\w{0,40}(?:\s+VARYING|\s+PRECISION)?(?:\s*\([^()\n]{0,60}\))?)(?=[\s,)]|$)/;
const NO_COLUMN =
  /^\s*(?:PRIMARY|FOREIGN|UNIQUE|CONSTRAINT|CHECK|KEY|INDEX|SELECT|INSERT|CREATE|ALTER|FULLTEXT|EXCLUDE)\b/i;
const ALTERED = /^\s*ALTER\s+TABLE\s+(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?["`[]?(?<table>[\w.]{1,80})/i;
const PRIMARY_KEY =
  /^(?<before>(?:\s*ALTER\s+TABLE\s[^(),;\n]{1,120}?\s(?=ADD\s))?\s*(?:ADD\s+)?(?:CONSTRAINT\s+\S{1,80}\s+)?PRIMARY\s+KEY\s*\(\s*)(?<columns>[^()\n]{1,200}?)\s*\)\s*[,;]?$/i;
/** A longer line is ordinary code. */
const MAX_LINE = 400;
const SHELLS = new Set(['shellscript', 'makefile', 'properties', 'ini', 'fish']);
const NO_PATH: readonly string[] = [];

/**
 * Shows lines of code. Linear: every line is examined separately.
 * @param from, to whole lines, except for a comment after the last one
 * @param remark that comment, which describes the last line
 * @returns whether the last line is a constant, so that the remark has been shown
 */
export function showCodeLines(builder: ViewBuilder, from: number, to: number, language: string, remark = ''): boolean {
  return new CodeWriter(builder, language).write(from, to, remark);
}

class CodeWriter {
  /** Start of the code that has not been shown. */
  #pending = -1;
  #table = '';
  /** The table that is altered, up to the end of the statement. */
  #altered = '';
  /** The last line was a constant. */
  #said = false;

  constructor(
    readonly builder: ViewBuilder,
    readonly language: string,
  ) {}

  write(from: number, to: number, remark: string): boolean {
    const { file } = this.builder;
    this.#said = false;
    for (let start = from; start < to; ) {
      let end = start;
      while (end < to && file[end] !== '\n') end++;
      const line = end - start <= MAX_LINE ? file.slice(start, end) : '';
      const last = end >= to;
      if (
        !this.#fact(line.trimEnd(), start, last ? remark : '') &&
        this.#pending < 0 &&
        file.slice(start, Math.min(end, start + 400)).trim() !== ''
      ) {
        this.#pending = start;
      }
      start = end + 1;
    }
    this.#flush(to);
    return this.#said;
  }

  /** Shows the code before a place. */
  #flush(to: number): void {
    const { file } = this.builder;
    const start = this.#pending;
    this.#pending = -1;
    let end = to;
    while (end > start && /\s/.test(file[end - 1])) end--;
    if (start >= 0 && end > start) this.builder.block('code', NO_PATH).copy(start, end).endBlock();
  }

  #fact(line: string, start: number, remark: string): boolean {
    if (line.trim() === '') return false;
    if (this.language === 'sql' && this.#column(line, start)) return true;
    if (this.#environment(line, start)) return true;
    const define = DEFINE.exec(line) ?? (SHELLS.has(this.language) ? SHELL.exec(line) : null);
    if (define) {
      const { before, name, sign, rest } = define.groups!;
      return this.#constant(line, start, before, name, '', sign, valueIn(rest), remark);
    }
    const found = ASSIGNMENT.exec(line) ?? PROPERTY.exec(line);
    if (found && !/^(?:return|case|if|elif|while|for|assert|and|or|not|else|default|throw)$/.test(found.groups!.name)) {
      const { before, sigil = '', name, type, sign, macro, prefix, quote, string, number, word } = found.groups!;
      const at = (macro ?? '').length + (quote ? (prefix ?? '').length + quote.length : 0);
      const length = (string ?? number ?? word ?? '').length;
      if (length > 0)
        return this.#constant(line, start, before + sigil, name, type, sign, { start: at, end: at + length }, remark);
    }
    return false;
  }

  /** @param value in the text after the sign */
  #constant(
    line: string,
    start: number,
    before: string,
    name: string,
    type: string,
    sign: string,
    value: Range,
    remark: string,
  ): boolean {
    if (value.end <= value.start) return false;
    this.#flush(start);
    this.#said = remark !== '';
    const { builder } = this;
    const indent = /^\s*/.exec(before)![0].length;
    const nameEnd = start + before.length + name.length;
    const quoted = /^["']/.test(name) ? 1 : 0;
    builder.block('value', NO_PATH, '\n').copy(start + indent, start + before.length);
    builder.copy(start + before.length + quoted, nameEnd - quoted);
    const words = nameInWords(quoted ? name.slice(1, -1) : name);
    const about = [words, remark].filter((part) => part !== '').join(', ');
    builder.insert(about === '' ? '' : ` (${about})`);
    const base = nameEnd + type.length + sign.length;
    if (type.trim() !== '') builder.copy(nameEnd, nameEnd + type.trimEnd().length);
    builder.insert(/[:]$/.test(sign.trim()) ? ': ' : ' = ').key();
    const first = base + value.start;
    const quote = /["'`]/.test(line[first - start - 1] ?? '') ? '"' : '';
    builder
      .insert(quote)
      .copy(first, base + value.end)
      .insert(quote)
      .endBlock();
    return true;
  }

  /** A line that asks for environment variables: code, the names, their defaults. */
  #environment(line: string, start: number): boolean {
    let found = false;
    for (const match of line.matchAll(ENVIRONMENT)) {
      const { quoted, plain, shell, default: expansion } = match.groups!;
      const name = quoted ?? plain ?? shell ?? expansion;
      const at = start + match.index + match[0].lastIndexOf(name);
      if (at < this.builder.position) continue;
      if (this.#pending < 0) this.#pending = Math.max(start, this.builder.position);
      this.#flush(at);
      const words = nameInWords(name);
      this.builder.block('value', NO_PATH, '\n').insert(`environment variable${words === '' ? '' : ` (${words})`}: `);
      this.builder
        .key()
        .copy(at, at + name.length)
        .endBlock();
      found = true;
      const after = at - start + name.length + (quoted === undefined ? 0 : 1);
      const rest = line.slice(after).replace(/^\]/, ' ');
      const fallback = DEFAULT.exec(rest);
      const { double, single, bare } = fallback?.groups ?? {};
      const value = double ?? single ?? bare;
      let next = at + name.length;
      if (fallback && value) {
        const place = start + after + fallback[0].lastIndexOf(value);
        this.builder.block('value', NO_PATH, '\n').insert(`default of ${name}${words === '' ? '' : ` (${words})`}: `);
        this.builder
          .key()
          .copy(place, place + value.length)
          .endBlock();
        next = place + value.length;
      }
      this.#pending = next;
    }
    // The rest of the line, if it is meaningful.
    if (found && !/[\p{L}\p{N}]/u.test(line.slice(this.#pending - start))) this.#pending = -1;
    return found;
  }

  #column(line: string, start: number): boolean {
    const table = TABLE.exec(line)?.groups?.table;
    if (table !== undefined) {
      this.#table = table;
      return false;
    }
    if (/^\s*\)/.test(line)) this.#table = '';
    this.#altered = ALTERED.exec(line)?.groups?.table ?? this.#altered;
    const of = this.#table || this.#altered;
    if (line.endsWith(';')) this.#altered = '';
    const key = of === '' ? undefined : PRIMARY_KEY.exec(line)?.groups;
    if (key) {
      this.#flush(start);
      const from = start + key.before.length;
      this.builder.block('value', NO_PATH, '\n').insert(`primary key of table ${of}: `).key();
      this.builder.copy(from, from + key.columns.length).endBlock();
      return true;
    }
    if (this.#table === '' || NO_COLUMN.test(line)) return false;
    const column = COLUMN.exec(line);
    if (!column) return false;
    this.#flush(start);
    const { before, name, after, type } = column.groups!;
    const at = start + before.length;
    const typeAt = at + name.length + after.length;
    const words = nameInWords(name);
    this.builder
      .block('value', NO_PATH, '\n')
      .insert('column ')
      .copy(at, at + name.length);
    this.builder
      .insert(`${words === '' ? '' : ` (${words})`} of table ${this.#table}, type `)
      .key()
      .copy(typeAt, typeAt + type.length);
    const rest = line.slice(typeAt - start + type.length).replace(/[,\s]+$/, '');
    const end = typeAt + type.length + rest.length;
    const fallback = /\bDEFAULT\s+/i.exec(rest);
    const value =
      fallback && fallback.index + fallback[0].length < rest.length ? typeAt + type.length + fallback.index : -1;
    this.builder.copy(typeAt + type.length, value < 0 ? end : value).endBlock();
    if (value < 0) return true;
    const from = value + fallback![0].length;
    this.builder
      .block('value', NO_PATH, '\n')
      .insert(`default of column ${name}${words === '' ? '' : ` (${words})`} of table ${this.#table}: `);
    this.builder.key().copy(from, end).endBlock();
    return true;
  }
}

const QUOTED = /(["'`])(?:\\.|(?!\1)[^\\])*\1/g;
const MOST_UNITS_WITH_STRINGS = 1000;

/** The value in the rest of a line: without quotes, brackets and macros around it. */
function valueIn(rest: string): Range {
  // A marker inside a string does not begin a comment; a line that is too long to be a constant is not scanned.
  const outside =
    rest.length > MOST_UNITS_WITH_STRINGS ? rest : rest.replace(QUOTED, (string) => 'x'.repeat(string.length));
  const comment = /\s+(?:\/\*|\/\/|#).*$/.exec(outside);
  const end = comment?.index ?? rest.length;
  const text = rest.slice(0, end).replace(/;$/, '');
  const wrapped = /^(?:[A-Za-z_]\w{0,40}\(\s*|\(\s*)([+-]?[\w.]+)\s*\)$/.exec(text) ?? /^(["'])(.*)\1$/.exec(text);
  if (!wrapped) return { start: 0, end: text.length };
  const inner = wrapped[2] ?? wrapped[1];
  const start = text.indexOf(inner, wrapped[2] === undefined ? 0 : 1);
  return {
    start: wrapped[2] === undefined ? text.lastIndexOf(inner) : start,
    end: (wrapped[2] === undefined ? text.lastIndexOf(inner) : start) + inner.length,
  };
}
