/** Answers without the editor: nothing is opened, highlighted, remembered or shown. For the API and the tools. */
import * as vscode from 'vscode';
import type { AskManyParams, AskManyResult, AskOptions, AskResult, OffsetRange } from '../../server/protocol.js';
import { askOptions, type SettingsReader } from '../settings/settings.js';
import { isExtracted } from '../shared/extracted-uri.js';
import { Failure } from '../sidecar/failure.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import { documentOf, readText } from './read-text.js';

/** Bytes of the largest file that is read; VS Code does not give extensions larger ones. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;

/** What is read: the given text, or the text of a file. */
export interface TextToRead {
  text: string;
  uri?: vscode.Uri | undefined;
  languageId?: string | undefined;
  /** Tells its format, like the language. */
  fileName?: string | undefined;
  /** It was extracted from a binary file, whose form the sidecar knows. */
  extracted?: boolean;
  /** Version of the open document that the text was taken from. */
  version?: number | undefined;
}

export interface AnswererParts {
  sidecar: Sidecar;
  settings: SettingsReader;
  log: vscode.LogOutputChannel;
}

export class Answerer {
  readonly #parts: AnswererParts;
  constructor(parts: AnswererParts) {
    this.#parts = parts;
  }

  /** Minimum probability of the answers shown, except the best. */
  get leastProbability(): number {
    return this.#parts.settings.now.minimumProbability;
  }

  /** The text of a file, from its editor if it is open, including unsaved changes. @throws Failure InputUnreadable */
  async read(uri: vscode.Uri): Promise<TextToRead> {
    if (isExtracted(uri)) {
      const { text } = await this.#parts.sidecar.readFile({ uri: uri.toString() }, never());
      return { text, uri, extracted: true };
    }
    const document = documentOf(uri);
    if (document) {
      const { languageId, version } = document;
      return { text: document.getText(), uri, languageId, fileName: fileNameOf(uri), version };
    }
    const text = await readText(uri, MAX_FILE_BYTES);
    if (typeof text !== 'string') throw new Failure('InputUnreadable', text.message);
    return { text, uri, fileName: fileNameOf(uri) };
  }

  /**
   * One question about one text.
   * @param options defaults come from the settings
   * @returns a result whose answers are verified against the text
   * @throws Failure of any kind
   */
  async answerText(
    question: string,
    { text, languageId, fileName, uri, extracted }: TextToRead,
    options: AskOptions = {},
    range?: OffsetRange,
    token: vscode.CancellationToken = never(),
  ): Promise<AskResult> {
    const { sidecar, settings, log } = this.#parts;
    const began = performance.now();
    const params = {
      ...(extracted && uri ? { uri: uri.toString() } : { text, languageId, fileName }),
      range,
      question,
      options: { ...askOptions(settings.now), ...options },
    };
    const result = await sidecar.ask(params, token);
    if (result.answers.some(({ start, end, text: words }) => text.slice(start, end) !== words)) {
      throw new Failure('Internal', vscode.l10n.t('The sidecar sent something that is not an answer.'));
    }
    const ms = Math.round(performance.now() - began);
    log.info(`quiet: ${result.answers.length} places in ${text.length} characters, ${ms} ms.`);
    return result;
  }

  /** One question about many documents, within the time limit of the settings. @throws Failure of any kind */
  askMany(
    params: Pick<AskManyParams, 'question' | 'documents' | 'options'>,
    token: vscode.CancellationToken,
  ): Promise<AskManyResult> {
    const { sidecar, settings } = this.#parts;
    const options = { ...askOptions(settings.now), ...params.options };
    const budgetSeconds = settings.now['workspace.budgetSeconds'];
    return sidecar.askMany({ ...params, options, budgetSeconds }, token, () => {});
  }
}

/** A notebook's path says nothing about one of its cells, and an untitled text has no name. */
const fileNameOf = ({ scheme, path }: vscode.Uri): string | undefined =>
  scheme === 'vscode-notebook-cell' || scheme === 'untitled' ? undefined : path;

const never = () => new vscode.CancellationTokenSource().token;
