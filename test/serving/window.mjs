// The packaged extension in a real VS Code with a server: an answer by it, what the status says, and what happens when
// the server has gone, with and without the local engine in its place.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { sleep } from '../../scripts/code-server.mjs';
import { Stage } from '../e2e/stage.mjs';
import { AGREEMENT, ask, FEE, highlighted, SAMPLES } from '../e2e/steps.mjs';

/** A request is tried again for half a minute before it fails. */
const GIVES_UP_MS = 120_000;

const tooltip = async ({ page }) => {
  await page.locator('[id="ask-bert.ask-bert.askBert.status"]').hover();
  const found = page.locator('.monaco-hover:not(.hidden)').filter({ hasText: 'Engine' }).first();
  await found.waitFor();
  const text = (await found.textContent()).replace(/\u00a0/g, ' ');
  await page.keyboard.press('Escape');
  return text;
};

/** The text of a notification, however long it takes to come. */
const told = async ({ page }, part) => {
  const toast = page.locator('.notification-toast', { hasText: part }).first();
  await toast.waitFor({ timeout: GIVES_UP_MS });
  return toast.textContent();
};

/**
 * @param vsix of this platform @param url of a server that runs @param stopServer kills it
 * @returns the names of what was seen
 */
export async function inWindow(vsix, url, stopServer) {
  const { host } = new URL(url);
  const stage = new Stage();
  const { profile } = stage;
  const settings = { 'askBert.engine': 'remote', 'askBert.remote.url': url };
  profile.settings(settings);
  const folder = path.join(profile.folder, 'workspace');
  cpSync(SAMPLES, folder, { recursive: true });
  const seen = [];
  try {
    await profile.install(vsix);
    await stage.open();
    const { workbench, server } = stage;
    const toasts = workbench.page.locator('.notification-toast', { hasText: 'Ask BERT' });
    await workbench.open(server, folder);
    await workbench.openFile(AGREEMENT);
    await ask(workbench, 'How much is the monthly fee?');
    await highlighted(workbench, FEE);
    seen.push('the answer is marked');
    const status = await tooltip(workbench);
    assert.match(status, /remote/);
    assert.ok(status.includes(`The token ids of what you ask and ask about are sent to ${host}.`), status);
    assert.equal(await toasts.count(), 0);
    seen.push('the status says what is sent, and where');

    stopServer();
    await ask(workbench, 'Who is the head of operations?');
    const message = await told(workbench, host);
    assert.equal(await toasts.count(), 1);
    seen.push(`server killed: ${message.replace(/\s+/g, ' ').trim()}`);
    await workbench.dismissNotifications();

    profile.settings({ ...settings, 'askBert.remote.fallback': true });
    await sleep(1000);
    await workbench.openFile(AGREEMENT);
    await ask(workbench, 'Who is the head of operations?');
    await highlighted(workbench, 'Owen Tregarth');
    assert.match(await tooltip(workbench), /cpu/);
    seen.push('the processor here answers, since the user allows it');
    return seen;
  } catch (error) {
    mkdirSync('test/e2e/out', { recursive: true });
    await stage.workbench?.page.screenshot({ path: 'test/e2e/out/serving.png' }).catch(() => {});
    stage.saveLogs('test/e2e/out/serving.log');
    throw error;
  } finally {
    await stage.close();
  }
}
