/**
 * HTML and XHTML (books, mails) as a tree, from the tokens of parse5: elements that are nested too deeply are left out,
 * not their text, so that the time is linear in the input.
 */
import { type Token, Tokenizer, TokenizerMode } from 'parse5';

const MAX_DEPTH = 200;
/** Characters of a text that is read as HTML. */
const MAX_LENGTH = 64 * 1024 * 1024;
/** Characters of an attribute's value. */
const MAX_VALUE = 2000;

const set = (names: string): ReadonlySet<string> => new Set(names.split(' '));

const VOID = set('area base br col embed hr img input link meta param source track wbr');
export const BLOCKS = set(
  'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer ' +
    'form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search section summary ' +
    'table tbody td tfoot th thead tr ul',
);
/** What the start of an element ends, up to an element of the second set. */
const ENDS: ReadonlyMap<string, readonly [ReadonlySet<string>, ReadonlySet<string>]> = new Map([
  ['li', [set('li'), set('ul ol menu dir')]],
  ['dt', [set('dt dd'), set('dl')]],
  ['dd', [set('dt dd'), set('dl')]],
  ['tr', [set('tr td th'), set('table')]],
  ['td', [set('td th'), set('table tr')]],
  ['th', [set('td th'), set('table tr')]],
  ['tbody', [set('tbody thead tfoot tr td th caption'), set('table')]],
  ['thead', [set('tbody thead tfoot tr td th caption'), set('table')]],
  ['tfoot', [set('tbody thead tfoot tr td th caption'), set('table')]],
]);
const P_SCOPE = set('table td th caption button object');
const MODES: ReadonlyMap<string, Tokenizer['state']> = new Map([
  ['title', TokenizerMode.RCDATA],
  ['textarea', TokenizerMode.RCDATA],
  ['style', TokenizerMode.RAWTEXT],
  ['iframe', TokenizerMode.RAWTEXT],
  ['script', TokenizerMode.SCRIPT_DATA],
]);

export interface HtmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: HtmlNode[];
  readonly parent: HtmlElement | undefined;
}
export type HtmlNode = HtmlElement | string;

export function parseHtml(text: string): HtmlElement {
  const builder = new TreeBuilder();
  const tokenizer = new Tokenizer({ sourceCodeLocationInfo: false }, builder);
  builder.tokenizer = tokenizer;
  tokenizer.write(text.slice(0, MAX_LENGTH), true);
  return builder.root;
}

class TreeBuilder {
  tokenizer!: Tokenizer;
  readonly root: HtmlElement = { name: '', attributes: new Map(), children: [], parent: undefined };
  readonly #stack: HtmlElement[] = [this.root];

  get #top(): HtmlElement {
    return this.#stack[this.#stack.length - 1];
  }

  onStartTag(token: Token.TagToken): void {
    const name = token.tagName;
    // In XHTML an element can be empty; there, a title or script without contents does not swallow the rest.
    const mode = token.selfClosing ? undefined : MODES.get(name);
    if (mode !== undefined) this.tokenizer.state = mode;
    const ends = ENDS.get(name);
    if (ends) this.#end(ends[0], ends[1]);
    else if (BLOCKS.has(name)) this.#end(new Set(['p']), P_SCOPE);
    if (this.#stack.length > MAX_DEPTH) return;
    const attributes = new Map(token.attrs.map(({ name: key, value }) => [key, value.slice(0, MAX_VALUE)]));
    const element: HtmlElement = { name, attributes, children: [], parent: this.#top };
    this.#top.children.push(element);
    if (!token.selfClosing && !VOID.has(name)) this.#stack.push(element);
  }

  onEndTag({ tagName }: Token.TagToken): void {
    if (tagName === 'br')
      this.#top.children.push({ name: 'br', attributes: new Map(), children: [], parent: this.#top });
    for (let at = this.#stack.length - 1; at > 0; at--) {
      const { name } = this.#stack[at];
      if (name === tagName) {
        this.#stack.length = at;
        return;
      }
      // A stray end of an inline element ends no cell.
      if (!BLOCKS.has(tagName) && BLOCKS.has(name)) return;
    }
  }

  /** Ends the outermost open element of a set that is not above one of the other set. */
  #end(names: ReadonlySet<string>, scope: ReadonlySet<string>): void {
    let to = -1;
    for (let at = this.#stack.length - 1; at > 0; at--) {
      const { name } = this.#stack[at];
      if (scope.has(name)) break;
      if (names.has(name)) to = at;
    }
    if (to > 0) this.#stack.length = to;
  }

  onCharacter({ chars }: Token.CharacterToken): void {
    this.#top.children.push(chars);
  }
  onWhitespaceCharacter({ chars }: Token.CharacterToken): void {
    this.#top.children.push(chars);
  }
  onNullCharacter(): void {}
  onComment(): void {}
  onDoctype(): void {}
  onEof(): void {}
}

/** Calls a function for every element below one, in document order. */
export function forEachElement(parent: HtmlElement, visit: (element: HtmlElement) => void): void {
  for (const one of parent.children) {
    if (typeof one === 'string') continue;
    visit(one);
    forEachElement(one, visit);
  }
}

/** All text below an element. */
export function htmlText(node: HtmlElement): string {
  const parts: string[] = [];
  const walk = (one: HtmlElement): void => {
    for (const each of one.children) {
      if (typeof each === 'string') parts.push(each);
      else if (each.name === 'br') parts.push(' ');
      else walk(each);
    }
  };
  walk(node);
  return parts.join('');
}
