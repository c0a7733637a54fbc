/**
 * One question about many documents.
 *
 * Documents are read one after the other within the budget. As soon as that turns out to take longer, the words of the
 * rest are indexed, its passages are ranked, and the best ones are read until enough in a row have changed nothing that
 * a better answer is unlikely (reader/calibration.ts), or the budget is spent.
 */
import { throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import {
  type AskManyParams,
  type AskManyProgress,
  type AskManyResult,
  type AskOptions,
  DEFAULT_BUDGET_SECONDS,
  type OffsetRange,
  type PlacedAnswer,
  type ReadingEnd,
} from '../protocol.js';
import { IndexCache } from '../ranking/index-cache.js';
import { type RankedPassage, Ranking } from '../ranking/lexical.js';
import { SAMPLE_MS, SLACK } from '../reader/budget.js';
import { patience } from '../reader/calibration.js';
import { DEFAULT_TOP_K } from '../reader/reader.js';
import { DocumentIndexes } from './document-indexes.js';
import { inOrder } from './in-order.js';
import { FoundAnswers } from './merge-answers.js';
import { joined, slicesOf } from './slices.js';
import { charactersOf, type Part, type ReadingSession, type Source, SourceReader } from './source-reader.js';

const PROGRESS_MS = 100;
/** Maximum number of other places of an answer reported while reading. */
const PROGRESS_PLACES = 10;
/** Fraction of the remaining budget that indexing may take. */
const INDEX_SHARE = 0.5;
/** Passages are read in rounds, in which those of one document are grouped: small rounds first, for an early answer. */
const FIRST_ROUND = 6;
const LARGEST_ROUND = 24;

export interface ManyParams extends AskManyParams {
  /** Passages are ranked at once, regardless of the time. */
  rankAtOnce?: boolean | undefined;
}

/**
 * @param cache results of earlier runs; the next run uses the same one
 * @throws AskBertError of the session, Cancelled; a bad document is only skipped
 */
export async function askMany(
  session: ReadingSession,
  params: ManyParams,
  signal?: AbortSignal,
  onProgress?: (progress: AskManyProgress) => void,
  cache = new IndexCache(),
): Promise<AskManyResult> {
  throwIfAborted(signal);
  await session.prepare(signal);
  return new Run(session, params, cache, signal, onProgress).run();
}

class Run {
  readonly #params: ManyParams;
  readonly #cache: IndexCache;
  readonly #indexes: DocumentIndexes;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((progress: AskManyProgress) => void) | undefined;
  readonly #reading: SourceReader;
  readonly #found = new FoundAnswers();
  readonly #options: AskOptions;
  readonly #limitMs: number;
  #sources: Source[] = [];
  /** Finished documents: read, or searched for the words of the question. */
  readonly #done = new Set<Source>();
  #ranked = false;
  #indexing = false;
  /** Windows added so far, and those when ranked reading began or when the best answer last changed. */
  #windows = 0;
  #changedAt = 0;
  #best: PlacedAnswer | undefined;
  /** Time and length of what was read from front to back: single passages say less about the speed. */
  #readMs = 0;
  #readUnits = 0;
  #lastProgress = Number.NEGATIVE_INFINITY;

  constructor(
    session: ReadingSession,
    params: ManyParams,
    cache: IndexCache,
    signal?: AbortSignal,
    onProgress?: (progress: AskManyProgress) => void,
  ) {
    this.#params = params;
    this.#cache = cache;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#reading = new SourceReader(session, signal);
    this.#options = params.options ?? {};
    this.#indexes = new DocumentIndexes(cache, this.#reading, this.#options, signal);
    const budget = params.budgetSeconds ?? DEFAULT_BUDGET_SECONDS;
    this.#ranked = params.rankAtOnce ?? false;
    this.#limitMs = budget === 0 ? Number.POSITIVE_INFINITY : budget * 1000;
  }

  async run(): Promise<AskManyResult> {
    const reading = this.#reading;
    this.#sources = await reading.survey(this.#params.documents);
    await this.#readParts(
      this.#fromTheFront(this.#sources, () => this.#tooSlow()),
      true,
    );
    if (this.#tooSlow()) await this.#readBest();
    this.#report(true);
    if (this.#readMs > 100) this.#cache.charactersPerSecond = this.#speed();
    const read = reading.readable(this.#sources);
    reading.timing.totalMs = reading.elapsedMs;
    return {
      question: this.#params.question,
      ...reading.corrected(this.#found.top?.uri),
      answers: this.#found.best(this.#topK),
      noAnswer: this.#found.noAnswer(this.#options.noAnswerThreshold ?? reading.threshold),
      read: {
        documents: read.filter((source) => source.read > 0 || source.size === 0).length,
        ofDocuments: read.length,
        ...charactersOf(read),
        ranked: this.#ranked,
        ...(this.#ranked ? { ended: this.#ended() } : {}),
      },
      ...(reading.otherLanguage && { otherLanguage: reading.otherLanguage }),
      skipped: reading.skipped,
      engine: reading.engine,
      timing: reading.timing,
      warnings: reading.warnings,
      ...(reading.notes.length > 0 ? { notes: reading.notes } : {}),
    };
  }

  /** What is left of documents, from front to back, until `stop`. */
  async *#fromTheFront(sources: readonly Source[], stop: () => boolean): AsyncGenerator<Part> {
    for (const source of sources) {
      if (stop()) return;
      let hasNone = true;
      for await (const part of this.#reading.partsOf(source, slicesOf)) {
        hasNone = false;
        if (part.range.end <= source.read) continue;
        if (stop()) return;
        yield part;
      }
      // It was skipped.
      if (hasNone) source.read = source.size;
      this.#count(source);
    }
  }

  /**
   * Reads parts, several at once if the engine takes several; what they add is added in their order.
   * @param rest they follow each other in their documents: neighbouring ones overlap
   */
  async #readParts(parts: Iterable<Part> | AsyncIterable<Part>, rest = false): Promise<void> {
    const { question } = this.#params;
    // Before it nothing was being read, or another part was.
    let until = 0;
    const read = async (part: Part, signal: AbortSignal) => {
      const began = performance.now();
      const result = await this.#reading.askPart(part, question, this.#options, signal);
      return { result, began };
    };
    const add = ({ source, document, range }: Part, { result, began }: Awaited<ReturnType<typeof read>>) => {
      const units = range.end - (rest ? source.read : range.start);
      source.read = Math.min(document.text.length, source.read + units);
      this.#found.add(source.ref.uri, result.answers, result.noAnswer);
      this.#windows += result.timing.windows;
      if (this.#found.top !== this.#best) {
        this.#best = this.#found.top;
        this.#changedAt = this.#windows;
      }
      if (rest) {
        const now = performance.now();
        this.#readMs += now - Math.max(began, until);
        until = now;
        this.#readUnits += range.end - range.start;
        this.#count(source);
      }
      this.#report();
    };
    await inOrder(parts, this.#reading.atOnce, read, add, this.#signal, ({ document }) => document.text.length);
  }

  #count(source: Source): void {
    if (source.read >= source.size) this.#done.add(source);
  }

  /** Characters per second; measured by the last run until this one has read enough. */
  #speed(): number {
    const measured = this.#readMs > 0 ? (this.#readUnits / this.#readMs) * 1000 : undefined;
    const enough = this.#readMs >= Math.min(SAMPLE_MS, this.#limitMs / 10);
    return (enough ? measured : (this.#cache.charactersPerSecond ?? measured)) ?? Number.POSITIVE_INFINITY;
  }

  #unread(): number {
    return this.#sources.reduce((sum, { size, read }) => sum + Math.max(0, size - read), 0);
  }

  /** Whether reading everything would take longer than the budget. Once true, it stays true. */
  #tooSlow(): boolean {
    if (this.#ranked || this.#limitMs === Number.POSITIVE_INFINITY) return this.#ranked;
    const sampled = this.#readMs >= Math.min(SAMPLE_MS, this.#limitMs / 10);
    if (!sampled && this.#cache.charactersPerSecond === undefined) return false;
    const unread = this.#unread();
    const expected = this.#reading.elapsedMs + (unread / this.#speed()) * 1000;
    this.#ranked = unread > 0 && expected > this.#limitMs * SLACK;
    return this.#ranked;
  }

  get #leftMs(): number {
    return this.#limitMs - this.#reading.elapsedMs;
  }

  /**
   * Reads the passages most related to the question, then those without any of its words, until the answer is settled
   * or the budget is spent.
   */
  async #readBest(): Promise<void> {
    const ranking = new Ranking([this.#params.question, ...this.#reading.corrections()].join(' '));
    // The rest of a partly read document.
    const begun = this.#sources.map(({ read }) => read);
    const done = new Set<string>();
    const nameOf = ({ document, place }: RankedPassage) => `${document} ${place.start}`;
    const passages = () =>
      ranking.finish().filter((one) => one.place.end > begun[one.document] && !done.has(nameOf(one)));
    const read = async (some: RankedPassage[]) => {
      for (const one of some) done.add(nameOf(one));
      await this.#readRound(some);
    };
    const over = () => this.#leftMs <= 0 || this.#toSettle <= 0;
    const unknown = await this.#addKnown(ranking);
    if (unknown.length > 0) await read(passages().slice(0, FIRST_ROUND));
    do {
      await this.#addUnknown(ranking, unknown);
      this.#changedAt = this.#windows;
      const left = passages();
      for (let size = FIRST_ROUND; left.length > 0 && !over(); size = Math.min(2 * size, LARGEST_ROUND)) {
        await read(left.splice(0, size));
      }
      // Settled with time left: documents not yet searched may still have something better.
    } while (unknown.length > 0 && this.#leftMs > 0);
    if (unknown.length > 0) this.#warnNotIndexed(unknown.length);
    const unread = this.#sources.filter((source) => source.read === 0);
    await this.#readParts(this.#fromTheFront(unread, over), true);
  }

  /** Windows to read until the answer is settled, if none of them changes it. */
  get #toSettle(): number {
    return (this.#found.passed ? patience.answered : patience.unanswered) - (this.#windows - this.#changedAt);
  }

  #ended(): ReadingEnd {
    if (this.#unread() === 0) return 'all';
    return this.#leftMs <= 0 ? 'time' : 'settled';
  }

  /** Adds the documents that are already indexed, which takes no time. @returns the others that are not read yet */
  async #addKnown(ranking: Ranking): Promise<number[]> {
    const unknown: number[] = [];
    for (const [i, source] of this.#sources.entries()) {
      if (source.read >= source.size) continue;
      if (this.#indexes.known(source)) await this.#add(ranking, i);
      else unknown.push(i);
    }
    return unknown;
  }

  /**
   * Indexes documents and takes them out of `unknown`. Documents left out for lack of time are indexed by the next
   * question.
   */
  async #addUnknown(ranking: Ranking, unknown: number[]): Promise<void> {
    const deadline = this.#reading.elapsedMs + this.#leftMs * INDEX_SHARE;
    this.#indexing = true;
    let done = 0;
    while (done < unknown.length && this.#reading.elapsedMs <= deadline) await this.#add(ranking, unknown[done++]);
    unknown.splice(0, done);
    this.#indexing = false;
  }

  async #add(ranking: Ranking, document: number): Promise<void> {
    const index = await this.#indexes.of(this.#sources[document]);
    if (index) ranking.add(document, index);
    this.#done.add(this.#sources[document]);
    this.#report();
  }

  #warnNotIndexed(count: number): void {
    const message =
      count === 1
        ? t('1 document was not searched: ask again, or allow more time.')
        : t('{0} documents were not searched: ask again, or allow more time.', count);
    this.#reading.warn({ code: 'PartlyRanked', message });
  }

  /** Reads passages document by document, adjacent ones together. */
  async #readRound(passages: readonly RankedPassage[]): Promise<void> {
    const byDocument = new Map<number, OffsetRange[]>();
    for (const { document, place } of passages) {
      const places = byDocument.get(document);
      if (places) places.push(place);
      else byDocument.set(document, [place]);
    }
    await this.#readParts(this.#partsOf(byDocument));
  }

  async *#partsOf(places: ReadonlyMap<number, OffsetRange[]>): AsyncGenerator<Part> {
    for (const [i, ranges] of places) {
      for await (const part of this.#reading.partsOf(this.#sources[i], (text) => joined(ranges, text.length))) {
        if (this.#leftMs <= 0) return;
        yield part;
      }
    }
  }

  /** Seconds until the answer is settled, if nothing changes it; at most the remaining budget. */
  #rankedSeconds(): number {
    const { tokenizeMs, engineMs, projectMs, windows } = this.#reading.timing;
    if (this.#indexing || windows === 0) return this.#leftMs / 1000;
    return Math.min(this.#leftMs, (this.#toSettle * (tokenizeMs + engineMs + projectMs)) / windows) / 1000;
  }

  get #topK(): number {
    return this.#options.topK ?? DEFAULT_TOP_K;
  }

  #report(last = false): void {
    const now = performance.now();
    if (!this.#onProgress || (!last && now - this.#lastProgress < PROGRESS_MS)) return;
    this.#lastProgress = now;
    const seconds = this.#ranked ? this.#rankedSeconds() : this.#unread() / this.#speed();
    const progress: AskManyProgress = {
      stage: 'documents',
      done: this.#done.size,
      total: this.#sources.length,
      skipped: this.#reading.skipped.length,
      answers: this.#found.best(this.#topK, PROGRESS_PLACES),
    };
    if (this.#ranked) progress.read = charactersOf(this.#reading.readable(this.#sources));
    if ((this.#ranked || this.#readMs > 0) && Number.isFinite(seconds)) progress.left = last ? 0 : Math.max(0, seconds);
    this.#onProgress(progress);
  }
}
