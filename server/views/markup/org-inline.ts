/** Org's marks in a line: emphasis, links, targets, footnotes, time stamps. */
import type { Prose } from '../base/prose.js';

/** Units of a mark's content: longer content is text, so that a line of marks takes linear time. */
const MARKS =
  /\[\[(?<target>[^[\]\n]{1,1000})\](?:\[(?<label>[^[\]\n]{1,1000})\])?\]|(?<![\w*/_=~+])(?<sign>[*/_=~+])(?<inner>[^\s*/_=~+](?:[^\n]{0,200}?[^\s])?)\k<sign>(?![\w*/_=~+])|<<{1,2}(?<anchor>[^<>\n]{1,100})>{1,2}>|\[fn:(?<note>[\w-]{0,40})\]|(?<stamp>[<[]\d{4}-\d\d-\d\d[^<>[\]\n]{0,60}[>\]])/g;

/** Shows a range of one line without marks. */
export function showOrgText(prose: Prose, start: number, end: number): void {
  if (end <= start) return;
  const line = prose.builder.file.slice(start, end);
  let at = 0;
  for (const match of line.matchAll(MARKS)) {
    const { target, label, sign, inner, anchor, note, stamp } = match.groups!;
    showWords(prose, start + at, start + match.index);
    at = match.index + match[0].length;
    const from = start + match.index;
    if (label !== undefined) showOrgText(prose, from + target.length + 4, from + target.length + 4 + label.length);
    else if (target !== undefined) showWords(prose, from + 2, from + 2 + target.length);
    else if (sign === '=' || sign === '~') showWords(prose, from + 1, from + 1 + inner.length);
    else if (sign !== undefined) showOrgText(prose, from + 1, from + 1 + inner.length);
    else if (anchor !== undefined) {
      const skip = match[0].indexOf(anchor);
      showWords(prose, from + skip, from + skip + anchor.length);
    } else if (stamp !== undefined) showWords(prose, from + 1, from + stamp.length - 1);
    else if (note === '') showWords(prose, from, start + at);
  }
  showWords(prose, start + at, end);
}

/** White space at the edges is kept as one space. */
function showWords(prose: Prose, start: number, end: number): void {
  const { file } = prose.builder;
  let from = start;
  let to = end;
  while (from < to && /\s/.test(file[from])) from++;
  while (to > from && /\s/.test(file[to - 1])) to--;
  if (from > start) prose.space(start, from);
  prose.show(from, to);
  if (to < end) prose.space(to, end);
}
