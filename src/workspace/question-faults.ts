/** What is wrong with a question set: underlined in its file, until it is right or closed. */
import * as vscode from 'vscode';

/** "table/set.yaml:3:5: ..." as `parseQuestionSet` says it. */
const PLACE = /:(\d+):(\d+): (.*)$/s;

export class QuestionFaults implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('askBert.questionSet');
  readonly #subscription = vscode.workspace.onDidCloseTextDocument(({ uri }) => this.clear(uri));

  clear(file: vscode.Uri): void {
    this.#collection.delete(file);
  }

  /** @returns where the fault is; undefined: the message has no place */
  show(file: vscode.Uri, message: string): vscode.Range | undefined {
    const found = PLACE.exec(message);
    if (!found) return undefined;
    const [, line, column, what = ''] = found;
    const at = new vscode.Position(Math.max(0, Number(line) - 1), Math.max(0, Number(column) - 1));
    const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === file.toString());
    const range = document?.getWordRangeAtPosition(at) ?? new vscode.Range(at, at.translate(0, 1));
    const fault = new vscode.Diagnostic(range, what, vscode.DiagnosticSeverity.Error);
    fault.source = 'Ask BERT';
    this.#collection.set(file, [fault]);
    return range;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#collection.dispose();
  }
}
