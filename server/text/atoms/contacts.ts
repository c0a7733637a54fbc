/** Mail addresses, URLs and telephone numbers. */
import { LinkifyIt } from 'linkify-it';
import { type Atom, type Finder, form } from './atom.js';

/** Other kinds of links in documents that look like web links. */
const SCHEMES = [
  'ws:',
  'wss:',
  'sftp:',
  'ssh:',
  'git:',
  'git+ssh:',
  'git+https:',
  'bolt:',
  'redis:',
  'amqp:',
  'mqtt:',
  's3:',
  'gs:',
  'file:',
  'ldap:',
  'tcp:',
  'udp:',
  'postgres:',
  'postgresql:',
  'mysql:',
  'mongodb:',
  'mongodb+srv:',
  'jdbc:postgresql:',
  'irc:',
  'vscode:',
];
const MOST_UNITS = 400;

let linkify: LinkifyIt | undefined;

function linkifier(): LinkifyIt {
  if (linkify) return linkify;
  linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, maxLength: MOST_UNITS, urlAuth: true });
  for (const scheme of SCHEMES) {
    linkify.add(scheme, { validate: (text, at, self) => self.testSchemaAt(text, 'http:', at) });
  }
  // "//" begins a comment more often than an address.
  linkify.add('//', null);
  return linkify;
}

/** The end of a label before an address, `Mail:info@example.org`, where the library expects a space. */
const LABEL = /(?<!mailto|:\/\/\S{0,200})[:;,|'[{](?=[\w.+-]{1,64}@\w)/giu;

export const links: Finder = (text) => {
  if (!/@|:\/\/|www\.|mailto:|\.\p{L}{2,}[/:?#]/iu.test(text)) return [];
  const found = linkifier().match(text.replace(LABEL, ' ')) ?? [];
  return found.flatMap(({ index, lastIndex, schema }): Atom[] => {
    const raw = text.slice(index, lastIndex);
    // Without a scheme only what cannot be two sentences or the name of a file: www.example.org, example.org/help.
    if (schema === '' && !/^www\.|^[^A-Z/?#]+[/?#]/u.test(raw)) return [];
    return [{ start: index, end: lastIndex, ...(schema === 'mailto:' ? bare(raw, index, lastIndex) : {}) }];
  });
};

/** Only the address after `mailto:`. */
function bare(raw: string, start: number, end: number): Pick<Atom, 'parts'> {
  const scheme = /^mailto:/i.exec(raw)?.[0].length ?? 0;
  return scheme > 0 ? { parts: [{ start: start + scheme, end }] } : {};
}

/** Each part begins with its separator, so that digits match in only one way. */
const GROUP = '(?:(?:(?: ?[-/–.] ?|[ \\u00a0\\u202f])\\d{1,8}|[ \\u00a0\\u202f]?\\(\\d{1,5}\\)[ -]?\\d{1,8})(?!\\d))';
const EXTENSION = '(?:,? ?(?:ext\\.?|extension|Durchwahl|DW|Nebenstelle|App\\.) ?|,? ?x ?)\\d{1,6}(?!\\d)';
/** `+44 (0)20 7946 0018`, `(555) 010-7788, extension 12`, `030 / 123 45-67`, `555-0123`. */
const phone = form(
  /\d/,
  '(?<![\\p{L}\\p{N}_+.,:/-])(?<part1>(?:\\+\\d{1,15}|\\(\\+?\\d{1,5}\\)[ -]?\\d{1,8}|\\d{3,5})(?!\\d)',
  `${GROUP}{0,6})(?:${EXTENSION})?(?![\\p{L}\\p{N}]|[.,:/-]\\d)`,
);
const LOOKS_LIKE_ONE = /^(?:\+|00|\(|0\d{2,4}[ /-]|\d{3}[-.]\d{3}[-.]\d{4}|\d{3}-\d{4})/;

export const phones: Finder = (text) =>
  phone(text).filter(({ start, parts }) => {
    const written = text.slice(start, parts![0].end);
    const digits = written.replace(/\D/g, '').length;
    return LOOKS_LIKE_ONE.test(written) && digits >= 7 && digits <= 16;
  });
