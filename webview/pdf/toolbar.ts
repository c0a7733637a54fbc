/** The buttons and fields above the pages. */
import type { Marks, PageCommand, PageStrings } from '../../src/page-view/messages.js';
import { send } from './host.js';
import { byId, filled } from './texts.js';

export interface ToolbarActions {
  run(command: PageCommand | 'previousPage' | 'nextPage'): void;
  /** @param page what was typed: NaN if it is not a number */
  goTo(page: number): void;
}

export class Toolbar {
  readonly #strings: PageStrings;
  readonly #page = byId<HTMLInputElement>('page');
  #count = 0;
  #current = 1;

  constructor(strings: PageStrings, actions: ToolbarActions) {
    this.#strings = strings;
    const button = (id: string, text: string, act: () => void) => {
      const element = byId<HTMLButtonElement>(id);
      element.title = text;
      element.setAttribute('aria-label', text);
      element.addEventListener('click', act);
    };
    byId('toolbar').setAttribute('aria-label', strings.pages);
    byId('answers').setAttribute('aria-label', strings.answers);
    button('previous-page', strings.previousPage, () => actions.run('previousPage'));
    button('next-page', strings.nextPage, () => actions.run('nextPage'));
    button('zoom-out', strings.zoomOut, () => actions.run('zoomOut'));
    button('zoom-in', strings.zoomIn, () => actions.run('zoomIn'));
    button('fit-width', strings.fitWidth, () => actions.run('fitWidth'));
    button('rotate', strings.rotate, () => actions.run('rotate'));
    button('find', strings.find, () => actions.run('find'));
    button('find-next', strings.findNext, () => {});
    button('find-previous', strings.findPrevious, () => {});
    button('find-close', strings.closeFind, () => {});
    button('previous-answer', strings.previousAnswer, () => send({ type: 'act', act: 'previous' }));
    button('next-answer', strings.nextAnswer, () => send({ type: 'act', act: 'next' }));
    button('copy', strings.copyWithSource, () => send({ type: 'act', act: 'copy' }));
    button('clear', strings.clearAnswers, () => send({ type: 'act', act: 'clear' }));
    this.#page.setAttribute('aria-label', strings.pageNumber);
    this.#page.addEventListener('change', () => actions.goTo(Number(this.#page.value.trim() || Number.NaN)));
    this.#page.addEventListener('focus', () => this.#page.select());
    this.#page.addEventListener('blur', () => this.#showPage());
  }

  /** A word about what is going on; empty: nothing. */
  say(text: string): void {
    byId('status').textContent = text;
  }

  opened(pages: number): void {
    this.#count = pages;
    byId('of-pages').textContent = filled(this.#strings.ofPages, pages);
    for (const each of byId('toolbar').querySelectorAll<HTMLButtonElement | HTMLInputElement>('[disabled]')) {
      each.disabled = false;
    }
  }

  /** @param page from 1 @param zoom 1 for 100 % */
  update(page: number, zoom: number): void {
    this.#current = page;
    if (document.activeElement !== this.#page) this.#showPage();
    byId('zoom').textContent = new Intl.NumberFormat(document.documentElement.lang || 'en', {
      style: 'percent',
    }).format(zoom);
    byId<HTMLButtonElement>('previous-page').disabled = page <= 1;
    byId<HTMLButtonElement>('next-page').disabled = page >= this.#count;
  }

  #showPage(): void {
    this.#page.value = String(this.#current);
  }

  focusPage(): void {
    this.#page.focus();
  }

  showAnswers(marks: Marks | undefined): void {
    byId('answers').hidden = !marks;
    byId('answer').textContent = marks?.label ?? '';
    byId('answer').title = marks?.label ?? '';
    const isAlone = (marks?.answers.length ?? 0) < 2;
    byId<HTMLButtonElement>('previous-answer').disabled = isAlone;
    byId<HTMLButtonElement>('next-answer').disabled = isAlone;
  }
}
