/** The history of questions in the state of the workspace. */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { Answer, AskManyResult, AskResult, FoundAnswer } from '../../server/protocol.js';
import type { ShownAnswer } from '../answers/store.js';
import { whereOf } from '../answers/where.js';
import type { SettingsReader } from '../settings/settings.js';
import { originalOf } from '../shared/extracted-uri.js';
import type { Scope } from '../shared/scope.js';
import { lastQuestions } from './box-list.js';
import { type Asked, HISTORY_KEY, isSame, type Part, pin, prune, remember, restore, type Subject } from './entries.js';

/**
 * The question box used to have its own list in the workspace state. What is in it but not here was removed here, so it
 * is not migrated.
 */
const OLD_BOX_KEY = 'askBert.questions';

export class AskedHistory implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #settings: SettingsReader;
  readonly #now: () => number;
  #list: readonly Asked[];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #removed = new vscode.EventEmitter<readonly string[]>();
  /** Questions that the user has removed. */
  readonly onDidRemove = this.#removed.event;
  readonly #subscription: vscode.Disposable;

  /** @param since milliseconds since 1970: what was asked before was removed */
  constructor(memory: vscode.Memento, settings: SettingsReader, since = 0, now: () => number = Date.now) {
    this.#memory = memory;
    this.#settings = settings;
    this.#now = now;
    const stored = restore(memory.get(HISTORY_KEY), this.#limit, isUri);
    this.#list = stored.filter(({ time }) => time > since);
    if (this.#list.length < stored.length) this.#store(this.#list);
    this.#subscription = settings.onDidChange(() => {
      const kept = prune(this.#list, this.#limit);
      if (kept.length < this.#list.length) this.#store(kept);
    });
    void this.#updateContext();
    if (memory.get(OLD_BOX_KEY) !== undefined) this.#write(OLD_BOX_KEY, undefined);
  }

  /** Newest first. */
  get entries(): readonly Asked[] {
    return this.#list;
  }

  /** The last questions about any document: newest first, without duplicates. */
  get questions(): string[] {
    return lastQuestions(this.#list, this.#limit);
  }

  /** A question about one text was answered. @param answer undefined: there was none */
  ofDocument(
    question: string,
    document: vscode.TextDocument,
    part: Part | undefined,
    answer: ShownAnswer | undefined,
    result: Certainty,
  ): void {
    // The text of a PDF is that PDF, wherever it was asked about.
    const uri = (originalOf(document.uri) ?? document.uri).toString();
    this.#add({
      question,
      subject: { kind: 'document', uri },
      time: this.#now(),
      pinned: false,
      part,
      ...certaintyOf({ ...result, isPart: result.read !== undefined }),
      answer: answer && { uri, ...shown(answer), ...spanOf(answer.range), ...answer.where, ...headings(answer) },
    });
  }

  /** A question about a file that is not a text was answered. @param answer undefined: there was none */
  ofFile(question: string, file: vscode.Uri, answer: Answer | undefined, result: Certainty): void {
    const uri = file.toString();
    const { line = 0, character = 0, endLine = 0, endCharacter = 0 } = answer ?? {};
    this.#add({
      question,
      subject: { kind: 'document', uri },
      time: this.#now(),
      pinned: false,
      part: undefined,
      ...certaintyOf({ ...result, isPart: result.read !== undefined }),
      answer: answer && {
        uri,
        ...shown({ ...answer, items: answer.ranges }),
        ...whereOf(answer),
        ...headings(answer),
        line,
        character,
        endLine,
        endCharacter,
      },
    });
  }

  /** A question about many documents was answered. @param answers best first */
  ofMany(question: string, scope: Scope, answers: readonly FoundAnswer[], result: AskManyResult): void {
    const { noAnswer, read, otherLanguage } = result;
    const subject: Subject =
      scope.kind === 'folder' ? { kind: 'folder', uris: scope.uris.map(String) } : { kind: scope.kind };
    const best = noAnswer.chosen ? undefined : answers[0];
    const { line = 0, character = 0, endLine = 0, endCharacter = 0 } = best ?? {};
    this.#add({
      question,
      subject,
      time: this.#now(),
      pinned: false,
      ...certaintyOf({ noAnswer, otherLanguage, isPart: read.characters < read.ofCharacters }),
      answer: best && {
        uri: best.uri,
        ...shown({ ...best, items: best.ranges }),
        ...whereOf(best),
        ...headings(best),
        line,
        character,
        endLine,
        endCharacter,
      },
    });
  }

  pin(entry: Asked, pinned: boolean): void {
    const list = pin(this.#list, entry, pinned);
    this.#store(prune(list, this.#limit));
  }

  remove(entries: readonly Asked[]): void {
    this.#store(this.#list.filter((each) => !entries.some((entry) => isSame(each, entry))));
    this.#removed.fire(entries.map(({ question }) => question));
  }

  get #limit(): number {
    return this.#settings.now['question.history'];
  }

  #add(entry: Asked): void {
    this.#store(remember(this.#list, entry, this.#limit));
  }

  #store(list: readonly Asked[]): void {
    this.#list = list;
    this.#write(HISTORY_KEY, list.length > 0 ? list : undefined);
    void this.#updateContext();
    this.#changed.fire();
  }

  /** If it cannot be stored, VS Code keeps it while the window is open. */
  #write(key: string, value: unknown): void {
    this.#memory.update(key, value).then(undefined, () => {});
  }

  #updateContext(): Thenable<unknown> {
    return vscode.commands.executeCommand('setContext', 'askBert.hasHistory', this.#list.length > 0);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
    this.#removed.dispose();
  }
}

type Certainty = Pick<AskResult, 'noAnswer' | 'read' | 'otherLanguage'>;

/** How sure "no answer" is: of what was not read, or of a language that the model does not read, nothing is known. */
const certaintyOf = ({
  noAnswer,
  otherLanguage,
  isPart,
}: {
  noAnswer: AskResult['noAnswer'];
  otherLanguage?: AskResult['otherLanguage'] | undefined;
  isPart: boolean;
}): Pick<Asked, 'noAnswer' | 'partly'> => {
  if (isPart) return { partly: true };
  return otherLanguage ? {} : { noAnswer: noAnswer.probability };
};

/** The part of a document that a question is about, which can be found again while it is unchanged. */
export function partOf(document: vscode.TextDocument, range: vscode.Range | undefined): Part | undefined {
  if (!range || range.contains(wholeOf(document))) return undefined;
  return { ...spanOf(range), digest: digestOf(document.getText(range)) };
}

/** Where that part is in the current document; the whole document if the part has changed. */
export function rangeNow(document: vscode.TextDocument, part: Part | undefined): vscode.Range {
  if (!part) return wholeOf(document);
  const range = new vscode.Range(part.line, part.character, part.endLine, part.endCharacter);
  return digestOf(document.getText(range)) === part.digest ? range : wholeOf(document);
}

const wholeOf = (document: vscode.TextDocument) =>
  new vscode.Range(new vscode.Position(0, 0), document.lineAt(document.lineCount - 1).range.end);

/** Line ends do not matter to a reader. */
const digestOf = (text: string) =>
  createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('base64url').slice(0, 22);

const spanOf = ({ start, end }: vscode.Range) => ({
  line: start.line,
  character: start.character,
  endLine: end.line,
  endCharacter: end.character,
});

const shown = ({
  text,
  prose,
  probability,
  grade,
  items,
}: Pick<ShownAnswer, 'text' | 'prose' | 'probability' | 'grade' | 'items'>) => ({
  text,
  grade,
  probability: Math.min(1, Math.max(0, probability)),
  ...(prose !== undefined && { prose }),
  ...(items && { items: items.map((item) => item.text) }),
});

/** For quoting it with its source. */
const headings = ({ path = [] }: { path?: readonly string[] | undefined }) =>
  path.length > 0 ? { path: [...path] } : {};

function isUri(text: string): boolean {
  try {
    vscode.Uri.parse(text, true);
    return true;
  } catch {
    return false;
  }
}
