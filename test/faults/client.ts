/** The extension's own client of the sidecar (src/sidecar/supervisor.ts), with its question box and its messages, without VS Code. */
import path from 'node:path';
import type * as vscode from 'vscode';
import { CancellationTokenSource } from 'vscode';
import type { AskParams, AskProgress, AskResult } from '../../server/protocol.js';
import { QuestionBox } from '../../src/asking/question-box.js';
import { AskedHistory } from '../../src/history/store.js';
import type { SettingsReader } from '../../src/settings/settings.js';
import { settingRules } from '../../src/settings/settings-table.js';
import { failureOf, tell } from '../../src/sidecar/failure.js';
import { Sidecar } from '../../src/sidecar/supervisor.js';
import { tinyModel } from '../server/sidecar-process.js';
import { shown } from './shown.js';

export const TEXT = 'the king built a city';
const DOCUMENT = { uri: 'file:///a.txt' } as unknown as vscode.TextDocument;
export const QUESTION = 'who built a city';

export interface Outcome {
  result?: AskResult;
  /** Code of the failure. */
  code?: string;
  /** What the user was shown for it. */
  messages: string[];
}

interface Options {
  module?: string;
  settings?: Record<string, unknown>;
  cacheFolder?: string;
  pulseMs?: number;
}

export class Client {
  readonly sidecar: Sidecar;
  /** Process ids of every sidecar that started. */
  readonly pids: number[] = [];
  readonly log: string[] = [];
  readonly settings: Record<string, unknown>;
  /** The storage of the editor takes nothing: a disk that is full or read-only. */
  storeFails = false;
  private readonly stored = new Map<string, unknown>();
  private readonly changed: (() => void)[] = [];
  private readonly asked: AskedHistory;
  private readonly box: QuestionBox;

  constructor({ module = path.resolve('dist/sidecar.js'), settings, cacheFolder = '', pulseMs }: Options = {}) {
    const defaults = Object.fromEntries(Object.entries(settingRules).map(([key, rule]) => [key, rule.default]));
    this.settings = {
      ...defaults,
      engine: 'cpu',
      modelPath: tinyModel,
      threads: 1,
      'question.history': 100,
      ...settings,
    };
    const write = (level: string) => (text: string) => {
      this.log.push(`${level}: ${text}`);
      const pid = /^Sidecar started, process (\d+)/.exec(text)?.[1];
      if (pid) this.pids.push(Number(pid));
    };
    const log = Object.fromEntries(
      ['trace', 'debug', 'info', 'warn', 'error', 'append', 'appendLine'].map((k) => [k, write(k)]),
    );
    const output = { ...log, logLevel: 3, onDidChangeLogLevel: () => ({ dispose() {} }) };
    const client = this;
    const reader = {
      get now() {
        return client.settings;
      },
      readToken: async () => {},
      onDidChange: (listener: () => void) => {
        this.changed.push(listener);
        return { dispose() {} };
      },
    } as unknown as SettingsReader;
    this.sidecar = new Sidecar(
      () => module,
      reader,
      output as unknown as vscode.LogOutputChannel,
      cacheFolder,
      pulseMs,
    );
    const memory = {
      get: (key: string) => this.stored.get(key),
      update: async (key: string, value: unknown) => {
        // As VS Code does: kept for this window, whether or not it can be stored.
        this.stored.set(key, structuredClone(value));
        if (this.storeFails) throw new Error('EROFS: read-only file system');
      },
    };
    this.asked = new AskedHistory(memory as unknown as vscode.Memento, reader);
    this.box = new QuestionBox(this.asked);
  }

  /** Questions that are remembered, newest first. */
  get history(): string[] {
    return this.asked.questions;
  }

  get pid(): number | undefined {
    return this.pids.at(-1);
  }

  change(settings: Record<string, unknown>): void {
    Object.assign(this.settings, settings);
    for (const listener of this.changed) listener();
  }

  /** One question as src/asking/flow.ts puts it. Never rejects for what the user would be told. */
  async ask(
    params: Partial<AskParams> = {},
    onProgress: (progress: AskProgress) => void = () => {},
    cancel = new CancellationTokenSource(),
  ): Promise<Outcome> {
    const question = params.question ?? QUESTION;
    const before = shown.length;
    this.box.asked(question);
    try {
      const result = await this.sidecar.ask({ text: TEXT, ...params, question }, cancel.token, onProgress);
      this.box.answered();
      this.asked.ofDocument(question, DOCUMENT, undefined, undefined, result);
      return { result, messages: shown.slice(before) };
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      if (!failure.silent) this.box.failed(question);
      tell(failure);
      return { code: failure.code, messages: shown.slice(before) };
    }
  }

  async end(): Promise<void> {
    await this.sidecar.stop();
    this.sidecar.dispose();
  }
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
