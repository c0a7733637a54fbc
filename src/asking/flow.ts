/** One question, from the box to the highlighted answer. */
import * as vscode from 'vscode';
import type { AskParams, AskResult } from '../../server/protocol.js';
import type { Announcer } from '../answers/announcer.js';
import { SoFarAnswers } from '../answers/so-far.js';
import { type AnswerStore, type DocumentAnswers, type ShownAnswer, Snapshot } from '../answers/store.js';
import { likely } from '../answers/worth-showing.js';
import { type AskedHistory, partOf } from '../history/store.js';
import { askOptions, type SettingsReader } from '../settings/settings.js';
import { originalOf } from '../shared/extracted-uri.js';
import { inform, warn } from '../shared/messages.js';
import { percent } from '../shared/texts.js';
import { type Failure, failureOf, tell } from '../sidecar/failure.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import type { SidecarState } from '../status/state.js';
import { withAskProgress } from './progress.js';
import type { QuestionBox } from './question-box.js';
import { findTarget, pdfOf, type Target, type TargetRequest, targetNow } from './target.js';

export interface AskRequest extends TargetRequest {
  /** If missing, the question box is shown. */
  question?: string | undefined;
}

export interface AskOutcome {
  status: 'answered' | 'noAnswer' | 'changed' | 'failed' | 'cancelled';
  question: string;
  /** What is highlighted now, or would be as the best guess; for a cancelled question, the best so far. */
  answers: readonly ShownAnswer[];
  result?: AskResult;
  error?: { code: string; message: string; remedy?: string | undefined };
}

export interface AskerParts {
  store: AnswerStore;
  announcer: Announcer;
  sidecar: Sidecar;
  box: QuestionBox;
  state: SidecarState;
  history: AskedHistory;
  settings: SettingsReader;
  log: vscode.LogOutputChannel;
  /** Asks about a file that no text editor shows. */
  askAboutFile(file: vscode.Uri, question?: string): Promise<AskOutcome | undefined>;
}

/** The text of a document; of an extracted one the file, whose form the sidecar knows. */
function aboutOf(
  { uri, languageId }: vscode.TextDocument,
  { text }: Snapshot,
): Pick<AskParams, 'uri' | 'text' | 'languageId' | 'fileName'> {
  const file = originalOf(uri);
  if (file) return { uri: file.toString() };
  // A notebook's path says nothing about one of its cells.
  return { text, languageId, fileName: uri.scheme === 'vscode-notebook-cell' ? undefined : uri.path };
}

export class Asker {
  readonly #parts: AskerParts;
  /** The pending question of each document. */
  readonly #pending = new Map<string, vscode.CancellationTokenSource>();
  /** Guesses for the last "no answer", until another question is asked there. */
  readonly #guesses = new WeakMap<vscode.TextDocument, { result: AskResult; placed: ShownAnswer[]; version: number }>();
  #fallbackTold = false;

  constructor(parts: AskerParts) {
    this.#parts = parts;
  }

  /** @returns undefined when nothing was asked: no text, or the box was closed */
  async askDocument(request: AskRequest): Promise<AskOutcome | undefined> {
    const { box } = this.#parts;
    const pdf = pdfOf(request);
    if (pdf) return this.#parts.askAboutFile(pdf, request.question);
    const first = await findTarget(request);
    if (!first || saysNothing(first)) return undefined;
    const given = request.question?.trim();
    const question = given || (await box.prompt(() => targetNow(first, request).description));
    if (!question) return undefined;
    // The selection may have changed while the question was typed: the current selection counts.
    const target = targetNow(first, request);
    if (target.document.isClosed || saysNothing(target)) return undefined;
    return this.#run(question, target.document, target.range);
  }

  async #run(question: string, document: vscode.TextDocument, range?: vscode.Range): Promise<AskOutcome> {
    const { store, sidecar, settings, state, history, box, log } = this.#parts;
    const source = document.uri.toString();
    this.#pending.get(source)?.cancel();
    const cancel = new vscode.CancellationTokenSource();
    this.#pending.set(source, cancel);
    box.asked(question);
    const snapshot = new Snapshot(document, range);
    const soFar = new SoFarAnswers(store, snapshot, question, () => settings.now.minimumProbability);
    const part = partOf(document, range);
    const began = performance.now();
    try {
      const params: AskParams = {
        source,
        ...aboutOf(document, snapshot),
        range: snapshot.range,
        question,
        options: askOptions(settings.now),
      };
      const result = await withAskProgress(cancel, (report) =>
        sidecar.ask(params, cancel.token, (progress) => {
          soFar.report(progress);
          report(progress);
        }),
      );
      const outcome = this.#show(result, snapshot, soFar);
      const tookMs = performance.now() - began;
      state.answered(tookMs);
      if (outcome.status === 'changed') box.failed(question);
      else {
        box.answered();
        const best = outcome.status === 'answered' ? outcome.answers[0] : undefined;
        history.ofDocument(question, document, part, best, result.noAnswer.probability);
      }
      log.info(
        `${outcome.status}: ${result.answers.length} places in ${snapshot.length} characters, ` +
          `${result.timing.windows} windows, ${Math.round(tookMs)} ms (sidecar ${Math.round(result.timing.totalMs)} ms).`,
      );
      return outcome;
    } catch (error) {
      const failure = failureOf(error);
      const entry = soFar.stop(failure?.silent ? 'cancelled' : 'failed');
      if (!failure) throw error;
      // Not if a newer question has replaced it.
      if (entry && failure.silent && this.#pending.get(source) === cancel) this.#parts.announcer.present(entry, false);
      return this.#failed(question, failure, entry?.answers ?? []);
    } finally {
      snapshot.dispose();
      cancel.dispose();
      if (this.#pending.get(source) === cancel) this.#pending.delete(source);
    }
  }

  /** Puts the answers where they are now, or says why there are none. */
  #show(result: AskResult, snapshot: Snapshot, soFar: SoFarAnswers): AskOutcome {
    const { store } = this.#parts;
    const { document } = snapshot;
    const { question } = result;
    const wanted = likely(result.answers, this.#parts.settings.now.minimumProbability);
    const placed = snapshot.place(wanted);
    const inView = soFar.finish(wanted);
    this.#warn(result);
    this.#guesses.delete(document);
    if (result.noAnswer.chosen || result.answers.length === 0) {
      store.clear(document);
      if (placed.length > 0) this.#guesses.set(document, { result, placed, version: document.version });
      this.#tellNoAnswer(result, document);
      return { status: 'noAnswer', question, answers: placed, result };
    }
    if (placed.length < wanted.length) {
      this.#parts.log.warn(`${wanted.length - placed.length} answers are not in the text any more.`);
    }
    if (placed.length === 0) {
      store.clear(document);
      if (!document.isClosed) this.#tellChanged(document);
      return { status: 'changed', question, answers: [], result };
    }
    this.#parts.announcer.present(store.set(document, result, placed, false), !inView);
    return { status: 'answered', question, answers: placed, result };
  }

  /** Stops reading a document; what was found so far stays. */
  cancel(document: vscode.TextDocument): void {
    this.#pending.get(document.uri.toString())?.cancel();
  }

  /** Highlights what "no answer" was preferred to. */
  showBestGuess(document: vscode.TextDocument | undefined): DocumentAnswers | undefined {
    const guess = document && this.#guesses.get(document);
    if (!guess) return undefined;
    if (document.version !== guess.version) {
      this.#tellChanged(document);
      return undefined;
    }
    const entry = this.#parts.store.set(document, guess.result, guess.placed, true);
    this.#parts.announcer.present(entry);
    return entry;
  }

  #tellNoAnswer({ noAnswer }: AskResult, document: vscode.TextDocument): void {
    const { l10n } = vscode;
    const actions = this.#guesses.has(document) ? [l10n.t('Show Best Guess')] : [];
    const text = l10n.t('No answer in this text (probability {0}).', percent(noAnswer.probability));
    void inform(`Ask BERT: ${text}`, ...actions).then((choice) => {
      if (choice) this.showBestGuess(document);
    });
  }

  #tellChanged(document: vscode.TextDocument): void {
    const { l10n } = vscode;
    const again = l10n.t('Ask Again');
    const text = l10n.t('The text was changed where the answer was.');
    void inform(`Ask BERT: ${text}`, again).then((choice) => {
      if (choice) void this.askDocument({ uri: document.uri, question: this.#parts.box.last });
    });
  }

  #warn({ warnings }: AskResult): void {
    for (const { code, message } of warnings) {
      this.#parts.log.warn(`${code}: ${message}`);
      // A fallback engine stays the same from question to question: one message is enough.
      if (code === 'EngineFallback' && this.#fallbackTold) continue;
      if (code === 'EngineFallback') this.#fallbackTold = true;
      void warn(`Ask BERT: ${message}`);
    }
  }

  #failed(question: string, failure: Failure, answers: readonly ShownAnswer[]): AskOutcome {
    const { code, message, remedy } = failure;
    if (!failure.silent) {
      this.#parts.log.error(`${code}: ${message}`);
      this.#parts.box.failed(question);
      tell(failure);
    }
    return { status: failure.silent ? 'cancelled' : 'failed', question, answers, error: { code, message, remedy } };
  }
}

function saysNothing({ document, range }: Target): boolean {
  if (/\S/.test(document.getText(range))) return false;
  const { l10n } = vscode;
  void inform(
    range
      ? l10n.t('Ask BERT: nothing to read, the selection is blank.')
      : l10n.t('Ask BERT: nothing to read, the document is empty.'),
  );
  return true;
}
