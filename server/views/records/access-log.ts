/** Lines of an access log (common and combined form of Apache and nginx). */
import type { RecordFields } from './record-fields.js';

const LINE =
  /(?:[\w.-]+:\d{1,5} )?([\da-fA-F.:]{3,45}|[\w.-]{1,255}) (\S{1,255}) ([^\s"[\]]{1,255}) \[(\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?)\] "((?:[^"\\\n\r]|\\.)*)" (\d{3}) (\d+|-)/y;
const QUOTED = / "((?:[^"\\\n\r]|\\.)*)"/y;
const REQUEST = /^([A-Z]{3,20}) (\S+)(?: (HTTP\/[\d.]+))?$/;

/** @returns where the line's fields end; -1: it is another kind of line */
export function readAccess(text: string, start: number, end: number, fields: RecordFields): number {
  fields.clear();
  LINE.lastIndex = start;
  const line = LINE.exec(text);
  if (!line || LINE.lastIndex > end) return -1;
  const [, client, , user, time, request, status, size] = line;
  let at = text.indexOf(client, start);
  if (/^[\w.-]+:\d{1,5} /.test(line[0])) at = text.indexOf(client, text.indexOf(' ', start));
  fields.add('address', at, at + client.length);
  at = text.indexOf('[', at) - 1 - user.length;
  if (user !== '-') fields.add('person', at, at + user.length);
  at += user.length + 2;
  fields.add('time', at, at + time.length);
  at += time.length + 3;
  const parts = REQUEST.exec(request);
  if (parts) {
    const [, method, resource, protocol = ''] = parts;
    fields.add('method', at, at + method.length);
    fields.add('resource', at + method.length + 1, at + method.length + 1 + resource.length);
    fields.add('protocol', at + request.length - protocol.length, at + request.length);
  } else fields.add('resource', at, at + request.length);
  at += request.length + 2;
  fields.add('status', at, at + status.length);
  at += status.length + 1;
  if (size !== '-') fields.add('size', at, at + size.length);
  for (const kind of ['referrer', 'agent'] as const) {
    QUOTED.lastIndex = LINE.lastIndex;
    const quoted = QUOTED.exec(text);
    if (!quoted || QUOTED.lastIndex > end) break;
    if (quoted[1] !== '-') fields.add(kind, QUOTED.lastIndex - 1 - quoted[1].length, QUOTED.lastIndex - 1);
    LINE.lastIndex = QUOTED.lastIndex;
  }
  return LINE.lastIndex;
}
