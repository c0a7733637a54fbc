/** A question about a PDF: the sidecar reads the file, and the answers are marked on its pages. */
import * as vscode from 'vscode';
import type { Answer, AskProgress, AskResult } from '../../server/protocol.js';
import { exactText } from '../answers/commands.js';
import { partReadText } from '../answers/hover.js';
import { worthHighlighting } from '../answers/worth-showing.js';
import { noAnswerText } from '../asking/no-answer-text.js';
import { type AskOutcome, failed } from '../asking/outcome.js';
import type { PendingQuestions } from '../asking/pending.js';
import { withAskProgress } from '../asking/progress.js';
import type { QuestionBox } from '../asking/question-box.js';
import { Warnings } from '../asking/warnings.js';
import type { AskedHistory } from '../history/store.js';
import { askOptions, type SettingsReader } from '../settings/settings.js';
import { inform } from '../shared/messages.js';
import { documentName } from '../shared/texts.js';
import { cancelledFailure, Failure, failureOf } from '../sidecar/failure.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import type { SidecarState } from '../status/state.js';
import type { PageAnswer } from './answers.js';
import type { PageViews } from './page-views.js';
import { type OpenPages, PagesSoFar } from './so-far.js';

export interface FileAskerParts {
  pages: PageViews;
  sidecar: Sidecar;
  box: QuestionBox;
  state: SidecarState;
  history: AskedHistory;
  settings: SettingsReader;
  log: vscode.LogOutputChannel;
  pending: PendingQuestions;
}

export class FileAsker {
  readonly #parts: FileAskerParts;
  readonly #pending: PendingQuestions;
  readonly #warnings: Warnings;

  constructor(parts: FileAskerParts) {
    this.#parts = parts;
    this.#pending = parts.pending;
    this.#warnings = new Warnings(parts.log);
  }

  /**
   * Asks, opens the page view and marks the answers there.
   * @param given if missing, the question box is shown
   * @param everything all of it is read, however long it takes
   * @returns undefined when nothing was asked; its answers have no place in a text editor, so `answers` is empty
   */
  async askAboutFile(uri: vscode.Uri, given?: string, everything = false): Promise<AskOutcome | undefined> {
    const { box, pages } = this.#parts;
    const name = documentName(uri);
    const question = given?.trim() || (await box.prompt(() => name));
    if (!question) return undefined;
    const source = uri.toString();
    const pending = this.#pending.begin(source, name);
    box.asked(question);
    pages.clear(uri);
    try {
      const budgetSeconds = everything ? 0 : this.#parts.settings.now['workspace.budgetSeconds'];
      return await this.#show(uri, name, await this.#ask(uri, name, { question, budgetSeconds }, pending.cancel));
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      return failed(this.#parts, question, failure);
    } finally {
      this.#pending.end(source, pending);
    }
  }

  /** Asks for a password if the file needs one, until it is right. @throws Failure */
  async #ask(
    uri: vscode.Uri,
    name: string,
    asked: { question: string; budgetSeconds: number },
    cancel: vscode.CancellationTokenSource,
  ): Promise<AskResult> {
    const { sidecar, settings, state } = this.#parts;
    if (uri.scheme !== 'file') {
      const text = vscode.l10n.t('{0} is not on a disk that Ask BERT can read.', name);
      throw new Failure('InputUnreadable', text, vscode.l10n.t('Save it to a folder and ask about it there.'));
    }
    const source = uri.toString();
    const options = askOptions(settings.now);
    for (let password: string | undefined; ; ) {
      const params = { source, uri: source, password, options, ...asked };
      const began = performance.now();
      try {
        const atFirst = this.#pending.waitText(source, state.status);
        const soFar = this.#soFar(uri, asked.question);
        const ask = (report: (progress: AskProgress) => void) =>
          sidecar.ask(params, cancel.token, (progress) => {
            soFar.report(progress);
            report(progress);
          });
        const result = await withAskProgress(cancel, name, atFirst, ask);
        state.answered(performance.now() - began);
        return result;
      } catch (error) {
        if (failureOf(error)?.code !== 'PasswordNeeded') throw error;
        password = await promptPassword(name, password !== undefined);
        if (password === undefined) throw cancelledFailure();
      }
    }
  }

  async #show(uri: vscode.Uri, name: string, result: AskResult): Promise<AskOutcome> {
    const { box, history, settings, log } = this.#parts;
    const { question, noAnswer } = result;
    box.answered();
    const answers = worthHighlighting(result.answers, settings.now.minimumProbability);
    const isAnswered = !noAnswer.chosen && answers.length > 0;
    history.ofFile(question, uri, isAnswered ? answers[0] : undefined, result);
    log.info(`file: ${answers.length} places, ${Math.round(result.timing.totalMs)} ms.`);
    this.#warnings.tell(result.warnings);
    if (!isAnswered) {
      this.#parts.pages.clear(uri);
      this.#tellNoAnswer(uri, name, result, answers);
    } else {
      await this.#mark(uri, question, answers, false);
      if (result.read) this.#tell(uri, result, partReadText(result.read));
    }
    return { status: isAnswered ? 'answered' : 'noAnswer', question, answers: [], result };
  }

  #soFar(uri: vscode.Uri, question: string): PagesSoFar {
    const { pages, settings } = this.#parts;
    const open: OpenPages = {
      get isOpen() {
        return pages.isOpen(uri);
      },
      get shown() {
        return pages.answersOf(uri);
      },
      show: (answers, reveal) => pages.showAnswers(uri, answers, reveal),
    };
    return new PagesSoFar(open, question, settings.now.minimumProbability, onPage);
  }

  async #mark(uri: vscode.Uri, question: string, answers: readonly Answer[], guess: boolean): Promise<void> {
    const { pages } = this.#parts;
    await pages.open(uri);
    pages.showAnswers(uri, { question, answers: answers.map(onPage), guess });
  }

  #tellNoAnswer(uri: vscode.Uri, name: string, result: AskResult, guesses: readonly Answer[]): void {
    const text = noAnswerText(result, name);
    this.#tell(uri, result, result.read ? `${text} ${partReadText(result.read)}` : text, guesses);
  }

  /** @param guesses that can be shown */
  #tell(uri: vscode.Uri, { question, read }: AskResult, text: string, guesses: readonly Answer[] = []): void {
    const { l10n } = vscode;
    const guess = l10n.t('Show Best Guess');
    const more = l10n.t('Read Everything');
    const actions = [...(guesses.length > 0 ? [guess] : []), ...(read ? [more] : [])];
    void inform(`Ask BERT: ${text}`, ...actions).then((choice) => {
      if (choice === guess) void this.#mark(uri, question, guesses, true);
      if (choice === more) void this.askAboutFile(uri, question, true);
    });
  }
}

const onPage = ({ text, prose, probability, grade, page, boxes = [], ranges }: Answer): PageAnswer => ({
  text: exactText(text, ranges),
  prose,
  probability,
  grade,
  page: page ?? boxes[0]?.page ?? 1,
  boxes,
});

/** Undefined: Escape. */
function promptPassword(name: string, wasWrong: boolean): Thenable<string | undefined> {
  const { l10n } = vscode;
  return vscode.window.showInputBox({
    title: l10n.t('Ask BERT: {0}', name),
    prompt: wasWrong
      ? l10n.t('This is not the password of {0}. Try again:', name)
      : l10n.t('{0} is protected by a password, which is not kept:', name),
    password: true,
    ignoreFocusOut: true,
  });
}
