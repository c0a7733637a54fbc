/**
 * config.json (and tokenizer_config.json beside it) of a question-answering model in Hugging Face layout: read,
 * checked field by field, and returned as one typed value. What differs between families is in families/.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { readRegularSync } from '../storage/open-file.js';
import type { TokenizerOptions } from '../tokenizer/unicode/characters.js';
import { families, familyOf } from './families/families.js';
import type { Family, TokenizerKind } from './families/family.js';
import { excerpt } from './message-excerpt.js';

export type Activation = 'gelu' | 'gelu_tanh' | 'relu';

/** Everything that determines the tensors of a model and how they are combined. */
export interface NetworkShape {
  readonly vocabularySize: number;
  /** Of the vocabulary's files, as noted when the model was made; undefined: it was not. */
  vocabularySha256?: string | undefined;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  /** Pieces of the longest window that the table of positions allows. */
  readonly positions: number;
  /** 1: all pieces have the same one, or the family has none. */
  readonly segmentTypes: number;
  readonly layerNormEpsilon: number;
  /** `gelu` is the erf form, `gelu_tanh` the tanh approximation of Google's original. */
  readonly activation: Activation;
  /** `type` in families/; undefined: BERT. */
  readonly family?: string | undefined;
  /** Rows of the stored table of positions before the first one that is used; undefined: none. */
  readonly firstPosition?: number | undefined;
  /** Width of the embeddings where a projection follows them; undefined: the hidden size. */
  readonly embeddingSize?: number | undefined;
}

/** How question and text follow each other in a window. */
export interface PairFormat {
  /** Separators between them. */
  readonly separators: 1 | 2;
  /** Segment of the text; the question has 0. */
  readonly contextSegment: 0 | 1;
}

export interface ModelConfig extends NetworkShape {
  readonly folder: string;
  readonly name: string;
  /** Maximum number of pieces in a window, including the question and the three special pieces. */
  readonly maxSequenceLength: number;
  readonly docStride: number;
  /** Null score - best score above which "no answer" is chosen, logit units. */
  readonly noAnswerThreshold: number;
  /** F1 points that the 8-bit engine loses on SQuAD, as measured for this model; undefined: never measured. */
  readonly int8F1Loss: number | undefined;
  /** Suffix of the tensors that hold the row scales of 8-bit weights; undefined: plain floating-point storage. */
  readonly scaleSuffix: string | undefined;
  readonly tokenizerKind: TokenizerKind;
  /** Of WordPiece; for others only `lowerCase` means something. */
  readonly tokenizer: TokenizerOptions;
  readonly pair: PairFormat;
}

/** Only the shape, without text processing. */
export function networkShape(config: NetworkShape): NetworkShape {
  const { vocabularySize, hiddenSize, layers, heads, intermediateSize, positions, segmentTypes } = config;
  const { layerNormEpsilon, activation, family, firstPosition, embeddingSize } = config;
  return {
    vocabularySize,
    hiddenSize,
    layers,
    heads,
    intermediateSize,
    positions,
    segmentTypes,
    layerNormEpsilon,
    activation,
    // What BERT does not have is left out: golden logits and caches of BERT keep their keys.
    ...(family === undefined ? {} : { family }),
    ...(firstPosition === undefined ? {} : { firstPosition }),
    ...(embeddingSize === undefined ? {} : { embeddingSize }),
  };
}

/**
 * Default overlap of two windows in pieces: 15 % of what a full window adds to the one before it. Measured on the
 * development half of test/documents at three window lengths each: with 128 (43 %) F1 of all questions is 75.1, with 48
 * it is 75.1, and the right answer is among the first five more often (89.6 against 87.4) where windows begin and end
 * with blocks.
 */
export const USUAL_STRIDE = 44;

const activations: Record<string, Activation> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  relu: 'relu',
};

/** Largest JSON file accepted as a configuration. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/** Reads and checks the configuration of a model folder. @throws AskBertError ModelInvalid naming file and field */
export function readModelConfig(folder: string): ModelConfig {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new AskBertError(
      'ModelInvalid',
      t('The model folder {0} does not exist or is not a folder.', folder),
      t('Name a folder that holds config.json, vocab.txt and model.safetensors.'),
    );
  }
  const configFile = path.join(folder, 'config.json');
  const tokenizerFile = path.join(folder, 'tokenizer_config.json');
  const again = t('Copy or download the model folder again.');
  const c = new Fields(configFile, readJsonObject(configFile, again));
  const tk = new Fields(tokenizerFile, existsSync(tokenizerFile) ? readJsonObject(tokenizerFile, again) : {});
  const own = c.section('ask_bert');

  const type = c.optional('model_type', 'string') ?? 'bert';
  const family = familyOf(type);
  if (!family) throw c.fault('model_type', type, families.map((each) => `"${each.type}"`).join(', '));
  const { fields } = family;
  const positionType = c.optional('position_embedding_type', 'string') ?? 'absolute';
  if (positionType !== 'absolute') throw c.fault('position_embedding_type', positionType, '"absolute"');

  const hiddenSize = c.count(fields.hiddenSize, 8192);
  const heads = c.count(fields.heads, 256);
  if (hiddenSize % heads !== 0)
    throw c.fault(fields.heads, heads, t('a divisor of {0} {1}', fields.hiddenSize, hiddenSize));
  const act = c.optional(fields.activation, 'string') ?? 'gelu';
  if (!Object.hasOwn(activations, act)) throw c.fault(fields.activation, act, Object.keys(activations).join(', '));
  const firstPosition = readFirstPosition(c, family);
  const positions = c.count('max_position_embeddings', 65536, firstPosition + 1) - firstPosition;
  const epsilonField = fields.layerNormEpsilon;
  const epsilon = (epsilonField ? c.optional(epsilonField, 'number') : undefined) ?? family.usualEpsilon;
  if (!(epsilon > 0 && epsilon < 1)) throw c.fault(`${epsilonField}`, epsilon, t('a number between 0 and 1'));
  const segmentTypes = readSegmentTypes(c, family);
  const embeddingSize = fields.embeddingSize
    ? (c.json[fields.embeddingSize] ?? null) === null
      ? family.usualEmbeddingSize
      : c.count(fields.embeddingSize, 8192)
    : undefined;

  const maxSequenceLength = own.optional('max_seq_length', 'number') ?? Math.min(positions, 384);
  // Below 16, question and special pieces leave no room for a text.
  if (!Number.isInteger(maxSequenceLength) || maxSequenceLength < 16 || maxSequenceLength > positions) {
    throw own.fault(
      'max_seq_length',
      maxSequenceLength,
      firstPosition === 0
        ? t('a whole number from 16 to max_position_embeddings ({0})', positions)
        : t('a whole number from 16 to {0}', positions),
    );
  }
  const docStride = own.optional('doc_stride', 'number') ?? Math.min(USUAL_STRIDE, Math.floor(maxSequenceLength / 3));
  if (!Number.isInteger(docStride) || docStride < 0 || docStride >= maxSequenceLength) {
    throw own.fault('doc_stride', docStride, t('a whole number from 0 to max_seq_length - 1'));
  }
  const lowerCase =
    family.tokenizer === 'WordPiece' &&
    (tk.optional('do_lower_case', 'boolean') ?? c.optional('do_lower_case', 'boolean') ?? true);
  return {
    folder,
    name: own.optional('name', 'string') || path.basename(path.resolve(folder)),
    vocabularySize: c.count('vocab_size', 10_000_000),
    vocabularySha256: readHash(own),
    hiddenSize,
    layers: c.count(fields.layers, 256),
    heads,
    intermediateSize: c.count(fields.intermediateSize, 65536),
    positions,
    segmentTypes,
    layerNormEpsilon: epsilon,
    activation: activations[act],
    family: type === 'bert' ? undefined : type,
    firstPosition: firstPosition || undefined,
    embeddingSize: embeddingSize === hiddenSize ? undefined : embeddingSize,
    pair: { separators: family.separators, contextSegment: segmentTypes > 1 ? family.textSegment : 0 },
    tokenizerKind: family.tokenizer,
    maxSequenceLength,
    docStride,
    noAnswerThreshold: own.optional('no_answer_threshold', 'number') ?? 0,
    int8F1Loss: own.optional('int8_f1_loss', 'number'),
    scaleSuffix: readScaleSuffix(c),
    tokenizer: {
      lowerCase,
      stripAccents: tk.optional('strip_accents', 'boolean') ?? c.optional('strip_accents', 'boolean') ?? null,
      chineseChars:
        tk.optional('tokenize_chinese_chars', 'boolean') ?? c.optional('tokenize_chinese_chars', 'boolean') ?? true,
    },
  };
}

/** SHA-256 in lower-case hexadecimal digits. */
export const SHA256 = /^[0-9a-f]{64}$/;

function readHash(own: Fields): string | undefined {
  const hash = own.optional('vocabulary_sha256', 'string');
  if (hash !== undefined && !SHA256.test(hash)) {
    throw own.fault('vocabulary_sha256', hash, t('64 hexadecimal digits'));
  }
  return hash;
}

function readSegmentTypes(c: Fields, { fields, usualSegmentTypes: usual, textSegment }: Family): number {
  const field = fields.segmentTypes;
  if (field === undefined || c.optional(field, 'number') === undefined) return Math.max(1, usual);
  return c.count(field, 1024, textSegment + 1);
}

function readFirstPosition(c: Fields, { usualPadId }: Family): number {
  if (usualPadId === undefined) return 0;
  return 1 + ((c.json.pad_token_id ?? null) === null ? usualPadId : c.count('pad_token_id', 1024, 0));
}

function readScaleSuffix(c: Fields): string | undefined {
  if (c.json.quantization_config === undefined) return undefined;
  const q = c.section('quantization_config');
  const method = q.optional('quant_method', 'string');
  if (method !== 'ask-bert-int8') throw q.fault('quant_method', method ?? null, '"ask-bert-int8"');
  return q.optional('scale_suffix', 'string') || '_scale';
}

/**
 * @param bytes of the file where they were read already; undefined: they are read, up to those of any configuration
 * @throws AskBertError ModelInvalid: no file, too large, no JSON, or no object; with `remedy`
 */
export function readJsonObject(file: string, remedy: string, bytes?: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    const text = (bytes ?? readRegularSync(file, MAX_CONFIG_BYTES)).toString('utf8');
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (e) {
    throw new AskBertError('ModelInvalid', t('{0} cannot be read as JSON: {1}.', file, (e as Error).message), remedy, {
      cause: e,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AskBertError('ModelInvalid', t('{0} does not contain a JSON object.', file), remedy);
  }
  return value as Record<string, unknown>;
}

interface FieldTypes {
  string: string;
  number: number;
  boolean: boolean;
}

/** Typed access to the fields of one JSON object, with errors that name the file and the field. */
class Fields {
  constructor(
    readonly file: string,
    readonly json: Record<string, unknown>,
    readonly prefix = '',
  ) {}

  fault(field: string, found: unknown, expected: string): AskBertError {
    return new AskBertError(
      'ModelInvalid',
      t(
        '{0}: field "{1}" is {2}, expected {3}.',
        this.file,
        this.prefix + field,
        excerpt(found) ?? t('missing'),
        expected,
      ),
      t(
        'Only question-answering models in Hugging Face layout can be read, of these families: {0}.',
        families.map((each) => each.type).join(', '),
      ),
    );
  }

  optional<T extends keyof FieldTypes>(field: string, type: T): FieldTypes[T] | undefined {
    const v = this.json[field];
    if (v === undefined || v === null) return undefined;
    if (typeof v !== type || (type === 'number' && !Number.isFinite(v))) throw this.fault(field, v, t('a {0}', type));
    return v as FieldTypes[T];
  }

  count(field: string, max: number, min = 1): number {
    const v = this.json[field];
    if (typeof v !== 'number' || !Number.isInteger(v) || v < min || v > max) {
      throw this.fault(field, v, t('a whole number from {0} to {1}', min, max));
    }
    return v;
  }

  section(field: string): Fields {
    const v = this.json[field] ?? {};
    if (typeof v !== 'object' || Array.isArray(v)) throw this.fault(field, v, t('an object'));
    return new Fields(this.file, v as Record<string, unknown>, `${this.prefix}${field}.`);
  }
}
