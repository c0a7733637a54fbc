/** Files are opened for reading in one place: nothing else in the server takes the functions of Node for that. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

/** Functions that open what they are given, whatever it is. */
const OPENING = ['createReadStream', 'open', 'openSync', 'openAsBlob', 'readFile', 'readFileSync'];

/** Why a file takes one of them all the same. */
const EXCEPT: Record<string, string> = {
  'server/storage/open-file.ts': 'it is the place',
  'server/storage/named-pipe.ts': 'for what the user names and is not a regular file',
  'server/storage/disk.ts': 'writes',
  'server/storage/lock.ts': 'writes',
  'server/storage/replace-file.ts': 'writes',
  'server/cli/extract-state.ts': 'writes',
  'server/model/import/safetensors-writer.ts': 'writes',
  'server/l10n.ts': 'a file of the installation, below everything else',
};

/** What a module imports from node:fs; a name for all of it counts as everything. */
function opened(text: string): string[] {
  const imports = text.matchAll(/import\s+([^;]*?)\s+from\s+'node:fs(?:\/promises)?'/g);
  return [...imports].flatMap(([, names]) => {
    if (!names.startsWith('{') && !names.startsWith('type ')) return ['everything'];
    const list = names.replace(/[{}]/g, '').split(',');
    return list.map((name) => name.trim().split(/\s/)[0]).filter((name) => OPENING.includes(name));
  });
}

test('only server/storage opens files for reading', () => {
  const files = (readdirSync('server', { recursive: true }) as string[])
    .map((file) => path.join('server', file).split(path.sep).join('/'))
    .filter((file) => file.endsWith('.ts'));
  const found = files.filter((file) => opened(readFileSync(file, 'utf8')).length > 0);
  assert.deepEqual(found.sort(), Object.keys(EXCEPT).sort());
  assert.deepEqual(opened("import { readFile, stat } from 'node:fs/promises';"), ['readFile']);
  assert.deepEqual(opened("import fs from 'node:fs';"), ['everything']);
});
