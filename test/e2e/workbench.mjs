// A VS Code window in Chromium, driven as a user would: keys, mouse, and what can be read on the screen.
import { chromium } from 'playwright-core';
import { sleep, windowUrl } from '../../scripts/code-server.mjs';
import { browser } from '../../scripts/setup-vscode.mjs';

export async function openBrowser() {
  const executablePath = browser();
  if (!executablePath) throw new Error('No Chromium, Chrome or Edge: run `node scripts/setup-vscode.mjs`.');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-sync'];
  args.push('--disable-background-networking', '--disable-component-update', '--disable-quic');
  // Whatever is not on this machine is refused at once. Not by Playwright, through which then every file would pass.
  args.push('--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost');
  // Distributions ask for a GPU to draw with, which would be imitated.
  args.push('--disable-gpu-rasterization');
  return chromium.launch({ executablePath, headless: true, args });
}

/** How long is waited for what must come, far longer than any machine needs: only what hangs ends there. */
const END_MS = 5 * 60_000;
/** A run in the extension host that is silent for this long hangs. */
const SILENCE_MS = 15 * 60_000;

/** Editor text has no-break spaces on the screen. */
const shown = (text) => text.replace(/ /g, '\u00a0');

/** Clicks what closes by the click. On a machine that is busy the click may be late in being confirmed: it is not repeated. */
async function clickOnce(locator, timeout) {
  try {
    await locator.click({ timeout });
  } catch (error) {
    if (await locator.isVisible()) throw error;
  }
}

export class Workbench {
  constructor(page) {
    this.page = page;
    this.console = [];
    page.on('console', (message) => this.console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.console.push(`page error: ${error.message}`));
  }

  static async create(chrome, options = {}) {
    const context = await chrome.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    // What moves without end is drawn sixty times a second, by the processor: here it moves once.
    await context.addInitScript(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('*, ::before, ::after { animation-iteration-count: 1 !important; }');
      document.adoptedStyleSheets.push(sheet);
    });
    context.setDefaultTimeout(END_MS);
    return new Workbench(await context.newPage());
  }

  async open(server, folder) {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.page.goto(windowUrl(server, folder), { waitUntil: 'domcontentloaded', timeout: END_MS });
        await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
        return;
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  }

  /**
   * Adds to the boot configuration of the web workbench, an attribute that is changed while it is read.
   * For windows that are opened afterwards.
   */
  async bootWith(more) {
    await this.page.addInitScript((more) => {
      const read = Element.prototype.getAttribute;
      Element.prototype.getAttribute = function (name) {
        const value = read.call(this, name);
        const isBoot = name === 'data-settings' && this.id === 'vscode-workbench-web-configuration';
        return isBoot && value ? JSON.stringify({ ...JSON.parse(value), ...more }) : value;
      };
    }, more);
  }

  /** Runs a test bundle inside the extension host; its exit code, or 'silence' when `progress` stayed the same for long. */
  async runTests(server, { folder, extension, tests, progress = () => '', onLog = () => {} }) {
    const { host } = new URL(server.url);
    const uri = (file) => ({ scheme: 'vscode-remote', authority: host, path: file });
    const developmentOptions = { extensions: [uri(extension)], extensionTestsPath: uri(tests) };
    await this.bootWith({ developmentOptions });
    const ended = new Promise((resolve) => {
      this.page.exposeFunction('codeAutomationExit', resolve);
    });
    await this.page.exposeFunction('codeAutomationLog', (_type, args) => onLog(args.join(' ')));
    await this.open(server, folder);
    const silence = async () => {
      for (let since = Date.now(), last = ''; Date.now() - since < SILENCE_MS; await sleep(1000)) {
        const now = progress();
        if (now === last) continue;
        process.stdout.write(now.slice(last.length));
        last = now;
        since = Date.now();
      }
      return 'silence';
    };
    const exit = await Promise.race([ended, silence()]);
    console.log('');
    return exit;
  }

  /**
   * Repeats what a window that is still starting may have swallowed.
   * @param action gets the number of the attempt, and how many milliseconds this one may wait: each twice the one before
   */
  async insist(action, attempts = 6) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action(attempt, 3000 * 2 ** (attempt - 1));
      } catch (error) {
        if (attempt === attempts) throw error;
        if (process.env.VERBOSE)
          console.log(`       again: ${String(error.message).split('\n').slice(0, 3).join(' ')}`);
        await this.page.keyboard.press('Escape');
        await sleep(300);
      }
    }
  }

  get quickInput() {
    return this.page.locator('.quick-input-widget input.input').first();
  }

  /** Titles that the palette offers for what is typed. */
  async paletteRows(typed) {
    return this.insist(async (_, timeout) => {
      await this.page.keyboard.press('F1');
      await this.quickInput.waitFor({ timeout });
      await this.quickInput.fill(`>${typed}`);
      await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor({ timeout });
      await sleep(300);
      const rows = await this.page
        .locator('.quick-input-list .monaco-list-row .quick-input-list-label')
        .allInnerTexts();
      // A window that is still starting does not know the extension's commands yet.
      if (rows.length === 1 && /^No matching commands/.test(rows[0])) throw new Error(`${rows[0]}: ${typed}`);
      return rows;
    });
  }

  /** Runs the command of exactly this title from the palette. */
  async command(title) {
    await this.insist(async (_, timeout) => {
      await this.page.keyboard.press('F1');
      await this.quickInput.waitFor({ timeout });
      await this.quickInput.fill(`>${title}`);
      const exact = new RegExp(`^${title.replace(/[()]/g, '\\$&')}(\\.\\.\\.)?(,|$)`);
      const row = this.page.locator('.quick-input-list').getByRole('option', { name: exact }).first();
      await row.waitFor({ timeout });
      await clickOnce(row, timeout);
    });
  }

  /** Opens a file of the folder from the explorer. */
  async openFile(name) {
    await this.insist(async (_, timeout) => {
      const row = this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
      await row.dblclick({ timeout: 3 * timeout });
      await this.page.locator('.tab.active', { hasText: name }).first().waitFor({ timeout });
      await this.editor.locator('.view-line').first().waitFor({ timeout });
    });
  }

  get editor() {
    return this.page.locator('.editor-group-container.active .monaco-editor[data-uri]').first();
  }

  /** Where a text of one line is on the screen; undefined when it is not rendered. */
  async placeOf(text) {
    return this.editor.evaluate((editor, wanted) => {
      for (const line of editor.querySelectorAll('.view-line')) {
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        const nodes = [];
        let all = '';
        while (walker.nextNode()) {
          nodes.push({ at: all.length, node: walker.currentNode });
          all += walker.currentNode.data;
        }
        const index = all.replace(/ /g, '\u00a0').indexOf(wanted);
        if (index < 0) continue;
        const boundary = (offset) => {
          const { at, node } = nodes.findLast((each) => each.at <= offset);
          return [node, offset - at];
        };
        const range = document.createRange();
        range.setStart(...boundary(index));
        range.setEnd(...boundary(index + wanted.length));
        const { x, y, width, height } = range.getBoundingClientRect();
        return { x, y, width, height };
      }
      return undefined;
    }, shown(text));
  }

  /** The rendered line that contains a text. */
  async lineText(text) {
    return this.insist(async () => {
      const lines = await this.editor.locator('.view-line').allTextContents();
      const line = lines.map((each) => each.replaceAll('\u00a0', ' ')).find((each) => each.includes(text));
      if (line === undefined) throw new Error(`Not on the screen: ${text}`);
      return line;
    });
  }

  async mustPlaceOf(text) {
    return this.insist(async () => {
      const place = await this.placeOf(text);
      if (!place) throw new Error(`Not on the screen: ${text}`);
      return place;
    });
  }

  /** Selects a text of one line with the mouse. */
  async select(text) {
    const { x, y, width, height } = await this.mustPlaceOf(text);
    const { mouse } = this.page;
    const middle = y + height / 2;
    await mouse.move(x + 1, middle);
    await mouse.down();
    await mouse.move(x + width / 2, middle, { steps: 3 });
    await mouse.move(x + width, middle, { steps: 3 });
    await mouse.up();
    await this.editor.locator('.selected-text').first().waitFor();
  }

  /** Types into the box that is open, and presses Enter. */
  async answerBox(text) {
    await this.quickInput.waitFor();
    await this.quickInput.fill(text);
    await sleep(150);
    await this.quickInput.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  get boxTitle() {
    return this.page.locator('.quick-input-widget .quick-input-title').first();
  }

  async contextMenu(text, item) {
    await this.insist(async (_, timeout) => {
      const { x, y, width, height } = await this.mustPlaceOf(text);
      await this.page.mouse.click(x + width / 2, y + height / 2, { button: 'right' });
      const entry = this.page.locator('.monaco-menu .action-item .action-label', { hasText: item }).first();
      await entry.waitFor({ timeout });
      await sleep(250);
      await clickOnce(entry, timeout);
    });
  }

  /** Points at a text and waits for a hover that says something. */
  async hover(text, expected) {
    const hover = this.page.locator('.monaco-hover:not(.hidden) .hover-contents').filter({ hasText: expected });
    const { mouse } = this.page;
    return this.insist(async (attempt, timeout) => {
      const box = await this.editor.boundingBox();
      const aside = [box.x + box.width * 0.8, box.y + box.height * 0.85];
      await mouse.move(...aside);
      await sleep(150);
      // After a menu the editor shows no hover before a click.
      if (attempt > 1) await mouse.click(...aside);
      const { x, y, width, height } = await this.mustPlaceOf(text);
      await mouse.move(x + width / 3, y + height / 2, { steps: 4 });
      await mouse.move(x + width / 2, y + height / 2, { steps: 4 });
      await hover.first().waitFor({ timeout });
      return hover.first();
    });
  }

  /** Replaces settings.json of the user or of the workspace, in the editor. */
  async writeSettings(whose, json) {
    await this.command(`Preferences: Open ${whose} Settings (JSON)`);
    const tab = this.page.locator('.tab.active', { hasText: 'settings.json' });
    await tab.waitFor();
    await this.editor.locator('.view-line').first().click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Delete');
    // Pasted, because an editor completes brackets that are typed.
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), json);
    await this.page.keyboard.press('Control+V');
    await sleep(300);
    await this.page.keyboard.press('Control+S');
    await this.until('saved', async () => (await this.page.locator('.tab.active.dirty').count()) === 0);
    await this.command('View: Close Editor');
    await tab.waitFor({ state: 'detached' });
  }

  /** The text of a notification that contains `part`. */
  async notification(part) {
    const toast = this.page.locator('.notification-toast', { hasText: part }).first();
    await toast.waitFor();
    return toast;
  }

  async dismissNotifications() {
    await this.command('Notifications: Clear All Notifications');
  }

  /** Rectangles that decorations draw in the active editor, with the colours as they are shown. */
  async decorations() {
    return this.editor.evaluate((editor) =>
      [...editor.querySelectorAll('.view-overlays .cdr[class*="ced-"]')].map((element) => {
        const style = getComputedStyle(element);
        const { x, y, width, height } = element.getBoundingClientRect();
        const { backgroundColor, borderTopStyle, borderTopWidth, borderTopColor, outlineStyle } = style;
        const look = { backgroundColor, borderTopStyle, borderTopWidth, borderTopColor, outlineStyle };
        return { class: element.className, x, y, width, height, ...look };
      }),
    );
  }

  /** Waits until something is so; fails when that hangs. */
  async until(what, condition) {
    const started = Date.now();
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (Date.now() - started > END_MS) throw new Error(`Waited in vain: ${what}`);
      await sleep(100);
    }
  }
}
