/** The macros of mdoc in running text, such as `.Fl v Ar file` and `.Op Fl q`. */
import type { Prose } from '../base/prose.js';
import { showRoff } from './roff-inline.js';
import type { RoffArgument } from './roff-lines.js';

const set = (names: string) => new Set(names.split(' '));

/** Delimiters around the following arguments. */
const ENCLOSING: Readonly<Record<string, readonly [string, string]>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  Op: ['[', ']'],
  Dq: ['“', '”'],
  Sq: ['‘', '’'],
  Pq: ['(', ')'],
  Bq: ['[', ']'],
  Qq: ['"', '"'],
  Aq: ['<', '>'],
  Brq: ['{', '}'],
  Ql: ['‘', '’'],
};
const OPENING: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  Oo: '[',
  Do: '“',
  So: '‘',
  Po: '(',
  Bo: '[',
  Qo: '"',
  Ao: '<',
  Bro: '{',
};
const CLOSING: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  Oc: ']',
  Dc: '”',
  Sc: '’',
  Pc: ')',
  Bc: ']',
  Qc: '"',
  Ac: '>',
  Brc: '}',
};
const PLAIN = set(
  'Ar Cm Pa Ev Er Dv Em Sy Li An Ad Fa Fn Ft Fo Fc In Ic Va Vt Lk Mt No St Tn Ux Bx Fx Nx Ox Dx Sx Cd Eq Ms Xo Xc Lb Nd Ot Sm Bsx Rs Re %A %B %D %I %J %N %O %P %Q %R %T %U %V',
);
const AFTER = set('. , : ; ) ] ? !');
const BEFORE = set('( [');
/** A position in the file. */
type Place = Pick<RoffArgument, 'start' | 'end'>;
/** The macro that a line begins with. */
type FirstMacro = Place & { name: string };

/** Names of systems, shown if the macro has none. */
const SYSTEMS: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  Ux: 'UNIX',
  Bx: 'BSD',
  Fx: 'FreeBSD',
  Nx: 'NetBSD',
  Ox: 'OpenBSD',
  Dx: 'DragonFly',
  Bsx: 'BSD/OS',
};

export const isMdocMacro = (name: string): boolean =>
  PLAIN.has(name) ||
  Object.hasOwn(ENCLOSING, name) ||
  Object.hasOwn(OPENING, name) ||
  Object.hasOwn(CLOSING, name) ||
  ['Fl', 'Nm', 'Xr', 'Ns', 'Pf', 'Ap', 'Ta'].includes(name);

/**
 * Shows the arguments of a line.
 * @param first the macro that the line begins with; undefined: only arguments
 * @param page the name that `.Nm` without one stands for
 * @param cell called where the next cell of a row begins
 */
export function showMdoc(
  prose: Prose,
  first: FirstMacro | undefined,
  args: readonly RoffArgument[],
  page: string,
  cell?: () => void,
): void {
  new MdocLine(prose, page, cell).show(first, args);
}

class MdocLine {
  readonly #closers: string[] = [];
  /** Text before the next word, instead of a space. */
  #joined = false;
  #mode = '';
  /** Marks before the next word. */
  #marks = '';

  constructor(
    readonly prose: Prose,
    readonly page: string,
    readonly cell: (() => void) | undefined,
  ) {}

  show(first: FirstMacro | undefined, args: readonly RoffArgument[]): void {
    let last = args.length;
    while (last > 0 && AFTER.has(args[last - 1].text)) last--;
    if (first) this.#macro(first.name, first, args[0]);
    for (let i = 0; i < last; i++) {
      const { text } = args[i];
      if (isMdocMacro(text) && !(i > 0 && this.#mode === 'Xr')) this.#macro(text, args[i], args[i + 1]);
      else this.#word(args[i]);
    }
    if (this.#mode === 'section') this.prose.insert(')');
    while (this.#closers.length > 0) this.prose.insert(this.#closers.pop()!);
    for (let i = last; i < args.length; i++) showRoff(this.prose, args[i].start, args[i].end);
  }

  #macro(name: string, place: Place, next: RoffArgument | undefined): void {
    if (this.#mode === 'section') this.prose.insert(')');
    this.#mode = name;
    const enclosing = ENCLOSING[name];
    const open = enclosing?.[0] ?? OPENING[name];
    if (open !== undefined) {
      this.#lead(open);
      this.#joined = true;
      if (enclosing) this.#closers.push(enclosing[1]);
    } else if (CLOSING[name] !== undefined) this.prose.insert(CLOSING[name]);
    else if (name === 'Ns') this.#joined = true;
    else if (name === 'Ap') {
      this.prose.insert("'");
      this.#joined = true;
    } else if (name === 'Ta') this.cell?.();
    else if (name === 'Nd') this.#lead('– ');
    else if (next === undefined || isMdocMacro(next.text) || AFTER.has(next.text)) {
      const word = name === 'Nm' ? this.page : name === 'Ar' ? 'file ...' : name === 'Fl' ? '-' : (SYSTEMS[name] ?? '');
      if (word !== '') this.#standsFor(word, place);
    } else if (SYSTEMS[name]) this.#standsFor(SYSTEMS[name], place);
  }

  #word({ start, end, text }: RoffArgument): void {
    if (AFTER.has(text)) {
      showRoff(this.prose, start, end);
      return;
    }
    if (this.#mode === 'section') {
      this.prose.insert(')');
      this.#mode = '';
    }
    if (this.#mode === 'Fl' && text !== '|') this.#lead('-');
    else if (this.#mode === 'reference') {
      this.prose.insert('(');
      this.#mode = 'section';
    } else if (!this.#joined) this.prose.space();
    this.#joined = BEFORE.has(text) || this.#mode === 'Pf';
    if (this.#mode === 'Xr') this.#mode = 'reference';
    if (this.#mode === 'Pf') this.#mode = '';
    showRoff(this.prose, start, end);
    this.#marks = '';
  }

  #lead(mark: string): void {
    if (this.#marks === '') this.#marks = this.#joined || !this.prose.started ? '' : ' ';
    this.#marks += mark;
    this.prose.lead(this.#marks);
    this.#joined = false;
  }

  /** A word that the macro stands for. */
  #standsFor(word: string, { start, end }: Place): void {
    if (!this.#joined && this.#marks === '') this.prose.space();
    this.prose.decode(word, start, end);
    this.#joined = false;
    this.#marks = '';
  }
}
