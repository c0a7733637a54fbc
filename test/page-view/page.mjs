// The page of the page view in Chromium, with a host that does what the extension does.

import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { root } from '../../scripts/ensure.mjs';
import { openBrowser } from '../e2e/workbench.mjs';

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.ttf': 'font/ttf' };
/** How long is waited for what must come: only what hangs ends there. */
const END_MS = Number(process.env.ASKBERT_PAGE_MS ?? 5 * 60_000);
const NONCE = 'dGhlIG5vbmNlIG9mIGEgdGVzdA';
/** Classes of the body and variables, as VS Code gives them. */
export const THEMES = {
  light: { body: 'vscode-light', '--vscode-editor-background': '#ffffff', '--vscode-editor-foreground': '#3b3b3b' },
  dark: {
    body: 'vscode-dark',
    '--vscode-editor-background': '#1f1f1f',
    '--vscode-editor-foreground': '#cccccc',
    '--vscode-button-secondaryBackground': '#313131',
    '--vscode-button-secondaryForeground': '#cccccc',
    '--vscode-input-background': '#313131',
    '--vscode-input-foreground': '#cccccc',
  },
  'high contrast': {
    body: 'vscode-high-contrast',
    '--vscode-editor-background': '#000000',
    '--vscode-editor-foreground': '#ffffff',
    '--vscode-button-secondaryBackground': '#000000',
    '--vscode-button-secondaryForeground': '#ffffff',
    '--vscode-button-border': '#6fc3df',
    '--vscode-input-background': '#000000',
    '--vscode-input-foreground': '#ffffff',
    '--vscode-input-border': '#6fc3df',
    '--vscode-contrastBorder': '#6fc3df',
  },
};

/** Everything that is asked for, by path; other addresses cannot be reached. */
async function serve(html) {
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    requests.push(pathname);
    const file = path.join(root, pathname);
    if (pathname === '/') response.setHeader('Content-Type', 'text/html').end(html());
    else if (/^\/(media|dist)\//.test(pathname) && statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream');
      response.end(readFileSync(file));
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, requests, close: () => server.close() };
}

export class PdfPage {
  /** What the page said, without its requests for files. */
  said = [];
  /** Errors and violations of the policy. */
  problems = [];
  assets = [];

  /** @param strings texts of the page, as the extension gives them */
  static async create(strings, { chrome, context = {} } = {}) {
    const made = new PdfPage();
    made.strings = strings;
    made.chrome = chrome ?? (await openBrowser());
    made.context = await made.chrome.newContext({ viewport: { width: 1000, height: 800 }, ...context });
    await made.context.route(
      (url) => !/^(127\.0\.0\.1|localhost)$/.test(url.hostname),
      (route) => {
        made.problems.push(`request: ${route.request().url()}`);
        return route.abort();
      },
    );
    made.server = await serve(() => made.#html());
    made.context.setDefaultTimeout(END_MS);
    made.page = await made.context.newPage();
    made.page.on('pageerror', (error) => made.problems.push(`error: ${error.message}`));
    made.page.on('console', (message) => {
      if (message.type() === 'error') made.problems.push(`console: ${message.text()}`);
    });
    await made.page.exposeFunction('hostGets', (message) => made.#gets(message));
    await made.page.addInitScript(() => {
      let state;
      globalThis.acquireVsCodeApi = () => ({
        postMessage: (message) => void globalThis.hostGets(message),
        getState: () => state,
        setState: (value) => {
          state = value;
        },
      });
      globalThis.toPage = (message) => {
        for (const key of ['bytes']) {
          if (typeof message[key] !== 'string') continue;
          message[key] = Uint8Array.from(atob(message[key]), (c) => c.charCodeAt(0));
        }
        globalThis.postMessage(message, '*');
      };
    });
    return made;
  }

  #html() {
    const template = readFileSync(path.join(root, 'media', 'pdf-view.html'), 'utf8');
    const values = {
      language: 'en',
      source: this.server.url,
      nonce: NONCE,
      title: 'test.pdf',
      style: '/media/pdf-view.css',
      script: '/dist/pdf-page.js',
      fonts: `${this.server.url}/dist/standard_fonts/`,
      strings: JSON.stringify(this.strings),
    };
    const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
    return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name].replace(/[&<>"]/g, (c) => escapes[c]));
  }

  async #gets(message) {
    if (message.type !== 'asset') {
      this.said.push(message);
      return;
    }
    const file = path.join(root, 'dist', message.folder, message.name);
    this.assets.push(`${message.folder}/${message.name}`);
    const isThere = statSync(file, { throwIfNoEntry: false })?.isFile();
    await this.post({ type: 'asset', id: message.id, bytes: isThere ? readFileSync(file) : undefined });
  }

  async post(message) {
    const bytes = message.bytes && Buffer.from(message.bytes).toString('base64');
    await this.page.evaluate((each) => globalThis.toPage(each), { ...message, ...(bytes && { bytes }) });
  }

  /** A new page in a theme. */
  async load(theme = 'light') {
    this.said.length = 0;
    await this.page.goto(this.server.url);
    await this.theme(theme);
    await this.until('ready', () => this.said.some(({ type }) => type === 'ready'));
  }

  async theme(name) {
    await this.page.evaluate(({ body, ...variables }) => {
      for (const [key, value] of Object.entries(variables)) document.documentElement.style.setProperty(key, value);
      document.body.className = body;
    }, THEMES[name]);
  }

  async open(bytes, state) {
    const before = this.said.filter(({ type }) => type === 'opened').length;
    await this.post({ type: 'open', bytes, state });
    await this.until('opened', () => this.said.filter(({ type }) => type === 'opened').length > before);
  }

  /** The element of a page, once it is drawn with its text. */
  async drawn(number) {
    const page = this.page.locator(`.page[aria-label="Page ${number}"]`);
    await page.locator('canvas').waitFor();
    await page.locator('.textLayer .end').waitFor({ state: 'attached' });
    return page;
  }

  last(type) {
    return this.said.findLast((message) => message.type === type);
  }

  async until(what, condition) {
    const began = Date.now();
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (Date.now() - began > END_MS) throw new Error(`Waited in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close() {
    await this.context.close();
    this.server.close();
  }
}
