/** One question about many documents, from the box to the tree of answers. */
import * as vscode from 'vscode';
import type { AskManyResult, FoundAnswer } from '../../server/protocol.js';
import type { Announcer } from '../answers/announcer.js';
import { locationOf, openPlace, peek } from '../answers/open-place.js';
import type { AnswerStore, ShownAnswer } from '../answers/store.js';
import { likely } from '../answers/worth-showing.js';
import { type Shown as Progress, withProgress } from '../asking/progress.js';
import type { QuestionBox } from '../asking/question-box.js';
import type { AskedHistory } from '../history/store.js';
import { askOptions, type SettingsReader } from '../settings/settings.js';
import { type Scope, scopeText } from '../shared/scope.js';
import { cancelledFailure, failureOf, tell } from '../sidecar/failure.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import { filterText } from './choose-files.js';
import type { FileFilter } from './file-filter.js';
import { newRun, placesOf, type Run, type TreePlace } from './results.js';
import { bestText, countsText } from './results-text.js';
import type { ResultsView } from './results-view.js';
import { findDocuments, isEmptyScope } from './scope.js';
import type { ShownSection } from './shown-section.js';

/** A newer question about many documents replaces the older one. */
const SOURCE = 'askBert.many';

export interface ManyOutcome {
  status: 'answered' | 'noAnswer' | 'failed' | 'cancelled';
  question: string;
  answers: readonly FoundAnswer[];
  result?: AskManyResult;
}

export interface ManyParts {
  store: AnswerStore;
  announcer: Announcer;
  sidecar: Sidecar;
  box: QuestionBox;
  settings: SettingsReader;
  view: ResultsView;
  section: ShownSection;
  /** Shows an answer on the pages of a PDF. */
  goToPage(file: vscode.Uri, index: number): Promise<void>;
  history: AskedHistory;
  log: vscode.LogOutputChannel;
}

export class ManyAsker {
  readonly #parts: ManyParts;
  #pending: vscode.CancellationTokenSource | undefined;

  constructor(parts: ManyParts) {
    this.#parts = parts;
  }

  /**
   * @param given asked without the box
   * @param filter which files are read. Default: all
   * @returns undefined when nothing was asked
   */
  async askScope(scope: Scope, given?: string, filter?: FileFilter): Promise<ManyOutcome | undefined> {
    if (isEmptyScope(scope)) return undefined;
    const files = filter && filterText(filter);
    const description = files === undefined ? scopeText(scope) : `${scopeText(scope)} (${files})`;
    const question = given?.trim() || (await this.#parts.box.prompt(() => description));
    return question ? this.#read(question, scope, description, filter) : undefined;
  }

  /** Stops reading; what was found so far stays. */
  cancel(): void {
    this.#pending?.cancel();
  }

  async #read(
    question: string,
    scope: Scope,
    description: string,
    filter: FileFilter | undefined,
  ): Promise<ManyOutcome> {
    const { box, view, section, history, announcer, log } = this.#parts;
    this.#pending?.cancel();
    const cancel = new vscode.CancellationTokenSource();
    this.#pending = cancel;
    box.asked(question);
    const run = newRun(question, description);
    const files = filter && filterText(filter);
    if (files !== undefined) run.filter = files;
    section.hide();
    view.show(run);
    view.focus();
    const began = performance.now();
    try {
      const shownOf = (now: Run): Progress => ({
        message: countsText(now),
        // Files that were searched are not read yet.
        share: now.total > 0 && !now.read ? now.done / now.total : undefined,
      });
      const work = (report: (now: Run) => void) => this.#run(run, scope, filter, cancel.token, report);
      const result = await withProgress(cancel, work, shownOf, countsText(run));
      box.answered();
      history.ofMany(question, scope, run.answers, result);
      announcer.say(bestText(run));
      const { documents, ofDocuments, characters, ranked, ended } = result.read;
      log.info(
        `many: ${result.answers.length} answers, ${documents} of ${ofDocuments} documents, ${characters} characters` +
          `${ranked ? ` (ranked, ended: ${ended})` : ''}, ${result.skipped.length} skipped, ${Math.round(performance.now() - began)} ms.`,
      );
      for (const { code, message } of result.warnings) log.warn(`${code}: ${message}`);
      const none = result.noAnswer.chosen || result.answers.length === 0;
      return { status: none ? 'noAnswer' : 'answered', question, answers: run.answers, result };
    } catch (error) {
      const failure = failureOf(error);
      run.phase = failure?.silent ? 'cancelled' : 'failed';
      view.update(run);
      if (!failure) throw error;
      if (!failure.silent) {
        log.error(`${failure.code}: ${failure.message}`);
        box.failed(question);
        tell(failure);
      }
      return { status: failure.silent ? 'cancelled' : 'failed', question, answers: run.answers };
    } finally {
      cancel.dispose();
      if (this.#pending === cancel) this.#pending = undefined;
    }
  }

  /** Finds the documents and has them read; `run` holds the progress. */
  async #run(
    run: Run,
    scope: Scope,
    filter: FileFilter | undefined,
    token: vscode.CancellationToken,
    report: (run: Run) => void,
  ): Promise<AskManyResult> {
    const { sidecar, settings, view } = this.#parts;
    const changed = () => {
      view.update(run);
      report(run);
    };
    const found = await orCancelled(findDocuments(scope, token, filter), token);
    run.beyond = found.beyond;
    run.skipped = found.skipped;
    run.skippedCount = found.skipped.length;
    run.phase = 'reading';
    changed();
    const least = settings.now.minimumProbability;
    const wanted = (answers: readonly FoundAnswer[]) => likely(answers, least);
    const params = {
      source: SOURCE,
      question: run.question,
      documents: found.documents,
      options: askOptions(settings.now),
      budgetSeconds: settings.now['workspace.budgetSeconds'],
    };
    const result = await sidecar.askMany(params, token, ({ done, total, skipped, read, left, answers }) => {
      // Progress may still arrive after a cancel.
      if (run.phase !== 'reading') return;
      Object.assign(run, { done, total, read, left, answers: wanted(answers) });
      run.skippedCount = found.skipped.length + skipped;
      changed();
    });
    run.result = result;
    run.answers = wanted(result.answers);
    run.skipped = [...found.skipped, ...result.skipped];
    run.skippedCount = run.skipped.length;
    run.done = run.total = found.documents.length;
    run.phase = 'done';
    changed();
    return result;
  }

  /** Shows a place from the tree in its file, with the other answers in that file. */
  async open(place: TreePlace): Promise<ShownAnswer | undefined> {
    const run = place.asked === undefined ? this.#parts.view.current : undefined;
    const question = place.asked ?? run?.question;
    if (question === undefined) return undefined;
    if (place.onPages !== undefined) {
      await this.#parts.goToPage(vscode.Uri.parse(place.uri), place.onPages);
      return undefined;
    }
    const result = run?.result;
    const noAnswer = result?.noAnswer ?? { score: 0, probability: 0, chosen: false, threshold: 0 };
    const shown = {
      question,
      noAnswer,
      guess: noAnswer.chosen,
      engine: result?.engine,
      timing: result?.timing,
    };
    const here = placesOf(run?.answers ?? []).filter(({ uri }) => uri === place.uri);
    const { store, announcer } = this.#parts;
    return openPlace(store, announcer, place.uri, place, here.length > 0 ? here : [place], shown);
  }

  /** All places in the peek view, at the given one or the best. @returns how many */
  async peek(place?: TreePlace): Promise<number> {
    const many: TreePlace[] = placesOf(this.#parts.view.current?.answers ?? []);
    const isOwn = place?.asked !== undefined || many.length === 0;
    const places = isOwn ? (this.#parts.section.current?.places ?? []) : many;
    const at = place ?? places[0];
    if (!at) return 0;
    if (at.onPages !== undefined) {
      // Pages have no peek view.
      await this.open(at);
      return places.length;
    }
    await peek(
      locationOf(at.uri, at),
      places.map((each) => locationOf(each.uri, each)),
    );
    return places.length;
  }
}

/** Looking for files may take a while, and is no longer needed. */
function orCancelled<T>(work: Promise<T>, token: vscode.CancellationToken): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const subscription = token.onCancellationRequested(() => reject(cancelledFailure()));
    work.then(resolve, reject).finally(() => subscription.dispose());
    if (token.isCancellationRequested) reject(cancelledFailure());
  });
}
