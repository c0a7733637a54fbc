/** The history of questions as a Markdown document. Pure: what is said comes from the caller. */
import { largest } from '../../server/text/arrays.js';
import type { Asked, BestAnswer, Group, Subject } from './entries.js';

export interface ExportTexts {
  title: string;
  pinned: string;
  subject(subject: Subject): string;
  /** Path within the workspace, and place: "notes.md:12:1" as "go to file" expects; "lease.pdf, page 3". */
  place(answer: BestAnswer): string;
  /** Probability, and grade if it is known. */
  belief(answer: BestAnswer): string;
  noAnswer(entry: Pick<Asked, 'noAnswer' | 'partly'>): string;
}

/**
 * Each question is a heading, followed by the exact words of its answer in a code block, then place, probability and
 * date.
 */
export function asExport(groups: readonly Group[], texts: ExportTexts): string {
  const parts = [`# ${inline(texts.title)}`];
  for (const { subject, entries } of groups) {
    parts.push(`## ${inline(texts.subject(subject))}`);
    for (const entry of entries) parts.push(`### ${inline(entry.question)}`, ...answerOf(entry, texts));
  }
  return `${parts.join('\n\n')}\n`;
}

function answerOf(entry: Asked, texts: ExportTexts): string[] {
  const { answer, time, pinned } = entry;
  const more = [dateText(time), ...(pinned ? [texts.pinned] : [])];
  if (!answer) return [inline([texts.noAnswer(entry), ...more].join(', '))];
  return [
    fenced(answer.items?.join('\n') ?? answer.text),
    inline([texts.place(answer), texts.belief(answer), ...more].join(', ')),
  ];
}

/** A block of code with a fence longer than any row of backticks in it. */
function fenced(text: string): string {
  const longest = Math.max(2, largest([...text.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** Text in one line, escaped for Markdown. */
const inline = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>#|~&]/g, '\\$&');

/** "2026-11-24 15:04", local time. */
export function dateText(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
