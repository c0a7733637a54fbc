/** What HTML's elements and attributes are to a reader. */
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
