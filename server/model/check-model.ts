/** Checks that a folder contains a usable model: loads everything needed for a question except the engine. */
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { type ModelConfig, readModelConfig } from './config.js';
import { readModelTokenizer } from './model-tokenizer.js';
import { ModelWeights } from './weights.js';

/** @throws AskBertError ModelInvalid naming file and fault */
export function checkModel(folder: string): ModelConfig {
  const config = readModelConfig(folder);
  readModelTokenizer(config);
  new ModelWeights(config).close();
  return config;
}

/** The same for a folder whose name means nothing to the user. @param name used in messages instead */
export function checkNamedModel(folder: string, name: string): ModelConfig {
  try {
    return checkModel(folder);
  } catch (e) {
    if (!(e instanceof AskBertError)) throw e;
    const fault = e.message.replaceAll(`${folder}/`, '').replaceAll(`${folder}\\`, '').replaceAll(folder, name);
    throw new AskBertError(
      e.code,
      t('{0} cannot be used as a model: {1}', name, fault),
      t('It was not installed. Report this to its publisher, or choose another model.'),
      { cause: e },
    );
  }
}
