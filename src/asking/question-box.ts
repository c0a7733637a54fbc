/** The box in which a question is typed, with the last questions below it. */
import * as vscode from 'vscode';
import { forget, matching, remember, restore } from '../history/box-list.js';
import type { SettingsReader } from '../settings/settings.js';
import { asLabel } from '../shared/markdown.js';

const STORE_KEY = 'askBert.questions';
const MAX_QUESTION = 10_000;

interface Row extends vscode.QuickPickItem {
  /** Of an earlier question; the other rows only show what is typed, or that something has to be. */
  question?: string;
}

export class QuestionBox {
  /** Typed, but its question failed: it stands there again next time. */
  private draft = '';
  private lastAsked: string | undefined;

  constructor(
    private readonly memory: vscode.Memento,
    private readonly settings: SettingsReader,
  ) {}

  get questions(): string[] {
    return restore(this.memory.get(STORE_KEY), this.limit);
  }

  /** For "ask again". */
  get last(): string | undefined {
    return this.lastAsked ?? this.questions[0];
  }

  asked(question: string): void {
    this.lastAsked = question;
  }

  answered(question: string): void {
    this.draft = '';
    this.store(remember(this.questions, question, this.limit));
  }

  failed(question: string): void {
    this.draft = question;
  }

  /**
   * Lets the user type or pick.
   * @param describe what will be read; asked again whenever the selection changes
   * @returns undefined when Escape was pressed
   */
  ask(describe: () => string): Promise<string | undefined> {
    const { l10n } = vscode;
    const box = vscode.window.createQuickPick<Row>();
    const remove = { iconPath: new vscode.ThemeIcon('close'), tooltip: l10n.t('Forget This Question') };
    const removeAll = { iconPath: new vscode.ThemeIcon('clear-all'), tooltip: l10n.t('Forget All Questions') };
    let warned = false;

    const title = () => {
      box.title = l10n.t('Ask BERT: {0}', describe());
    };
    const rows = () => {
      const typed = box.value.trim();
      const list: Row[] = [];
      if (typed) list.push({ label: asLabel(typed), description: l10n.t('ask'), alwaysShow: true });
      else if (warned) list.push({ label: l10n.t('$(warning) Type a question first'), alwaysShow: true });
      const earlier = matching(this.questions, typed);
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
      // Enter on an empty box must not ask whatever stands first: an earlier question is chosen with the arrow keys.
      box.activeItems = typed ? list.slice(0, 1) : [];
      box.buttons = this.questions.length > 0 ? [removeAll] : [];
    };

    box.placeholder = l10n.t('A question whose answer stands in the text; Enter asks, Escape cancels');
    box.ignoreFocusOut = true;
    box.value = this.draft;
    title();
    rows();

    return new Promise<string | undefined>((resolve) => {
      const subscriptions = [
        vscode.window.onDidChangeTextEditorSelection(title),
        box.onDidChangeValue(() => {
          warned = false;
          rows();
        }),
        box.onDidTriggerItemButton(({ item }) => {
          this.store(forget(this.questions, item.question ?? ''));
          rows();
        }),
        box.onDidTriggerButton(() => {
          this.store([]);
          rows();
        }),
        box.onDidAccept(() => {
          // The row of what is typed may lag behind fast typing: the box itself does not.
          const question = (box.activeItems[0]?.question ?? box.value).trim();
          if (question && question.length <= MAX_QUESTION) {
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

  private get limit(): number {
    return this.settings.now['question.history'];
  }

  private store(questions: string[]): void {
    // Where it cannot be stored, VS Code keeps it as long as the window is open.
    this.memory.update(STORE_KEY, questions).then(undefined, () => {});
  }
}
