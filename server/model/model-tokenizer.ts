/** The tokeniser of a model folder, checked against its configuration. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { readJsonSync, readRegularSync } from '../storage/open-file.js';
import { byteLevelFromFiles } from '../tokenizer/read-byte-level.js';
import { tokenizerFromJson } from '../tokenizer/read-tokenizer.js';
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js';
import { Tokenizer } from '../tokenizer/tokenizer.js';
import { type ModelConfig, readJsonObject, SHA256 } from './config.js';
import type { TokenizerKind } from './families/family.js';
import { INSTALLATION_FILE, readModelVocabulary, vocabularyHash } from './model-vocabulary.js';

/** The largest ones, of multilingual models, have 17 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_INSTALLATION_BYTES = 1024 * 1024;

/** Names of the files of a tokeniser in a folder; those that it must have if there are none. */
export function tokenizerFiles(folder: string, kind: TokenizerKind): readonly string[] {
  if (kind === 'WordPiece') return ['vocab.txt'];
  if (existsSync(path.join(folder, 'tokenizer.json'))) return ['tokenizer.json'];
  const both = ['vocab.json', 'merges.txt'];
  return kind === 'BPE' && both.some((name) => existsSync(path.join(folder, name))) ? both : ['tokenizer.json'];
}

type Place = Pick<ModelConfig, 'folder' | 'tokenizerKind'>;

/** Contents of these files. @throws FileFault */
export const tokenizerContents = ({ folder, tokenizerKind }: Place): { name: string; bytes: Buffer }[] =>
  tokenizerFiles(folder, tokenizerKind).map((name) => ({
    name,
    bytes: readRegularSync(path.join(folder, name), MAX_BYTES),
  }));

/** SHA-256 of the vocabulary with the line ends of Linux: what ids mean is the same where it is. @throws FileFault */
export function tokenizerHash(config: Place): string {
  return config.tokenizerKind === 'WordPiece' ? vocabularyHash(config) : hashOf(tokenizerContents(config));
}

/** @throws AskBertError ModelInvalid naming file and fault */
export function readModelTokenizer(config: ModelConfig): TextTokenizer {
  if (config.tokenizerKind === 'WordPiece') return new Tokenizer(readModelVocabulary(config), config.tokenizer);
  const contents = readContents(config);
  checkHashes(config, contents);
  const file = path.join(config.folder, contents[0].name);
  const tokenizer = parse(config, file, contents);
  if (tokenizer.vocabulary.size > config.vocabularySize) {
    throw new AskBertError(
      'ModelInvalid',
      t(
        'The vocabulary {0} has {1} pieces; config.json allows {2}.',
        file,
        tokenizer.vocabulary.size,
        config.vocabularySize,
      ),
      t('Check that {0} belongs to this model.', contents[0].name),
    );
  }
  return tokenizer;
}

const again = () => t('Copy or download the model folder again.');

function readContents(config: ModelConfig): { name: string; bytes: Buffer }[] {
  try {
    return tokenizerContents(config);
  } catch (e) {
    const folder = config.folder;
    throw new AskBertError(
      'ModelInvalid',
      t('The tokeniser of {0} cannot be read: {1}.', folder, (e as Error).message),
      again(),
      {
        cause: e,
      },
    );
  }
}

function parse(config: ModelConfig, file: string, contents: { name: string; bytes: Buffer }[]): TextTokenizer {
  // The bytes that were read and hashed: they may be more than a configuration has, and change meanwhile.
  const json = readJsonObject(file, again(), contents[0].bytes);
  if (contents.length === 1) return tokenizerFromJson(file, json, config.tokenizerKind);
  const settings = path.join(config.folder, 'tokenizer_config.json');
  const prefix = existsSync(settings) && readJsonObject(settings, again()).add_prefix_space === true;
  const merges = { file: path.join(config.folder, contents[1].name), text: contents[1].bytes.toString('utf8') };
  return byteLevelFromFiles({ file, json }, merges, prefix);
}

function checkHashes(config: ModelConfig, contents: { name: string; bytes: Buffer }[]): void {
  const known = [
    { expected: config.vocabularySha256, found: () => hashOf(contents), name: contents[0].name },
    ...contents.map(({ name, bytes }) => ({
      expected: installedHash(config.folder, name),
      found: () => createHash('sha256').update(bytes).digest('hex'),
      name,
    })),
  ];
  for (const { expected, found, name } of known) {
    if (expected === undefined || found() === expected) continue;
    const file = path.join(config.folder, name);
    throw new AskBertError(
      'ModelInvalid',
      t('The vocabulary {0} is not that of this model: its SHA-256 is {1}, expected {2}.', file, found(), expected),
      again(),
    );
  }
}

/** One file after the other, with the line ends of Linux. */
export function hashOf(contents: readonly { bytes: Uint8Array }[]): string {
  const hash = createHash('sha256');
  for (const { bytes } of contents) {
    const isLinux = !bytes.includes(13);
    hash.update(
      isLinux ? bytes : Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
    );
  }
  return hash.digest('hex');
}

/** Noted in a folder of the store; undefined elsewhere. */
function installedHash(folder: string, name: string): string | undefined {
  try {
    const installed = readJsonSync(path.join(folder, INSTALLATION_FILE), MAX_INSTALLATION_BYTES);
    const { files } = installed as { files?: { name?: unknown; sha256?: unknown }[] };
    const known = files?.find((each) => each.name === name)?.sha256;
    return typeof known === 'string' && SHA256.test(known) ? known : undefined;
  } catch {
    return undefined;
  }
}
