/** Colours of the answers in every visible editor of their document, and marks in the overview ruler. */
import * as vscode from 'vscode';
import type { Grade } from '../../server/protocol.js';
import type { AnswerStore, DocumentAnswers, ShownAnswer } from './store.js';

const color = (id: string) => new vscode.ThemeColor(`askBert.${id}`);
const closed = vscode.DecorationRangeBehavior.ClosedClosed;

/** The form of each grade: not by colour alone. */
const FORMS = {
  sure: { borderStyle: 'solid', borderWidth: '1px' },
  unsure: { borderStyle: 'dashed', borderWidth: '1px' },
  guess: { borderStyle: 'dotted', borderWidth: '1px', textDecoration: 'underline wavy' },
} as const;

const GRADES = ['sure', 'unsure', 'guess'] as const satisfies readonly Grade[];

/** The frame shows the grade, the colour and the overview ruler the rank; the current one has a second line. */
function decorationTypes() {
  const { createTextEditorDecorationType: create } = vscode.window;
  const best = {
    rangeBehavior: closed,
    backgroundColor: color('bestAnswerBackground'),
    borderColor: color('bestAnswerBorder'),
    overviewRulerColor: color('overviewRulerBestAnswer'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  };
  const alternative = {
    rangeBehavior: closed,
    backgroundColor: color('alternativeAnswerBackground'),
    borderColor: color('alternativeAnswerBorder'),
    overviewRulerColor: color('overviewRulerAlternativeAnswer'),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
  };
  const byGrade = <T>(make: (grade: Grade) => T) => ({
    sure: make('sure'),
    unsure: make('unsure'),
    guess: make('guess'),
  });
  return {
    best: byGrade((grade) => create({ ...best, ...FORMS[grade] })),
    alternative: byGrade((grade) => create({ ...alternative, ...FORMS[grade] })),
    soFar: create({ ...best, borderStyle: 'double', borderWidth: '3px' }),
    current: create({
      rangeBehavior: closed,
      outlineColor: color('currentAnswerOutline'),
      outlineStyle: 'solid',
      outlineWidth: '1px',
    }),
  };
}

type ByGrade<T> = Record<Grade, T>;

/** What each kind of decoration covers: the words of the answers, not the markup between them. */
export function rangesOf(entry: DocumentAnswers | undefined): {
  best: ByGrade<vscode.Range[]>;
  alternative: ByGrade<vscode.Range[]>;
  soFar: vscode.Range[];
  current: vscode.Range[];
} {
  const answers = entry?.answers ?? [];
  const isBest = ({ rank }: ShownAnswer) => rank === 1;
  const partsOf = (some: readonly ShownAnswer[]) => some.flatMap(({ parts }) => parts);
  const byGrade = (some: readonly ShownAnswer[]) => {
    const of = (wanted: Grade) => partsOf(some.filter(({ grade }) => grade === wanted));
    return { sure: of('sure'), unsure: of('unsure'), guess: of('guess') };
  };
  const best = answers.filter(isBest);
  return {
    best: byGrade(entry?.soFar ? [] : best),
    alternative: byGrade(answers.filter((answer) => !isBest(answer))),
    soFar: entry?.soFar ? partsOf(best) : [],
    current: [...(entry?.current.parts ?? [])],
  };
}

export class Highlights implements vscode.Disposable {
  readonly #store: AnswerStore;
  #types: ReturnType<typeof decorationTypes> | undefined;
  readonly #subscriptions: vscode.Disposable[];

  constructor(store: AnswerStore) {
    this.#store = store;
    this.#subscriptions = [
      store.onDidChange((document) => this.#update(document)),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) if (store.of(editor.document)) this.#apply(editor);
      }),
    ];
  }

  #update(document: vscode.TextDocument): void {
    for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) this.#apply(editor);
  }

  #apply(editor: vscode.TextEditor): void {
    const entry = this.#store.of(editor.document);
    if (!entry && !this.#types) return;
    this.#types ??= decorationTypes();
    const types = this.#types;
    const ranges = rangesOf(entry);
    for (const grade of GRADES) {
      editor.setDecorations(types.best[grade], ranges.best[grade]);
      editor.setDecorations(types.alternative[grade], ranges.alternative[grade]);
    }
    editor.setDecorations(types.soFar, ranges.soFar);
    editor.setDecorations(types.current, ranges.current);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    const { best, alternative, soFar, current } = this.#types ?? {};
    const types = [...Object.values(best ?? {}), ...Object.values(alternative ?? {}), soFar, current];
    for (const type of types) type?.dispose();
  }
}
