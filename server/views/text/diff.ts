/**
 * Diffs and patches: the author, the changed file, and what each change removes and adds ("old: …", "new: …"). The
 * signs at the beginning of lines are hidden.
 */
import type { BlockKind, ReadingView } from '../base/reading-view.js';
import { type Line, splitLines } from '../base/text-lines.js';
import { ViewBuilder } from '../base/view-builder.js';

const NO_PATH: readonly string[] = [];
/** Labels before the lines of a change. */
const SIDES: Readonly<Record<string, string>> = { '-': 'old (removed)', '+': 'new (added)' };
/** Fields of a patch's head, in words. */
const FIELDS: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  from: 'author of the patch, written by',
  author: 'author of the patch, written by',
  date: 'date of the patch',
  authordate: 'date of the patch',
  commitdate: 'date of the commit',
  commit: 'commit',
  subject: 'subject of the patch',
  'signed-off-by': 'signed off by',
  'reviewed-by': 'reviewed by',
  'co-authored-by': 'co-author, written together with',
};
const FIELD = /^([A-Za-z][A-Za-z-]{1,30}):[ \t]+(?=\S)/;
const HUNK = /^@@+ [^@]{1,200} @@+[ \t]*/;
const OLD_HUNK = /^(?:\d+(?:,\d+)?[acd]\d+(?:,\d+)?|\*{3} \d+(?:,\d+)? \*{4}|--- \d+(?:,\d+)? -{4}|\*{15})$/;
const STAT = /^ ?(\S[^|]{0,300}?)\s+\|\s+(\d+|Bin)/;
const NOTES =
  /^(?:index [\da-f]+\.\.[\da-f]+|(?:old|new|deleted file|new file) mode \d+|similarity index|dissimilarity index|\\ No newline|-- ?$|Binary files|GIT binary patch)/;
const MAX_LOOK = 600;

/** Never throws. */
export function diffView(text: string): ReadingView {
  return new DiffReader(text).read();
}

class DiffReader {
  readonly #builder: ViewBuilder;
  readonly #lines: Line[];
  #path = NO_PATH;
  #file = '';
  /** Lines of the hunk that are still to come, before and after it. */
  #old = 0;
  #new = 0;
  #inHunk = false;
  /** Kind of the open block, so that the next line can continue it. */
  #run = '';

  constructor(readonly text: string) {
    this.#builder = new ViewBuilder(text);
    this.#lines = splitLines(text);
  }

  read(): ReadingView {
    for (let i = 0; i < this.#lines.length; i++) this.#line(i);
    return this.#builder.build();
  }

  #line(i: number): void {
    const { from, start, end } = this.#lines[i];
    const look = this.text.slice(from, Math.min(end, from + MAX_LOOK));
    const sign = look[0] ?? '';
    if (this.#inHunk && (this.#old > 0 || this.#new > 0) && (' -+\\'.includes(sign) || look === '')) {
      this.#change(sign, from, end);
      return;
    }
    if (start === end) {
      this.#run = '';
      return;
    }
    if (this.#header(i, look, from, end)) return;
    if (this.#inHunk && ' -+<>!'.includes(sign)) this.#change(sign, from, end);
    else this.#prose(look, start, end);
  }

  /** Lines with the position of a change. */
  #header(i: number, look: string, from: number, end: number): boolean {
    const hunk = HUNK.exec(look);
    if (hunk) {
      const counts = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(look);
      this.#old = counts ? Number(counts[1] ?? 1) : 0;
      this.#new = counts ? Number(counts[2] ?? 1) : 0;
      this.#inHunk = true;
      this.#run = '';
      const title = this.text.slice(from + hunk[0].length, Math.min(end, from + hunk[0].length + 120));
      this.#path = this.#file === '' ? NO_PATH : title === '' ? [this.#file] : [this.#file, title];
      if (hunk[0].length < end - from) this.#block('heading', this.#path.slice(0, -1)).copy(from + hunk[0].length, end);
      return true;
    }
    if (OLD_HUNK.test(look)) {
      this.#inHunk = true;
      this.#run = '';
      return true;
    }
    const git = /^diff --git (?:"?a\/(.{1,400}?)"?) (?:"?b\/(.{1,400}))$/.exec(look);
    const svn = /^(?:Index: |diff (?:-\S+ )*\S+ )(\S.*)$/.exec(look);
    const name = git?.[2].replace(/"$/, '') ?? svn?.[1];
    if (name !== undefined) {
      const at = from + look.lastIndexOf(name);
      this.#open(at, at + name.length);
      return true;
    }
    const side = /^(?:---|\+\+\+|\*\*\*) (?:[ab]\/)?([^\t]+)/.exec(look);
    const isHead = side && (/^(?:\+\+\+|--- )/.test(this.#look(i + 1)) || /^(?:---|\*\*\*) /.test(this.#look(i - 1)));
    if (side && isHead) {
      const file = side[1].trimEnd();
      if (file !== '/dev/null' && file !== this.#file && !look.startsWith('***')) {
        const at = from + look.indexOf(file, 4);
        if (look.startsWith('+++') || this.#look(i + 1).startsWith('+++ /dev/null')) this.#open(at, at + file.length);
      }
      return true;
    }
    if (NOTES.test(look)) {
      if (!look.startsWith('index') && !look.startsWith('--')) this.#block('paragraph', this.#path).copy(from, end);
      if (/^-- ?$/.test(look)) this.#inHunk = false;
      this.#run = '';
      return true;
    }
    return false;
  }

  /** Names the changed file. */
  #open(start: number, end: number): void {
    this.#file = this.text.slice(start, Math.min(end, start + 200));
    this.#path = [this.#file];
    this.#inHunk = false;
    this.#old = 0;
    this.#new = 0;
    this.#run = '';
    this.#block('value', NO_PATH).insert('file that is changed: ').key().copy(start, end);
  }

  /** A line of a hunk. */
  #change(sign: string, from: number, end: number): void {
    if (sign === '\\') return;
    if (sign !== '+') this.#old--;
    if (sign !== '-') this.#new--;
    const side = sign === '<' ? '-' : sign === '>' || sign === '!' ? '+' : sign;
    let start = Math.min(end, from + 1);
    const marked = side === '-' || side === '+';
    if (marked) while (start < end && /[ \t]/.test(this.text[start])) start++;
    if (start >= end) return;
    const run = marked ? side : 'context';
    if (this.#run === run) this.#builder.insert('\n');
    else if (marked) this.#block('value', this.#path).insert(`${SIDES[side]}: `).key();
    else this.#block('code', this.#path);
    this.#builder.copy(start, end);
    this.#run = run;
  }

  /** The head and message of a patch, and everything else between diffs. */
  #prose(look: string, start: number, end: number): void {
    if (/^From [\da-f]{6,64} /.test(look)) {
      this.#path = NO_PATH;
      this.#inHunk = false;
      return;
    }
    if (/^---$/.test(look)) {
      this.#run = '';
      return;
    }
    const field = FIELD.exec(this.text.slice(start, Math.min(end, start + MAX_LOOK)));
    if (field) {
      this.#field(field, start, end);
      return;
    }
    const stat = STAT.exec(look);
    if (stat) {
      const at = this.text.indexOf(stat[1], start);
      this.#block('value', NO_PATH)
        .insert('file that is changed: ')
        .key()
        .copy(at, at + stat[1].length);
      const count = this.text.indexOf(stat[2], at + stat[1].length);
      if (stat[2] !== 'Bin')
        this.#builder
          .cell()
          .insert(', lines: ')
          .copy(count, count + stat[2].length);
      this.#run = '';
      return;
    }
    const path = this.#inHunk ? this.#path : NO_PATH;
    if (this.#run === 'prose') this.#builder.insert(/^[-*•]/.test(this.text[start]) ? '\n' : ' ');
    else this.#block('paragraph', path);
    this.#builder.copy(start, end);
    this.#run = 'prose';
  }

  #field([whole, name]: RegExpExecArray, start: number, end: number): void {
    const at = start + whole.length;
    const key = name.toLowerCase();
    const value = this.text.slice(at, Math.min(end, at + MAX_LOOK));
    const builder = this.#block('value', NO_PATH);
    if (FIELDS[key]) builder.insert(`${FIELDS[key]}: `).key();
    else
      builder
        .copy(start, start + name.length)
        .insert(': ')
        .key();
    const person = /^"?([^"<>]+?)"?\s*<([^<>]+)>$/.exec(value);
    if (person) {
      const first = at + value.indexOf(person[1]);
      builder.copy(first, first + person[1].length);
      const mail = at + value.lastIndexOf('<') + 1;
      this.#block('value', NO_PATH)
        .insert('e-mail address: ')
        .key()
        .copy(mail, mail + person[2].length);
    } else {
      const patch = key === 'subject' ? (/^\[[^\]]{1,60}\]\s*/.exec(value)?.[0].length ?? 0) : 0;
      builder.copy(at + (at + patch < end ? patch : 0), end);
    }
    this.#run = '';
  }

  #block(kind: BlockKind, path: readonly string[]): ViewBuilder {
    this.#run = '';
    return this.#builder.block(kind, path, '\n');
  }

  #look(i: number): string {
    const line = this.#lines[i];
    return line ? this.text.slice(line.from, Math.min(line.end, line.from + 60)) : '';
  }
}
