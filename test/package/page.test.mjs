// The page of the extension, as marketplaces and VS Code show it: packaging/README.md.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/ensure.mjs';
import { pageFor } from '../../scripts/package.mjs';

const read = (file) => readFileSync(path.join(root, file), 'utf8');
const text = read('packaging/README.md');
const strings = JSON.parse(read('package.nls.json'));
const { contributes } = JSON.parse(read('package.json'));

describe('the page of the extension', () => {
  it('says what a user wants to know, apart from README.md, which is for those who build it', () => {
    const parts = ['Your first question', 'What it reads', 'Limits', 'Speed on an ordinary laptop', 'Privacy'];
    for (const part of [...parts, 'What remains after uninstalling']) {
      const [, said] = text.split(`\n## ${part}\n`);
      assert.ok(said?.split('\n## ')[0].trim().length > 150, part);
    }
    assert.doesNotMatch(text, /\bnpm\b|\bclone\b|CONTRIBUTING|node dist|docs\//);
    assert.match(read('README.md'), /npm start/);
  });

  it('has three pictures, of the running product', () => {
    const pictures = [...text.matchAll(/!\[(.+)\]\((.+)\)/g)];
    assert.equal(pictures.length, 3);
    for (const [, alt, target] of pictures) {
      assert.ok(alt.length > 20, target);
      const picture = path.join(root, 'packaging', target);
      assert.ok(statSync(picture).size < 250_000, target);
      assert.equal(readFileSync(picture).toString('latin1', 1, 4), 'PNG');
    }
  });

  it('names commands by their titles', () => {
    const titles = contributes.commands.map(({ title }) => strings[title.replaceAll('%', '')].replace(/\.\.\.$/, ''));
    const isTitled = (name) => titles.includes(name.replace(/^Ask BERT: /, ''));
    const bold = [...text.matchAll(/(?<!- )\*\*([A-Z][^*.?]*)\*\*/g)].map(([, name]) => name);
    assert.ok(bold.length >= 10);
    for (const name of bold) assert.ok(isTitled(name), name);
    for (const needed of ['Try It with a Sample', 'Remove Models and History', 'Clear History']) {
      assert.ok(
        bold.some((name) => name.endsWith(needed)),
        needed,
      );
    }
  });

  it('without a repository: no picture, no link to a file', () => {
    const page = pageFor(`${text}\n[a](docs/a.md) [b](https://b.example) [c](#limits)\n`, { version: '1.2.3' });
    assert.doesNotMatch(page, /!\[/);
    assert.match(page, /\na \[b\]\(https:\/\/b\.example\) \[c\]\(#limits\)\n/);
    assert.match(page, /^# Ask BERT\n\n\*\*Ask a question/);
  });

  it('with a repository: pictures and links at the tag of the version, files that exist', () => {
    const source = `${text}\n[the security policy](../SECURITY.md)\n`;
    for (const repository of [
      { type: 'git', url: 'https://github.com/someone/ask-bert.git' },
      'https://github.com/someone/ask-bert',
      { url: 'git@github.com:someone/ask-bert.git' },
    ]) {
      const page = pageFor(source, { repository, version: '1.2.3' });
      const base = 'https://raw.githubusercontent.com/someone/ask-bert/v1.2.3/';
      const pictures = [...page.matchAll(/!\[.+\]\((.+)\)/g)].map(([, address]) => address);
      assert.equal(pictures.length, 3);
      for (const address of pictures) {
        assert.ok(address.startsWith(base), address);
        assert.ok(existsSync(path.join(root, address.slice(base.length))), address);
      }
      const shown = 'https://github.com/someone/ask-bert/blob/v1.2.3/SECURITY.md';
      assert.ok(page.includes(`[the security policy](${shown})`));
    }
  });
});
