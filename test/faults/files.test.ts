/** Files of the installation are deleted while it runs, as an update or a clean-up does. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { runs } from '../server/sidecar-process.js';
import { Client } from './client.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-files-'));
const installation = path.join(root, 'installation');
for (const part of ['dist', 'l10n', 'package.json']) copy(part, part);
copy('test/fixtures/models/tiny-f32', 'models/default');
copy('node_modules/onnxruntime-common', 'node_modules/onnxruntime-common');
const binaries = path.join('bin', 'napi-v6');
copy('node_modules/onnxruntime-node', 'node_modules/onnxruntime-node', (file) => {
  const [, below] = file.split(binaries + path.sep);
  return (
    below === undefined ||
    path.join(process.platform, process.arch).startsWith(below) ||
    below.startsWith(path.join(process.platform, process.arch))
  );
});

function copy(from: string, to: string, filter?: (file: string) => boolean): void {
  cpSync(path.resolve(from), path.join(installation, to), { recursive: true, filter });
}

const clients: Client[] = [];
after(async () => {
  for (const client of clients) await client.end();
  rmSync(root, { recursive: true, force: true });
  assert.deepEqual(clients.flatMap(({ pids }) => pids).filter(runs), []);
});

interface Case {
  file: string;
  /** What the user is told once the file is needed again. */
  code: string;
  told: RegExp;
  /** The whole process has to start again before the file is missed. */
  process?: boolean;
}

const cases: Case[] = [
  { file: 'dist/worker.js', code: 'LibraryMissing', told: /worker\.js.*Install it again/s },
  { file: 'dist/sidecar.js', code: 'StartFailed', told: /did not start \(exit code 1\)/, process: true },
  { file: 'models/default/model.safetensors', code: 'ModelInvalid', told: /model\.safetensors/ },
  { file: 'models/default/config.json', code: 'ModelInvalid', told: /config\.json/ },
  { file: 'models/default/vocab.txt', code: 'ModelInvalid', told: /vocab\.txt/ },
  { file: 'models', code: 'ModelInvalid', told: /models/ },
  { file: 'node_modules/onnxruntime-node', code: 'LibraryMissing', told: /onnxruntime-node/ },
  { file: 'node_modules/onnxruntime-node/bin', code: 'LibraryMissing', told: /ONNX Runtime cannot be loaded/ },
  { file: 'l10n', code: '', told: /^$/, process: true },
  { file: '.', code: 'StartFailed', told: /did not start/, process: true },
];

for (const { file, code, told, process: whole } of cases) {
  test(`${file} is deleted: the loaded model still answers; then one message; restored, it works again`, async () => {
    const client = new Client({ module: path.join(installation, 'dist', 'sidecar.js'), settings: { modelPath: '' } });
    clients.push(client);
    const expected = (await client.ask()).result?.answers;
    assert.ok(expected);
    const place = path.join(installation, file);
    const aside = `${path.resolve(place)}.aside`;
    renameSync(place, aside);
    try {
      assert.deepEqual((await client.ask()).result?.answers, expected);
      if (whole) process.kill(client.pid!, 'SIGKILL');
      // Other threads: the worker starts again.
      else client.change({ threads: 2 });
      const outcome = await client.ask();
      assert.equal(outcome.code ?? '', code, outcome.messages.join());
      assert.equal(outcome.messages.length, code ? 1 : 0);
      assert.match(outcome.messages.join(), told);
    } finally {
      rmSync(place, { recursive: true, force: true });
      renameSync(aside, place);
    }
    assert.ok(existsSync(place));
    const { result, messages } = await client.ask();
    assert.ok(result, messages.join());
    await client.end();
  });
}
