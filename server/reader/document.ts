/**
 * A document as the reader has it: its reading view and the pieces of the view's text, created once per version of its
 * text and kept for the next question.
 */

import type { Extracted } from '../formats/extracted.js';
import type { OffsetRange } from '../protocol.js';
import { LineIndex } from '../text/positions.js';
import type { Pieces } from '../tokenizer/pieces.js';
import { retokenize } from '../tokenizer/retokenize.js';
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js';
import type { ReadingView } from '../views/base/reading-view.js';
import type { Records } from '../views/base/records.js';
import { plainView } from '../views/base/view-builder.js';
import { type DocumentKind, recordsOf, viewOf } from '../views/choose-view.js';
import { HEADING_PIECES } from './calibration.js';
import { excerptOf, LONG_DOCUMENT } from './excerpt.js';
import { HeadingPieces } from './heading-pieces.js';
import { type Layout, layoutOf } from './layout.js';
import { WordIndex } from './word-index.js';

/** What a document is, and how it is read. */
export interface DocumentSource {
  text: string;
  /** Identity, such as its URI; without one it is compared with the last one without. */
  key?: string | undefined;
  languageId?: string | undefined;
  fileName?: string | undefined;
  /** How the text is built and where it stands in the file, if it was extracted from a binary format. */
  extracted?: Extracted | undefined;
  /** The characters as they are. */
  raw?: boolean | undefined;
  /** More of the text will follow: what is made of it serves no other question. */
  incomplete?: boolean | undefined;
}

type OnTokenized = (doneUnits: number, totalUnits: number) => void;

/** Cache size for documents in bytes: about ten million characters. */
const KEPT_BYTES = 64 * 1024 * 1024;

const noPieces: Pieces = {
  length: 0,
  ids: new Int32Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
  wordStarts: new Uint8Array(0),
};

/** The part of a document that is read for one question. */
export interface Passage {
  /** Offsets in the view's text. */
  readonly pieces: Pieces;
  /** Undefined: every span of pieces can be an answer. */
  readonly layout: Layout | undefined;
  /** End of the passage in the view's text. */
  readonly end: number;
}

/** A text and the pieces of all of it. */
interface Tokenized {
  text: string;
  pieces: Pieces;
}

export class ReadDocument {
  readonly #tokenizer: TextTokenizer;
  readonly #headings: HeadingPieces;
  /** The view shows the text unchanged: offsets are the same in both. */
  readonly isPlain: boolean;
  readonly lines: LineIndex;
  #whole: Passage | undefined;
  #longestPath: number | undefined;
  #words: WordIndex | undefined;
  /** From an older text, until its words are reused. */
  #oldWords: WordIndex | undefined;
  /** An older view text, whose pieces are reused where it is unchanged. */
  #old: Tokenized | undefined;

  constructor(
    readonly text: string,
    readonly view: ReadingView,
    tokenizer: TextTokenizer,
    headings: HeadingPieces,
    old?: ReadDocument,
    readonly extracted?: Extracted,
  ) {
    this.#tokenizer = tokenizer;
    this.#headings = headings;
    const { blocks, segmentCount } = view;
    this.isPlain = segmentCount <= 1 && blocks.length <= 1 && !blocks[0]?.path.length && view.text === text;
    this.lines = new LineIndex(text);
    this.#old = old?.tokenized;
    this.#oldWords = old?.latestWords;
  }

  /** Positions of its words. @throws AskBertError Cancelled */
  async words(signal?: AbortSignal): Promise<WordIndex> {
    this.#words ??= await WordIndex.of(this.view, this.#oldWords, signal);
    this.#oldWords = undefined;
    return this.#words;
  }

  /** From its own text, or an older one. */
  get latestWords(): WordIndex | undefined {
    return this.#words ?? this.#oldWords;
  }

  /** The last pieces of it, or of an older text. */
  get tokenized(): Tokenized | undefined {
    return this.#whole ? { text: this.view.text, pieces: this.#whole.pieces } : this.#old;
  }

  /** Approximate memory in bytes. */
  get bytes(): number {
    const { text, view, tokenized } = this;
    let units = text.length + (view.text === text ? 0 : view.text.length);
    if (this.#old) units += this.#old.text.length;
    if (this.#oldWords) units += this.#oldWords.text.length;
    const pieces = tokenized ? tokenized.pieces.length : 0;
    // A piece with its layout, a segment, a block.
    return 2 * units + (this.latestWords?.bytes ?? 0) + 18 * pieces + 12 * view.segmentCount + 80 * view.blocks.length;
  }

  /**
   * The passage for a range of the file, tokenised separately; undefined if the whole range is hidden.
   * @throws AskBertError Cancelled
   */
  async passage(range: OffsetRange, signal?: AbortSignal, onTokenized?: OnTokenized): Promise<Passage> {
    const { view, text } = this;
    const tokenizer = this.#tokenizer;
    if (range.start === 0 && range.end === text.length) {
      if (!this.#whole) {
        const pieces = await (this.#old
          ? retokenize(tokenizer, view.text, this.#old, signal, onTokenized)
          : tokenizer.encodeAsync(view.text, 0, view.text.length, signal, onTokenized));
        this.#whole = { pieces, layout: layoutOf(view, pieces), end: view.text.length };
        this.#old = undefined;
      }
      return this.#whole;
    }
    const seen = this.isPlain ? range : view.fromFile(range.start, range.end);
    if (!seen) return { pieces: noPieces, layout: undefined, end: 0 };
    const part = await tokenizer.encodeAsync(view.text, seen.start, seen.end, signal, onTokenized);
    return { pieces: part, layout: layoutOf(view, part), end: seen.end };
  }

  /** Ids of the headings above a place in the view, as "Install > Linux:"; the end of a long path. */
  headingsAt(place: number): Int32Array {
    return this.#headings.of(this.view.blockAt(place)?.path ?? []);
  }

  /** The largest number of pieces of all heading paths. */
  get longestPath(): number {
    if (this.#longestPath === undefined) {
      let last: readonly string[] = [];
      let longest = 0;
      for (const { path } of this.view.blocks) {
        if (path === last) continue;
        longest = Math.max(longest, this.#headings.of(path).length);
        if (longest === HEADING_PIECES) break;
        last = path;
      }
      this.#longestPath = longest;
    }
    return this.#longestPath;
  }
}

/** The blocks of the same text may have changed, as when the row with the names of the columns is another one. */
const isSame = (document: ReadDocument, { text, extracted }: DocumentSource): boolean =>
  document.text === text && document.extracted?.blocks.length === extracted?.blocks.length;

interface Kept extends Pick<DocumentSource, 'languageId' | 'fileName' | 'incomplete'> {
  document: ReadDocument;
  bytes: number;
}

export type MakeView = (text: string, kind: DocumentKind) => ReadingView;

/** The part of a document that is read for one question, and out of how many records; neither: all of it. */
interface Opened {
  document: ReadDocument;
  records?: { read: number; of: number };
}

/** The most recently read documents; the least recently used is evicted first. */
export class DocumentCache {
  readonly #tokenizer: TextTokenizer;
  readonly #keptBytes: number;
  readonly #makeView: MakeView;
  /** Ordered by last use; `bytes` as last counted. */
  readonly #kept = new Map<string, Kept>();
  readonly #ids = new WeakMap<ReadDocument, string>();
  #bytes = 0;
  readonly #headings: HeadingPieces;
  /** For the long document that was asked about last. */
  #records: ({ records: Records } & DocumentKind) | undefined;

  /** @param makeView for all but raw documents */
  constructor(tokenizer: TextTokenizer, keptBytes = KEPT_BYTES, makeView: MakeView = viewOf) {
    this.#tokenizer = tokenizer;
    this.#keptBytes = keptBytes;
    this.#makeView = makeView;
    this.#headings = new HeadingPieces(tokenizer);
  }

  /** Bytes of what is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The document of a text, or for a very long one of records, the records most related to the question. */
  openFor(source: DocumentSource, question: string): Opened {
    if (source.raw || source.text.length <= LONG_DOCUMENT) return { document: this.open(source) };
    const records = this.#recordsOf(source);
    if (!records) return { document: this.open(source) };
    const { view, read, of } = excerptOf(records, question);
    const document = new ReadDocument(source.text, view, this.#tokenizer, this.#headings);
    return { document, records: { read, of } };
  }

  #recordsOf({ text, languageId, fileName, extracted }: DocumentSource): Records | undefined {
    if (extracted) return undefined;
    const kept = this.#records;
    const same = kept?.languageId === languageId && kept?.fileName === fileName && kept?.records.text === text;
    if (same) return kept?.records;
    const records = recordsOf(text, { languageId, fileName });
    this.#records = records && { records, languageId, fileName };
    return records;
  }

  /** The document of a text: the cached one if nothing has changed, otherwise a new one in its place. */
  open(source: DocumentSource): ReadDocument {
    const { text, languageId, fileName, extracted, raw = false, incomplete = false } = source;
    const id = `${raw ? 'raw' : 'view'} ${source.key ?? ''}`;
    const kept = this.#kept.get(id);
    const isWhole = !incomplete && kept?.incomplete === false;
    if (isWhole && kept.languageId === languageId && kept.fileName === fileName && isSame(kept.document, source)) {
      this.#kept.delete(id);
      this.#kept.set(id, kept);
      return kept.document;
    }
    const view = raw ? plainView(text) : this.#makeView(text, { languageId, fileName, extracted });
    const document = new ReadDocument(text, view, this.#tokenizer, this.#headings, kept?.document, extracted);
    this.#forget(id);
    const { bytes } = document;
    this.#ids.set(document, id);
    this.#kept.set(id, { document, languageId, fileName, incomplete, bytes });
    this.#bytes += bytes;
    return document;
  }

  /**
   * Evicts documents above the limit. Must be called after an opened document has been read: only then is its size
   * known.
   */
  trim(read: ReadDocument): void {
    const entry = this.#kept.get(this.#ids.get(read) ?? '');
    if (entry?.document === read) {
      this.#bytes -= entry.bytes;
      entry.bytes = read.bytes;
      this.#bytes += entry.bytes;
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#keptBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    const kept = this.#kept.get(id);
    if (!kept) return;
    this.#kept.delete(id);
    this.#bytes -= kept.bytes;
  }
}
