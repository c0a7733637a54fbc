/** THIRD_PARTY_NOTICES.md names what ONNX Runtime's libraries contain of others. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Parts {
  PARTS: { name: string; license: string; title: string; bytes: string }[];
  publishersNotices(version: string): string;
}
const parts = (): Promise<Parts> => import(pathToFileURL(path.resolve('scripts/onnxruntime-parts.mjs')).href);
const notices = readFileSync('THIRD_PARTY_NOTICES.md', 'utf8');
const folder = path.join('node_modules', 'onnxruntime-node');
const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };

/** Of every platform that is installed: the package holds all of them. */
const libraries = (readdirSync(path.join(folder, 'bin'), { recursive: true, encoding: 'utf8' }) as string[])
  .filter((name) => /(^|[\\/])(libonnxruntime|onnxruntime)\.[\w.]*(so|dylib|dll)[\w.]*$/.test(name))
  .map((name) => path.join(folder, 'bin', name))
  .filter((file) => existsSync(file));

describe('notices of the components of ONNX Runtime', () => {
  it('are those of the shipped version, and complete', async () => {
    const { publishersNotices } = await parts();
    assert.ok(notices.includes(publishersNotices(version)));
    assert.throws(() => publishersNotices('0.0.1'), /onnxruntime-0\.0\.1/);
  });

  it('name every component found in a library, with its licence, and no other component', async () => {
    const { PARTS } = await parts();
    assert.ok(libraries.length > 0);
    const contents = libraries.map((file) => readFileSync(file));
    for (const { name, license, title, bytes } of PARTS) {
      assert.ok(notices.includes(`\n- ${name} (${license})\n`), name);
      assert.match(notices, new RegExp(`\n_____\n+(?:[^\n]*\n){0,2}${title.replace(/[/.]/g, '\\$&')}`), title);
      assert.ok(
        contents.some((content) => content.includes(bytes)),
        `${bytes} is in none of ${libraries.join(', ')}`,
      );
    }
  });
});
