/** The page of a PDF: what comes from the extension, keys and buttons. Everything is shown as text, never as HTML. */
import type { PageCommand, PageStrings, ToPage, ViewState } from '../../src/page-view/messages.js';
import { viewState } from '../../src/page-view/messages.js';
import { Find } from './find.js';
import { assetArrived, savedState, saveState, send } from './host.js';
import { AnswerMarks } from './marks.js';
import { type OpenedPdf, openPdf } from './open-pdf.js';
import { Pages } from './pages.js';
import { askPassword } from './password.js';
import { byId, filled } from './texts.js';
import { Toolbar } from './toolbar.js';

/** How long the view must be still before its state is kept, in ms. */
const STILL_MS = 300;

const strings = JSON.parse(document.body.dataset.strings ?? '{}') as PageStrings;
const fonts = document.body.dataset.fonts ?? '';
const scroller = byId('scroller');
const column = byId('column');
const marks = new AnswerMarks();
const announce = (text: string) => {
  byId('live').textContent = text;
};
const find = new Find(strings, scroller, announce);
const toolbar = new Toolbar(strings, { run: (command) => run(command), goTo: (page) => goTo(page) });
let pages: Pages | undefined;
let opened: OpenedPdf | undefined;
let opening = new AbortController();
let timer = 0;
/** The current answer is scrolled to when its page is there. */
let isToReveal = false;

function show(id: 'notice' | 'failure', text: string): void {
  const element = byId(id);
  byId(`${id}-text`).textContent = text;
  element.hidden = text === '';
}

function close(): void {
  opening.abort();
  find.use(undefined);
  pages?.close();
  pages = undefined;
  opened = undefined;
  column.replaceChildren();
}

async function open(bytes: Uint8Array, state: ViewState | undefined): Promise<void> {
  close();
  opening = new AbortController();
  const { signal } = opening;
  show('failure', '');
  show('notice', '');
  toolbar.say(strings.loading);
  scroller.setAttribute('aria-busy', 'true');
  try {
    const made = await openPdf(bytes, fonts, (wasWrong) => askPassword(strings, wasWrong, signal), signal);
    if (signal.aborted) return;
    opened = made;
    const shown = await Pages.show(opened.pdf, parts, state);
    if (signal.aborted) {
      shown.close();
      return;
    }
    pages = shown;
    toolbar.opened(pages.count);
    find.use(pages);
    toolbar.say('');
    onView();
    send({ type: 'opened', pages: pages.count });
    if (isToReveal) await revealMark();
  } catch (error) {
    if (signal.aborted) return;
    const detail = error instanceof Error ? error.message : String(error);
    toolbar.say('');
    show('failure', filled(strings.damaged, detail));
    send({ type: 'unreadable', detail });
  } finally {
    if (!signal.aborted) scroller.removeAttribute('aria-busy');
  }
}

const parts = {
  scroller,
  column,
  labelOf: (page: number) => filled(strings.page, page),
  failureOf: (page: number, detail: string) => filled(strings.pageFailed, page, detail),
  marksOf: (page: number, size: { width: number; height: number }, rotation: ViewState['rotation']) =>
    marks.on(page, size, rotation),
  foundOf: (page: number) => find.marksOf(page),
  colors: highContrast,
  onView: () => onView(),
};

/** In a theme of high contrast the page has its colours; otherwise it is paper. */
function highContrast(): { background: string; foreground: string } | undefined {
  if (!/\bvscode-high-contrast/.test(document.body.className)) return undefined;
  const style = getComputedStyle(document.body);
  return { background: style.backgroundColor, foreground: style.color };
}

function onView(): void {
  if (!pages) return;
  toolbar.update(pages.current, pages.zoom);
  clearTimeout(timer);
  timer = window.setTimeout(() => pages && saveState(pages.state), STILL_MS);
}

async function revealMark(): Promise<void> {
  const { target } = marks;
  isToReveal = target !== undefined && !pages;
  if (target && pages && target.page <= pages.count) await pages.reveal(target.page, target.rect);
}

function goTo(page: number): void {
  if (!pages) return;
  if (Number.isInteger(page) && page >= 1 && page <= pages.count) {
    pages.goTo(page);
    scroller.focus();
  } else announce(filled(strings.noSuchPage, pages.count));
  toolbar.update(pages.current, pages.zoom);
}

function run(command: PageCommand | 'previousPage' | 'nextPage'): void {
  const actions: Record<typeof command, () => void> = {
    find: () => find.open(),
    findNext: () => find.step(1),
    findPrevious: () => find.step(-1),
    zoomIn: () => pages?.stepZoom(1),
    zoomOut: () => pages?.stepZoom(-1),
    fitWidth: () => pages?.setZoom('width'),
    rotate: () => pages?.rotate(),
    goToPage: () => toolbar.focusPage(),
    previousPage: () => pages?.goTo(Math.max(1, pages.current - 1)),
    nextPage: () => pages?.goTo(Math.min(pages.count, pages.current + 1)),
  };
  actions[command]();
}

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case 'open':
      void open(data.bytes, data.state ?? viewState(savedState()));
      break;
    case 'failed':
      close();
      toolbar.say('');
      show('failure', data.text);
      break;
    case 'notice':
      show('notice', data.text);
      break;
    case 'marks':
      marks.marks = data.marks;
      toolbar.showAnswers(data.marks);
      pages?.refresh();
      if (data.marks) announce(data.marks.label);
      if (data.reveal) void revealMark();
      break;
    case 'command':
      run(data.command);
      break;
    case 'asset':
      assetArrived(data.id, data.bytes);
      break;
  }
});

scroller.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys: Record<string, () => void> = {
    '+': () => run('zoomIn'),
    '-': () => run('zoomOut'),
    n: () => marks.marks && send({ type: 'act', act: 'next' }),
    N: () => marks.marks && send({ type: 'act', act: 'previous' }),
    Home: () => pages?.goTo(1),
    End: () => pages?.goTo(pages.count),
  };
  const action = keys[event.key];
  if (!action) return;
  action();
  event.preventDefault();
});
window.addEventListener('keydown', (event) => {
  if (event.key !== 'F3') return;
  run(event.shiftKey ? 'findPrevious' : 'findNext');
  event.preventDefault();
});
scroller.addEventListener(
  'wheel',
  (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    run(event.deltaY < 0 ? 'zoomIn' : 'zoomOut');
  },
  { passive: false },
);
// Another theme.
new MutationObserver(() => pages?.refresh()).observe(document.body, { attributeFilter: ['class'] });
byId('reload').addEventListener('click', () => send({ type: 'act', act: 'reload' }));

for (const [id, text] of [
  ['scroller', strings.pages],
  ['find-bar', strings.find],
  ['find-field', strings.find],
] as const) {
  byId(id).setAttribute('aria-label', text);
}
byId('reload').textContent = strings.reload;
send({ type: 'ready' });
scroller.focus();
