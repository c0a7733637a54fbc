/**
 * Header fields of a mail as a reader sees them: encoded words (RFC 2047) decoded, folded lines joined, names and
 * addresses separate.
 */
import type { FieldKind } from '../base/fields.js';
import type { ViewBuilder } from '../base/view-builder.js';
import type { HeaderField } from './mime.js';
import { fromBase64, fromQuotedPrintable, showDecoded } from './transfer-encoding.js';

/** Fields that are shown, with their names. The others are for programs. */
const SHOWN = new Map<string, { label: string; kind: FieldKind; addresses?: FieldKind }>([
  ['from', { label: 'From', kind: 'speaker', addresses: 'mailAddress' }],
  ['sender', { label: 'Sender', kind: 'speaker', addresses: 'mailAddress' }],
  ['reply-to', { label: 'Reply to', kind: 'text', addresses: 'text' }],
  ['to', { label: 'To', kind: 'recipient', addresses: 'recipientAddress' }],
  ['cc', { label: 'Copy to', kind: 'recipient', addresses: 'recipientAddress' }],
  ['bcc', { label: 'Blind copy to', kind: 'recipient', addresses: 'recipientAddress' }],
  ['subject', { label: 'Subject', kind: 'subject' }],
  ['date', { label: 'Date', kind: 'saidAt' }],
  ['organization', { label: 'Organization', kind: 'source' }],
  ['user-agent', { label: 'User agent', kind: 'agent' }],
  ['x-mailer', { label: 'Mailer', kind: 'agent' }],
  ['message-id', { label: 'Message ID', kind: 'id' }],
]);

const ENCODED_WORD = /=\?([^\s?=]{1,60})\?([BbQq])\?([^?\r\n]{0,2000})\?=/g;
const ADDRESS = /<([^<>\s]{1,320}@[^<>\s]{1,255})>/g;
/** Maximum number of mailboxes in a field. */
const MAX_MAILBOXES = 200;

/** Shows the fields of a mail in one block. */
export function showHeaders(builder: ViewBuilder, fields: readonly HeaderField[]): void {
  let separator = '';
  for (const { name, start, end } of fields) {
    const shown = SHOWN.get(name);
    if (!shown || builder.file.slice(start, end).trim() === '') continue;
    const lead = `${separator}${shown.label}: `;
    separator = '; ';
    if (shown.addresses) showMailboxes(builder, { start, end }, shown.kind, shown.addresses, lead);
    else {
      builder.cell(shown.kind).insert(lead);
      showWords(builder, start, end);
    }
  }
}

/** Names and addresses of people: `Ana Berg <ana@example.org>, bo@example.org`. */
function showMailboxes(
  builder: ViewBuilder,
  field: { start: number; end: number },
  kind: FieldKind,
  addressKind: FieldKind,
  lead: string,
): void {
  const { file } = builder;
  let separator = lead;
  let at = field.start;
  let count = 0;
  const value = file.slice(field.start, field.end);
  for (const match of value.matchAll(ADDRESS)) {
    if (++count > MAX_MAILBOXES) break;
    const place = field.start + match.index;
    const [from, to] = trimmed(file, at, place, /[\s,;"']/);
    at = place + match[0].length;
    const named = to > from;
    if (named) {
      builder.cell(kind).insert(separator);
      showWords(builder, from, to);
    }
    builder.cell(named ? addressKind : kind).insert(named ? ' <' : separator);
    builder.copy(place + 1, at - 1);
    if (named) builder.insert('>');
    separator = ', ';
  }
  const [from, to] = trimmed(file, at, field.end, /[\s,;]/);
  if (to > from) {
    builder.cell(kind).insert(separator);
    showWords(builder, from, to);
  }
}

/** A range without certain characters at its edges. */
function trimmed(file: string, start: number, end: number, signs: RegExp): [number, number] {
  let from = start;
  let to = end;
  while (from < to && signs.test(file[from])) from++;
  while (to > from && signs.test(file[to - 1])) to--;
  return [from, to];
}

/** Shows text with encoded words in it; the lines of a folded field are one. */
export function showWords(builder: ViewBuilder, start: number, end: number): void {
  const { file } = builder;
  let at = start;
  let afterWord = false;
  for (const match of file.slice(start, end).matchAll(ENCODED_WORD)) {
    const place = start + match.index;
    const [word, charset, encoding, text] = match;
    // Space between two encoded words is ignored.
    if (!afterWord || file.slice(at, place).trim() !== '') unfolded(builder, at, place, at > start);
    const from = place + word.length - 2 - text.length;
    const read = encoding === 'B' || encoding === 'b' ? fromBase64 : fromUnderscored;
    showDecoded(builder, read(file, from, from + text.length), charset.replace(/\*.*$/, ''));
    at = place + word.length;
    afterWord = true;
  }
  unfolded(builder, at, end, at > start);
}

const fromUnderscored = (file: string, start: number, end: number) => fromQuotedPrintable(file, start, end, true);

/** Text whose line ends and the space after them are one space. @param inside space at its beginning is shown */
function unfolded(builder: ViewBuilder, start: number, end: number, inside: boolean): void {
  const { file } = builder;
  let at = start;
  let begun = inside;
  for (const part of file.slice(start, end).matchAll(/[^\r\n]+/g)) {
    let from = start + part.index;
    const to = from + part[0].length;
    if (from > at || !begun) while (from < to && (file[from] === ' ' || file[from] === '\t')) from++;
    if (from === to) continue;
    if (from > at && begun) builder.insert(' ');
    builder.copy(from, to);
    begun = true;
    at = to;
  }
}
