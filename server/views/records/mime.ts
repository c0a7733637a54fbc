/**
 * The structure of a mail (RFC 5322, RFC 2045): the header fields and bodies of its parts with their places, in one
 * pass. Nesting, parts and fields are limited; the rest belongs to the enclosing part.
 */

/** Parts in parts. */
export const MAX_DEPTH = 20;
/** Parts of one mail. */
export const MAX_MIME_PARTS = 1000;
/** Header fields of one part. */
const MAX_FIELDS = 1000;
/** A longer header field is truncated. */
const MAX_VALUE = 20_000;

export interface HeaderField {
  /** In lower case. */
  name: string;
  /** Its value, with its continuation lines. */
  start: number;
  end: number;
}

export interface MimePart {
  fields: HeaderField[];
  type: string;
  parameters: ReadonlyMap<string, string>;
  /** As declared, in lower case: base64, quoted-printable, 7bit. */
  encoding: string;
  /** Disposition, if declared: attachment, inline. */
  disposition: string;
  /** The body; for a multipart, the text before its first part. */
  start: number;
  end: number;
  parts: MimePart[];
  depth: number;
}

const FIELD = /([!-9;-~]{1,200})[ \t]*:/y;

/** Whether a header field is at a place. */
export function isField(text: string, at: number): boolean {
  FIELD.lastIndex = at;
  return FIELD.test(text);
}

interface Open {
  part: MimePart;
  /** "--boundary". */
  mark: string;
}

/** @returns the mail in a range of a text */
export function readMime(text: string, start: number, end: number): MimePart {
  const root = readPart(text, start, end, 0);
  const stack: Open[] = [];
  let count = 1;
  /** @returns start of the contents of the part */
  const enter = (part: MimePart): number => {
    const boundary = part.type.startsWith('multipart/') ? part.parameters.get('boundary') : undefined;
    if (boundary && stack.length < MAX_DEPTH) stack.push({ part, mark: `--${boundary}` });
    const isMessage = part.type === 'message/rfc822' && isPlain(part.encoding);
    if (!isMessage || part.depth >= MAX_DEPTH || count >= MAX_MIME_PARTS) return part.start;
    count++;
    const inner = readPart(text, part.start, end, part.depth + 1);
    part.parts.push(inner);
    return enter(inner);
  };
  for (let at = enter(root); at < end; ) {
    const next = nextLine(text, at, end);
    const which = boundaryAt(text, at, end, stack);
    if (which >= 0) {
      const { part, mark } = stack[which];
      const closes = text.startsWith('--', at + mark.length) || count >= MAX_MIME_PARTS;
      // Open parts inside it end here.
      endAt(part, beforeLine(text, at));
      stack.length = closes ? which : which + 1;
      if (!closes) {
        count++;
        const inner = readPart(text, next, end, part.depth + 1);
        part.parts.push(inner);
        at = enter(inner);
        continue;
      }
    }
    at = next;
  }
  return root;
}

/** The innermost part whose boundary is the line at a place; -1: none. */
function boundaryAt(text: string, at: number, end: number, stack: readonly Open[]): number {
  if (text.charCodeAt(at) !== 45 || text.charCodeAt(at + 1) !== 45) return -1;
  for (let i = stack.length - 1; i >= 0; i--) {
    const { mark } = stack[i];
    if (text.startsWith(mark, at) && endsAt(text, at + mark.length, end)) return i;
  }
  return -1;
}

/** Whether nothing or the end of a line follows a boundary, so that it is not part of a longer one. */
function endsAt(text: string, at: number, end: number): boolean {
  let after = text.startsWith('--', at) ? at + 2 : at;
  while (after < end && (text[after] === ' ' || text[after] === '\t')) after++;
  return after >= end || text[after] === '\n' || text[after] === '\r';
}

/** The part, its last one, and so on, end at a place. */
function endAt(part: MimePart, end: number): void {
  for (let one: MimePart | undefined = part.parts.at(-1) ?? part; one; one = one.parts.at(-1)) {
    one.end = Math.max(one.start, Math.min(one.end, end));
  }
  if (part.parts.length === 0) part.end = Math.max(part.start, Math.min(part.end, end));
}

/** Header fields up to the empty line, and the description of the body, which extends to `end`. */
function readPart(text: string, start: number, end: number, depth: number): MimePart {
  const fields: HeaderField[] = [];
  let at = start;
  while (at < end) {
    const line = nextLine(text, at, end);
    if (text[at] === '\n' || text[at] === '\r') {
      at = line;
      break;
    }
    FIELD.lastIndex = at;
    const field = FIELD.exec(text);
    if (field && FIELD.lastIndex <= end) {
      if (fields.length < MAX_FIELDS) {
        fields.push({ name: field[1].toLowerCase(), start: FIELD.lastIndex, end: beforeLine(text, line) });
      }
    } else if (fields.length > 0 && (text[at] === ' ' || text[at] === '\t'))
      fields[fields.length - 1].end = beforeLine(text, line);
    else break;
    at = line;
  }
  const value = (name: string) => {
    const field = fields.find((one) => one.name === name);
    return field ? text.slice(field.start, Math.min(field.end, field.start + MAX_VALUE)) : '';
  };
  const [type, parameters] = parameterized(value('content-type'));
  const [disposition, more] = parameterized(value('content-disposition'));
  const all = new Map([...parameters, ...more]);
  return {
    fields,
    type: type || 'text/plain',
    parameters: all,
    encoding: value('content-transfer-encoding').trim().toLowerCase(),
    disposition,
    start: at,
    end,
    parts: [],
    depth,
  };
}

export const isPlain = (encoding: string): boolean => encoding !== 'base64' && encoding !== 'quoted-printable';

const PARAMETER = /;[ \t\r\n]*([^\s=;]{1,60})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;\s]*))/g;

/** `text/plain; charset=utf-8; name*0*=...`: continuations of RFC 2231 are joined. */
function parameterized(value: string): [string, Map<string, string>] {
  const parameters = new Map<string, string>();
  for (const [, name, quoted, bare] of value.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    const text = quoted === undefined ? bare : quoted.replace(/\\([\s\S])/g, '$1').replace(/\r?\n[ \t]/g, '');
    const base = key.replace(/(?:\*\d{1,3})?\*?$/, '');
    if (base !== key) parameters.set(base, (parameters.get(base) ?? '') + extended(text, key.endsWith('*')));
    else if (!parameters.has(key)) parameters.set(key, text);
  }
  return [/^[ \t\r\n]*([^\s;]*)/.exec(value)![1].toLowerCase(), parameters];
}

function extended(text: string, encoded: boolean): string {
  if (!encoded) return text;
  try {
    return decodeURIComponent(text.replace(/^[\w-]*'[\w-]*'/, ''));
  } catch {
    return text;
  }
}

/** The beginning of the next line, or the end. */
export function nextLine(text: string, at: number, end: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 || newline >= end ? end : newline + 1;
}

/** The end of the line before one that begins at a place. */
function beforeLine(text: string, at: number): number {
  let end = at;
  if (end > 0 && text[end - 1] === '\n') end--;
  if (end > 0 && text[end - 1] === '\r') end--;
  return end;
}
