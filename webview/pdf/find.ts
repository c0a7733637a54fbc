/** The field that finds words: reads the pages one by one, from the one in view, and goes through what it finds. */
import type { PageStrings } from '../../src/page-view/messages.js';
import { findIn, itemsOf, type PageText, pageText, queryPattern } from './find-text.js';
import type { FoundMark } from './page-element.js';
import type { Pages } from './pages.js';
import { byId, filled } from './texts.js';

/** More places are not counted. */
const MAX_FOUND = 5000;
/** UTF-16 units of text that is kept to be searched again. */
const MAX_KEPT = 30_000_000;

type Place = { page: number; mark: FoundMark['ranges'] };

export class Find {
  readonly #strings: PageStrings;
  readonly #bar = byId('find-bar');
  readonly #field = byId<HTMLInputElement>('find-field');
  readonly #status = byId('find-status');
  readonly #scroller: HTMLElement;
  #pages: Pages | undefined;
  #texts = new Map<number, PageText>();
  #kept = 0;
  #query = '';
  /** By page, in the order of the pages. */
  #found = new Map<number, Place[]>();
  #count = 0;
  #current: Place | undefined;
  #search = 0;
  #isSearching = false;
  readonly #announce: (text: string) => void;

  /** @param announce says something to those who do not see it */
  constructor(strings: PageStrings, scroller: HTMLElement, announce: (text: string) => void) {
    this.#strings = strings;
    this.#announce = announce;
    this.#scroller = scroller;
    this.#field.addEventListener('input', () => void this.#begin());
    this.#bar.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
      else if (event.key === 'Enter' && event.target === this.#field) this.step(event.shiftKey ? -1 : 1);
      else return;
      event.preventDefault();
    });
    byId('find-next').addEventListener('click', () => this.step(1));
    byId('find-previous').addEventListener('click', () => this.step(-1));
    byId('find-close').addEventListener('click', () => this.close());
  }

  /** Another file, or the same one again. */
  use(pages: Pages | undefined): void {
    this.#pages = pages;
    this.#texts = new Map();
    this.#kept = 0;
    this.#forget();
    if (pages && !this.#bar.hidden) void this.#begin();
  }

  open(): void {
    const selected = document.getSelection()?.toString().trim() ?? '';
    this.#bar.hidden = false;
    if (selected && selected.length < 100 && !selected.includes('\n')) this.#field.value = selected;
    this.#field.focus();
    this.#field.select();
    if (this.#field.value !== this.#query) void this.#begin();
  }

  close(): void {
    this.#bar.hidden = true;
    this.#forget();
    this.#pages?.refresh();
    this.#scroller.focus();
  }

  marksOf(page: number): FoundMark[] {
    return (this.#found.get(page) ?? []).map((place) => ({ ranges: place.mark, isCurrent: place === this.#current }));
  }

  step(step: 1 | -1): void {
    if (this.#bar.hidden) {
      this.open();
      return;
    }
    const all = this.#inOrder();
    if (all.length === 0) return;
    const at = this.#current ? all.indexOf(this.#current) : -step;
    this.#show(all[(at + step + all.length) % all.length]);
    this.#announce(this.#status.textContent ?? '');
  }

  #inOrder(): Place[] {
    return [...this.#found].sort(([a], [b]) => a - b).flatMap(([, places]) => places);
  }

  #forget(): void {
    this.#search++;
    this.#isSearching = false;
    this.#query = '';
    this.#found = new Map();
    this.#count = 0;
    this.#current = undefined;
    this.#status.textContent = '';
  }

  /** Reads every page, the one in view first. A newer search ends it. */
  async #begin(): Promise<void> {
    const pages = this.#pages;
    this.#forget();
    const search = this.#search;
    this.#query = this.#field.value;
    const pattern = queryPattern(this.#query);
    pages?.refresh();
    if (!pages || !pattern) return;
    this.#isSearching = true;
    const first = pages.current;
    for (let i = 0; i < pages.count && this.#count < MAX_FOUND; i++) {
      const page = ((first - 1 + i) % pages.count) + 1;
      // A page that cannot be read has nothing to find; the view says so where it stands.
      const text = await this.#textOf(pages, page).catch(() => undefined);
      if (search !== this.#search) return;
      if (!text) continue;
      const places = findIn(text, pattern, MAX_FOUND - this.#count).map((found) => itemsOf(text, found));
      if (places.length > 0) {
        const added = places.map((mark) => ({ page, mark }));
        this.#found.set(page, added);
        this.#count += places.length;
        if (!this.#current) this.#show(added[0]);
        else pages.elementOf(page)?.setFound(this.marksOf(page));
      }
      this.#say(i + 1, pages.count);
    }
    this.#isSearching = false;
    this.#say(pages.count, pages.count);
    this.#announce(this.#status.textContent ?? '');
  }

  async #textOf(pages: Pages, page: number): Promise<PageText> {
    const known = this.#texts.get(page);
    if (known) return known;
    const text = pageText(await pages.textOf(page));
    if (this.#kept + text.text.length < MAX_KEPT) {
      this.#texts.set(page, text);
      this.#kept += text.text.length;
    }
    return text;
  }

  #show(place: Place | undefined): void {
    const pages = this.#pages;
    if (!place || !pages) return;
    this.#current = place;
    pages.refresh();
    if (!pages.elementOf(place.page)) pages.goTo(place.page);
    this.#say(0, 0);
    void this.#scrollTo(pages, place);
  }

  /** Once the page is drawn; the user may be elsewhere by then. */
  async #scrollTo(pages: Pages, place: Place): Promise<void> {
    await pages.drawn(place.page);
    if (this.#current !== place || this.#pages !== pages) return;
    const at = pages.elementOf(place.page)?.currentFound;
    if (at) pages.revealAt(place.page, at.top, at.height);
  }

  #say(done: number, total: number): void {
    const { found, notFound, searching } = this.#strings;
    if (this.#current) {
      const at = this.#inOrder().indexOf(this.#current) + 1;
      const count = this.#count >= MAX_FOUND ? `${MAX_FOUND}+` : String(this.#count);
      this.#status.textContent = filled(found, at, count);
    } else if (this.#isSearching) this.#status.textContent = filled(searching, done, total);
    else this.#status.textContent = notFound;
  }
}
