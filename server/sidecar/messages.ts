/**
 * Messages between a client and the JSON-RPC library, one code for standard input, pipes, ports and Node's IPC channel.
 * What is not a message gets the answer that JSON-RPC 2.0 and the Language Server Protocol prescribe; only messages
 * reach the library.
 */
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  ErrorCodes,
  type Message,
  type MessageReader,
  type MessageWriter,
  type ResponseMessage,
} from 'vscode-languageserver';

/** More messages in a batch are refused: each has an answer. */
const MAX_BATCH = 1000;

type Id = string | number | null;
interface Refusal {
  code: number;
  message: string;
}

/** Answers to the requests of a batch, sent together as one array. */
interface Batch {
  /** Ids of requests that have no answer yet. */
  readonly open: Id[];
  readonly answers: object[];
}

export class Messages {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  readonly #inner: MessageWriter;
  readonly #onInitialize: () => void;
  readonly #batches: Batch[] = [];
  #callback: DataCallback = () => {};
  /** Values that came before the library listened. */
  readonly #early: unknown[] = [];
  #listening = false;

  /**
   * @param events ends and errors of the channel
   * @param onInitialize called when a valid `initialize` has come, before the library gets it
   */
  constructor(events: AbstractMessageReader, inner: MessageWriter, onInitialize: () => void = () => {}) {
    this.#inner = inner;
    this.#onInitialize = onInitialize;
    const listen = (callback: DataCallback): Disposable => {
      this.#callback = callback;
      this.#listening = true;
      for (const value of this.#early.splice(0)) this.receive(value);
      return Disposable.create(() => {
        this.#callback = () => {};
      });
    };
    this.reader = Object.assign(events, { listen });
    this.writer = new Writer(inner, (message) => this.#send(message));
  }

  /** Any value of JSON. */
  receive(value: unknown): void {
    if (!this.#listening) {
      this.#early.push(value);
      return;
    }
    if (!Array.isArray(value)) {
      this.#take(value, undefined);
      return;
    }
    if (value.length === 0 || value.length > MAX_BATCH) {
      const found = value.length === 0 ? 'an empty batch' : `a batch of ${value.length} messages`;
      void this.refuse(ErrorCodes.InvalidRequest, `${found}, expected 1 to ${MAX_BATCH}`);
      return;
    }
    const batch: Batch = { open: [], answers: [] };
    for (const each of value) if (isRequest(each) && !faultOf(each)) batch.open.push(each.id);
    this.#batches.push(batch);
    for (const each of value) this.#take(each, batch);
    this.#sendWhole(batch);
  }

  /** Answers something that has no usable id. */
  refuse(code: number, found: string, id: Id = null): Promise<void> {
    return this.#write({ jsonrpc: '2.0', id, error: { code, message: `Found ${found}.` } });
  }

  #take(value: unknown, batch: Batch | undefined): void {
    const refusal = faultOf(value);
    if (!refusal) {
      if (isRequest(value) && value.method === 'initialize') this.#onInitialize();
      if (!isCancelOfNothing(value)) this.#callback(value as Message);
      return;
    }
    const answer = { jsonrpc: '2.0', id: usableId(value), error: refusal };
    if (batch) batch.answers.push(answer);
    else void this.#write(answer);
  }

  /** A message of the library: an answer to a request of a batch waits for the others. */
  #send(message: Message): Promise<void> {
    const { id, method } = message as ResponseMessage & { method?: string };
    const batch =
      method === undefined && id !== undefined ? this.#batches.find(({ open }) => open.includes(id)) : undefined;
    if (!batch) return this.#inner.write(message);
    batch.open.splice(batch.open.indexOf(id!), 1);
    batch.answers.push(message);
    return this.#sendWhole(batch);
  }

  async #sendWhole(batch: Batch): Promise<void> {
    if (batch.open.length > 0) return;
    const at = this.#batches.indexOf(batch);
    if (at < 0) return;
    this.#batches.splice(at, 1);
    // A batch of notifications has no answer.
    if (batch.answers.length > 0) await this.#inner.write(batch.answers as unknown as Message);
  }

  /** Never rejects: the end of the client is noticed elsewhere. */
  #write(message: object): Promise<void> {
    return this.#inner.write(message as Message).catch(() => {});
  }
}

/** Gives everything to `send`, and passes on the events of `inner`. */
class Writer extends AbstractMessageWriter {
  readonly #inner: MessageWriter;
  readonly #send: (message: Message) => Promise<void>;

  constructor(inner: MessageWriter, send: (message: Message) => Promise<void>) {
    super();
    this.#inner = inner;
    this.#send = send;
    inner.onError(([error, message, count]) => this.fireError(error, message, count));
    inner.onClose(() => this.fireClose());
  }

  write(message: Message): Promise<void> {
    return this.#send(message);
  }

  end(): void {
    this.#inner.end();
  }
}

/** Ends and errors of a channel, without its messages. */
export class ChannelEvents extends AbstractMessageReader {
  listen(): Disposable {
    return Disposable.create(() => {});
  }

  close(): void {
    this.fireClose();
  }
}

const isRequest = (value: unknown): value is { method: string; id: Id } =>
  isObject(value) && typeof value.method === 'string' && value.id !== undefined;

/** A notification has no answer, and the library takes it for granted that there is an id. */
const isCancelOfNothing = (value: unknown): boolean =>
  isObject(value) && value.method === '$/cancelRequest' && !(isObject(value.params) && isId(value.params.id));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (id: unknown): id is Id => typeof id === 'string' || id === null || Number.isFinite(id);

const usableId = (value: unknown): Id => (isObject(value) && isId(value.id) ? value.id : null);

/** Why a value is not a message that may be passed on; undefined: it may. */
function faultOf(value: unknown): Refusal | undefined {
  const invalid = (what: string, found: unknown, expected: string): Refusal => ({
    code: ErrorCodes.InvalidRequest,
    message: `${what}: found ${shown(found)}, expected ${expected}.`,
  });
  if (!isObject(value)) return invalid('message', value, 'an object');
  if (value.jsonrpc !== '2.0') return invalid('jsonrpc', value.jsonrpc, '"2.0"');
  if (value.id !== undefined && !isId(value.id)) return invalid('id', value.id, 'a string, a number or null');
  if (value.method === undefined && (value.result !== undefined || value.error !== undefined)) {
    return value.id === undefined ? invalid('id', undefined, 'that of a request') : undefined;
  }
  if (typeof value.method !== 'string') return invalid('method', value.method, 'a string');
  const { params } = value;
  if (params !== undefined && typeof params !== 'object') return invalid('params', params, 'an object or an array');
  return value.method === 'initialize' && value.id !== undefined ? initializeFault(params) : undefined;
}

/** The library relies on these. */
function initializeFault(given: unknown): Refusal | undefined {
  const invalid = (field: string, found: unknown, expected: string): Refusal => ({
    code: ErrorCodes.InvalidParams,
    message: `initialize, ${field}: found ${shown(found)}, expected ${expected}.`,
  });
  const params = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (!isObject(params)) return invalid('params', given, 'an object');
  const { capabilities, processId } = params;
  if (!isObject(capabilities)) return invalid('capabilities', capabilities, 'an object, {} if the client has none');
  if (processId !== undefined && processId !== null && !Number.isSafeInteger(processId)) {
    return invalid('processId', processId, 'an integer or null');
  }
  return undefined;
}

/** For the author of a client, in English. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  return isObject(value) ? 'an object' : JSON.stringify(value).slice(0, 60);
}
