/** The vocabulary of a model folder, checked against its configuration. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { readJsonSync, readRegularSync } from '../storage/open-file.js';
import { Vocabulary } from '../tokenizer/vocabulary.js';
import { type ModelConfig, SHA256 } from './config.js';

/** The largest one, of a multilingual model, has 5 MB. */
const MAX_VOCABULARY_BYTES = 16 * 1024 * 1024;
/** In a folder of the store: where the model comes from, and the hashes of its files. */
export const INSTALLATION_FILE = 'ask-bert-model.json';
const MAX_INSTALLATION_BYTES = 1024 * 1024;

const LINE_FEED = 10;

/** Rows of word embeddings that training adds to pad them for the hardware. */
export const MAX_PADDING = 128;

/**
 * Whether the file was cut, or is of another model. Public models have up to 1.7 rows for each piece (indobert has
 * 30,521 pieces and 50,000 rows), so that a cut at the end of a line is only seen below half of the rows.
 * @param endsLine whether the file ends with a line end; nearly all do
 */
export const isCut = (pieces: number, rows: number, endsLine = true): boolean =>
  rows > 2 * pieces || (!endsLine && rows - pieces >= Math.min(MAX_PADDING, Math.max(8, rows / 10)));

/**
 * Checked against the configuration: the number of pieces, and the SHA-256 where one was noted when the model was made,
 * imported or downloaded.
 * @throws AskBertError ModelInvalid naming the file
 */
export function readModelVocabulary({ folder, vocabularySize, vocabularySha256 }: ModelConfig): Vocabulary {
  const file = path.join(folder, 'vocab.txt');
  let bytes: Uint8Array;
  try {
    bytes = readRegularSync(file, MAX_VOCABULARY_BYTES);
  } catch (e) {
    throw new AskBertError(
      'ModelInvalid',
      t('The vocabulary {0} cannot be read: {1}.', file, (e as Error).message),
      t('Copy or download the model folder again.'),
      { cause: e },
    );
  }
  const vocabulary = Vocabulary.parse(bytes, file);
  for (const known of [vocabularySha256, sha256AtInstallation(folder)]) {
    if (known === undefined) continue;
    const found = sha256Of(bytes);
    // A clone on Windows may have other line ends.
    if (found === known || sha256Of(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n')) === known) continue;
    throw new AskBertError(
      'ModelInvalid',
      t('The vocabulary {0} is not that of this model: its SHA-256 is {1}, expected {2}.', file, found, known),
      t('Copy or download the model folder again.'),
    );
  }
  // Some checkpoints pad their embedding table to a multiple of 8; a table that is too small can't be right.
  if (vocabulary.size > vocabularySize) {
    throw new AskBertError(
      'ModelInvalid',
      t('The vocabulary {0} has {1} pieces; config.json allows {2}.', file, vocabulary.size, vocabularySize),
      t('Check that vocab.txt belongs to this model.'),
    );
  }
  if (isCut(vocabulary.size, vocabularySize, bytes.at(-1) === LINE_FEED)) {
    throw new AskBertError(
      'ModelInvalid',
      t('The vocabulary {0} has {1} pieces; config.json says {2}.', file, vocabulary.size, vocabularySize),
      t('The file may have been cut. Copy or download the model folder again.'),
    );
  }
  return vocabulary;
}

/** Contents of vocab.txt. @throws FileFault */
export const vocabularyBytes = ({ folder }: Pick<ModelConfig, 'folder'>): Buffer =>
  readRegularSync(path.join(folder, 'vocab.txt'), MAX_VOCABULARY_BYTES);

/** SHA-256 of vocab.txt with the line ends of Linux: a clone on Windows has the same. @throws FileFault */
export const vocabularyHash = (config: Pick<ModelConfig, 'folder'>): string =>
  sha256Of(vocabularyBytes(config).toString('latin1').replaceAll('\r\n', '\n'));

/** @param content bytes, or characters that stand for a byte each */
const sha256Of = (content: Uint8Array | string): string =>
  createHash('sha256')
    .update(typeof content === 'string' ? Buffer.from(content, 'latin1') : content)
    .digest('hex');

/** Noted in a folder of the store; undefined elsewhere. */
function sha256AtInstallation(folder: string): string | undefined {
  const file = path.join(folder, INSTALLATION_FILE);
  try {
    const { files } = readJsonSync(file, MAX_INSTALLATION_BYTES) as { files?: { name?: unknown; sha256?: unknown }[] };
    const known = files?.find(({ name }) => name === 'vocab.txt')?.sha256;
    return typeof known === 'string' && SHA256.test(known) ? known : undefined;
  } catch {
    return undefined;
  }
}
