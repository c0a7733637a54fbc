/** The simple Markdown of comments: code spans, strong words and links are shown without their marks. */

/** A place in a line that is shown, and whether it can contain other marks. */
export interface ShownPart {
  readonly start: number;
  readonly end: number;
  readonly isCode: boolean;
}

/**
 * `code` and ``code``; **strong**; [text](target), [text][label] and [`name`]. Lookalikes such as `a[i](x)` and
 * `2**3**4` are unchanged: a mark does not follow a word, and the target of a link has a character that an argument
 * rarely has.
 */
const MARKS =
  /(?<!`)(?<ticks>`{1,2})(?!`)(?<code>[^`]+)\k<ticks>(?!`)|(?<![\w*])\*\*(?=[^\s*])(?<strong>[^*]*[^\s*])\*\*(?![\w*])|(?<![\w\])])\[(?<text>[^[\]]+)\](?:\((?=[^()\s]*[/#.:])[^()\s]*\)|\[[^[\]]*\])|(?<![\w\])])\[(?<name>`[^`[\]]+`)\]/g;

/** The shown parts of a line, in order. Linear in its length. */
export function shownParts(line: string): ShownPart[] {
  const parts: ShownPart[] = [];
  add(line, 0, parts);
  return parts;
}

function add(text: string, offset: number, parts: ShownPart[]): void {
  const show = (start: number, end: number, isCode = false) => {
    if (end > start) parts.push({ start: offset + start, end: offset + end, isCode });
  };
  let at = 0;
  for (const match of text.matchAll(MARKS)) {
    const { ticks, code, strong, text: link, name } = match.groups!;
    show(at, match.index);
    at = match.index + match[0].length;
    if (ticks !== undefined) show(match.index + ticks.length, match.index + ticks.length + code.length, true);
    else if (strong !== undefined) add(strong, offset + match.index + 2, parts);
    else add(link ?? name, offset + match.index + 1, parts);
  }
  show(at, text.length);
}
