/** Kinds of the fields of records: what a question may ask for. */

/** The position in this list is the number that a view keeps. */
export const FIELD_KINDS = [
  /** A cell of a table, or any other text. */
  'text',
  /** The message of a record. */
  'message',
  /** When it happened. */
  'time',
  /** When a message or a cue was said: known, but rarely asked for. */
  'saidAt',
  'level',
  'host',
  /** Program, logger, service, unit. */
  'source',
  /** Number of a process or thread. */
  'process',
  'person',
  /** Who says a message; `selfSpeaker` where it is about that person ("I can bring it"). */
  'speaker',
  'selfSpeaker',
  'recipient',
  'recipientAddress',
  'address',
  'mailAddress',
  'method',
  'resource',
  'protocol',
  'status',
  'size',
  'agent',
  'referrer',
  /** The server to which a proxy passed a request. */
  'upstream',
  'id',
  'subject',
  /** The name of an exception. */
  'exception',
  /** The cause of an error. */
  'cause',
  /** A line of a stack trace. */
  'frame',
] as const;

export type FieldKind = (typeof FIELD_KINDS)[number];

const numbers = new Map<FieldKind, number>(FIELD_KINDS.map((kind, i) => [kind, i]));

export const fieldNumber = (kind: FieldKind): number => numbers.get(kind)!;

/** Kinds whose fields are single units: an answer in one is all of it. */
const WHOLE = new Set<FieldKind>([
  'time',
  'saidAt',
  'level',
  'host',
  'person',
  'speaker',
  'selfSpeaker',
  'address',
  'mailAddress',
  'recipientAddress',
  'status',
  'size',
  'upstream',
  'subject',
  'exception',
]);

export const isWhole = (kind: FieldKind): boolean => WHOLE.has(kind);
