/**
 * Public question-answering models of BERT and its relatives that people can download. Each is pinned to a revision of
 * its repository.
 * Facts that the source does not state are left out: then `download/` verifies what it can (see CONTRIBUTING.md).
 */

export interface CatalogueFile {
  readonly name: string;
  /** Exact bytes; undefined: the server says. */
  readonly bytes?: number;
  /** Rounded size in bytes from the repository's page, for display and for the check of free space. */
  readonly about?: number;
  /** As the repository's page states it for this revision. */
  readonly sha256?: string;
}

export interface CatalogueEntry {
  /** Also the name of its folder in the store. */
  readonly id: string;
  readonly title: string;
  readonly repository: string;
  /** Full name of a commit. */
  readonly revision: string;
  readonly files: readonly CatalogueFile[];
  /** SPDX identifier. */
  readonly licence: string;
  /** What it was trained on; 2.0 has questions without an answer. */
  readonly squad: '1.1' | '2.0';
  /** F1 on the development set of {@link squad}, as published. */
  readonly f1?: { readonly value: number; readonly source: typeof card | typeof example } | undefined;
}

/** Default address for downloads. */
export const defaultBase = 'https://huggingface.co';

const vocabulary: CatalogueFile = { name: 'vocab.txt', about: 232_000 };
const card = 'model card';
const example = 'question-answering example of Hugging Face Transformers';

export const catalogue: readonly CatalogueEntry[] = [
  {
    id: 'minilm-squad2',
    title: 'MiniLM (12 layers, 384) for SQuAD 2.0',
    repository: 'deepset/minilm-uncased-squad2',
    revision: '934656cdda79824eabf503ed56e15c01ddbdbe3f',
    files: [
      { name: 'config.json', bytes: 477 },
      { name: 'tokenizer_config.json', bytes: 107 },
      vocabulary,
      { name: 'model.safetensors', about: 133_000_000 },
    ],
    licence: 'CC-BY-4.0',
    squad: '2.0',
    f1: { value: 79.5, source: card },
  },
  {
    id: 'bert-base-squad2',
    title: 'BERT-Base uncased for SQuAD 2.0',
    repository: 'deepset/bert-base-uncased-squad2',
    revision: 'b6915cb0202719a6004f5f35c5e602489ca7461c',
    files: [
      { name: 'config.json', bytes: 693 },
      { name: 'tokenizer_config.json', bytes: 302 },
      vocabulary,
      {
        name: 'model.safetensors',
        about: 436_000_000,
        sha256: 'e5c51ef6e3fd67dbe1b18e309a43a34c939ee9f3fa104a785ba859fb50f1f451',
      },
    ],
    licence: 'CC-BY-4.0',
    squad: '2.0',
    f1: { value: 78.6, source: card },
  },
  {
    id: 'roberta-base-squad2',
    title: 'RoBERTa-Base for SQuAD 2.0',
    repository: 'deepset/roberta-base-squad2',
    revision: 'adc3b06f79f797d1c575d5479d6f5efe54a9e3b4',
    files: [
      { name: 'config.json', about: 571 },
      { name: 'tokenizer_config.json', about: 79 },
      { name: 'vocab.json', about: 899_000 },
      { name: 'merges.txt', about: 456_000 },
      { name: 'model.safetensors', about: 496_000_000 },
    ],
    licence: 'CC-BY-4.0',
    squad: '2.0',
    f1: { value: 82.9, source: card },
  },
  {
    id: 'bert-base-squad1',
    title: 'BERT-Base uncased for SQuAD 1.1',
    repository: 'csarron/bert-base-uncased-squad-v1',
    revision: 'e50328c1be041f7633e303b6950a6d631f0c1bf0',
    files: [
      { name: 'config.json', bytes: 477 },
      { name: 'tokenizer_config.json', bytes: 48 },
      vocabulary,
      {
        name: 'model.safetensors',
        about: 438_000_000,
        sha256: '997a8012a07cef470869a18bce1540cf179b41dd7cfdf8256a982c30da04bfeb',
      },
    ],
    licence: 'MIT',
    squad: '1.1',
  },
  {
    id: 'bert-large-squad2',
    title: 'BERT-Large uncased, whole-word masking, for SQuAD 2.0',
    repository: 'deepset/bert-large-uncased-whole-word-masking-squad2',
    revision: '42f0f7f0942365b0d59e298f9dfd52d91b92b05e',
    files: [
      { name: 'config.json', bytes: 540 },
      { name: 'tokenizer_config.json', bytes: 19 },
      vocabulary,
      { name: 'model.safetensors', about: 1_340_000_000 },
    ],
    licence: 'CC-BY-4.0',
    squad: '2.0',
    f1: { value: 83.9, source: card },
  },
  {
    id: 'bert-large-squad1',
    title: 'BERT-Large uncased, whole-word masking, for SQuAD 1.1',
    repository: 'google-bert/bert-large-uncased-whole-word-masking-finetuned-squad',
    revision: '979de3ccf2f366b17c326254262eff51aec29d62',
    files: [
      { name: 'config.json', bytes: 443 },
      { name: 'tokenizer_config.json', bytes: 48 },
      vocabulary,
      { name: 'model.safetensors', about: 1_340_000_000 },
    ],
    licence: 'Apache-2.0',
    squad: '1.1',
    f1: { value: 93.2, source: example },
  },
];

export const entryOf = (id: string): CatalogueEntry | undefined => catalogue.find((entry) => entry.id === id);

/** Bytes of all files, exact where every size is. */
export function bytesOf({ files }: Pick<CatalogueEntry, 'files'>): { bytes: number; exact: boolean } {
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? file.about ?? 0), 0);
  return { bytes, exact: files.every((file) => file.bytes !== undefined) };
}

/** Web page of a model. */
export const pageOf = ({ repository }: Pick<CatalogueEntry, 'repository'>): string => `${defaultBase}/${repository}`;
