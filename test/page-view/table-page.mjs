// The page of a question set's table in Chromium, with a host that gives it what the extension gives.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/ensure.mjs';
import { THEMES } from './page.mjs';

const TYPES = { '.js': 'text/javascript', '.css': 'text/css' };
const NONCE = 'dGhlIG5vbmNlIG9mIGEgdGVzdA';
const ADDRESS = 'http://127.0.0.1';
/** How long is waited for what must come: only what hangs ends there. */
const END_MS = Number(process.env.ASKBERT_PAGE_MS ?? 5 * 60_000);

const strings = {
  document: 'Document',
  run: 'Run',
  runAll: 'Run All Again',
  cancel: 'Cancel',
  csv: 'Export CSV',
  xlsx: 'Export XLSX',
  json: 'Export JSON',
  md: 'Export Markdown',
  filter: 'Filter',
  show: 'Which rows are shown',
  all: 'All rows',
  doubtful: 'Rows with unsure answers',
  none: 'Rows without an answer',
  unchecked: 'Rows with unchecked cells',
  shown: '{0} of {1} rows are shown',
  sort: 'Click to sort',
  open: 'Open',
  copy: 'Copy with Source',
  checked: 'Checked',
};

export const answered = (words, grade = 'sure', checked = false) => {
  const more = `${grade} · line 3`;
  return { words, more, tip: more, label: `${words}, ${more}`, grade, checked };
};
export const unanswered = (guess = false, checked = false) => {
  const tip = guess ? 'No answer. Click for the best guess: x' : 'no answer';
  return { words: '–', tip, label: tip, none: true, guess, checked };
};

export class TablePage {
  /** What the page said. */
  said = [];
  /** Errors, violations of the policy, requests elsewhere. */
  problems = [];

  static async create({ chrome, theme = 'light' }) {
    const made = new TablePage();
    made.context = await chrome.newContext({ viewport: { width: 1000, height: 700 } });
    made.context.setDefaultTimeout(END_MS);
    await made.context.route('**/*', (route) => made.#serve(route, theme));
    made.page = await made.context.newPage();
    made.page.on('pageerror', (error) => made.problems.push(`error: ${error.message}`));
    made.page.on('console', (message) => {
      if (message.type() === 'error') made.problems.push(`console: ${message.text()}`);
    });
    await made.page.exposeFunction('hostGets', (message) => made.said.push(message));
    await made.page.addInitScript(() => {
      globalThis.acquireVsCodeApi = () => ({
        postMessage: (message) => void globalThis.hostGets(message),
        getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
        setState: (value) => sessionStorage.setItem('state', JSON.stringify(value)),
      });
    });
    return made;
  }

  #serve(route, theme) {
    const { pathname, origin } = new URL(route.request().url());
    if (origin !== ADDRESS) {
      this.problems.push(`request: ${route.request().url()}`);
      return route.abort();
    }
    if (pathname === '/favicon.ico') return route.fulfill({ status: 204 });
    if (pathname !== '/') {
      const file = path.join(root, pathname);
      return route.fulfill({ contentType: TYPES[path.extname(file)], body: readFileSync(file) });
    }
    const values = {
      language: 'en',
      source: ADDRESS,
      nonce: NONCE,
      style: '/media/question-set.css',
      script: '/media/question-set.js',
    };
    const { body, ...colours } = THEMES[theme];
    const html = readFileSync(path.join(root, 'media', 'question-set.html'), 'utf8')
      .replace(/\{\{(\w+)\}\}/g, (_, name) => values[name])
      .replace('<body>', `<body class="${body}">`)
      // VS Code gives colours and body of every web view; its own policy allows that.
      .replace(/style-src [^;"]*/, `$& 'unsafe-inline'`)
      .replace(
        '</head>',
        `<style>:root{${Object.entries(colours)
          .map(([key, value]) => `${key}:${value}`)
          .join(';')}}
        body{color:var(--vscode-editor-foreground);background:var(--vscode-editor-background);font:13px sans-serif}</style></head>`,
      );
    return route.fulfill({ contentType: 'text/html', body: html });
  }

  /** @param rows name and cells of each */
  async load(rows = [], columns = ['fee', 'who']) {
    await this.page.goto(`${ADDRESS}/`);
    await this.until('the page is ready', () => this.said.some(({ type }) => type === 'ready'));
    await this.post({
      type: 'begin',
      title: 'set.yaml: workspace',
      strings,
      columns: columns.map((name) => ({ name, question: `${name}?` })),
      rows: rows.map(([name, ...cells]) => this.row(name, cells)),
      status: { busy: false, text: `${rows.length} of ${rows.length} documents`, skipped: [], skippedText: '' },
    });
  }

  row = (name, cells) => ({ uri: `file:///${name}`, name, cells });

  post(message) {
    return this.page.evaluate((data) => globalThis.postMessage(data, '*'), message);
  }

  /** Names of the rows that can be seen, in their order. */
  names() {
    return this.page.locator('tbody tr:not([hidden]) th').allInnerTexts();
  }

  cell(name, column) {
    return this.page.locator('tbody tr').filter({ hasText: name }).locator('td').nth(column);
  }

  async until(what, condition) {
    const began = Date.now();
    while (!(await condition())) {
      if (Date.now() - began > END_MS) throw new Error(`waited in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close() {
    return this.context.close();
  }
}
