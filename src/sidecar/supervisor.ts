/** The sidecar as the extension sees it: starts at the first question, is restarted after crashes within limits. */
import * as vscode from 'vscode';
import { ProgressType } from 'vscode-languageclient/node';
import {
  AskManyMethod,
  type AskManyParams,
  type AskManyProgress,
  type AskManyResult,
  AskMethod,
  type AskParams,
  type AskProgress,
  type AskResult,
  ConfigureMethod,
  type DocumentText,
  ExtractMethod,
  type ExtractParams,
  type ExtractProgress,
  type ExtractResult,
  ForgetMethod,
  type Info,
  InfoMethod,
  ReadFileMethod,
  type ReadFileParams,
  type Status,
  StatusMethod,
} from '../../server/protocol.js';
import { type SettingsReader, sidecarSettings } from '../settings/settings.js';
import { cancelledFailure, Failure, failureOf, reasonOf } from './failure.js';
import { Pulse } from './liveness.js';
import { RestartLimit } from './restart-limit.js';
import {
  isAskManyProgress,
  isAskManyResult,
  isAskProgress,
  isAskResult,
  isDocumentText,
  isExtractProgress,
  isExtractResult,
} from './result-check.js';
import { exitText, SidecarClient } from './sidecar-client.js';

/** How long to wait for the exit after the channel breaks. */
const EXIT_WAIT_MS = 1500;
/** How often to check that the sidecar reacts while a question is pending; its main thread never blocks for long. */
const PULSE_MS = 5000;

/** How many crashes are remembered individually. */
const MAX_CRASHES = 10;

/** History of the sidecar in this session. */
export interface SidecarHealth {
  running: boolean;
  startedAt?: number | undefined;
  crashes: number;
  /** The last of them, newest first. */
  lastCrashes: readonly { time: number; reason: string }[];
  /** Code of the failure that keeps it down. */
  gaveUp?: string | undefined;
}

export class Sidecar implements vscode.Disposable {
  readonly #module: () => string;
  readonly #settings: SettingsReader;
  readonly #log: vscode.LogOutputChannel;
  readonly #cacheFolder: string;
  readonly #pulseMs: number;
  #life: SidecarClient | undefined;
  #starting: Promise<SidecarClient> | undefined;
  #ending: Promise<void> = Promise.resolve();
  readonly #limit = new RestartLimit();
  #gaveUp: Failure | undefined;
  #tokens = 0;
  #startedAt: number | undefined;
  #crashes = 0;
  readonly #lastCrashes: { time: number; reason: string }[] = [];
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #statusChanged = new vscode.EventEmitter<Status>();
  /** State of the sidecar; also "error" after too many crashes, "idle" when it is not running. */
  readonly onStatus = this.#statusChanged.event;

  constructor(
    module: () => string,
    settings: SettingsReader,
    log: vscode.LogOutputChannel,
    cacheFolder: string,
    pulseMs = PULSE_MS,
  ) {
    this.#module = module;
    this.#settings = settings;
    this.#log = log;
    this.#cacheFolder = cacheFolder;
    this.#pulseMs = pulseMs;
    this.#subscriptions.push(settings.onDidChange(() => void this.#configure()));
  }

  /** One question about one text. @throws Failure */
  ask(params: AskParams, token: vscode.CancellationToken, onProgress?: (p: AskProgress) => void): Promise<AskResult> {
    const checked = (progress: unknown) => {
      if (isAskProgress(progress)) onProgress?.(progress);
    };
    return this.#request(AskMethod, params, token, onProgress && checked, isAskResult);
  }

  /** The text of a file as questions read it. @throws Failure */
  readFile(params: ReadFileParams, token: vscode.CancellationToken): Promise<DocumentText> {
    return this.#request(ReadFileMethod, params, token, undefined, isDocumentText);
  }

  /** The texts of files that were kept are removed. @throws Failure */
  async forget(): Promise<void> {
    const { token } = new vscode.CancellationTokenSource();
    await this.#request(ForgetMethod, {}, token, undefined, (value): value is null => value === null);
  }

  /** One question about many documents. @throws Failure */
  askMany(
    params: AskManyParams,
    token: vscode.CancellationToken,
    onProgress: (progress: AskManyProgress) => void,
  ): Promise<AskManyResult> {
    const checked = (progress: unknown) => {
      if (isAskManyProgress(progress)) onProgress(progress);
    };
    return this.#request(AskManyMethod, params, token, checked, isAskManyResult);
  }

  /** A set of questions over many documents. @throws Failure */
  extract(
    params: ExtractParams,
    token: vscode.CancellationToken,
    onProgress: (progress: ExtractProgress) => void,
  ): Promise<ExtractResult> {
    const columns = params.questions.length;
    const checked = (progress: unknown) => {
      if (isExtractProgress(progress, columns)) onProgress(progress);
    };
    return this.#request(ExtractMethod, params, token, checked, (result) => isExtractResult(result, columns));
  }

  /**
   * Sends a question. If the sidecar crashes, it is restarted and asked again, but only once: a question that crashes
   * it must not do so forever.
   */
  async #request<R, P>(
    method: string,
    params: object,
    token: vscode.CancellationToken,
    onProgress: ((progress: P) => void) | undefined,
    isResult: (value: unknown) => value is R,
  ): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const life = await orCancelled(this.#running(), token);
      // Without a token no progress is computed or sent.
      const progressToken = onProgress && `askBert-${++this.#tokens}`;
      const progress = progressToken && life.onProgress(new ProgressType<P>(), progressToken, onProgress);
      const pulse = new Pulse(
        () => life.sendRequest(InfoMethod),
        () => this.#silent(life),
        this.#pulseMs,
      );
      try {
        const request = life.sendRequest<unknown>(method, { ...params, progressToken }, token);
        const result = await orCancelled(request, token);
        if (isResult(result)) return result;
        throw new Failure('Internal', vscode.l10n.t('The sidecar sent something that is not an answer.'));
      } catch (error) {
        const failure = failureOf(error);
        if (failure) throw failure;
        if (token.isCancellationRequested) throw cancelledFailure();
        const exit = await life.exitWithin(EXIT_WAIT_MS);
        if (!exit) throw new Failure('Internal', reasonOf(error));
        if (life.stopping) throw cancelledFailure();
        if (this.#gaveUp) throw this.#gaveUp;
        if (attempt > 1) throw crashed(exitText(exit));
        this.#log.warn('The question is asked once more.');
      } finally {
        pulse.end();
        if (progress) progress.dispose();
      }
    }
  }

  get health(): SidecarHealth {
    const startedAt = this.#startedAt;
    const crashes = this.#crashes;
    const lastCrashes = this.#lastCrashes;
    const gaveUp = this.#gaveUp;
    const running = this.#life?.isRunning() ?? false;
    return { running, startedAt: running ? startedAt : undefined, crashes, lastCrashes, gaveUp: gaveUp?.code };
  }

  /** A process that hangs is killed: what follows is handled like any crash. */
  #silent(life: SidecarClient): void {
    this.#log.error('The sidecar does not react any more: it is ended.');
    life.kill();
  }

  /** What is loaded; undefined when the sidecar is not running. Does not start it. */
  async info(): Promise<Info | undefined> {
    if (!this.#life?.isRunning()) return undefined;
    return this.#life.sendRequest<Info>(InfoMethod).catch(() => undefined);
  }

  /** Stops the sidecar in any state, forgets past crashes, and starts it again. @throws Failure */
  async restart(): Promise<void> {
    await this.stop();
    this.#limit.reset();
    this.#gaveUp = undefined;
    await this.#running();
  }

  async stop(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    this.#starting = undefined;
    if (life) this.#ending = life.end();
    await this.#ending;
    this.#statusChanged.fire({ state: 'idle', queued: 0 });
  }

  #running(): Promise<SidecarClient> {
    if (this.#gaveUp) return Promise.reject(this.#gaveUp);
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<SidecarClient> {
    // Set before the first await: restart() and stop() must find it.
    const life = new SidecarClient(this.#module(), () => this.#sidecarSettings(), this.#log);
    this.#life = life;
    life.onNotification(StatusMethod, (status: Status) => {
      if (this.#life === life) this.#statusChanged.fire(status);
    });
    void life.gone.then((exit) => this.#ended(life, exitText(exit)));
    await this.#ending;
    await this.#settings.readToken();
    const began = Date.now();
    try {
      await life.begin();
    } catch (error) {
      if (life.stopping) throw cancelledFailure();
      if (this.#life === life) this.#forgetLife();
      if (this.#gaveUp) throw this.#gaveUp;
      throw this.#fail(new Failure('StartFailed', vscode.l10n.t('The sidecar did not start ({0}).', reasonOf(error))));
    }
    this.#startedAt = began;
    this.#log.info(`Sidecar started, process ${life.pid}, ${Date.now() - began} ms.`);
    return life;
  }

  /** The process has exited: a crash unless we ended it. The next question starts another, within the limit. */
  #ended(life: SidecarClient, reason: string): void {
    if (life.stopping) return;
    this.#log.error(`The sidecar ended unexpectedly: ${reason}.`);
    this.#crashes++;
    this.#lastCrashes.unshift({ time: Date.now(), reason });
    this.#lastCrashes.length = Math.min(this.#lastCrashes.length, MAX_CRASHES);
    if (this.#life === life) this.#forgetLife();
    if (!this.#limit.crashed()) {
      this.#statusChanged.fire({ state: 'idle', queued: 0 });
      return;
    }
    this.#log.error(`${this.#limit.count} crashes within minutes: it stays down until it is restarted by hand.`);
    this.#gaveUp = this.#fail(
      new Failure(
        'Crashed',
        vscode.l10n.t('The sidecar crashed {0} times within minutes, last with {1}.', this.#limit.count, reason),
      ),
    );
  }

  #forgetLife(): void {
    this.#life = undefined;
    this.#starting = undefined;
  }

  #fail(failure: Failure): Failure {
    this.#statusChanged.fire({ state: 'error', queued: 0, message: failure.message });
    return failure;
  }

  #sidecarSettings() {
    return sidecarSettings(this.#settings.now, this.#cacheFolder, this.#settings.token);
  }

  async #configure(): Promise<void> {
    if (!this.#life?.isRunning()) return;
    try {
      await this.#settings.readToken();
      await this.#life?.sendRequest(ConfigureMethod, this.#sidecarSettings());
    } catch (error) {
      this.#log.error(`Settings were not taken over: ${reasonOf(error)}`);
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#statusChanged.dispose();
  }
}

const crashed = (reason: string) =>
  new Failure('Crashed', vscode.l10n.t('The sidecar crashed twice while answering this question ({0}).', reason));

/** A hanging sidecar does not answer a cancel either: the user must not wait for it. */
function orCancelled<T>(work: Promise<T>, token: vscode.CancellationToken): Promise<T> {
  work.catch(() => {});
  return new Promise<T>((resolve, reject) => {
    if (token.isCancellationRequested) return reject(cancelledFailure());
    const subscription = token.onCancellationRequested(() => reject(cancelledFailure()));
    work.then(resolve, reject).finally(() => subscription.dispose());
  });
}
