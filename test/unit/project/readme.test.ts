/** README, docs/editor.md and package.json agree. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const editor = readFileSync('docs/editor.md', 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'packaging/README.md',
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const strings = JSON.parse(readFileSync('package.nls.json', 'utf8'));

const withoutCode = (page: string) => readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```/gm, '');

describe('the documentation', () => {
  it('names every setting with its default, and no other', () => {
    const groups = manifest.contributes.configuration as { properties: Record<string, { default: unknown }> }[];
    const properties = Object.assign({}, ...groups.map((group) => group.properties));
    const rows = [...editor.matchAll(/^\| `(askBert\.[\w.]+)` \| (.*?) \|/gm)].map((m) => [
      m[1],
      m[2].replaceAll('`', ''),
    ]);
    assert.deepEqual(rows.map(([key]) => key).sort(), Object.keys(properties).sort());
    for (const [key, shown] of rows) {
      const value = properties[key].default;
      assert.equal(shown, value === null ? "the model's" : String(value), key);
    }
  });

  it('names every command by its title', () => {
    const commands = manifest.contributes.commands as { title: string }[];
    const names = commands.map(({ title }): string => strings[title.replaceAll('%', '')].replace(/\.\.\.$/, ''));
    // The longest first: "Clear Answers" is not named where "Clear Answers of Workspace" is.
    let rest = editor;
    for (const name of names.sort((a, b) => b.length - a.length)) {
      assert.ok(rest.includes(name), name);
      rest = rest.replaceAll(name, '');
    }
  });

  it('links only to files that exist', () => {
    for (const page of pages) {
      for (const [, target] of withoutCode(page).matchAll(/\]\((?!http|#)([^)#]+)/g)) {
        assert.ok(existsSync(path.join(path.dirname(page), target)), `${page}: ${target}`);
      }
    }
  });

  it('README.md and CONTRIBUTING.md stay short', () => {
    const lines = (page: string) => readFileSync(page, 'utf8').split('\n').length;
    assert.ok(lines('README.md') <= 150, `${lines('README.md')} lines`);
    assert.ok(lines('CONTRIBUTING.md') <= 120, `${lines('CONTRIBUTING.md')} lines`);
  });
});
