/** One question, from the box to the highlighted answer. */
import * as vscode from 'vscode';
import type { AskManyResult, AskParams, AskResult } from '../../server/protocol.js';
import type { Announcer } from '../answers/announcer.js';
import { Attention } from '../answers/attention.js';
import { partReadText } from '../answers/hover.js';
import type { NoAnswers } from '../answers/no-answer.js';
import { SoFarAnswers } from '../answers/so-far.js';
import {
  type AnswerStore,
  type DocumentAnswers,
  type ShownAnswer,
  type ShownResult,
  Snapshot,
} from '../answers/store.js';
import { worthHighlighting } from '../answers/worth-showing.js';
import { type AskedHistory, partOf } from '../history/store.js';
import { askOptions, type SettingsReader } from '../settings/settings.js';
import { inform } from '../shared/messages.js';
import { failureOf } from '../sidecar/failure.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import type { SidecarState } from '../status/state.js';
import { aboutOf } from './about.js';
import { isUnseen, presentFound } from './found.js';
import { noAnswerText } from './no-answer-text.js';
import { type AskOutcome, failed } from './outcome.js';
import { AskedParts } from './parts.js';
import type { PendingQuestion, PendingQuestions } from './pending.js';
import { withAskProgress, withProgress } from './progress.js';
import type { QuestionBox } from './question-box.js';
import {
  type FileTarget,
  findTarget,
  pdfOf,
  saysNothing,
  type Target,
  type TargetRequest,
  targetNow,
} from './target.js';
import { Warnings } from './warnings.js';

export interface AskRequest extends TargetRequest {
  /** If missing, the question box is shown. */
  question?: string | undefined;
  /** Everything is read, however long it takes. */
  everything?: boolean | undefined;
}

export interface AskerParts {
  store: AnswerStore;
  none: NoAnswers;
  announcer: Announcer;
  sidecar: Sidecar;
  box: QuestionBox;
  state: SidecarState;
  history: AskedHistory;
  settings: SettingsReader;
  log: vscode.LogOutputChannel;
  pending: PendingQuestions;
  /** Asks about a PDF, whose pages show the answers. */
  askAboutFile(file: vscode.Uri, question?: string): Promise<AskOutcome | undefined>;
  /** Asks about a file that VS Code does not hand over. */
  askFile(file: vscode.Uri, question: string | undefined): Promise<unknown>;
}

export class Asker {
  readonly #parts: AskerParts;
  readonly #pending: PendingQuestions;
  readonly #warnings: Warnings;

  constructor(parts: AskerParts) {
    this.#parts = parts;
    this.#pending = parts.pending;
    this.#warnings = new Warnings(parts.log);
  }

  /** @returns undefined when nothing was asked: no text, or the box was closed */
  async askDocument(request: AskRequest): Promise<AskOutcome | undefined> {
    const { box } = this.#parts;
    const pdf = pdfOf(request);
    if (pdf) return this.#parts.askAboutFile(pdf, request.question);
    const found = await findTarget(request);
    if (!found) return undefined;
    if (isFile(found)) {
      await this.#parts.askFile(found.file, request.question);
      return undefined;
    }
    if (saysNothing(found)) return undefined;
    const given = request.question?.trim();
    const question = given || (await box.prompt(() => targetNow(found, request).description));
    if (!question) return undefined;
    // The selection may have changed while the question was typed: the current selection counts.
    const target = targetNow(found, request);
    if (target.document.isClosed || saysNothing(target)) return undefined;
    return target.parts ? this.#runParts(question, target, request) : this.#run(question, target, request);
  }

  /** The last question about the current selection, or, where an answer was found, about what it was found in. */
  askAgain(request: AskRequest): Promise<AskOutcome | undefined> {
    const { store, box } = this.#parts;
    const active = vscode.window.activeTextEditor;
    const entry = store.of(active?.document);
    const cursor = active?.selection;
    const isThere = cursor?.isEmpty && entry?.answers.some(({ range }) => range.start.isEqual(cursor.active));
    const range = request.range ?? (request.uri || !isThere ? undefined : entry?.part);
    return this.askDocument({ ...request, ...(range ? { range } : {}), question: box.last });
  }

  /** Continues with what was left out for lack of time. */
  async readEverything(document: vscode.TextDocument | undefined): Promise<AskOutcome | undefined> {
    const { store, none } = this.#parts;
    const entry = store.of(document) ?? none.of(document);
    if (!document || !entry) return undefined;
    const { question } = entry.result;
    return this.askDocument({ uri: document.uri, range: entry.part, question, everything: true, whole: !entry.part });
  }

  async #run(question: string, { document, range, name }: Target, request: AskRequest): Promise<AskOutcome> {
    const { store, sidecar, settings, state, history, box, log } = this.#parts;
    const source = document.uri.toString();
    const pending = this.#begin(source, name, [document]);
    const { cancel } = pending;
    box.asked(question);
    const attention = new Attention(document);
    const snapshot = new Snapshot(document, range);
    const least = () => settings.now.minimumProbability;
    const soFar = new SoFarAnswers(store, snapshot, question, least, () => attention.now !== 'moved');
    const part = partOf(document, range);
    const began = performance.now();
    try {
      const params: AskParams = {
        source,
        ...aboutOf(document, snapshot),
        range: snapshot.range,
        question,
        options: askOptions(settings.now),
        budgetSeconds: request.everything ? 0 : settings.now['workspace.budgetSeconds'],
      };
      const result = await withAskProgress(cancel, name, this.#pending.waitText(source, state.status), (report) => {
        const ask = (about: AskParams) =>
          sidecar.ask(about, cancel.token, (progress) => {
            soFar.report(progress);
            report(progress);
          });
        return ask(params).catch((error: unknown) => {
          // The password was given to read the text, and kept nowhere.
          if (failureOf(error)?.code !== 'PasswordNeeded') throw error;
          const { uri: _, ...rest } = params;
          return ask({ ...rest, ...aboutOf(document, snapshot, true) });
        });
      });
      const outcome = this.#show(result, snapshot, soFar, { name, range, attention });
      const tookMs = performance.now() - began;
      state.answered(tookMs);
      if (outcome.status === 'changed') box.failed(question);
      else {
        box.answered();
        const best = outcome.status === 'answered' ? outcome.answers[0] : undefined;
        history.ofDocument(question, document, part, best, result);
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
      if (entry && failure.silent && this.#pending.isNewest(source, pending)) {
        this.#parts.announcer.present(entry, 'stay');
      }
      return failed(this.#parts, question, failure, entry?.answers);
    } finally {
      snapshot.dispose();
      this.#pending.end(source, pending);
    }
  }

  /** Several selections, or the cells of a notebook: one question about all of them. */
  async #runParts(question: string, { document, parts = [], name }: Target, request: AskRequest): Promise<AskOutcome> {
    const { store, sidecar, settings, state, box, log, announcer } = this.#parts;
    const documents = [...new Set(parts.map((part) => part.document))];
    const source = document.uri.toString();
    const pending = this.#begin(source, name, documents);
    const { cancel } = pending;
    box.asked(question);
    const attention = new Attention(document);
    const asked = new AskedParts(parts);
    const began = performance.now();
    try {
      const params = {
        source,
        question,
        documents: [...asked.documents],
        options: askOptions(settings.now),
        budgetSeconds: request.everything ? 0 : settings.now['workspace.budgetSeconds'],
      };
      const named = (what: string) => ({ message: vscode.l10n.t('{0}: {1}', name, what) });
      const reading = vscode.l10n.t('reading');
      const result = await withProgress<AskManyResult, undefined>(
        cancel,
        () => sidecar.askMany(params, cancel.token, () => {}),
        () => named(reading),
        named(this.#pending.waitText(source, state.status)).message,
      );
      box.answered();
      state.answered(performance.now() - began);
      this.#warnings.tell(result.warnings);
      const placed = asked.place(result, settings.now.minimumProbability);
      const all = [...placed.values()].flat().toSorted((a, b) => a.rank - b.rank);
      log.info(`${all.length} places in ${documents.length} documents, ${asked.length} characters.`);
      const { engine, timing, noAnswer, otherLanguage } = result;
      const shown: ShownResult = { question, noAnswer, engine, timing, otherLanguage };
      if (noAnswer.chosen || all.length === 0) {
        this.#tellNone({ ...shown, read: partReadOf(result) }, document, all, name, undefined);
        return { status: 'noAnswer', question, answers: all, result };
      }
      let best: DocumentAnswers | undefined;
      for (const [each, answers] of placed) {
        const entry = store.set(each, shown, answers, false, { group: documents, found: all.length });
        if (answers[0] === all[0]) best = entry;
      }
      if (best) announcer.present(best, attention.now === 'moved' ? 'stay' : 'go');
      return { status: 'answered', question, answers: all, result };
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      return failed(this.#parts, question, failure);
    } finally {
      asked.dispose();
      this.#pending.end(source, pending);
    }
  }

  /** What was said about these documents belongs to an older question. */
  #begin(source: string, name: string, documents: readonly vscode.TextDocument[]): PendingQuestion {
    const { store, none } = this.#parts;
    for (const document of documents) {
      store.clear(document);
      none.clear(document);
    }
    return this.#pending.begin(source, name);
  }

  /** Puts the answers where they are now, or says why there are none. */
  #show(
    result: AskResult,
    snapshot: Snapshot,
    soFar: SoFarAnswers,
    { name, range, attention }: { name: string; range: vscode.Range | undefined; attention: Attention },
  ): AskOutcome {
    const { store } = this.#parts;
    const { document } = snapshot;
    const { question } = result;
    const wanted = worthHighlighting(result.answers, this.#parts.settings.now.minimumProbability);
    const placed = snapshot.place(wanted);
    const inView = soFar.finish(wanted);
    this.#warnings.tell(result.warnings);
    if (result.noAnswer.chosen || result.answers.length === 0) {
      store.clear(document);
      this.#tellNone(result, document, placed, name, range);
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
    presentFound(this.#parts, store.set(document, result, placed, false, { part: range }), name, attention, inView);
    return { status: 'answered', question, answers: placed, result };
  }

  /** Stops reading a document; what was found so far stays. */
  cancel(document: vscode.TextDocument): void {
    this.#pending.cancel(document.uri.toString());
  }

  /** Highlights what "no answer" was preferred to. */
  showBestGuess(document: vscode.TextDocument | undefined): DocumentAnswers | undefined {
    const { store, none, announcer } = this.#parts;
    const entry = none.of(document);
    if (!entry || entry.guesses.length === 0) return undefined;
    const { result, guesses, part } = entry;
    none.clear(entry.document);
    const shown = store.set(entry.document, result, [...guesses], true, { part });
    announcer.present(shown);
    return shown;
  }

  #tellNone(
    result: ShownResult,
    document: vscode.TextDocument,
    guesses: readonly ShownAnswer[],
    name: string,
    part: vscode.Range | undefined,
  ): void {
    if (document.isClosed) return;
    const { none, announcer } = this.#parts;
    const { l10n } = vscode;
    const text = noAnswerText(result, name);
    const models = { title: l10n.t('Manage Models'), command: 'askBert.manageModels' };
    const more = result.read ? [{ title: l10n.t('Read Everything'), command: 'askBert.readEverything' }] : [];
    const actions = [
      ...(result.otherLanguage ? [models] : []),
      ...more,
      { title: l10n.t('Ask Again'), command: 'askBert.askAgain' },
    ];
    const sentence = result.read ? `${text} ${partReadText(result.read)}` : text;
    none.set({ document, result, guesses, text: sentence, part, actions });
    if (isUnseen(document)) void inform(sentence);
    else announcer.say(sentence);
  }

  #tellChanged(document: vscode.TextDocument): void {
    const { l10n } = vscode;
    const again = l10n.t('Ask Again');
    const text = l10n.t('The text was changed where the answer was.');
    void inform(`Ask BERT: ${text}`, again).then((choice) => {
      if (choice) void this.askDocument({ uri: document.uri, question: this.#parts.box.last });
    });
  }
}

/** Missing: everything was read. */
const partReadOf = ({ read: { characters, ofCharacters, ended } }: AskManyResult): ShownResult['read'] =>
  characters < ofCharacters ? { characters, ofCharacters, ended: ended === 'settled' ? ended : 'time' } : undefined;

const isFile = (target: Target | FileTarget): target is FileTarget => 'file' in target;
