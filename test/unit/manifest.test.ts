/** package.json, its texts and the strings of the code belong together. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { settingRules } from '../../src/settings-table.js';

const root = path.join(__dirname, '..', '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json'));
const { contributes } = manifest;

describe('manifest', () => {
  it('every %text% is in package.nls.json, and nothing else is', () => {
    const used = new Set([...read('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
    assert.deepEqual([...used].sort(), Object.keys(JSON.parse(read('package.nls.json'))).sort());
  });

  it('settings are those of the code, with the same defaults, in order', () => {
    const properties = contributes.configuration.properties as Record<string, { default: unknown; order: number }>;
    const keys = Object.keys(properties);
    assert.deepEqual(keys.map((key) => key.replace('askBert.', '')).sort(), Object.keys(settingRules).sort());
    for (const [key, rule] of Object.entries(settingRules)) {
      const property = properties[`askBert.${key}`];
      assert.deepEqual(property.default, rule.default, key);
      assert.notEqual(rule.accept(property.default), undefined, key);
    }
    assert.deepEqual(
      keys.map((key) => properties[key].order),
      keys.map((_, index) => index + 1),
    );
    assert.ok(keys.length <= 15);
  });

  it('limits in the settings editor are those of the code', () => {
    type Property = { minimum?: number; maximum?: number; enum?: string[] };
    for (const [key, rule] of Object.entries(settingRules)) {
      const { minimum, maximum, enum: values } = contributes.configuration.properties[`askBert.${key}`] as Property;
      for (const value of [minimum, maximum, ...(values ?? [])]) {
        if (value !== undefined) assert.equal(rule.accept(value), value, key);
      }
      if (minimum !== undefined) assert.equal(rule.accept(minimum - 1), undefined, key);
      if (maximum !== undefined) assert.equal(rule.accept(maximum + 1), undefined, key);
    }
  });

  it('menus and keys name commands that exist; keys are bound to the editor', () => {
    const commands = (contributes.commands as { command: string }[]).map(({ command }) => command);
    const menus = Object.values(contributes.menus).flat() as { command: string; when: string }[];
    for (const { command, when } of [...menus, ...contributes.keybindings]) {
      assert.ok(commands.includes(command), command);
      assert.ok(when, command);
    }
    assert.equal(contributes.keybindings.length, 1);
    assert.match(contributes.keybindings[0].when, /editorTextFocus/);
  });

  it('every colour has a default for each kind of theme', () => {
    for (const { id, defaults } of contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ['dark', 'highContrast', 'highContrastLight', 'light'], id);
    }
  });

  it('settings of the machine are not taken from an untrusted folder: all of them, and no other', () => {
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, 'limited');
    const properties: Record<string, { scope?: string }> = contributes.configuration.properties;
    const ofMachine = Object.keys(properties).filter((key) => /^machine/.test(properties[key].scope ?? ''));
    assert.deepEqual([...restrictedConfigurations].sort(), ofMachine.sort());
    // What names a file or a folder is of the machine.
    for (const key of Object.keys(properties).filter((each) => /path|folder|file|url|mirror/i.test(each))) {
      assert.ok(ofMachine.includes(key), key);
    }
  });

  it('every string of the code is in the bundle for translators, and nothing else is', () => {
    execFileSync(process.execPath, [path.join(root, 'scripts', 'l10n.mjs'), '--check'], { stdio: 'pipe' });
  });
});
