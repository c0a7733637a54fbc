/** The box where a question is typed, with recent questions below it. */
import * as vscode from 'vscode';
import { MAX_QUESTION_UNITS } from '../../server/protocol.js';
import { matching } from '../history/box-list.js';
import { removeEntries } from '../history/removal.js';
import type { AskedHistory } from '../history/store.js';
import { asLabel } from '../shared/markdown.js';

interface QuestionItem extends vscode.QuickPickItem {
  /** Set for an earlier question; the other rows only show what is typed, or ask to type something. */
  question?: string;
}

export class QuestionBox implements vscode.Disposable {
  readonly #history: AskedHistory;
  /** A typed question that failed: offered again next time. */
  #draft = '';
  #lastAsked: string | undefined;

  readonly #subscription: vscode.Disposable;

  /** @param history where the questions are remembered */
  constructor(history: AskedHistory) {
    this.#history = history;
    this.#subscription = history.onDidRemove((questions) => {
      const isGone = (question: string) => history.entries.length === 0 || questions.includes(question);
      if (this.#lastAsked !== undefined && isGone(this.#lastAsked)) this.#lastAsked = undefined;
      // A failed question is not in the history, and forgotten with it.
      if (isGone(this.#draft)) this.#draft = '';
    });
  }

  /** For "ask again". */
  get last(): string | undefined {
    return this.#lastAsked ?? this.#history.questions[0];
  }

  asked(question: string): void {
    this.#lastAsked = question;
  }

  answered(): void {
    this.#draft = '';
  }

  failed(question: string): void {
    this.#draft = question;
  }

  /**
   * Lets the user type or pick.
   * @param describe what will be read; called again whenever the selection changes
   * @returns undefined when Escape was pressed
   */
  prompt(describe: () => string): Promise<string | undefined> {
    const { l10n } = vscode;
    const box = vscode.window.createQuickPick<QuestionItem>();
    const remove = { iconPath: new vscode.ThemeIcon('close'), tooltip: l10n.t('Forget This Question') };
    const removeAll = { iconPath: new vscode.ThemeIcon('clear-all'), tooltip: l10n.t('Forget All Questions') };
    let warned = false;

    const title = () => {
      box.title = l10n.t('Ask about {0}', describe());
    };
    const rows = () => {
      const typed = box.value.trim();
      const list: QuestionItem[] = [];
      if (typed) list.push({ label: asLabel(typed), description: l10n.t('ask'), alwaysShow: true });
      else if (warned) list.push({ label: l10n.t('$(warning) Type a question first'), alwaysShow: true });
      const { questions } = this.#history;
      const earlier = matching(questions, typed);
      if (earlier.length > 0) {
        list.push({ label: l10n.t('earlier questions'), kind: vscode.QuickPickItemKind.Separator });
        for (const question of earlier) {
          list.push({
            label: asLabel(question),
            question,
            alwaysShow: true,
            iconPath: new vscode.ThemeIcon('history'),
            buttons: [remove],
          });
        }
      }
      box.items = list;
      // Enter in an empty box must not ask the first row: an earlier question is chosen with the arrow keys.
      box.activeItems = typed ? list.slice(0, 1) : [];
      box.buttons = questions.length > 0 ? [removeAll] : [];
    };

    box.placeholder = l10n.t("Ask a short question, for example 'When does the term end?'");
    box.ignoreFocusOut = true;
    box.value = this.#draft;
    title();
    rows();

    return new Promise<string | undefined>((resolve) => {
      const subscriptions = [
        vscode.window.onDidChangeTextEditorSelection(title),
        this.#history.onDidChange(rows),
        box.onDidChangeValue(() => {
          warned = false;
          rows();
        }),
        box.onDidTriggerItemButton(({ item }) => {
          const entries = this.#history.entries.filter(({ question }) => question === item.question);
          void removeEntries(this.#history, entries);
        }),
        // With the texts that the sidecar keeps.
        box.onDidTriggerButton(() => vscode.commands.executeCommand('askBert.clearHistory')),
        box.onDidAccept(() => {
          // The row with the typed text may lag behind fast typing; the box does not.
          const question = (box.activeItems[0]?.question ?? box.value).trim();
          if (question && question.length <= MAX_QUESTION_UNITS) {
            resolve(question);
            box.hide();
          } else {
            warned = true;
            rows();
          }
        }),
        box.onDidHide(() => {
          resolve(undefined);
          for (const subscription of subscriptions) subscription.dispose();
          box.dispose();
        }),
      ];
      box.show();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
