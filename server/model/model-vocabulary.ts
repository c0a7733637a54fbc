/** The vocabulary of a model folder, checked against its configuration. */
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { readRegularSync } from '../storage/open-file.js';
import { Vocabulary } from '../tokenizer/vocabulary.js';
import type { ModelConfig } from './config.js';

/** The largest one, of a multilingual model, has 5 MB. */
const MAX_VOCABULARY_BYTES = 16 * 1024 * 1024;

/** @throws AskBertError ModelInvalid naming the file */
export function readModelVocabulary({ folder, vocabularySize }: ModelConfig): Vocabulary {
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
  // Some checkpoints pad their embedding table to a multiple of 8; a table that is too small can't be right.
  if (vocabulary.size > vocabularySize) {
    throw new AskBertError(
      'ModelInvalid',
      t('The vocabulary {0} has {1} pieces; config.json allows {2}.', file, vocabulary.size, vocabularySize),
      t('Check that vocab.txt belongs to this model.'),
    );
  }
  return vocabulary;
}
