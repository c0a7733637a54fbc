/**
 * The head of a log line before its message: stamp, level, host, program, thread, logger, in the forms of syslog
 * (RFC 3164 and 5424), log4j, logback, Python, klog, Apache, nginx, the kernel and containers, in any order.
 */
import { isBlank } from './log-lines.js';
import type { RecordFields } from './record-fields.js';
import { stampEnd } from './time-stamp.js';

const LEVELS =
  'TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|CRIT|SEVERE|PANIC|EMERG|ALERT|VERBOSE|FINE|CONFIG';
const LEVEL = new RegExp(
  `[[(<]?(?:${LEVELS}|${LEVELS.toLowerCase()}|Trace|Debug|Info|Information|Notice|Warn|Warning|Error|Fatal|Critical)(?![\\w-])[\\])>]?`,
  'y',
);
const PRIORITY = /<\d{1,3}>(?:1 )?/y;
/** `host program[12]:` */
const SYSLOG = /[ \t]+([^\s:[\]]+)[ \t]+([^\s:[\]]+)(?:\[(\d+)\])?:(?=[ \t]|$)/my;
const SYSLOG_ISO = /[ \t]+([\w.-]+)[ \t]+([^\s:[\]]+)\[(\d+)\]:(?=[ \t]|$)/my;
/** `host app procid msgid` and structured data. */
const RFC_5424 = /[ \t]+(\S+) (\S+) (\S+) (\S+) (?:-|((?:\[(?:[^\]"\\\n\r]|"(?:[^"\\\n\r]|\\.)*")*\])+))/y;
const KLOG = /([IWEF])(\d{4} \d{2}:\d{2}:\d{2}\.\d{3,9})[ \t]+(\d+) ([^\s\]]+:\d+)\]/y;
const UPTIME = /\[ *(\d+\.\d{3,})\]/y;
/** Stream and completeness of a line of a container. */
const CONTAINER = / (?:stdout|stderr) [FP](?= )/y;
/** Name of a service before its line. */
const COMPOSE = /([\w.-]{1,60}) {1,20}\| /y;
const BRACKET = /\[([^[\]\n\r]{1,80})\]/y;
const BRACE = /\{([^{}\n\r"]{1,80}:\d+)\}/y;
/** A logger: dotted, or a file with its line; or any word before " - " or ":". */
const LOGGER = /((?:[\w$-]+[./])+[\w$<>-]+(?::\d+)?|[\w$.<>-]+(?= - ))(?=:?\s)/y;
const NAME_BEFORE_COLON = /([\w$.-]{1,60}):(?=\S)/y;
const CLIENT = /client ([\d.a-fA-F:]+?)(?::\d+)?$/;
/** Maximum number of fields before a message. */
const MOST = 7;

/**
 * @param start of the line's text
 * @returns where the message begins; -1: the line has neither stamp nor level
 */
export function readHead(text: string, start: number, end: number, fields: RecordFields): number {
  fields.clear();
  let at = start;
  const first = text.charCodeAt(at);
  const isWord = !(first >= 48 && first <= 57) && first !== 0x5b;
  if (first === 0x3c && match(PRIORITY, text, at)) at = PRIORITY.lastIndex;
  const klog = isWord ? match(KLOG, text, at) : undefined;
  if (klog) {
    fields.add('level', at, at + 1);
    fields.add('time', at + 1, at + 1 + klog[2].length);
    const process = text.indexOf(klog[3], at + 1 + klog[2].length);
    fields.add('process', process, process + klog[3].length);
    fields.add('source', KLOG.lastIndex - 1 - klog[4].length, KLOG.lastIndex - 1);
    return skip(text, KLOG.lastIndex, end);
  }
  const compose = isWord ? match(COMPOSE, text, at) : undefined;
  if (compose) {
    const inner = COMPOSE.lastIndex;
    const message = readHead(text, skip(text, inner, end), end, fields);
    if (message < 0) return -1;
    return message;
  }
  const opened = text[at] === '[' || text[at] === '(';
  const stamp = at + Number(opened);
  const stampTo = stampEnd(text, stamp);
  if (stampTo > 0 && (!opened || text[stampTo] === ']' || text[stampTo] === ')')) {
    fields.add('time', stamp, Math.min(stampTo, end));
    at = stampTo + Number(opened);
    const syslog = afterStamp(text, at, stamp, end, fields);
    if (syslog >= 0) return syslog;
    if (match(CONTAINER, text, at)) {
      const inner = skip(text, CONTAINER.lastIndex, end);
      fields.keep(1);
      return tokens(text, inner, end, fields);
    }
  } else if (match(UPTIME, text, at)) {
    const to = UPTIME.lastIndex - 1;
    let from = at + 1;
    while (isBlank(text.charCodeAt(from))) from++;
    fields.add('time', from, to);
    at = UPTIME.lastIndex;
  } else if (!match(LEVEL, text, at)) return nameFirst(text, at, end, fields);
  return tokens(text, at, end, fields);
}

/** Syslog: where the message begins; -1: a different form. */
function afterStamp(text: string, at: number, stamp: number, end: number, fields: RecordFields): number {
  const rfc5424 = stamp >= 3 && text.startsWith('>1 ', stamp - 3) ? match(RFC_5424, text, at) : undefined;
  if (rfc5424 && RFC_5424.lastIndex <= end) {
    let from = at;
    for (const [i, kind] of (['host', 'source', 'process', 'id'] as const).entries()) {
      const part = rfc5424[i + 1];
      from = text.indexOf(part, from);
      if (part !== '-') fields.add(kind, from, from + part.length);
      from += part.length;
    }
    return skip(text, RFC_5424.lastIndex - (rfc5424[5]?.length ?? 0), end);
  }
  const form = /[A-Z]/.test(text[stamp]) ? SYSLOG : SYSLOG_ISO;
  const syslog = match(form, text, at);
  if (!syslog || form.lastIndex > end) return -1;
  const [, host, program, id] = syslog;
  const hostAt = text.indexOf(host, at);
  const programAt = text.indexOf(program, hostAt + host.length);
  fields.add('host', hostAt, hostAt + host.length);
  fields.add('source', programAt, programAt + program.length);
  if (id) fields.add('process', programAt + program.length + 1, programAt + program.length + 1 + id.length);
  const message = skip(text, form.lastIndex, end);
  if (program === 'kernel' && match(UPTIME, text, message)) return skip(text, UPTIME.lastIndex, end);
  return message;
}

/** A name, then a stamp or level: `update-alternatives 2024-...`, `ts=...` is none of these. */
function nameFirst(text: string, at: number, end: number, fields: RecordFields): number {
  NAME_THEN_STAMP.lastIndex = at;
  const name = NAME_THEN_STAMP.exec(text);
  if (!name) return -1;
  const stamp = NAME_THEN_STAMP.lastIndex;
  const to = stampEnd(text, stamp);
  if (to < 0 || to > end) return -1;
  fields.add('source', at, at + name[1].length);
  fields.add('time', stamp, to);
  return tokens(text, to, end, fields);
}
const NAME_THEN_STAMP = /\[?([\w.-]{2,60})\]?:? (?=\d{4}-)/y;

/** Level, thread, logger, in any order. */
function tokens(text: string, from: number, end: number, fields: RecordFields): number {
  let at = from;
  for (;;) {
    at = skip(text, at, end);
    if (at >= end || fields.count >= MOST) return Math.min(at, end);
    const level = fields.has('level') ? undefined : match(LEVEL, text, at);
    if (level) {
      const bare = /\w+/.exec(level[0])!;
      fields.add('level', at + bare.index, at + bare.index + bare[0].length);
      at = LEVEL.lastIndex;
      const name = text[at] === ':' ? match(NAME_BEFORE_COLON, text, at + 1) : undefined;
      if (name && NAME_BEFORE_COLON.lastIndex <= end) {
        fields.add('source', at + 1, at + 1 + name[1].length);
        at = NAME_BEFORE_COLON.lastIndex;
      }
      continue;
    }
    const bracket = match(BRACKET, text, at) ?? match(BRACE, text, at);
    if (bracket) {
      inBrackets(text, at + 1, bracket[1], fields);
      at += bracket[0].length;
      continue;
    }
    const logger = fields.has('source') ? undefined : match(LOGGER, text, at);
    if (logger && LOGGER.lastIndex <= end && fields.count > 0) {
      fields.add('source', at, at + logger[1].length);
      at = LOGGER.lastIndex;
      continue;
    }
    return at;
  }
}

function inBrackets(text: string, start: number, content: string, fields: RecordFields): void {
  const client = CLIENT.exec(content);
  if (client) fields.add('address', start + 7, start + 7 + client[1].length);
  else if (/^[\w-]+:(?:emerg|alert|crit|error|warn|notice|info|debug)$/.test(content)) {
    const colon = content.indexOf(':');
    fields.add('source', start, start + colon);
    fields.add('level', start + colon + 1, start + content.length);
  } else if (!fields.has('time') && stampEnd(text, start) === start + content.length)
    fields.add('time', start, start + content.length);
  else {
    const from = start + (content.length - content.trimStart().length);
    fields.add('process', from, from + content.trim().length);
  }
}

/** Space, and separators of fields. */
function skip(text: string, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const unit = text[at];
    const apart =
      unit === '|' || ((unit === '-' || unit === ':') && (at + 1 === end || isBlank(text.charCodeAt(at + 1))));
    if (!apart && !isBlank(text.charCodeAt(at))) break;
    at++;
  }
  return at;
}

function match(form: RegExp, text: string, at: number): RegExpExecArray | undefined {
  form.lastIndex = at;
  return form.exec(text) ?? undefined;
}
