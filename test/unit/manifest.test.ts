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

  it('settings that choose programs and folders cannot be set by an untrusted folder', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.ok(restrictedConfigurations.includes('askBert.modelPath'));
    assert.equal(contributes.configuration.properties['askBert.modelPath'].scope, 'machine-overridable');
  });

  it('tells a marketplace what it shows: icon, banner, categories, keywords, questions, price', () => {
    const icon = readFileSync(path.join(root, manifest.icon));
    assert.equal(icon.toString('latin1', 1, 4), 'PNG');
    assert.ok(
      icon.readUInt32BE(16) >= 128 && icon.readUInt32BE(16) === icon.readUInt32BE(20),
      'square, 128 pixels or more',
    );
    assert.match(manifest.galleryBanner.color, /^#[\da-f]{6}$/);
    assert.match(manifest.galleryBanner.theme, /^(dark|light)$/);
    assert.ok(manifest.categories.includes('AI'));
    assert.ok(manifest.keywords.length >= 5 && manifest.keywords.length <= 30);
    assert.equal(new Set(manifest.keywords).size, manifest.keywords.length);
    assert.equal(manifest.qna, 'marketplace');
    assert.equal(manifest.pricing, 'Free');
    assert.equal(manifest.preview, Number(manifest.version.split('.')[0]) === 0, 'a preview until 1.0');
    assert.deepEqual(manifest.extensionKind, ['workspace']);
    assert.match(read('CHANGELOG.md'), new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}$`, 'm'));
  });

  it('every string of the code is in the bundle for translators, and nothing else is', () => {
    execFileSync(process.execPath, [path.join(root, 'scripts', 'l10n.mjs'), '--check'], { stdio: 'pipe' });
  });
});
