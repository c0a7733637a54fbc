/**
 * What describes a model besides its weights: configuration, vocabulary, and whether it reads lower case only. Taken
 * from the files beside the checkpoint or those that the user names, and written in Hugging Face's layout.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { t } from '../../l10n.js';
import { readJsonObject } from '../config.js';
import { bert } from '../families/bert.js';
import { familyOf } from '../families/families.js';
import { type Family, storedName } from '../families/family.js';
import { hashOf } from '../model-tokenizer.js';
import { isCut, MAX_PADDING } from '../model-vocabulary.js';
import { invalid } from './fault.js';
import type { ImportedTensors } from './imported.js';
import { readOtherVocabulary, readVocabulary, type VocabularyFile } from './vocabulary-file.js';

/** Files chosen by the user instead of those next to the checkpoint. */
export interface DescriptionFiles {
  config?: string | undefined;
  vocab?: string | undefined;
}

export interface Description {
  /** The file that messages about the configuration name; the weights' file when it was derived. */
  readonly configFile: string;
  /** The same for the tokeniser. */
  readonly tokenizerFile: string;
  /** Contents of config.json. */
  readonly config: Record<string, unknown>;
  /** Contents of tokenizer_config.json. */
  readonly tokenizer: Record<string, unknown>;
  readonly vocabulary: VocabularyFile;
  /** Where `do_lower_case` comes from; a phrase. */
  readonly caseReason: string;
}

type Json = Record<string, unknown>;

/** Fields of a configuration that the reader knows, in Google's files and Hugging Face's. */
const fieldsOf = ({ fields: f, usualPadId }: Family): (string | undefined)[] => [
  'vocab_size',
  f.hiddenSize,
  f.layers,
  f.heads,
  f.intermediateSize,
  f.activation,
  'max_position_embeddings',
  f.segmentTypes,
  f.layerNormEpsilon,
  'position_embedding_type',
  f.embeddingSize,
  ...(usualPadId === undefined ? [] : ['pad_token_id']),
];

/** @throws AskBertError ModelInvalid naming file and field */
export function describe(source: ImportedTensors, files: DescriptionFiles, lowerCase?: boolean): Description {
  const folder = path.dirname(source.file);
  const configFile = files.config ?? findConfig(folder, source.format);
  const again = t('Copy or download the checkpoint again.');
  const stated = configFile === undefined ? standardConfig(source) : readJsonObject(configFile, again);
  const family = statedFamily(stated);
  const isWordPiece = family.tokenizer === 'WordPiece';
  const vocabulary = isWordPiece
    ? readVocabulary(files.vocab ?? findVocabulary(folder))
    : readOtherVocabulary(folder, family.tokenizer, files.vocab);
  const tokenizerFile = path.join(folder, 'tokenizer_config.json');
  const tokenizer = existsSync(tokenizerFile) ? readJsonObject(tokenizerFile, again) : {};
  const letters = isWordPiece
    ? letterCase(source, vocabulary, tokenizer, stated, lowerCase)
    : { lower: false, reason: t('because its tokeniser knows capital letters') };
  const config = makeConfig(source, configFile ?? source.file, stated, vocabulary, letters.lower);
  return {
    configFile: configFile ?? source.file,
    tokenizerFile,
    config,
    vocabulary,
    caseReason: letters.reason,
    tokenizer: isWordPiece
      ? {
          do_lower_case: letters.lower,
          strip_accents: tokenizer.strip_accents ?? null,
          tokenize_chinese_chars: tokenizer.tokenize_chinese_chars ?? true,
          tokenizer_class: 'BertTokenizer',
        }
      : tokenizer,
  };
}

/** An unknown one is refused when the configuration is read. */
const statedFamily = ({ model_type: type = 'bert' }: Json): Family =>
  (typeof type === 'string' ? familyOf(type) : undefined) ?? bert;

function makeConfig(
  source: ImportedTensors,
  file: string,
  stated: Json,
  vocabulary: VocabularyFile,
  lower: boolean,
): Json {
  const type = stated.model_type ?? 'bert';
  const family = statedFamily(stated);
  const { fields } = family;
  const config: Json = { architectures: [family.architecture], model_type: type };
  for (const field of fieldsOf(family)) if (field && stated[field] !== undefined) config[field] = stated[field];
  const tensor = (name: string) => source.tensors.get(storedName(family, name) ?? '');
  const rows = tensor('bert.embeddings.word_embeddings.weight')?.shape[0];
  const states = config.vocab_size;
  if (rows !== undefined && typeof states === 'number' && rows > states && rows - states < MAX_PADDING) {
    config.vocab_size = rows;
  }
  if (fields.segmentTypes) {
    config[fields.segmentTypes] ??= tensor('bert.embeddings.token_type_embeddings.weight')?.shape[0] ?? 2;
  }
  config[fields.activation] = activation(source.format, stated, fields.activation);
  if (fields.layerNormEpsilon) config[fields.layerNormEpsilon] ??= family.usualEpsilon;
  if (family.tokenizer === 'WordPiece') config.do_lower_case = lower;
  const own = typeof stated.ask_bert === 'object' ? stated.ask_bert : {};
  config.ask_bert = { ...own, vocabulary_sha256: hashOf(vocabulary.files) };
  const size = config.vocab_size;
  const isWrong = (size: number) => vocabulary.pieces > size || isCut(vocabulary.pieces, size);
  if (typeof size === 'number' && family.tokenizer === 'WordPiece' && isWrong(size)) {
    throw invalid(
      vocabulary.file,
      t('has {0} pieces, but vocab_size of {1} is {2}', vocabulary.pieces, file, size),
      t('Name the vocabulary of this model with --vocab.'),
    );
  }
  return config;
}

/**
 * "gelu" is the tanh form in Google's and NVIDIA's TensorFlow code, the erf form in Hugging Face's, NVIDIA's PyTorch
 * code and gluon-nlp. A configuration in Hugging Face's layout means Hugging Face's names, regardless of the format of
 * the weights.
 */
function activation(format: string, stated: Json, field: string): unknown {
  const huggingFace = stated.model_type !== undefined || stated.architectures !== undefined;
  const name = stated[field] ?? 'gelu';
  return name === 'gelu' && format === 'TensorFlow' && !huggingFace ? 'gelu_new' : name;
}

/**
 * gluon-nlp stores no configuration: its two models are known by their shapes (bert_hparams in gluonnlp/model/bert.py).
 */
function standardConfig(source: ImportedTensors): Json {
  const remedy = t('Put bert_config.json beside the checkpoint, or name it with --config.');
  const shape = (name: string): readonly number[] => source.tensors.get(name)?.shape ?? [];
  const [vocab, hidden] = shape('bert.embeddings.word_embeddings.weight');
  const layers = [...source.tensors.keys()].filter((n) => n.endsWith('.intermediate.dense.bias')).length;
  const known = (layers === 12 && hidden === 768) || (layers === 24 && hidden === 1024);
  if (source.format !== 'gluon-nlp' || !known) {
    throw invalid(source.file, t('has no configuration beside it: expected bert_config.json or config.json'), remedy);
  }
  return {
    vocab_size: vocab,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: hidden / 64,
    intermediate_size: 4 * hidden,
    hidden_act: 'gelu',
    max_position_embeddings: shape('bert.embeddings.position_embeddings.weight')[0],
  };
}

function findConfig(folder: string, format: string): string | undefined {
  const names = ['config.json', 'bert_config.json'];
  if (format === 'TensorFlow') names.reverse();
  return names.map((n) => path.join(folder, n)).find((f) => existsSync(f));
}

function findVocabulary(folder: string): string {
  const text = path.join(folder, 'vocab.txt');
  if (existsSync(text)) return text;
  const gluon = readdirSync(folder).filter((f) => f.endsWith('.vocab'));
  if (gluon.length === 1) return path.join(folder, gluon[0]);
  throw invalid(
    text,
    t('is missing beside the checkpoint'),
    t('Put the vocabulary of the model there, or name it with --vocab.'),
  );
}

/** The first source that decides: the user, the tokeniser files, the names, the vocabulary itself. */
function letterCase(
  source: ImportedTensors,
  vocabulary: VocabularyFile,
  tokenizer: Json,
  config: Json,
  user: boolean | undefined,
): { lower: boolean; reason: string } {
  if (user !== undefined) return { lower: user, reason: t('as given') };
  for (const stated of [tokenizer.do_lower_case, config.do_lower_case]) {
    if (typeof stated === 'boolean') return { lower: stated, reason: t('as its configuration says') };
  }
  // The last two parts of each path, file and folder. Folders above do not name the model.
  const names = [source.file, vocabulary.file].map((f) => path.resolve(f).split(path.sep).slice(-2).join('/'));
  if (names.some((n) => /uncased/i.test(n))) return { lower: true, reason: t('as its name says') };
  const capital = vocabulary.capital;
  if (capital === undefined)
    return { lower: true, reason: t('because no piece of the vocabulary has a capital letter') };
  return { lower: false, reason: t('because the piece {0} of the vocabulary has a capital letter', capital) };
}
