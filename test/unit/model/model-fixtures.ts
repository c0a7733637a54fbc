/** The tiny models of test/fixtures, and spoilt copies of them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

export const fixture = (name: string): string => path.resolve('test/fixtures/models', name);

const made: string[] = [];
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A copy of a tiny model with fields of config.json replaced (undefined removes one), for a test to spoil. */
export function copyOfModel(name: string, change: { config?: Record<string, unknown> } = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-model-'));
  made.push(folder);
  cpSync(fixture(name), folder, { recursive: true });
  const file = path.join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change.config }));
  return folder;
}
