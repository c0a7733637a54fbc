/** Walking a folder without leaving the folders that may be read. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { walkFolder } from '../../../server/documents/find-files.js';
import { isInside } from '../../../server/storage/inside.js';

const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ask-bert-within-')));
after(() => rmSync(folder, { recursive: true }));

describe('within the folders that may be read', () => {
  it('rules of a folder above them are not read, those inside are', async () => {
    for (const each of ['.git', 'root/docs']) mkdirSync(path.join(folder, each), { recursive: true });
    writeFileSync(path.join(folder, '.gitignore'), '*.txt\n');
    writeFileSync(path.join(folder, 'root/.gitignore'), '*.log\n');
    for (const name of ['a.txt', 'b.log', 'c.md']) writeFileSync(path.join(folder, 'root/docs', name), 'words');
    const docs = path.join(folder, 'root/docs');
    const names = async (within?: string[]) => (await walkFolder(docs, { within })).files.map(({ name }) => name);
    assert.deepEqual(await names(), ['c.md']);
    assert.deepEqual(await names([folder]), ['c.md']);
    assert.deepEqual(await names([path.join(folder, 'root')]), ['a.txt', 'c.md']);
    assert.deepEqual(await names([docs]), ['a.txt', 'b.log', 'c.md']);
  });

  it('a folder of a similar name is not inside', () => {
    const root = path.join(folder, 'root');
    for (const inside of [root, path.join(root, 'a'), path.join(root, '..a'), path.join(root, 'a/../b')]) {
      assert.ok(isInside(root, inside), inside);
    }
    for (const outside of [
      folder,
      `${root}s`,
      path.join(root, '..'),
      path.join(root, '../root-other'),
      path.parse(root).root,
    ]) {
      assert.ok(!isInside(root, outside), outside);
    }
  });
});
