/**
 * The connection of one client: JSON-RPC requests become calls of the service, exceptions become errors of protocol.ts,
 * progress and cancel are forwarded. The caller owns the service and ends it.
 */
import {
  type CancellationToken,
  type Connection,
  type InitializeResult,
  ErrorCodes as LspErrorCodes,
  ProgressType,
  ResponseError,
} from 'vscode-languageserver';
import { version } from '../../package.json';
import { checkAskMany, checkExtract } from '../checks/check-many.js';
import { bad, checkAsk, checkPrepare, checkReadFile, type ProgressToken } from '../checks/check-request.js';
import { type AskBertError, asAskBertError, cancelled } from '../errors.js';
import { t } from '../l10n.js';
import {
  AskManyMethod,
  AskMethod,
  ConfigureMethod,
  type DocumentRef,
  ErrorCodes,
  type ErrorData,
  ExtractMethod,
  ForgetMethod,
  InfoMethod,
  PrepareMethod,
  ReadFileMethod,
  UnloadMethod,
} from '../protocol.js';
import type { Service } from './service.js';
import type { WorkerProgress } from './worker-messages.js';

export interface ClientOptions {
  service: Service;
  /** Applies the settings from `initialize`. @throws AskBertError BadRequest */
  initialize(settings: unknown, processId: number | undefined): void;
  /** Applies later settings. @throws AskBertError BadRequest */
  configure(settings: unknown): void;
  /** Settles once everything of this client has ended. */
  shutdown(): Promise<void>;
  /** Aborted when the client has disconnected. */
  gone?: AbortSignal;
  /** Keeps the sources of different clients apart. Missing: there is only one client. */
  name?: string;
  /** False: texts only, no files are read for this client. Default true. */
  files?: boolean;
}

/** Registers every request of protocol.ts; `connection.listen()` follows. */
export function serveClient(connection: Connection, options: ClientOptions): void {
  const { service, name, gone } = options;
  let phase: 'new' | 'ready' | 'stopped' = 'new';
  /** Cancels everything of this client. */
  const running = new Set<() => void>();
  gone?.addEventListener('abort', () => {
    for (const cancel of running) cancel();
  });

  connection.onInitialize(async ({ initializationOptions, processId }): Promise<InitializeResult> => {
    if (phase === 'stopped') requireReady();
    if (phase === 'ready') throw new ResponseError(LspErrorCodes.InvalidRequest, 'initialize has been called already.');
    await answered(() => options.initialize(initializationOptions, processId ?? undefined));
    phase = 'ready';
    return { capabilities: {}, serverInfo: { name: 'Ask BERT', version } };
  });
  connection.onShutdown(async () => {
    requireReady();
    phase = 'stopped';
    await options.shutdown();
  });

  handle(AskMethod, (received, signal) => {
    const { question, source, progressToken } = checkAsk(received);
    if (question.path !== undefined) requireFiles('uri');
    return service.ask(question, named(source), signal, progressTo(progressToken), name);
  });
  handle(AskManyMethod, (received, signal) => {
    const { params, source, progressToken } = checkAskMany(received);
    requireTexts(params.documents);
    return service.askMany(params, named(source), signal, progressTo(progressToken), name);
  });
  handle(ExtractMethod, (received, signal) => {
    const { params, source, progressToken } = checkExtract(received);
    requireTexts(params.documents);
    return service.extract(params, named(source), signal, progressTo(progressToken), name);
  });
  handle(PrepareMethod, (params, signal) => service.prepare(signal, progressTo(checkPrepare(params).progressToken)));
  handle(UnloadMethod, async () => {
    await service.unload();
    return null;
  });
  handle(ReadFileMethod, (received, signal) => {
    const { file, progressToken } = checkReadFile(received);
    requireFiles('uri');
    return service.readFile(file, signal, progressTo(progressToken));
  });
  handle(ForgetMethod, async () => {
    await service.forget();
    return null;
  });
  handle(InfoMethod, () => service.info());
  // A request reports wrong settings to the client, a notification does not.
  handle(ConfigureMethod, (params) => {
    options.configure(params);
    return null;
  });
  connection.onNotification(ConfigureMethod, (...params: unknown[]) => {
    try {
      options.configure(params[0]);
    } catch (error) {
      connection.console.error(asAskBertError(error).line);
    }
  });

  // Of all other methods.
  connection.onRequest((method: string) => {
    requireReady();
    throw new ResponseError(LspErrorCodes.MethodNotFound, `${method.slice(0, 100)} is not a method of Ask BERT.`);
  });

  /** Registers a request; its handler may throw anything, and its AbortSignal follows the client's cancel. */
  function handle(method: string, handler: (params: unknown, signal: AbortSignal) => unknown): void {
    connection.onRequest(method, (...received: unknown[]) => {
      // The library spreads positional parameters and leaves out missing ones; the token is always the last.
      const token = received.pop() as CancellationToken;
      const params = received.length > 1 ? received : received[0];
      const controller = new AbortController();
      const cancel = () => controller.abort(cancelled());
      running.add(cancel);
      token.onCancellationRequested(cancel);
      if (token.isCancellationRequested || gone?.aborted) cancel();
      return answered(() => {
        requireReady();
        return handler(params, controller.signal);
      }).finally(() => running.delete(cancel));
    });
  }

  function requireReady(): void {
    if (phase === 'new') throw new ResponseError(LspErrorCodes.ServerNotInitialized, 'initialize has not been called.');
    if (phase === 'stopped') throw new ResponseError(LspErrorCodes.InvalidRequest, 'shutdown has been called.');
  }

  function requireFiles(field: string): void {
    if (options.files === false) throw bad(field, t('a file, which is not read over a port'), t('the content as text'));
  }

  function requireTexts(documents: readonly DocumentRef[]): void {
    const file = documents.findIndex(({ text }) => text === undefined);
    if (file >= 0) requireFiles(`documents[${file}]`);
  }

  function named(source: string | undefined): string | undefined {
    return source === undefined || name === undefined ? source : `${name} ${source}`;
  }

  function progressTo(token: ProgressToken | undefined): ((progress: WorkerProgress) => void) | undefined {
    if (token === undefined) return undefined;
    const type = new ProgressType<WorkerProgress>();
    return (progress) => void connection.sendProgress(type, token, progress).catch(ignore);
  }
}

async function answered<R>(work: () => R): Promise<Awaited<R>> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ResponseError ? error : responseError(asAskBertError(error));
  }
}

function responseError(error: AskBertError): ResponseError<ErrorData> {
  return new ResponseError(ErrorCodes[error.code], error.message, { code: error.code, remedy: error.remedy });
}

/** For messages to a client that may have disconnected: its end is noticed elsewhere. */
export function ignore(): void {}
