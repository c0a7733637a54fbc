/** Common to runs over many documents: the documents, one session, what was read, what was skipped. */
import path from 'node:path';
import { guessedText } from '../documents/decode.js';
import { MAX_DOCUMENTS, MAX_TOTAL_BYTES } from '../documents/limits.js';
import {
  type KnownDocument,
  type LoadedDocument,
  loadDocument,
  type SkippedDocument,
  surveyDocument,
} from '../documents/load.js';
import { breathe } from '../errors.js';
import { t } from '../l10n.js';
import type {
  AnsweringEngine,
  AskManyResult,
  AskOptions,
  AskResult,
  DocumentRef,
  OffsetRange,
  Timing,
  Warning,
} from '../protocol.js';
import type { AskRequest } from '../reader/request.js';
import type { Session } from '../session/session.js';
import type { ReadingView } from '../views/base/reading-view.js';

/** What a run needs of a session. Each call of `ask` is short: between two of them another question may be answered. */
export type ReadingSession = Pick<Session, 'engine' | 'concurrency' | 'prepare' | 'viewOf' | 'answer'>;

/** Maximum number of texts not in UTF-8 that are reported individually. */
const MOST_GUESSED = 20;
/** Maximum number of notes about documents that could not be read completely. */
const MOST_NOTES = 200;
/** Maximum number of corrections of one question used for ranking. */
const MOST_CORRECTIONS = 3;

/** A document of a run. */
export interface Source {
  readonly ref: KnownDocument;
  /** Bytes, or UTF-16 units if the text was given; the text's length once it is loaded. */
  size: number;
  version: string;
  /** UTF-16 units that were read. */
  read: number;
}

/** A part of a document. */
export interface Part {
  readonly source: Source;
  readonly document: LoadedDocument;
  readonly range: OffsetRange;
}

/** UTF-16 units: read, and in all. */
export const charactersOf = (sources: readonly Source[]): { characters: number; ofCharacters: number } => ({
  characters: sources.reduce((sum, { read }) => sum + read, 0),
  ofCharacters: sources.reduce((sum, { size }) => sum + size, 0),
});

/** Name of the document's file, and its language. */
export const fileNameOf = (uri: string): string => {
  const name = path.posix.basename(uri.replace(/[?#].*$/, ''));
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

/** A document as a session knows it. */
const described = ({ ref: { uri, languageId } }: Source, { text, extracted }: LoadedDocument) => ({
  text,
  extracted,
  key: uri,
  languageId,
  fileName: fileNameOf(uri),
});

export class SourceReader {
  readonly #session: ReadingSession;
  readonly #signal: AbortSignal | undefined;
  /** URIs, and messages, that have been told. */
  readonly #skipped = new Set<string>();
  readonly #warned = new Set<string>();
  readonly skipped: AskManyResult['skipped'] = [];
  readonly warnings: Warning[] = [];
  /** What could not be read of documents that were read. */
  readonly notes: { uri: string; message: string }[] = [];
  readonly timing: Timing = { tokenizeMs: 0, engineMs: 0, projectMs: 0, totalMs: 0, windows: 0 };
  /** The threshold of the last question. */
  threshold = 0;
  readonly #began = performance.now();
  /** Of the first text, or the question, in a language that the model does not read. */
  otherLanguage: AskResult['otherLanguage'];
  #engine: AnsweringEngine | undefined;
  #guessed = 0;
  /** The corrected question by URI, for documents where it was corrected. */
  readonly #corrections = new Map<string, string>();

  constructor(session: ReadingSession, signal?: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
  }

  /** Questions that the session takes at once. */
  readonly atOnce = (): number => this.#session.concurrency;

  /** Those that were not skipped. */
  readable(sources: readonly Source[]): Source[] {
    const skipped = new Set(this.skipped.map(({ uri }) => uri));
    return sources.filter(({ ref }) => !skipped.has(ref.uri));
  }

  /** Determines the size of the documents; unreadable or surplus ones are skipped. */
  async survey(documents: readonly KnownDocument[]): Promise<Source[]> {
    const sources: Source[] = [];
    const seen = new Set<string>();
    let bytes = 0;
    for (const [i, ref] of documents.entries()) {
      if (i % 100 === 99) await breathe(this.#signal);
      if (seen.has(ref.uri)) continue;
      seen.add(ref.uri);
      const found = await surveyDocument(ref);
      if ('reason' in found) this.skip(ref, found);
      else if (sources.length === MAX_DOCUMENTS || bytes + found.size > MAX_TOTAL_BYTES) this.skip(ref, beyondLimit());
      else {
        bytes += found.size;
        sources.push({ ref, ...found, read: 0 });
      }
    }
    return sources;
  }

  /** The text of a document; undefined if it is skipped after all. @throws AskBertError Cancelled */
  async load(source: Source, signal = this.#signal): Promise<LoadedDocument | undefined> {
    const loaded = await loadDocument(source.ref, signal);
    if ('reason' in loaded) {
      this.skip(source.ref, loaded);
      return undefined;
    }
    source.size = loaded.text.length;
    source.version = loaded.version;
    for (const note of loaded.notes ?? []) this.#note(source.ref.uri, note);
    if (loaded.encoding !== undefined && this.#guessed < MOST_GUESSED) {
      this.#guessed++;
      this.warn({ code: 'EncodingGuessed', message: guessedText(fileNameOf(source.ref.uri), loaded.encoding) });
    }
    return loaded;
  }

  /** Parts of a document; none if it is skipped. @throws AskBertError Cancelled */
  async *partsOf(source: Source, rangesOf: (text: string) => readonly OffsetRange[]): AsyncGenerator<Part> {
    const document = await this.load(source);
    for (const range of document ? rangesOf(document.text) : []) yield { source, document: document!, range };
  }

  /** The view used for questions about a document. @throws AskBertError of the session */
  viewOf(source: Source, document: LoadedDocument, { readAs }: AskOptions): Promise<ReadingView> {
    return this.#session.viewOf({ ...described(source, document), raw: readAs === 'raw' }, this.#signal);
  }

  /** One question about a part of a document. @throws AskBertError of the session */
  async askPart(
    { source, document, range }: Part,
    question: string,
    options: AskOptions,
    signal = this.#signal,
  ): Promise<AskResult> {
    const { text } = document;
    const whole = range.start === 0 && range.end === text.length;
    const request: AskRequest = { ...described(source, document), question, options, amongOthers: true };
    const result = await this.#session.answer(whole ? request : { ...request, range }, signal);
    for (const key of ['tokenizeMs', 'engineMs', 'projectMs', 'windows'] as const)
      this.timing[key] += result.timing[key];
    for (const warning of result.warnings) this.warn(warning);
    this.otherLanguage ??= result.otherLanguage;
    this.threshold = result.noAnswer.threshold;
    this.#engine = result.engine;
    if (result.correctedQuestion !== undefined) this.#corrections.set(source.ref.uri, result.correctedQuestion);
    return result;
  }

  /** The question as corrected for a document. */
  corrected(uri = ''): Pick<AskResult, 'correctedQuestion'> {
    const correctedQuestion = this.#corrections.get(uri);
    return correctedQuestion === undefined ? {} : { correctedQuestion };
  }

  /** The first corrections of the question so far. */
  corrections(): string[] {
    return [...new Set(this.#corrections.values())].slice(0, MOST_CORRECTIONS);
  }

  skip({ uri }: DocumentRef, { reason, message }: SkippedDocument): void {
    if (this.#skipped.has(uri)) return;
    this.#skipped.add(uri);
    this.skipped.push({ uri, reason, message });
  }

  #note(uri: string, message: string): void {
    if (this.notes.length === MOST_NOTES || this.notes.some((note) => note.message === message)) return;
    this.notes.push({ uri, message });
  }

  warn(warning: Warning): void {
    if (this.#warned.has(warning.message)) return;
    this.#warned.add(warning.message);
    this.warnings.push(warning);
  }

  get elapsedMs(): number {
    return performance.now() - this.#began;
  }

  /** The engine of the last answer, otherwise the loaded one. */
  get engine(): AnsweringEngine {
    const { name, device, model, precision } = this.#engine ?? this.#session.engine!;
    return { name, device, model, precision };
  }
}

const beyondLimit = (): SkippedDocument => ({
  reason: 'tooLarge',
  message: t(
    'One question reads at most {0} documents or {1} MB; this one is beyond that.',
    MAX_DOCUMENTS,
    MAX_TOTAL_BYTES / 1024 / 1024,
  ),
});
