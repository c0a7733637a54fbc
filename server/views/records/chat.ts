/**
 * The reading view of an exported or copied chat: a block for each message with the time, the speaker and the text,
 * over several lines. WhatsApp (both orders of the date), Signal, Telegram, IRC, Slack, Teams, Discord, Zoom.
 */
import { IntList } from '../base/int-list.js';
import type { ReadingView } from '../base/reading-view.js';
import type { Records } from '../base/records.js';
import { type Line, splitLines } from '../base/text-lines.js';
import { ViewBuilder } from '../base/view-builder.js';

const MARKS = '[\\u200e\\u200f\\u202a-\\u202e\\ufeff]*';
const DATE = String.raw`(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Yesterday|Today)[a-z]*|\d{1,2} [A-Z][a-z]{2,8}(?: \d{4})?|[A-Z][a-z]{2,8} \d{1,2}(?:, \d{4})?)`;
const CLOCK = String.raw`\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?`;
const STAMP = `(?:${DATE}(?:T|,? (?:at |um )?| um ))?${CLOCK}`;
const NAME = String.raw`[^\s:<>[\]|,](?:[^:<>[\]|\n\r]{0,58}[^\s:<>[\]|,])?`;
/** As short as possible: the text after it may look like a part of it. */
const SHORT_NAME = NAME.replace('{0,58}', '{0,58}?');
const NICK = String.raw`[@+%&~ ]?[\w[\]{}\\|^\`-]{1,40}`;

/** Named groups mark the fields. */
interface Form {
  /** Matches the whole line, from its first character. */
  line: RegExp;
  /** The text follows on the next lines. */
  below?: boolean;
}

/**
 * [12:34] <nick> text, 2024-06-02 12:34:56 <nick> text, <nick> text; some logs have the user's address and a sign
 * for those that the server knows: <nick!user@host> +text
 */
const CHANNEL: Form = {
  line: new RegExp(
    `^(?:\\[?(?<time>${STAMP})\\]?[ \\t]+)?<(?<name>${NICK})(?:>[ \\t]+|![^\\s>]{1,120}>[ \\t]+(?:[+-](?=\\S))?)`,
    'd',
  ),
};
/** What a log has in such brackets instead of a name. */
const LEVEL = /^(?:\d+|trace|debug|info|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|alert|emerg\w*|fatal|severe)$/i;

const FORMS: readonly Form[] = [
  // [11/8/21, 9:41:32 AM] Oskar: text, [12:01, 02/06/2024] Ana: text
  {
    line: new RegExp(
      `^${MARKS}\\[(?<time>${STAMP}|${CLOCK}, ${DATE})\\] ${MARKS}(?:~[ \\u202f])?(?<name>${NAME}): ?${MARKS}`,
      'd',
    ),
  },
  // 08.11.21, 09:41 - Oskar: text
  { line: new RegExp(`^${MARKS}(?<time>${DATE},? ${CLOCK}) [-–] ${MARKS}(?<name>${NAME}): ${MARKS}`, 'd') },
  CHANNEL,
  // [12:34] * nick waves
  { line: new RegExp(`^\\[?(?<time>${STAMP})\\]?[ \\t]+\\* (?<name>${NICK}) `, 'd') },
  // 2024-06-02 12:34:56<tab>nick<tab>text
  { line: new RegExp(`^(?<time>${STAMP})[\\t](?<name>${NICK})[\\t]`, 'd') },
  // 10:32:01 From Ana to Everyone: text
  {
    line: new RegExp(
      `^(?<time>${CLOCK})[ \\t]+From[ \\t]+(?<name>${NAME}?)[ \\t]+to[ \\t]+[^:\\n\\r]{1,60}:[ \\t]*`,
      'id',
    ),
  },
  // [Yesterday 10:32] Ana Berg, alone on a line
  { line: new RegExp(`^${MARKS}\\[(?<time>${STAMP})\\] (?<name>${NAME})$`, 'd'), below: true },
  // Ana Berg  10:32 AM; Ana Berg — Today at 10:32 AM; Ana, [02.06.24 10:32]
  {
    line: new RegExp(`^(?<name>${SHORT_NAME})(?:[ \\t]{2,4}|\\t|,? ?[—–-] ?|, )\\[?(?<time>${STAMP})\\]?:?$`, 'd'),
    below: true,
  },
];

/** A message without a speaker: who joined, what is encrypted. */
const SYSTEM = new RegExp(
  `^${MARKS}(?:\\[(?:${STAMP})\\]|${DATE},? ${CLOCK} [-–]|\\[?${CLOCK}\\]? -!-|\\[?${STAMP}\\]? \\*\\*\\*)[ \\t]`,
);
const SELF = /\b(?:I|I['’](?:m|ll|ve|d)|[Mm]y|[Mm]e|[Mm]ine|[Ii]ch|[Mm]ein\w*|[Jj]e|[Yy]o)\b|^i\b/;
const BLANK = /^[\s\u200e\u200f\ufeff]*$/;
/** Units of a line in which the head of a message is searched. */
const LOOK = 200;
/** Units of a message that are examined for references to its speaker. */
const SAID = 300;
/** Lines of a text that are examined. */
const SAMPLE = 60;
const FEWEST = 3;
/** Messages after one that may answer it. */
const REPLIES = 3;
const NO_PATH: readonly string[] = [];

interface Head {
  form: Form;
  time?: readonly [number, number];
  name: readonly [number, number];
  /** Start of the message text. */
  end: number;
}

/** Whether a text is a chat: several messages with a speaker, and hardly any other lines before them. */
export function looksLikeChat(text: string): boolean {
  const lines = splitLines(text.slice(0, SAMPLE * LOOK)).filter(({ start, end }) => end > start);
  const counts = new Map<Form, number>();
  let seen = 0;
  let last: Head | undefined;
  for (const line of lines.slice(0, SAMPLE)) {
    const head = headOf(text, line);
    // Names and times one below the other are a list.
    const isList = head?.form.below && last?.form.below;
    last = head;
    seen++;
    if (!head || isList) continue;
    const count = (counts.get(head.form) ?? 0) + 1;
    counts.set(head.form, count);
    if (count >= FEWEST && count >= (head.form.below ? 0.2 : 0.4) * seen) return true;
  }
  return false;
}

/** Whether a log is what was said in a channel. */
export function looksLikeChannel(text: string): boolean {
  const lines = splitLines(text.slice(0, SAMPLE * LOOK)).filter(({ start, end }) => end > start);
  const sample = lines.slice(0, SAMPLE);
  const said = sample.filter((line) => {
    const head = headOf(text, line);
    return head?.form === CHANNEL && !LEVEL.test(text.slice(...head.name));
  });
  return said.length >= FEWEST && said.length >= 0.4 * sample.length;
}

/** Never throws. */
export function chatView(text: string): ReadingView {
  const builder = new ViewBuilder(text);
  const lines = splitLines(text);
  writeMessages(text, builder, lines, 0, lines.length);
  return builder.build();
}

/** The same by messages, for a question about many of them. */
export function chatRecords(text: string): Records {
  const lines = splitLines(text);
  const firsts = new IntList();
  let open = false;
  for (const [i, line] of lines.entries()) {
    const look = lookOf(text, line);
    if (BLANK.test(look) || (open && !headOf(text, line) && !SYSTEM.test(look))) continue;
    firsts.push(i);
    open = true;
  }
  const first = firsts.toArray();
  return {
    text,
    starts: first.map((i) => lines[i].from),
    always: -1,
    following: REPLIES,
    view: (some) => {
      const builder = new ViewBuilder(text);
      for (let i = 0; i < some.length; i++) {
        writeMessages(text, builder, lines, first[some[i]], first[some[i] + 1] ?? lines.length);
      }
      return builder.build();
    },
  };
}

const lookOf = (text: string, { start, end }: Line): string => text.slice(start, Math.min(end, start + LOOK));

/** Writes the messages in lines `from`..`to`; the first one begins a message. */
function writeMessages(text: string, builder: ViewBuilder, lines: readonly Line[], from: number, to: number): void {
  let open = false;
  let lead = '';
  for (let i = from; i < to; i++) {
    const { start, end } = lines[i];
    const look = lookOf(text, lines[i]);
    if (BLANK.test(look)) continue;
    const head = headOf(text, lines[i]);
    if (head) {
      begin(builder, head, text.slice(head.end, Math.max(head.end, said(lines, i, head))));
      open = true;
      builder.cell('message');
      lead = ': ';
      if (head.end < end) {
        builder.insert(lead).copy(head.end, end);
        lead = '';
      }
    } else if (open && !SYSTEM.test(look)) {
      builder.insert(lead || ' ').copy(start, end);
      lead = '';
    } else {
      builder.block('message', NO_PATH, ' ;\n').cell('message').copy(start, end);
      open = true;
      lead = '';
    }
  }
}

/** End of the first part of the message text. */
function said(lines: readonly Line[], i: number, head: Head): number {
  const last = head.form.below ? lines[i + 1] : lines[i];
  return Math.min(last?.end ?? 0, head.end + SAID);
}

function begin(builder: ViewBuilder, { time, name }: Head, words: string): void {
  builder.block('message', NO_PATH, ' ;\n');
  const speaker = SELF.test(words) ? 'selfSpeaker' : 'speaker';
  const parts = [{ kind: speaker, place: name } as const, ...(time ? [{ kind: 'saidAt', place: time } as const] : [])];
  parts.sort((a, b) => a.place[0] - b.place[0]);
  for (const [i, { kind, place }] of parts.entries()) {
    builder.cell(kind);
    if (i > 0) builder.insert(' ');
    builder.copy(place[0], place[1]);
  }
}

function headOf(text: string, { start, end }: Line): Head | undefined {
  const line = text.slice(start, Math.min(end, start + LOOK));
  for (const form of FORMS) {
    if (form.below && end - start > LOOK) continue;
    const match = form.line.exec(line);
    const name = match?.indices?.groups?.name;
    if (!match || !name) continue;
    const time = match.indices?.groups?.time;
    const at = ([from, to]: readonly [number, number]) => [from + start, to + start] as const;
    return { form, name: at(name), ...(time ? { time: at(time) } : {}), end: start + match[0].length };
  }
  return undefined;
}
