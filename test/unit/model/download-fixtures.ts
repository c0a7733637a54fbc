/** What the tests of downloads share: a server, an empty store, and what is said of both. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { type DownloadOptions, downloadModel } from '../../../server/model/download/download-model.js';
import type { CatalogueEntry } from '../../../server/model/store/catalogue.js';
import { ModelStore, partialFolder } from '../../../server/model/store/store.js';
import { END_MS } from '../helpers/waits.js';
import { ModelServer, sha256, tinyEntry, tinyFiles } from './model-server.js';

export const entry = tinyEntry(true);
export const unhashed = tinyEntry(false);
export const WEIGHTS = 'model.safetensors';
/** A machine that is busy is silent for a while. */
export const patience = { silenceMs: END_MS, retryMs: 5, tries: 3, slowMs: END_MS };

/** New for each test. */
export let server: ModelServer;
export let store: ModelStore;
export let base: string;

beforeEach(async () => {
  server = await new ModelServer(tinyFiles(entry)).start();
  base = server.base;
  store = new ModelStore(path.join(mkdtempSync(path.join(tmpdir(), 'ask-bert-store-')), 'models'));
});
afterEach(() => {
  server.close();
  rmSync(path.dirname(store.folder), { recursive: true, force: true });
});

export const get = (what: CatalogueEntry = entry, options: Partial<DownloadOptions> = {}) =>
  downloadModel(what, store, { fetch, base, patience, ...options });

export const partFile = () => path.join(partialFolder(store.folderOf('tiny')), `${WEIGHTS}.part`);
export const weights = () => server.files.get(WEIGHTS)!;

/** The store holds the whole model and nothing else. */
export async function assertInstalled(verified: string): Promise<void> {
  assert.deepEqual(readdirSync(store.folder), ['tiny']);
  const folder = store.folderOf('tiny');
  assert.deepEqual(readdirSync(folder).sort(), ['ask-bert-model.json', 'config.json', WEIGHTS, 'vocab.txt']);
  for (const [name, content] of server.files) assert.deepEqual(readFileSync(path.join(folder, name)), content);
  const [model] = await store.list();
  assert.equal(model.fault, undefined);
  const found = model.manifest!.files.find(({ name }) => name === WEIGHTS)!;
  assert.deepEqual(found, { name: WEIGHTS, bytes: weights().length, sha256: sha256(weights()), verified });
}

/** It fails with one sentence that has all the words, and something to do. */
export async function refused(
  work: Promise<unknown>,
  code: string,
  ...words: Array<string | RegExp>
): Promise<AskBertError> {
  const error = await work.then(
    () => assert.fail(`not refused: ${words.join(', ')}`),
    (e: unknown) => e,
  );
  assert.ok(error instanceof AskBertError, String((error as Error).stack));
  assert.equal(error.code, code, error.message);
  assert.ok(!error.message.includes('\n'), error.message);
  assert.ok(error.remedy, error.message);
  for (const word of words) {
    if (typeof word === 'string') assert.ok(error.message.includes(word), `${word} is not in: ${error.message}`);
    else assert.match(error.message, word);
  }
  assert.ok(!existsSync(store.folderOf('tiny')), 'nothing was installed');
  return error;
}
