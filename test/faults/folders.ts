/** Folders of one test file, that go away after its tests. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** @returns makes an empty folder with the given rights, whatever the process leaves out of them */
export function folderMaker(name: string): (mode?: number) => string {
  const root = mkdtempSync(path.join(tmpdir(), `ask-bert-${name}-`));
  after(() => rmSync(root, { recursive: true, force: true }));
  let count = 0;
  return (mode = 0o700) => {
    const folder = path.join(root, String(count++));
    mkdirSync(folder);
    chmodSync(folder, mode);
    return folder;
  };
}
