/** Lines of roff: text, or a request with its arguments. */
export interface RoffArgument {
  start: number;
  end: number;
  /** Its characters, without the quotes. */
  text: string;
}

export interface RoffLine {
  start: number;
  end: number;
  /** Name of the request or macro; undefined: a line of text. */
  request?: string;
  /** Where the arguments begin. */
  from: number;
}

const REQUEST = /^[.'][ \t]*(?=\S)([^\s\\"]{1,20}|\\["#])/;
const MAX_ARGUMENTS = 2000;

/** Every line; `\` at its end does not join it with the next one here. */
export function* roffLines(text: string): Generator<RoffLine> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    let end = newline < 0 ? text.length : newline;
    const next = newline < 0 ? text.length : newline + 1;
    if (text[end - 1] === '\r' && end > start) end--;
    const request =
      text[start] === '.' || text[start] === "'" ? REQUEST.exec(text.slice(start, Math.min(end, start + 40))) : null;
    if (!request) {
      // A lone control character is ignored.
      const nothing =
        (text[start] === '.' || text[start] === "'") && text.slice(start + 1, Math.min(end, start + 40)).trim() === '';
      yield nothing ? { start, end, request: '', from: end } : { start, end, from: start };
    } else {
      let from = start + request[0].length;
      while (from < end && /[ \t]/.test(text[from])) from++;
      yield { start, end, request: request[1], from };
    }
    start = next;
  }
}

/** Arguments of a request: words, or text in double quotes. */
export function roffArguments(text: string, { from, end }: RoffLine): RoffArgument[] {
  const found: RoffArgument[] = [];
  for (let at = from; at < end && found.length < MAX_ARGUMENTS; ) {
    while (at < end && (text[at] === ' ' || text[at] === '\t')) at++;
    if (at >= end || text.startsWith('\\"', at)) break;
    const quoted = text[at] === '"';
    let to = quoted ? at + 1 : at;
    const first = to;
    while (to < end && (quoted ? text[to] !== '"' : text[to] !== ' ' && text[to] !== '\t'))
      to += text[to] === '\\' ? 2 : 1;
    to = Math.min(to, end);
    if (to > first) found.push({ start: first, end: to, text: text.slice(first, to) });
    at = quoted ? to + 1 : to;
  }
  return found;
}
