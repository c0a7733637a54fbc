/** The constructs of a language that can begin with a character: the scanner skips all others. */
import type { BlockRule, CommentSyntax, LineRule, Opening, StringRule } from './comment-syntax.js';

export type Entry =
  | { type: 'block'; rule: BlockRule }
  | { type: 'string'; rule: StringRule }
  | { type: 'line'; rule: LineRule }
  | { type: 'skip' | 'quotes' | 'heredoc' | 'regex' };

const NEWLINE = 10;

/** By character of ASCII; earlier entries are tried first. The scanner always stops at a line end. */
export function openingsOf(syntax: CommentSyntax): (Entry[] | undefined)[] {
  const table: (Entry[] | undefined)[] = new Array(128).fill(undefined);
  const enter = (rule: Opening, entry: Entry): void => {
    for (const unit of rule.first ?? (typeof rule.open === 'string' ? rule.open.slice(0, 1) : '')) {
      const code = unit.charCodeAt(0);
      if (code >= 128) continue;
      table[code] ??= [];
      table[code].push(entry);
    }
  };
  for (const rule of syntax.block ?? []) enter(rule, { type: 'block', rule });
  for (const rule of syntax.strings ?? []) enter(rule, { type: 'string', rule });
  for (const line of syntax.line ?? []) {
    const rule = typeof line === 'string' ? { open: line } : line;
    enter(rule, { type: 'line', rule });
  }
  for (const open of syntax.skip ?? []) enter({ open }, { type: 'skip' });
  if (syntax.quotes) {
    enter({ open: / /y, first: syntax.quotes === 'ruby' ? '%' : 'qmsty' }, { type: 'quotes' });
  }
  if (syntax.heredoc) enter({ open: '<' }, { type: 'heredoc' });
  if (syntax.regex) enter({ open: '/' }, { type: 'regex' });
  for (const { code } of syntax.strings ?? []) {
    for (const mark of code ? [code[0].at(-1)!, code[1]] : []) table[mark.charCodeAt(0)] ??= [];
  }
  table[NEWLINE] ??= [];
  return table;
}
