/** How HTML's elements and attributes are read. */
import { Token, type Tokenizer, TokenizerMode } from 'parse5';

const set = (names: string) => new Set(names.split(' '));

export const BLOCKS = set(
  'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer ' +
    'form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li listing main menu nav ol optgroup option p ' +
    'plaintext pre search section select summary table tbody td template textarea tfoot th thead title tr ul xmp',
);
export const HEADINGS = set('h1 h2 h3 h4 h5 h6');
export const LISTS = set('ul ol dl menu dir');
export const ITEMS = set('li dt dd');
export const CELLS = set('tr td th');
export const ROW_GROUPS = set('thead tbody tfoot caption');
export const VERBATIM = set('pre listing xmp textarea plaintext');
/** Elements whose content is text without tags, and how their end is found. */
export const TEXT_MODES: ReadonlyMap<string, Tokenizer['state']> = new Map([
  ['title', TokenizerMode.RCDATA],
  ['textarea', TokenizerMode.RCDATA],
  ['style', TokenizerMode.RAWTEXT],
  ['xmp', TokenizerMode.RAWTEXT],
  ['iframe', TokenizerMode.RAWTEXT],
  ['noembed', TokenizerMode.RAWTEXT],
  ['noframes', TokenizerMode.RAWTEXT],
  ['script', TokenizerMode.SCRIPT_DATA],
  ['plaintext', TokenizerMode.PLAINTEXT],
]);
/** Of TEXT_MODES, those that are not shown. */
export const HIDDEN = set('style iframe noembed noframes script');
const BUTTONS = set('submit button reset');

/** Whether a browser shows an attribute as text. */
export function isShown(tag: Token.TagToken, attribute: string): boolean {
  const name = tag.tagName;
  if (attribute === 'alt') return name === 'img' || name === 'area' || name === 'input';
  if (attribute === 'placeholder') return name === 'input' || name === 'textarea';
  if (attribute === 'label') return name === 'optgroup' || name === 'option';
  if (attribute !== 'value' || name !== 'input') return false;
  return BUTTONS.has(Token.getTokenAttr(tag, 'type')?.toLowerCase() ?? '');
}

/** Columns or rows that a cell spans. */
export function span(tag: Token.TagToken, attribute: string): number {
  const value = Number.parseInt(Token.getTokenAttr(tag, attribute) ?? '', 10);
  return value > 1 ? value : 1;
}

/** Elements that have no content. */
const VOID = set('area base br col embed hr img input link meta param source track wbr');
/** Elements that end without an end tag, where another begins or their parent ends. */
const IMPLIED_END = set('p li dt dd option optgroup tr td th thead tbody tfoot');
/** What ends them: another of the same group. */
const GROUPS: Readonly<Record<string, ReadonlySet<string>>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  li: set('li'),
  dt: set('dt dd'),
  dd: set('dt dd'),
  option: set('option optgroup'),
  optgroup: set('optgroup'),
  tr: set('tr tbody tfoot'),
  td: set('td th tr tbody tfoot'),
  th: set('td th tr tbody tfoot'),
};
const NOT_SHOWN = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\s*(?:!important\s*)?(?:;|$)/i;

/**
 * Whether a browser leaves an element out: `hidden`, `display:none`, a template. Content hidden only from screen
 * readers (`aria-hidden`), or found by a search in the page (`hidden="until-found"`), is shown.
 */
export function isHidden(tag: Token.TagToken): boolean {
  const hidden = Token.getTokenAttr(tag, 'hidden');
  if (hidden !== null && hidden.toLowerCase() !== 'until-found') return true;
  return NOT_SHOWN.test((Token.getTokenAttr(tag, 'style') ?? '').slice(0, 2000));
}

export const isVoid = (name: string): boolean => VOID.has(name);

/** Follows the tags inside an element that is left out, up to its end. */
export class HiddenElement {
  /** Elements open in it, by name. */
  readonly #open = new Map<string, number>();

  constructor(readonly name: string) {}

  /** @returns whether the element ends before this tag */
  start(name: string, empty: boolean): boolean {
    const inner = GROUPS[this.name] ?? (this.name === 'p' ? BLOCKS : undefined);
    // A list or table inside has its own items.
    if (inner?.has(name) && !this.#holdsItems()) return true;
    if (!empty && !VOID.has(name)) this.#open.set(name, (this.#open.get(name) ?? 0) + 1);
    return false;
  }

  /** @returns 'after': it ends with this tag; 'before': it ended before it; undefined: it continues */
  end(name: string): 'before' | 'after' | undefined {
    const open = this.#open.get(name) ?? 0;
    if (open > 0) {
      this.#open.set(name, open - 1);
      return undefined;
    }
    if (name === this.name) return 'after';
    return IMPLIED_END.has(this.name) && BLOCKS.has(name) ? 'before' : undefined;
  }

  #holdsItems(): boolean {
    return ['ul', 'ol', 'dl', 'menu', 'table', 'select'].some((name) => (this.#open.get(name) ?? 0) > 0);
  }
}
