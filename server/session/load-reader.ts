/** What a reader needs besides the engine, from the folder of a model. */
import path from 'node:path';
import type { Engine } from '../engine/engine.js';
import { type ModelConfig, readModelConfig } from '../model/config.js';
import { modelLanguages } from '../model/languages.js';
import { readModelTokenizer } from '../model/model-tokenizer.js';
import type { SidecarSettings } from '../protocol.js';
import { DocumentCache, type MakeView } from '../reader/document.js';
import { Reader } from '../reader/reader.js';
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js';
import { type OnViewFailure, viewOf } from '../views/choose-view.js';
import { EditorLanguages } from '../views/code/editor-languages.js';
import { checkLanguage } from './language-check.js';
import type { Answer } from './serve-reader.js';

/** The embedded model, next to `dist/`, the folder of every bundle. */
export const embeddedModelFolder = (): string => path.join(__dirname, '..', 'models', 'default');

/** How every document of a session is read, by the reader and by the ranking. */
export function viewMaker(
  { languages }: Pick<SidecarSettings, 'languages'>,
  onFailure: () => OnViewFailure | undefined,
): MakeView {
  const known = new EditorLanguages(languages);
  return (text, kind) => viewOf(text, kind, known, onFailure());
}

export function readerOf(config: ModelConfig, tokenizer: TextTokenizer, engine: Engine, makeView: MakeView): Reader {
  return new Reader(config, tokenizer.vocabulary, tokenizer, engine, new DocumentCache(tokenizer, undefined, makeView));
}

/** For another thread than the one of the engine. @throws AskBertError ModelInvalid */
export function loadReader(
  settings: Pick<SidecarSettings, 'modelPath' | 'languages'>,
  engine: Engine,
  onViewFailure: () => OnViewFailure | undefined,
): Answer {
  const folder = settings.modelPath || embeddedModelFolder();
  const config = readModelConfig(folder);
  const reader = readerOf(config, readModelTokenizer(config), engine, viewMaker(settings, onViewFailure));
  const languages = modelLanguages(folder);
  return async (request, signal, onProgress, giveWay) =>
    checkLanguage(await reader.answer(request, signal, onProgress, giveWay), request, languages);
}
