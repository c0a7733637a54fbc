/** The three stages together: one question about one text, from characters to character ranges. */
import type { Engine } from '../engine/engine.js';
import { AskBertError, breathe, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { ModelConfig } from '../model/config.js';
import { type AskResult, optionLimits, type Warning } from '../protocol.js';
import type { Pieces } from '../tokenizer/pieces.js';
import type { PieceVocabulary, TextTokenizer } from '../tokenizer/text-tokenizer.js';
import type { ReadingView } from '../views/base/reading-view.js';
import { tookTooLong } from '../views/choose-view.js';
import { placeAnswers } from './answers.js';
import { breaksOf } from './breaks.js';
import { ReadingBudget } from './budget.js';
import { DOCUMENT_LENIENCY, graded } from './calibration.js';
import { checkFinite } from './check-logits.js';
import { DocumentCache, type DocumentSource, type Passage, type ReadDocument } from './document.js';
import { mergeSameWords } from './duplicates.js';
import { withEdges } from './edges.js';
import { isFurniture } from './origin.js';
import { N_BEST_SIZE, Projection } from './projection.js';
import { nearestFirst } from './proximity.js';
import { refine } from './refine.js';
import { Relevance } from './relevance.js';
import type { AskRequest, GiveWay, OnProgress } from './request.js';
import { FEWEST_WINDOWS, SO_FAR_MS, SoFar } from './so-far.js';
import { Dictionary, type Spelling, spellingOf } from './spelling.js';
import { keyOf, sharesOf, UnfinishedReadings } from './unfinished.js';
import { batchSize, buildBatch, type Prefixes, planBatches, planWindows } from './windows.js';

export const DEFAULT_TOP_K = 5;
export const DEFAULT_MAX_ANSWER_LENGTH = 30;

export class Reader {
  /** Milliseconds between two reports of the best answers so far. */
  readonly #soFarEveryMs: number;
  readonly #dictionary: Dictionary;
  readonly #unfinished = new UnfinishedReadings();

  constructor(
    readonly config: ModelConfig,
    readonly vocabulary: PieceVocabulary,
    readonly tokenizer: TextTokenizer,
    readonly engine: Engine,
    /** The documents read last, ready for the next question. */
    readonly documents = new DocumentCache(tokenizer),
    soFarEveryMs = SO_FAR_MS,
  ) {
    this.#soFarEveryMs = soFarEveryMs;
    this.#dictionary = new Dictionary(vocabulary);
  }

  /**
   * Answers a question. Offsets in the result count from the beginning of `request.text`, range or not.
   * @param giveWay lets other questions be read between two batches; the result is the same
   * @throws AskBertError BadRequest for an empty question or an option out of range; Cancelled; errors of the engine
   */
  async answer(
    request: AskRequest,
    signal?: AbortSignal,
    onProgress?: OnProgress,
    giveWay?: GiveWay,
  ): Promise<AskResult> {
    const { question, options = {} } = request;
    const range = checkedRange(request);
    const topK = option('topK', options.topK, DEFAULT_TOP_K);
    const maxAnswerLength = option('maxAnswerLength', options.maxAnswerLength, DEFAULT_MAX_ANSWER_LENGTH);
    const threshold =
      options.noAnswerThreshold ?? this.config.noAnswerThreshold + (isDocument(request) ? DOCUMENT_LENIENCY : 0);
    if (!Number.isFinite(threshold)) {
      throw new AskBertError('BadRequest', t('noAnswerThreshold is {0}, expected a number.', threshold));
    }
    throwIfAborted(signal);

    const began = performance.now();
    const granted = request.budgetSeconds ? new ReadingBudget(request.budgetSeconds * 1000) : undefined;
    const { glance } = request;
    const source = { ...request, raw: options.readAs === 'raw', incomplete: glance !== undefined };
    // A part is read completely, however long.
    const { document, records } = request.range
      ? { document: this.documents.open(source), records: undefined }
      : this.documents.openFor(source, question);
    const spelling = isDocument(request) ? await this.#spelling(request, document, signal) : undefined;
    const asked = spelling?.question ?? question;
    const questionPieces = await this.tokenizer.encodeAsync(asked, 0, asked.length, signal);
    if (questionPieces.length === 0) {
      throw new AskBertError('BadRequest', t('The question is empty.'), t('Type a question in words.'));
    }
    const passage = await document.passage(range, signal, (done, total) =>
      onProgress?.({ stage: 'tokenize', done, total }),
    );
    const { pieces: context } = passage;
    const plan = planWindows(
      questionPieces.length,
      context.length,
      this.config.maxSequenceLength,
      options.docStride ?? this.#overlapFor(maxAnswerLength),
      {
        prefix: headings(document, passage),
        breaks: isDocument(request) ? breaksOf(document.view.text, passage) : undefined,
        longestAnswer: maxAnswerLength,
        pair: this.config.pair,
      },
    );
    const isLong = plan.count >= FEWEST_WINDOWS;
    const tells = isLong && request.soFar === true && onProgress !== undefined;
    const budget = isLong ? granted : undefined;
    const ranks = tells || budget !== undefined || glance !== undefined;
    const words = ranks || isDocument(request) ? await document.words(signal) : undefined;
    const sought = [asked, ...(spelling?.perhaps ?? [])].join(' ');
    const relevance = words && isDocument(request) ? new Relevance(words, sought, document.view) : undefined;
    // What may end early reads all windows that have words of the question before the others.
    const nearest = budget || glance ? plan.count : undefined;
    const order = words && ranks ? nearestFirst(plan, context, words, sought, nearest).slice(0, glance) : undefined;
    this.documents.trim(document);
    const tokenized = performance.now();

    const key = keyOf(request, asked);
    const begun = this.#unfinished.take(document, key);
    const projection = begun?.projection ?? new Projection(plan, context, maxAnswerLength, passage.layout, relevance);
    const best = (): Pick<AskResult, 'answers' | 'noAnswer'> => {
      const finished = projection.finish();
      const within = { start: context.starts[0], end: passage.end };
      const refined =
        relevance &&
        refine(withEdges(document, finished, passage.end, asked), asked, document.view, document.text, within);
      const { answers, nullScore, nullProbability } = refined ?? finished;
      const score = answers.at(0)?.score;
      const chosen = score === undefined || nullScore - score > threshold;
      const placed = placeAnswers(document, answers, passage.end, refined ? N_BEST_SIZE : topK);
      const { extracted } = document;
      const isRunning = extracted && (({ start }: { start: number }) => isFurniture(extracted, start));
      const shown = refined ? mergeSameWords(placed, isRunning).slice(0, topK) : placed;
      const [first] = shown;
      // For a document, that of the answer shown first.
      const none = refined && first ? first.score - first.margin : score === undefined ? 0 : nullScore;
      return {
        answers: graded(shown, chosen),
        noAnswer: { score: none, probability: nullProbability, chosen, threshold },
      };
    };
    const soFar = tells ? new SoFar(projection, best, this.#soFarEveryMs) : undefined;
    let engineMs = 0;
    let waitedMs = 0;
    let spent = 0;
    let ended: 'settled' | 'time' | undefined;
    const readBefore = begun?.read ?? [];
    let done = readBefore.length;
    const batches = planBatches(plan, this.engine.batchPieces, begun?.left ?? order);
    const sizes = batches.map((windows) => batchSize(plan, windows));
    let left = sizes.reduce((sum, size) => sum + size, 0);
    budget?.start(done);
    for (const [i, windows] of batches.entries()) {
      const batch = buildBatch(plan, windows, questionPieces, context, this.vocabulary);
      const before = performance.now();
      const logits = await this.engine.run(batch, signal);
      engineMs += performance.now() - before;
      checkFinite(logits, batch, this.engine.info);
      for (const [row, window] of windows.entries()) projection.add(window, logits, row, batch.length);
      done += windows.length;
      onProgress?.({ stage: 'engine', done, total: plan.count, ...soFar?.after(done, plan.count) });
      await breathe(signal);
      left -= sizes[i];
      spent += sizes[i];
      const { top } = projection;
      const passed = top !== undefined && -top.margin <= threshold;
      ended = budget?.ended({ windows: done, spent, left, best: top, passed });
      if (ended) {
        const rest = { read: [...readBefore, ...batches.slice(0, i + 1).flat()], left: batches.slice(i + 1).flat() };
        this.#unfinished.keep(document, { key, projection, ...rest });
        break;
      }
      if (left === 0 || !giveWay) continue;
      const paused = performance.now();
      await giveWay(sizes[i], sizes[i + 1], left);
      waitedMs += performance.now() - paused;
    }
    const result: AskResult = {
      question,
      ...(asked === question ? {} : { correctedQuestion: asked }),
      ...best(),
      ...(ended ? { read: { ...sharesOf(plan, context, this.#unfinished.of(document)), ended } } : {}),
      engine: this.#engine(),
      timing: { tokenizeMs: tokenized - began, engineMs, projectMs: 0, totalMs: 0, windows: done },
      warnings: [
        ...truncation(questionPieces, plan.queryLength, asked),
        ...partlyRead(records),
        ...asText(document.view),
      ],
    };
    result.timing.totalMs = performance.now() - began;
    result.timing.projectMs = result.timing.totalMs - result.timing.tokenizeMs - engineMs - waitedMs;
    return result;
  }

  /** The view that a document is read through, kept for the questions about it. */
  viewOf(source: DocumentSource): ReadingView {
    const document = this.documents.open(source);
    this.documents.trim(document);
    return document.view;
  }

  /** @throws AskBertError Cancelled */
  async #spelling(
    { question, amongOthers }: AskRequest,
    document: ReadDocument,
    signal?: AbortSignal,
  ): Promise<Spelling> {
    return spellingOf(question, await document.words(signal), this.#dictionary, { onlyKnownWords: amongOthers });
  }

  /** So that each answer is completely inside a window. At most a third of a window: a longer answer may be missed. */
  #overlapFor(maxAnswerLength: number): number {
    const { docStride, maxSequenceLength } = this.config;
    return Math.max(docStride, Math.min(maxAnswerLength, Math.floor(maxSequenceLength / 3)));
  }

  #engine(): AskResult['engine'] {
    const { name, device, model, precision } = this.engine.info;
    return { name, device, model, precision };
  }
}

/** Each window gets the headings above its first piece; later ones are in its own text. */
function headings(document: ReadDocument, { pieces }: Passage): Prefixes | undefined {
  if (document.isPlain || document.longestPath === 0) return undefined;
  return { longest: document.longestPath, at: (piece) => document.headingsAt(pieces.starts[piece]) };
}

function truncation(question: Pieces, kept: number, text: string): Warning[] {
  if (question.length <= kept) return [];
  const rest = text.slice(question.starts[kept]).trim();
  const message = t(
    'The question has {0} pieces; the model reads {1}: everything from "{2}" on was left out.',
    question.length,
    kept,
    rest.length > 60 ? `${rest.slice(0, 60)}…` : rest,
  );
  return [{ code: 'QuestionTruncated', message }];
}

function partlyRead(records: { read: number; of: number } | undefined): Warning[] {
  if (!records || records.read >= records.of) return [];
  const message = t(
    'The model read {0} of {1} records, those with the most words of the question; the others were only searched for these words.',
    records.read,
    records.of,
  );
  return [{ code: 'PartlyRead', message }];
}

function asText(view: ReadingView): Warning[] {
  if (!tookTooLong(view)) return [];
  const message = t('The format of this document took too long to read: it was read as plain text, marks and all.');
  return [{ code: 'ReadAsText', message }];
}

/** A document has a language, a name or a form; anything else is a passage: the model's threshold was set for that. */
const isDocument = ({ languageId, fileName, extracted }: AskRequest): boolean =>
  languageId !== undefined || fileName !== undefined || extracted !== undefined;

function checkedRange({ text, range }: AskRequest): { start: number; end: number } {
  if (!range) return { start: 0, end: text.length };
  const { start, end } = range;
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > text.length) {
    throw new AskBertError(
      'BadRequest',
      t('The range {0}..{1} is not in the text of {2} characters.', start, end, text.length),
    );
  }
  return { start, end };
}

function option(name: 'topK' | 'maxAnswerLength', value: number | undefined, fallback: number): number {
  const [min, max] = optionLimits[name];
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new AskBertError(
    'BadRequest',
    t('{0} is {1}, expected a whole number from {2} to {3}.', name, value, min, max),
  );
}
