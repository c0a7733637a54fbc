/** Only regular files are read, by every reader: pipes, devices, sockets and folders each have one clear error. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs, {
  closeSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import fsp from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readContent } from '../../../server/documents/content.js';
import { walkFolder } from '../../../server/documents/find-files.js';
import { loadDocument, surveyDocument } from '../../../server/documents/load.js';
import { readQuestionSet } from '../../../server/documents/question-set.js';
import { Ledger } from '../../../server/engine/ledger.js';
import { EngineCache } from '../../../server/engine/tensorrt/cache.js';
import { readModelConfig } from '../../../server/model/config.js';
import { Part } from '../../../server/model/download/part.js';
import { openSource } from '../../../server/model/import/source.js';
import { readVocabulary } from '../../../server/model/import/vocabulary-file.js';
import { readModelVocabulary } from '../../../server/model/model-vocabulary.js';
import { readManifest } from '../../../server/model/store/manifest.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { weightsHash } from '../../../server/model/weights-hash.js';
import { withLock } from '../../../server/storage/lock.js';
import { pipeTiming } from '../../../server/storage/named-pipe.js';
import { FileFault, readRegular, readRegularSync } from '../../../server/storage/open-file.js';
import { END_MS } from '../helpers/waits.js';

const skip = process.platform === 'win32';
const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-open-'));
const server = net.createServer();
after(() => {
  server.close();
  rmSync(root, { recursive: true });
});

const tiny = path.resolve('test/fixtures/models/tiny-f32');

/** What is not a regular file, put where a name asks for one. */
const kinds: Record<string, { put(file: string): void | Promise<void>; told: string }> = {
  pipe: { put: (file) => void execFileSync('mkfifo', [file]), told: 'a pipe' },
  device: { put: (file) => symlinkSync('/dev/zero', file), told: 'a device' },
  folder: { put: (file) => void mkdirSync(file), told: 'a folder' },
  socket: {
    put: (file) =>
      new Promise<void>((resolve) => {
        // The path of a socket is short.
        const beside = path.join(root, 's');
        if (server.listening) resolve();
        else server.listen(beside, resolve);
      }).then(() => symlinkSync(path.join(root, 's'), file)),
    told: 'a socket',
  },
};

/** Readers that refuse, with the file in their message. */
const readers: Record<string, (file: string) => unknown> = {
  document: (file) => readContent(file),
  'model configuration': (file) => readModelConfig(modelWith('config.json', file)),
  'tokeniser configuration': (file) => readModelConfig(modelWith('tokenizer_config.json', file)),
  vocabulary: (file) => readModelVocabulary(readModelConfig(modelWith('vocab.txt', file))),
  weights: (file) => new ModelWeights(readModelConfig(modelWith('model.safetensors', file))),
  'checkpoint of safetensors': (file) => openSource(modelWith('model.safetensors', file)),
  'checkpoint of PyTorch': (file) => {
    const folder = modelWith('pytorch_model.bin', file);
    rmSync(path.join(folder, 'model.safetensors'));
    return openSource(folder);
  },
  'vocabulary of a checkpoint': (file) => readVocabulary(file),
};

let count = 0;
function modelWith(name: string, file: string): string {
  const folder = path.join(root, `model${count++}`);
  cpSync(tiny, folder, { recursive: true });
  rmSync(path.join(folder, name), { force: true });
  symlinkSync(file, path.join(folder, name));
  return folder;
}

for (const [kind, { put, told }] of Object.entries(kinds)) {
  test(`${kind}: every reader refuses it at once, naming it`, { skip }, async () => {
    const file = path.join(root, kind);
    await put(file);
    for (const [what, read] of Object.entries(readers)) {
      const error = await Promise.resolve()
        .then(() => read(file))
        .then(
          () => assert.fail(`${what} was read`),
          (thrown: Error) => thrown,
        );
      assert.match(error.message, new RegExp(`is ${told}, (not a regular|expected a) file|is not a folder`), what);
      assert.ok(error.message.includes(root), `${what}: ${error.message}`);
    }
    const uri = pathToFileURL(file).href;
    for (const found of [await surveyDocument({ uri }), await loadDocument({ uri })]) {
      assert.ok('reason' in found && found.reason === 'unreadable');
      assert.match(found.message, new RegExp(`is ${told}, `));
    }
  });

  test(`${kind} in the place of a note is ignored`, { skip }, async () => {
    const folder = path.join(root, `notes-${kind}`);
    mkdirSync(folder);
    const at = async (...names: string[]) => {
      const file = path.join(folder, ...names);
      mkdirSync(path.dirname(file), { recursive: true });
      await put(file);
      return file;
    };
    await at('ask-bert-model.json');
    assert.equal(await readManifest(folder), undefined);
    await at('weights.json');
    assert.match(await weightsHash(folder, path.join(tiny, 'vocab.txt')), /^[0-9a-f]{64}$/);
    await at('refused.json');
    assert.equal(new Ledger(folder).refusal('0'.repeat(32)), undefined);
    await at('k', 'manifest.json');
    assert.ok('reason' in (await new EngineCache(folder).read('k')));
    const part = new Part(path.join(folder, 'w'));
    await put(path.join(folder, 'w.part.json'));
    assert.deepEqual(await part.state(), {});
    const lock = await at('lock');
    assert.equal(await withLock(lock, async () => 'taken'), 'taken');
    await at('.gitignore');
    writeFileSync(path.join(folder, 'a.md'), 'x');
    const { files } = await walkFolder(folder, { include: ['*.md'] });
    assert.deepEqual(
      files.map(({ name }) => name),
      ['a.md'],
    );
  });
}

test('the limit also applies to files that grow or do not state their length', { skip }, async () => {
  const file = path.join(root, 'sized');
  writeFileSync(file, 'x'.repeat(1000));
  for (const read of [async (n: number) => readRegularSync(file, n), (n: number) => readRegular(file, n)]) {
    assert.equal((await read(1000)).toString(), 'x'.repeat(1000));
    await assert.rejects(read(999), { kind: 'tooLarge', message: 'it has 1000 bytes, at most 999 are read' });
  }
  truncateSync(file, 0);
  assert.equal((await readRegular(file, 10)).length, 0);
  // Files of /proc have no size.
  if (process.platform === 'linux') {
    const [now, whole] = [readRegularSync('/proc/self/maps', 1 << 24), await readRegular('/proc/self/status', 1 << 16)];
    assert.ok(now.length > 1000 && whole.includes('VmRSS'));
    await assert.rejects(readRegular('/proc/self/status', 10), { kind: 'tooLarge' });
    assert.throws(() => readRegularSync('/proc/self/status', 10), FileFault);
  }
  await assert.rejects(readRegular(path.join(root, 'none'), 10), { code: 'ENOENT' });
});

test('a pipe named by the user is read like standard input, with the same limit', { skip }, async () => {
  const pipe = path.join(root, 'named');
  execFileSync('mkfifo', [pipe]);
  const writing = (command: string) => spawn('sh', ['-c', `${command} > "${pipe}"`]);
  // No machine is slow enough for that.
  pipeTiming.writerMs = END_MS;
  writing('echo the king');
  assert.equal((await readContent(pipe, { special: true })).text, 'the king\n');
  writing('printf "%s" "- {name: a, question: b}"');
  assert.deepEqual(await readQuestionSet(pipe), [{ name: 'a', question: 'b' }]);
  writing('cat /dev/zero');
  await assert.rejects(readQuestionSet(pipe), { code: 'InputUnreadable', message: /larger than 1 MB/ });
  await assert.rejects(readQuestionSet('/dev/zero'), { code: 'InputUnreadable', message: /larger than 1 MB/ });
  pipeTiming.writerMs = 20;
  // A writer that is silent is waited for.
  const fd = openSync(pipe, 'r+');
  const slow = readContent(pipe, { special: true });
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeSync(fd, 'a city');
  closeSync(fd);
  assert.equal((await slow).text, 'a city');
  await assert.rejects(readContent(pipe, { special: true }), {
    code: 'InputUnreadable',
    message: /named cannot be read: it is a pipe that no program writes to/,
  });
});

test('a file that another program has a lease on is opened all the same; nothing else is waited for', {
  skip,
}, async (t) => {
  const file = path.join(root, 'leased');
  const pipe = path.join(root, 'leased-pipe');
  writeFileSync(file, 'the king');
  execFileSync('mkfifo', [pipe]);
  // As Linux does while the lease lasts, with a pipe as well, which it never says that of.
  const waited: unknown[] = [];
  const refuse = (name: unknown, flags: unknown) => {
    if (name !== file && name !== pipe) return;
    if (Number(flags) & constants.O_NONBLOCK) throw Object.assign(new Error('EAGAIN: try again'), { code: 'EAGAIN' });
    waited.push(name);
  };
  const { openSync: openNow } = fs;
  const { open } = fsp;
  t.mock.method(fs, 'openSync', (...args: Parameters<typeof openNow>) => {
    refuse(args[0], args[1]);
    return openNow(...args);
  });
  t.mock.method(fsp, 'open', async (...args: Parameters<typeof open>) => {
    refuse(args[0], args[1]);
    return open(...args);
  });
  assert.equal(readRegularSync(file, 100).toString(), 'the king');
  assert.equal((await readRegular(file, 100)).toString(), 'the king');
  assert.deepEqual(waited, [file, file]);
  assert.throws(() => readRegularSync(pipe, 100), { code: 'EAGAIN' });
  await assert.rejects(readRegular(pipe, 100), { code: 'EAGAIN' });
  assert.deepEqual(waited, [file, file]);
});
