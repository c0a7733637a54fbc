/**
 * A message that is itself a line of another log: what HAProxy, nginx, Apache or a container writes to syslog or the
 * journal has its own fields behind the head.
 */
import { readAccess } from './access-log.js';
import { RecordFields } from './record-fields.js';
import { readStructured } from './structured-line.js';

const DATE = String.raw`\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?`;
/** HAProxy: `client:port [date] frontend`, then the backend with its server and timers, or a message. */
const PROXY = new RegExp(
  String.raw`([\da-fA-F.:]{3,45}|unix):(\d{1,5}) \[(${DATE})\] ([\w.:~-]{1,100})(?: ([\w.:<>-]{1,100}/[\w.:<>-]{1,100}) [-+\d/]{1,60} (?:(\d{3}|-1) )?\+?(\d{1,18}) |(?=/[\w.:-]{1,100}:))`,
  'y',
);
/** What was captured of the headers, and the request. */
const CAPTURED = /\{([^{}\n\r"]{0,2000})\}/g;
const REQUEST = /"([A-Z]{3,20}) ([^\s"]{1,8000})(?: (HTTP\/[\d.]+))?"$/;
const PRODUCT = /^[A-Za-z][\w.+-]{0,60}\/\d/;
/** A longer line is read as text. */
const LONGEST = 20_000;

const inner = new RecordFields();

/**
 * Adds the fields of a message to those of the head before it.
 * @param from start of the message
 * @returns where the message without them begins; `from`: it is another kind of message
 */
export function readInner(text: string, from: number, end: number, fields: RecordFields): number {
  if (from >= end || end - from > LONGEST) return from;
  let to = readProxy(text, from, end, inner);
  if (to < 0 && text.slice(from, end).includes('"')) {
    to = text[from] === '{' ? readStructured(text, from, end, inner) : readAccess(text, from, end, inner);
  }
  if (to < 0) return from;
  const hasTime = fields.has('time');
  for (let i = 0; i < inner.count; i++) {
    // The stamp of the record is the one of its head.
    const kind = hasTime && inner.kinds[i] === 'time' ? 'text' : inner.kinds[i];
    fields.add(kind, inner.starts[i], inner.ends[i], inner.labels[i]);
  }
  return to;
}

/** @returns where the line's fields end; -1: it is another kind of line */
function readProxy(text: string, from: number, end: number, fields: RecordFields): number {
  PROXY.lastIndex = from;
  const line = PROXY.exec(text);
  if (!line || PROXY.lastIndex > end) return -1;
  fields.clear();
  const [, client, port, date, frontend, backend, status, size] = line;
  fields.add('address', from, from + client.length);
  let at = from + client.length + port.length + 3;
  fields.add('time', at, at + date.length);
  at += date.length + 2;
  if (backend === undefined) return at + frontend.length;
  at += frontend.length + 1;
  fields.add('upstream', at, at + backend.length);
  at = PROXY.lastIndex - 1 - size.length;
  if (status) fields.add('status', text.lastIndexOf(status, at - 1), text.lastIndexOf(status, at - 1) + status.length);
  fields.add('size', at, at + size.length);
  const rest = text.slice(PROXY.lastIndex, end);
  const request = REQUEST.exec(rest);
  if (!request) return PROXY.lastIndex;
  addHeaders(rest.slice(0, request.index), PROXY.lastIndex, fields);
  const [, method, resource, protocol = ''] = request;
  at = PROXY.lastIndex + request.index + 1;
  fields.add('method', at, at + method.length);
  at += method.length + 1;
  fields.add('resource', at, at + resource.length);
  fields.add('protocol', end - 1 - protocol.length, end - 1);
  return end;
}

/** Of captured headers those that their form names: the program and the page that it came from. */
function addHeaders(text: string, place: number, fields: RecordFields): void {
  for (const captured of text.matchAll(CAPTURED)) {
    let at = place + captured.index + 1;
    for (const value of captured[1].split('|')) {
      if (PRODUCT.test(value) && !fields.has('agent')) fields.add('agent', at, at + value.length);
      else if (/^https?:\/\//.test(value) && !fields.has('referrer')) fields.add('referrer', at, at + value.length);
      at += value.length + 1;
    }
  }
}
