/** Time stamps in logs and chats. */

/** A level in capitals may stand where a time zone does. */
const ZONE = String.raw`(?: ?(?:Z|UTC|GMT|(?!(?:INFO|WARN|CRIT|FINE|NOTE|ERR|DBG|INF|WRN|ERRO|DEBU|FATL?|TRAC|TRC|VERB)\b)[A-Z]{3,4}(?![A-Za-z])|[+-]\d{2}:?\d{2}))?`;
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?`;
const NOON = String.raw`(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\b\.?)?`;
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';

const FORMS = [
  // ISO 8601 and variants
  String.raw`\d{4}[-/.]\d{2}[-/.]\d{2}(?:[T _]{1,3}${CLOCK}${ZONE})?`,
  // RFC 3164
  String.raw`(?:${DAY} )?${MONTH} {1,2}\d{1,2}(?: \d{4})?,? ${CLOCK}(?: \d{4}\b)?`,
  // combined access log
  String.raw`\d{1,2}/${MONTH}/\d{4}:${CLOCK}(?: [+-]\d{4})?`,
  // RFC 5322
  String.raw`(?:${DAY}, )?\d{1,2}[ -]${MONTH}[ -]\d{4} ${CLOCK}${ZONE}`,
  // day and month in either order
  String.raw`\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4},?[ T]{1,2}${CLOCK}${NOON}`,
  String.raw`\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?${NOON}`,
  // seconds or milliseconds since 1970
  String.raw`\d{10}(?:\.\d{1,9})?|\d{13}`,
];

const STAMP = new RegExp(`(?:${FORMS.join('|')})(?![\\p{L}\\p{N}]|[:.-]\\d)`, 'uy');

/** The end of the time stamp that begins at a place; -1: none. */
export function stampEnd(text: string, at: number): number {
  STAMP.lastIndex = at;
  return STAMP.test(text) ? STAMP.lastIndex : -1;
}
