// What the tests of the window have in common: things that a person does, and what is then to be seen.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const AGREEMENT = 'service-agreement.md';
export const FEE = 'EUR 4,850';

/** Does a rectangle of a decoration lie on this text? */
export function covers(decoration, place) {
  const inside = (a, b) => Math.abs(a - b) <= 2;
  return (
    inside(decoration.x, place.x) &&
    inside(decoration.x + decoration.width, place.x + place.width) &&
    decoration.y <= place.y + place.height / 2 &&
    decoration.y + decoration.height >= place.y + place.height / 2
  );
}

/** The decorations on exactly this text. */
export async function decorationsOn(workbench, text) {
  const place = await workbench.placeOf(text);
  const all = await workbench.decorations();
  return place ? all.filter((decoration) => covers(decoration, place)) : [];
}

export const highlighted = (workbench, text) =>
  workbench.until(`a highlight on "${text}"`, async () => {
    const found = await decorationsOn(workbench, text);
    return found.length > 0 ? found : undefined;
  });

/** The one of the two rectangles on the current answer that has the look of the best answer. */
export const isBest = ({ borderTopStyle, borderTopWidth }) => borderTopStyle === 'solid' && borderTopWidth !== '0px';

export const nothingHighlighted = (workbench) =>
  workbench.until('no highlight', async () => (await workbench.decorations()).length === 0);

export async function ask(workbench, question) {
  await workbench.command('Ask BERT: Ask about Selection');
  await workbench.boxTitle.filter({ hasText: 'Ask about ' }).waitFor();
  await workbench.answerBox(question);
}

export const statusText = (workbench) =>
  workbench.page.locator('[id="ask-bert.ask-bert.askBert.status"]').textContent();

/** Process ids of the sidecar of this VS Code. */
export function sidecars(profile) {
  return processes()
    .filter(({ command }) => command.includes(path.join('dist', 'sidecar.js')) && command.includes(profile.extensions))
    .map(({ pid }) => pid);
}

/** All processes with their command lines: from /proc where that exists (small containers have no ps), else from ps. */
export function processes() {
  if (!existsSync('/proc/self')) {
    const lines = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return { pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8') };
      } catch {
        return { pid: Number(name), command: '' }; // it has just ended
      }
    });
}

export const SAMPLES = path.join(import.meta.dirname, '..', '..', 'samples');

/** A view of the container Ask BERT. */
export const pane = ({ page }, title) =>
  page.locator('.pane', { has: page.locator('.pane-header .title', { hasText: title }) });

export const resultRows = (workbench) => pane(workbench, 'Answers').locator('.customview-tree .monaco-list-row');
export const historyRows = (workbench) => pane(workbench, 'History').locator('.customview-tree .monaco-list-row');

/** Waits for the line above the tree. */
export const resultsMessage = (workbench, expected) =>
  workbench.page.locator('.tree-explorer-viewlet-tree-view .message').filter({ hasText: expected }).waitFor();

/** Chooses a row of the list that is open. */
export async function pick(workbench, label) {
  const row = workbench.page.locator('.quick-input-list').getByRole('option', { name: label }).first();
  await row.waitFor();
  await row.click();
}

/** Cursor to the beginning of a line, by the editor's own "go to line". */
export async function goTo(workbench, line, column = 1) {
  await workbench.page.keyboard.press('Control+G');
  await workbench.answerBox(`:${line}:${column}`);
  const there = new RegExp(`Ln ${line}, Col ${column}\\b`);
  await workbench.page.locator('.statusbar-item', { hasText: there }).first().waitFor();
}
