/** Inline markup of reStructuredText: markers, roles and targets are hidden, their text is shown. */
import { isSpace, isWord } from '../base/characters.js';
import type { Flow } from '../base/flow.js';

const ROLE = /:(?:[A-Za-z][\w.+-]{0,60}:){1,3}(?=`)/y;
const OPENING = new Set('\'"([{<-/:‘“«¡¿„‐‑‒–—');

/** Shows the text of a range; markup does not reach beyond it. */
export function rstInline(flow: Flow, start: number, end: number): void {
  new Inline(flow, start, end).read();
}

class Inline {
  readonly #flow: Flow;
  readonly #start: number;
  readonly #end: number;
  readonly #file: string;
  /** Start of the text not shown yet. */
  #from: number;
  /** Markers that do not close in the rest of the range: searching for them again would take quadratic time. */
  readonly #unclosed = new Set<string>();

  constructor(flow: Flow, start: number, end: number) {
    this.#flow = flow;
    this.#start = start;
    this.#end = end;
    this.#file = flow.file;
    this.#from = start;
  }

  read(): void {
    const end = this.#end;
    for (let i = this.#start; i < end; ) i = this.#at(i);
    this.#flow.text(this.#from, end);
  }

  /** @returns where to continue */
  #at(i: number): number {
    const file = this.#file;
    switch (file[i]) {
      case '\\':
        if (i + 1 >= this.#end) return i + 1;
        // An escaped space is not shown.
        this.#hide(i, isSpace(file.charCodeAt(i + 1)) ? i + 2 : i + 1);
        return i + 2;
      case '*':
        return this.#marked(i, file[i + 1] === '*' ? '**' : '*');
      case '|':
        return this.#marked(i, '|');
      case '`':
        return file[i + 1] === '`' ? this.#marked(i, '``') : this.#interpreted(i, i);
      case ':': {
        if (!this.#opens(i, 1)) return i + 1;
        ROLE.lastIndex = i;
        const role = ROLE.exec(file)?.[0];
        return role && i + role.length < this.#end ? this.#interpreted(i, i + role.length) : i + 1;
      }
      case '_':
        if (file[i + 1] === '`' && this.#opens(i, 2)) return this.#interpreted(i, i + 1);
        return Math.max(i + 1, this.#reference(i));
      default:
        return i + 1;
    }
  }

  #marked(i: number, mark: string): number {
    const inner = i + mark.length;
    const close = this.#opens(i, mark.length) ? this.#close(inner, mark) : -1;
    if (close < 0) return inner;
    this.#hide(i, inner);
    if (mark === '``') this.#flow.text(inner, close);
    else this.#unescaped(inner, close);
    this.#from = close + mark.length;
    // |name|_ is a reference, too.
    return this.#reference(this.#from);
  }

  /** Text in single backticks. @param i where the markup begins, at its role or target sign @param tick its backtick */
  #interpreted(i: number, tick: number): number {
    const file = this.#file;
    let inner = tick + 1;
    const close = i !== tick || this.#opens(i, 1) ? this.#close(inner, '`') : -1;
    if (close < 0) return tick + 1;
    if (file[inner] === '~' || (file[inner] === '!' && i !== tick)) inner++;
    let shown = close;
    if (file[close - 1] === '>') {
      let target = close;
      while (target > inner && file[target] !== '<') target--;
      // The title before the target, if there is one.
      if (target > inner + 1 && isSpace(file.charCodeAt(target - 1))) shown = target;
    }
    this.#hide(i, inner);
    this.#unescaped(inner, shown);
    this.#from = close + 1;
    const after = /:[A-Za-z][\w.+-]{0,60}:(?!`)/y;
    after.lastIndex = close + 1;
    const role = i === tick ? after.exec(file)?.[0] : undefined;
    if (role && close + 1 + role.length <= this.#end) this.#from += role.length;
    return role ? this.#from : this.#reference(this.#from);
  }

  /** The underscores that turn the preceding text into a reference are hidden. */
  #reference(i: number): number {
    const file = this.#file;
    if (file[i] !== '_' || i >= this.#end || i === this.#start) return i;
    let to = i;
    while (to < this.#end && file[to] === '_') to++;
    const before = file.charCodeAt(i - 1);
    const refers = to - i <= 2 && (isWord(before) || ']`|'.includes(file[i - 1]));
    if (refers && (to === this.#end || !isWord(file.charCodeAt(to)))) this.#hide(i, to);
    return to;
  }

  #hide(start: number, end: number): void {
    this.#flow.text(this.#from, start);
    this.#from = Math.max(this.#from, end);
  }

  #unescaped(start: number, end: number): void {
    const file = this.#file;
    let from = start;
    for (let i = start; i < end - 1; i++) {
      if (file[i] !== '\\') continue;
      this.#flow.text(from, i);
      from = isSpace(file.charCodeAt(i + 1)) ? i + 2 : i + 1;
      i++;
    }
    this.#flow.text(from, end);
  }

  /** Whether a marker may open here: after space or an opening sign, before something visible. */
  #opens(i: number, length: number): boolean {
    const file = this.#file;
    const after = i + length;
    if (after >= this.#end || isSpace(file.charCodeAt(after))) return false;
    if (i === this.#start) return true;
    const before = file[i - 1];
    if (isSpace(before.charCodeAt(0))) return true;
    // After an escaped character any markup may begin.
    if (file[i - 2] === '\\') return true;
    return OPENING.has(before) && !(`'"`.includes(before) && file[after] === before);
  }

  #close(from: number, mark: string): number {
    if (this.#unclosed.has(mark)) return -1;
    const file = this.#file;
    for (let i = from + 1; i + mark.length <= this.#end; i++) {
      if (file[i] !== mark[0] || (mark.length === 2 && file[i + 1] !== mark[0])) continue;
      if (isSpace(file.charCodeAt(i - 1)) || (mark !== '``' && file[i - 1] === '\\')) continue;
      const after = i + mark.length;
      if (after === this.#end || !isWord(file.charCodeAt(after)) || mark === '`') {
        if (mark === '*' && file[after] === '*') continue;
        return i;
      }
    }
    this.#unclosed.add(mark);
    return -1;
  }
}
