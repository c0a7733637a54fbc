/** `Ask BERT: Run Question Set`: runs a question file over a scope, with a table in an editor tab. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { MAX_SET_BYTES } from '../../server/documents/limits.js';
import type { NamedQuestion } from '../../server/protocol.js';
import type { Announcer } from '../answers/announcer.js';
import { copied } from '../answers/commands.js';
import { openPlace } from '../answers/open-place.js';
import { withSource } from '../answers/source-text.js';
import type { AnswerStore } from '../answers/store.js';
import { documentOf, readText } from '../asking/read-text.js';
import { askOptions, type SettingsReader } from '../settings/settings.js';
import { asLabel } from '../shared/markdown.js';
import { type Scope, scopeText } from '../shared/scope.js';
import { Failure, failureOf, reasonOf, tell } from '../sidecar/failure.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import { CheckedMarks } from './checked-marks.js';
import { QuestionFaults } from './question-faults.js';
import { manyRequestOf } from './request.js';
import { findDocuments, isEmptyScope } from './scope.js';
import { answerAt, outstanding, type PageMessage, sameQuestions, type Table, type VersionedDocument } from './table.js';
import { fileBundle, save } from './table-export.js';
import { TablePanel } from './table-panel.js';

export interface TableParts {
  store: AnswerStore;
  announcer: Announcer;
  sidecar: Sidecar;
  settings: SettingsReader;
  log: vscode.LogOutputChannel;
}

interface Opened {
  table: Table;
  panel: TablePanel;
  scope: Scope;
  file: vscode.Uri;
  running?: vscode.CancellationTokenSource | undefined;
}

/** Question files in the pickers. */
const PATTERN = '**/*.{yaml,yml,json}';
const MAX_OFFERED = 500;

export class QuestionSets implements vscode.Disposable {
  readonly #parts: TableParts;
  readonly #extension: vscode.Uri;
  readonly #marks: CheckedMarks;
  readonly #faults = new QuestionFaults();
  /** By question file and scope. */
  readonly #opened = new Map<string, Opened>();

  /** @param memory where it is kept which cells were checked */
  constructor(parts: TableParts, extension: vscode.Uri, memory: vscode.Memento) {
    this.#parts = parts;
    this.#marks = new CheckedMarks(memory);
    this.#extension = extension;
  }

  /** @returns the table when it is done or stopped; undefined when nothing was run */
  async run(args: unknown[]): Promise<Table | undefined> {
    const given = (args[0] ?? {}) as { file?: unknown; scope?: unknown };
    const { uris } = manyRequestOf(args);
    const file = given.file instanceof vscode.Uri ? given.file : await chooseFile();
    if (!file) return undefined;
    const scope: Scope | undefined = uris
      ? { kind: 'folder', uris }
      : given.scope === 'workspace' || given.scope === 'editors'
        ? { kind: given.scope }
        : await chooseScope();
    if (!scope || isEmptyScope(scope)) return undefined;
    try {
      const questions = await this.#read(file);
      return await this.#fill(await this.#open(file, scope, questions), false);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      const place = failure.code === 'BadRequest' ? this.#faults.show(file, failure.message) : undefined;
      const show = (selection: vscode.Range) => void vscode.window.showTextDocument(file, { selection });
      tell(failure, place ? [{ title: vscode.l10n.t('Open'), run: () => show(place) }] : []);
      return undefined;
    }
  }

  /** @throws Failure that names file, line and column */
  async #read(file: vscode.Uri): Promise<NamedQuestion[]> {
    const { parseQuestionSet, useLanguage } = fileBundle();
    useLanguage(vscode.env.language);
    // A closed document may keep its old text in memory: use the file unless it has unsaved changes.
    const open = documentOf(file);
    const isEdited = open && (open.isDirty || open.isUntitled);
    const text = isEdited ? open.getText() : await readText(file, MAX_SET_BYTES);
    if (typeof text !== 'string') throw new Failure('InputUnreadable', text.message);
    if (text.length > MAX_SET_BYTES) {
      const megabytes = MAX_SET_BYTES / 1024 / 1024;
      throw new Failure('InputUnreadable', vscode.l10n.t('{0} is larger than {1} MB.', file.path, megabytes));
    }
    this.#faults.clear(file);
    try {
      return parseQuestionSet(text, vscode.workspace.asRelativePath(file));
    } catch (error) {
      throw new Failure('BadRequest', reasonOf(error));
    }
  }

  /** The tab of this file and scope: the existing one with its rows, or a new one. */
  async #open(file: vscode.Uri, scope: Scope, questions: NamedQuestion[]): Promise<Opened> {
    const key = JSON.stringify([file.toString(), scope]);
    const before = this.#opened.get(key);
    if (before && sameQuestions(before.table.questions, questions)) {
      before.panel.show();
      return before;
    }
    before?.panel.dispose();
    const table: Table = {
      name: path.posix.basename(file.path),
      scope: scopeText(scope),
      questions,
      phase: 'finding',
      rows: new Map(),
      total: 0,
      skipped: [],
      beyond: 0,
    };
    const onMessage = (message: PageMessage) => void this.#onMessage(opened, message);
    const onClosed = () => {
      opened.running?.cancel();
      if (this.#opened.get(key) === opened) this.#opened.delete(key);
    };
    const panel = new TablePanel(table, this.#marks, this.#extension, onMessage, onClosed);
    const opened: Opened = { table, scope, file, panel };
    this.#opened.set(key, opened);
    await opened.panel.load();
    return opened;
  }

  /** Reads what is not in the table yet, or has changed since then. */
  async #fill(opened: Opened, all: boolean): Promise<Table> {
    const { table, panel, scope } = opened;
    const { sidecar, settings, log } = this.#parts;
    opened.running?.cancel();
    const cancel = new vscode.CancellationTokenSource();
    opened.running = cancel;
    const isMine = () => opened.running === cancel && !cancel.token.isCancellationRequested;
    table.phase = 'finding';
    panel.flush();
    const began = performance.now();
    try {
      const found = await findDocuments(scope, cancel.token);
      // The question file itself is not a document to read.
      const wanted = found.documents.filter(({ uri }) => uri !== opened.file.toString());
      const documents = await Promise.all(wanted.map(versioned));
      if (!isMine()) throw new Failure('Cancelled', '');
      const before = [...table.rows.keys()];
      if (all) table.rows.clear();
      const refs = outstanding(table, documents);
      panel.removed(before.filter((uri) => !table.rows.has(uri)));
      Object.assign(table, { total: documents.length, beyond: found.beyond, skipped: found.skipped, phase: 'reading' });
      panel.flush();
      const versions = new Map(documents.map(({ ref, version }) => [ref.uri, version]));
      const params = {
        source: `askBert.table ${opened.file} ${JSON.stringify(scope)}`,
        questions: [...table.questions],
        documents: refs,
        options: askOptions(settings.now),
      };
      if (refs.length > 0) {
        const result = await sidecar.extract(params, cancel.token, ({ row }) => {
          if (!isMine()) return;
          table.rows.set(row.uri, { ...row, version: versions.get(row.uri) ?? '' });
          panel.row(row.uri);
        });
        for (const row of result.rows) table.rows.set(row.uri, { ...row, version: versions.get(row.uri) ?? '' });
        table.skipped = [...found.skipped, ...result.skipped];
      }
      table.phase = 'done';
      log.info(
        `table: ${refs.length} of ${documents.length} documents read for ${table.questions.length} questions, ` +
          `${table.skipped.length} skipped, ${Math.round(performance.now() - began)} ms.`,
      );
    } catch (error) {
      const failure = failureOf(error);
      if (opened.running === cancel) table.phase = failure?.silent ? 'cancelled' : 'failed';
      if (!failure) throw error;
      if (!failure.silent) log.error(`${failure.code}: ${failure.message}`);
      tell(failure);
    } finally {
      cancel.dispose();
      if (opened.running === cancel) {
        opened.running = undefined;
        panel.flush();
      }
    }
    return table;
  }

  async #onMessage(opened: Opened, message: PageMessage): Promise<void> {
    const { table, file } = opened;
    if (message.type === 'cancel') opened.running?.cancel();
    else if (message.type === 'run' || message.type === 'runAll') await this.#fill(opened, message.type === 'runAll');
    else if (message.type === 'export') await save(table, message.format, file, this.#marks);
    else if (message.type === 'open') await this.#openCell(table, message.uri, message.column);
    else if (message.type === 'copy') await this.#copyCell(table, message.uri, message.column);
    else if (message.type === 'check') this.#check(opened, message.uri, message.column, message.checked);
  }

  /** Shows the place of an answer in its document; where there is none, that of the best guess. */
  async #openCell(table: Table, uri: string, column: number): Promise<void> {
    const found = answerAt(table, uri, column);
    const asked = table.questions[column];
    if (!found || !asked) return;
    const { answer, guess } = found;
    const noAnswer = { score: 0, probability: guess ? 1 - answer.probability : 0, chosen: guess, threshold: 0 };
    const shown = { question: asked.question, noAnswer, guess };
    await openPlace(this.#parts.store, this.#parts.announcer, uri, answer, [answer], shown);
  }

  async #copyCell(table: Table, uri: string, column: number): Promise<void> {
    const found = answerAt(table, uri, column);
    if (found) await copied(withSource({ ...found.answer, items: found.answer.ranges }, vscode.Uri.parse(uri)));
  }

  #check({ table, panel }: Opened, uri: string, column: number, checked: boolean): void {
    const row = table.rows.get(uri);
    const asked = table.questions[column];
    if (!row || !asked) return;
    this.#marks.set(uri, asked.question, row.cells[column] ?? null, checked);
    panel.row(uri);
    panel.flush();
    panel.detail(uri, column);
  }

  dispose(): void {
    this.#faults.dispose();
    for (const { panel } of [...this.#opened.values()]) panel.dispose();
  }
}

/** The current document: where it is read from, and a version that tells whether it has changed. */
async function versioned(ref: VersionedDocument['ref']): Promise<VersionedDocument> {
  if (ref.text !== undefined) {
    return { ref, version: `text:${createHash('sha1').update(ref.text).digest('base64')}` };
  }
  try {
    const { mtime, size } = await vscode.workspace.fs.stat(vscode.Uri.parse(ref.uri));
    return { ref, version: `file:${mtime}:${size}` };
  } catch {
    return { ref, version: 'gone' };
  }
}

/** The active editor if it is one, otherwise a file of the workspace, otherwise any. */
async function chooseFile(): Promise<vscode.Uri | undefined> {
  const { l10n } = vscode;
  const active = vscode.window.activeTextEditor?.document;
  const found = await vscode.workspace.findFiles(PATTERN, '**/node_modules/**', MAX_OFFERED);
  const uris = found.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (active && /\.(ya?ml|json)$/i.test(active.uri.path)) uris.unshift(active.uri);
  const unique = [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
  const rows: (vscode.QuickPickItem & { uri?: vscode.Uri })[] = unique.map((uri) => ({
    label: asLabel(vscode.workspace.asRelativePath(uri)),
    uri,
  }));
  rows.push({ label: l10n.t('Another file...'), alwaysShow: true });
  const placeHolder = l10n.t('A file of questions, YAML or JSON: a list of name, question and threshold');
  const chosen = await vscode.window.showQuickPick(rows, { title: l10n.t('Run Question Set'), placeHolder });
  if (!chosen || chosen.uri) return chosen?.uri;
  const filters = { [l10n.t('Questions')]: ['yaml', 'yml', 'json'] };
  return (await vscode.window.showOpenDialog({ title: l10n.t('File of questions'), filters }))?.[0];
}

async function chooseScope(): Promise<Scope | undefined> {
  const { l10n } = vscode;
  const rows = [
    { label: l10n.t('Workspace'), kind: 'workspace' as const },
    { label: l10n.t('Folder...'), kind: 'folder' as const },
    { label: l10n.t('Open Editors'), kind: 'editors' as const },
  ].map(({ label, kind }) => ({ label, scope: kind }));
  const chosen = await vscode.window.showQuickPick(rows, { title: l10n.t('Which documents?') });
  if (chosen?.scope !== 'folder') return chosen && { kind: chosen.scope };
  const uris = await chooseFolders();
  return uris?.length ? { kind: 'folder', uris } : undefined;
}

export function chooseFolders(): Thenable<vscode.Uri[] | undefined> {
  const first = vscode.workspace.workspaceFolders?.[0];
  return vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: true,
    title: vscode.l10n.t('Folder to ask about'),
    openLabel: vscode.l10n.t('Ask'),
    ...(first && { defaultUri: first.uri }),
  });
}
