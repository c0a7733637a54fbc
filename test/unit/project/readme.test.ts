/** README and package.json agree. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const readme = readFileSync('README.md', 'utf8');
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const strings = JSON.parse(readFileSync('package.nls.json', 'utf8'));

describe('README', () => {
  it('names every setting with its default, and no other', () => {
    const groups = manifest.contributes.configuration as { properties: Record<string, { default: unknown }> }[];
    const properties = Object.assign({}, ...groups.map((group) => group.properties));
    const rows = [...readme.matchAll(/^\| `(askBert\.[\w.]+)` \| (.*?) \|/gm)].map((m) => [
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
    for (const { title } of manifest.contributes.commands) {
      const name = strings[title.replaceAll('%', '')];
      assert.ok(readme.includes(name), name);
    }
  });

  it('links to files that exist', () => {
    for (const [, target] of readme.matchAll(/\]\((?!http|#)([^)#]+)/g)) assert.ok(existsSync(target), target);
  });
});
