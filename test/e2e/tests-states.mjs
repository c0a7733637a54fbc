// What the product shows of itself, and what it does when something is wrong.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ask, highlighted, isBest, sidecars } from './steps.mjs';

export const statesTests = {
  'the status bar says what works, in its tooltip': async ({ workbench, shot }) => {
    await workbench.page.locator('[id="ask-bert.ask-bert.askBert.status"]').hover();
    const tooltip = workbench.page.locator('.monaco-hover:not(.hidden)').filter({ hasText: 'Engine' });
    await tooltip.first().waitFor();
    const text = (await tooltip.first().textContent()).replace(/\u00a0/g, ' ');
    for (const part of [
      /Engine: cpu, ./,
      /Model: ./,
      /, \d+ threads?/,
      /Memory: \d+ MB/,
      /Last answer: \d+ ms; \d+ answers: p50 \d+ ms, p95 \d+ ms/,
      /Ask \| Manage Models \| Open Settings \| Restart Server \| Show Log \| Report Diagnostics/,
    ]) {
      assert.match(text, part);
    }
    await shot('13-status');
    await workbench.page.mouse.move(600, 300);
  },

  'the language status has engine, model and times': async ({ workbench, shot }) => {
    await workbench.page.locator('[id="status.languageStatus"]').hover();
    const hover = workbench.page.locator('.monaco-hover:not(.hidden)', { hasText: 'Ask BERT: cpu' }).first();
    await hover.waitFor();
    const text = (await hover.textContent()).replace(/\u00a0/g, ' ');
    assert.match(text, /Ask BERT: cpu, (int8|fp32)/);
    assert.match(text, /\d+ ms \(p50 \d+ ms, p95 \d+ ms\) · ./);
    await shot('17-language-status');
    await workbench.page.mouse.move(600, 300);
  },

  'the sidecar is killed: the next question is answered by a new one': async ({ workbench, profile }) => {
    const [pid, ...others] = sidecars(profile);
    assert.ok(pid && others.length === 0, 'one sidecar');
    process.kill(pid, 'SIGKILL');
    await workbench.until('it is gone', () => !sidecars(profile).includes(pid));
    await ask(workbench, 'How much did it cost?');
    await workbench.until('a new one', () => sidecars(profile).length === 1);
    await highlighted(workbench, '1,940 euros');
  },

  'Restart Server': async ({ workbench, profile }) => {
    const [before] = sidecars(profile);
    await workbench.command('Ask BERT: Restart Server');
    await workbench.until('another one', () => {
      const now = sidecars(profile);
      return now.length === 1 && now[0] !== before;
    });
    await ask(workbench, 'How many cartons were moved?');
    await highlighted(workbench, '412');
  },

  'a wrong model folder: one message that leads to the setting': async ({ workbench, shot }) => {
    // A setting of the machine: what the user's own file says does not count on a server.
    await workbench.writeSettings('Workspace', '{ "askBert.modelPath": "/nowhere/at/all" }');
    await ask(workbench, 'How many cartons were moved?');
    const toast = await workbench.notification('/nowhere/at/all');
    await shot('14-wrong-model');
    await toast.getByText('Open Settings').click();
    const setting = workbench.page.locator('.settings-editor .setting-item-label', { hasText: 'Model Path' }).first();
    await setting.waitFor();
    await workbench.command('View: Close Editor');
    await workbench.writeSettings('Workspace', '{}');
    await workbench.dismissNotifications();
    await workbench.command('Ask BERT: Ask Again');
    await highlighted(workbench, '412');
  },

  'a value out of bounds: a message at the setting, a warning, and the default is used': async ({
    workbench,
    shot,
  }) => {
    await workbench.writeSettings('Workspace', '{ "askBert.alternatives": 99, "askBert.tensorRtPath": "here" }');
    await workbench.notification('askBert.alternatives is 99, expected 1..20');
    await workbench.dismissNotifications();
    await workbench.command('Ask BERT: Open Settings');
    const settings = workbench.page.locator('.settings-editor');
    await settings.getByRole('tab', { name: 'Workspace' }).click();
    for (const [key, text] of [
      ['alternatives', 'A whole number from 1 to 20'],
      ['tensorRtPath', 'An absolute path'],
    ]) {
      await settings.locator('.suggest-input-container').click();
      await workbench.page.keyboard.press('Control+A');
      await workbench.page.keyboard.type(`askBert.${key}`);
      const message = settings.locator('.setting-item-validation-message', { hasText: text });
      await message.first().waitFor();
      await shot(`18-settings-${key}`);
    }
    await workbench.command('View: Close Editor');
    await workbench.writeSettings('Workspace', '{}');
  },

  'light and high contrast themes': async ({ workbench, profile, shot }) => {
    const looks = [];
    const best = async () => (await highlighted(workbench, '412')).find(isBest)?.borderTopColor;
    let last = await best();
    const before = readFileSync(profile.settingsFile, 'utf8');
    for (const theme of ['Default Light Modern', 'Default High Contrast', 'Default High Contrast Light']) {
      await workbench.writeSettings('User', JSON.stringify({ ...JSON.parse(before), 'workbench.colorTheme': theme }));
      // A colour may change in steps, and that of the theme before may still be seen.
      await workbench.until(`colours of ${theme}`, async () => ![undefined, last].includes(await best()));
      last = await best();
      looks.push(last);
      await shot(`15-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
    await workbench.writeSettings('User', before);
    assert.ok(new Set(looks).size === 3, `themes have their own colours: ${looks}`);
  },
};
