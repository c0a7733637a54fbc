/** Footnotes and endnotes of a book: which links refer to one, and what it consists of. */

import { resolvePath } from '../archive.js';
import { proseOf } from '../builder.js';
import { BLOCKS, forEachElement, type HtmlElement, htmlText } from '../html-tree.js';

/** "1", "[12]", "(a)", "*". */
const MARK = /^[[(]?(\d{1,4}|[*†‡§¶‖]{1,4}|[a-z]|[ivxl]{1,6})[\])]?\.?$/i;
const NOTE_TYPE = /\b(?:foot|end|rear)note\b/;
const NOTE_CLASS = /(?:^|[\s_-])(?:foot|end)?notes?(?:[\s_-]|$)|footnote|endnote/i;
/** Steps from a note's target to the element that has the note. */
const MAX_STEPS = 4;
/** A longer one is a chapter. */
const MAX_NOTE = 10_000;

export class BookNotes {
  /** By path#identifier. */
  readonly #byId = new Map<string, HtmlElement>();
  readonly #notes = new Set<HtmlElement>();
  readonly #marks = new Map<HtmlElement, string>();
  readonly #shown = new Set<HtmlElement>();

  constructor(documents: readonly { path: string; root: HtmlElement }[]) {
    const links: { path: string; link: HtmlElement }[] = [];
    for (const { path, root } of documents) {
      forEachElement(root, (element) => {
        for (const key of ['id', 'name']) {
          const id = element.attributes.get(key);
          if (id && (key === 'id' || element.name === 'a') && !this.#byId.has(`${path}#${id}`)) {
            this.#byId.set(`${path}#${id}`, element);
          }
        }
        if (element.name === 'a' && element.attributes.has('href')) links.push({ path, link: element });
      });
    }
    for (const { path, link } of links) {
      const note = this.#target(path, link);
      if (note && !this.#notes.has(note)) {
        this.#notes.add(note);
        this.#marks.set(note, proseOf(htmlText(link)).replace(/^[[(]|[\])]$/g, ''));
      }
    }
  }

  /** The note that a link refers to, if it was not yet shown. */
  noteOf(path: string, link: HtmlElement): { element: HtmlElement; mark: string } | undefined {
    const element = this.#target(path, link);
    if (!element || !this.#notes.has(element)) return undefined;
    const mark = this.#marks.get(element) ?? '';
    // A second reference shows nothing but is a mark, too.
    if (this.#shown.has(element)) return { element: EMPTY, mark };
    this.#shown.add(element);
    return { element, mark };
  }

  isNote(element: HtmlElement): boolean {
    return this.#notes.has(element);
  }

  #target(path: string, link: HtmlElement): HtmlElement | undefined {
    const href = link.attributes.get('href') ?? '';
    const at = href.indexOf('#');
    if (at < 0 || /^[a-z]+:/i.test(href)) return undefined;
    const isMarked =
      /\bnoteref\b/.test(link.attributes.get('epub:type') ?? '') || link.attributes.get('role') === 'doc-noteref';
    if (/\bbacklink\b/.test(`${link.attributes.get('epub:type') ?? ''} ${link.attributes.get('role') ?? ''}`))
      return undefined;
    if (!isMarked && !(MARK.test(proseOf(htmlText(link))) && looksLikeReference(link))) return undefined;
    const file = at === 0 ? path : resolvePath(path, href.slice(0, at));
    const target = this.#byId.get(`${file}#${href.slice(at + 1)}`);
    return target && noteAround(target, link, isMarked);
  }
}

const EMPTY: HtmlElement = { name: 'span', attributes: new Map(), children: [], parent: undefined };

/** Raised, in brackets, or called a note. */
function looksLikeReference(link: HtmlElement): boolean {
  if (/^[[(]/.test(proseOf(htmlText(link)))) return true;
  if (/note|\bfn/i.test(`${link.attributes.get('class') ?? ''} ${link.attributes.get('href')}`)) return true;
  const raised = (one: HtmlNode): boolean => typeof one !== 'string' && one.name === 'sup';
  return link.parent?.name === 'sup' || link.children.some(raised);
}
type HtmlNode = HtmlElement['children'][number];

/** The block that a reference leads to; undefined: it does not lead to a note. */
function noteAround(target: HtmlElement, link: HtmlElement, isMarked: boolean): HtmlElement | undefined {
  let block: HtmlElement | undefined;
  let one: HtmlElement | undefined = target;
  for (
    let step = 0;
    one && step <= MAX_STEPS && one.name !== 'body' && one.name !== 'table';
    step++, one = one.parent
  ) {
    const type = `${one.attributes.get('epub:type') ?? ''} ${(one.attributes.get('role') ?? '').replace('doc-', '')}`;
    if (NOTE_TYPE.test(type)) {
      block = one;
      break;
    }
    if (!BLOCKS.has(one.name)) continue;
    // The list or section that has all notes is not one of them.
    if (block && !/^(?:div|li|aside|dd)$/.test(one.name)) break;
    if (!block || (NOTE_CLASS.test(one.attributes.get('class') ?? '') && notesIn(one) <= 1)) block = one;
  }
  if (!block || isInside(link, block) || /^h[1-6]$|^tr$|^t[dh]$/.test(block.name)) return undefined;
  const text = proseOf(htmlText(block));
  if (text.length > MAX_NOTE) return undefined;
  // What leads back: the mark of the other side of a pair of links begins its paragraph only in the note.
  const begins = proseOf(htmlText(target)) === '' || text.startsWith(proseOf(htmlText(target)));
  return isMarked || begins ? block : undefined;
}

/** Identified elements that are notes of their own. */
const notesIn = (element: HtmlElement): number =>
  element.children.filter((one) => typeof one !== 'string' && one.attributes.has('id') && BLOCKS.has(one.name)).length;

function isInside(element: HtmlElement, other: HtmlElement): boolean {
  for (let one: HtmlElement | undefined = element; one; one = one.parent) if (one === other) return true;
  return false;
}
