/** The files of a model folder for other programs in Hugging Face's layout: configuration and tokeniser. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ModelConfig } from '../../model/config.js';
import { familyOfNetwork } from '../../model/families/families.js';
import { readModelTokenizer, tokenizerContents, tokenizerHash } from '../../model/model-tokenizer.js';
import { readModelVocabulary, vocabularyBytes } from '../../model/model-vocabulary.js';
import { readJsonSync } from '../../storage/open-file.js';
import { mergeLines } from '../../tokenizer/read-byte-level.js';

/** As in model/config.ts, which has read it. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/** Names and contents of the files besides the weights. @throws AskBertError ModelInvalid */
export function huggingFaceFiles(config: ModelConfig): Record<string, string | Uint8Array> {
  if (config.tokenizerKind !== 'WordPiece') return otherFiles(config);
  return {
    'config.json': configuration(config),
    'tokenizer.json': tokenizer(config),
    'tokenizer_config.json': tokenizerConfiguration(config),
    'vocab.txt': vocabularyBytes(config),
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

function configuration(config: ModelConfig): string {
  const own = readJsonSync(path.join(config.folder, 'config.json'), MAX_CONFIG_BYTES) as Record<string, unknown>;
  const family = familyOfNetwork(config);
  // How the weights were stored here says nothing about the graph.
  const { quantization_config: _, ask_bert: section, ...rest } = own;
  return json({
    ...rest,
    architectures: [family.architecture],
    model_type: family.type,
    ask_bert: { ...(section as object | undefined), vocabulary_sha256: tokenizerHash(config) },
  });
}

/** A tokeniser that is there already; its vocabulary and merges as tokenizer.json, which every program reads. */
function otherFiles(config: ModelConfig): Record<string, string | Uint8Array> {
  const contents = tokenizerContents(config);
  const own = path.join(config.folder, 'tokenizer_config.json');
  const settings = existsSync(own) ? (readJsonSync(own, MAX_CONFIG_BYTES) as Record<string, unknown>) : {};
  const tokenizer = contents.length === 1 ? contents[0].bytes : byteLevelJson(config, contents, settings);
  return {
    'config.json': configuration(config),
    'tokenizer.json': tokenizer,
    'tokenizer_config.json': json({ ...settings, model_max_length: config.positions }),
  };
}

function byteLevelJson(
  config: ModelConfig,
  [vocab, merges]: readonly { bytes: Buffer }[],
  settings: Record<string, unknown>,
): string {
  const { clsId, sepId } = readModelTokenizer(config).vocabulary;
  const pieces = JSON.parse(vocab.bytes.toString('utf8')) as Record<string, number>;
  const add_prefix_space = settings.add_prefix_space === true;
  const flags = { single_word: false, rstrip: false, normalized: false, special: true };
  const byteLevel = { type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex: true };
  return json({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>', '<mask>']
      .filter((content) => Object.hasOwn(pieces, content))
      .map((content) => ({ id: pieces[content], content, lstrip: content === '<mask>', ...flags }))
      .sort((a, b) => a.id - b.id),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['</s>', sepId],
      cls: ['<s>', clsId],
      trim_offsets: true,
      add_prefix_space,
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      vocab: pieces,
      merges: mergeLines(merges.bytes.toString('utf8')).map((line) => line.split(' ')),
    },
  });
}

function tokenizerConfiguration({ tokenizer: { lowerCase, stripAccents, chineseChars }, positions }: ModelConfig) {
  return json({
    tokenizer_class: 'BertTokenizer',
    do_lower_case: lowerCase,
    strip_accents: stripAccents,
    tokenize_chinese_chars: chineseChars,
    model_max_length: positions,
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  });
}

/** tokenizer.json of Hugging Face tokenizers, with the rules of our own tokeniser. */
function tokenizer(config: ModelConfig): string {
  const vocabulary = readModelVocabulary(config);
  const { lowerCase, stripAccents, chineseChars } = config.tokenizer;
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].flatMap((content) => {
    const id = vocabulary.idOf(content);
    return id === undefined ? [] : [{ id, content }];
  });
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const piece = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  const single = [piece('[CLS]', 0), sequence('A', 0), piece('[SEP]', 0)];
  const second = config.segmentTypes > 1 ? 1 : 0;
  const surrounding = special.filter(({ content }) => content === '[CLS]' || content === '[SEP]');
  return json({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((each) => ({ ...each, ...flags })).sort((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: chineseChars,
      strip_accents: stripAccents,
      lowercase: lowerCase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', second), piece('[SEP]', second)],
      special_tokens: Object.fromEntries(
        surrounding.map(({ id, content }) => [content, { id: content, ids: [id], tokens: [content] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(Array.from({ length: vocabulary.size }, (_, id) => [vocabulary.pieceOf(id), id])),
    },
  });
}
