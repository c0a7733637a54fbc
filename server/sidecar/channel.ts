/**
 * The way to one client, over streams (standard input and output, a pipe, a port) or Node's IPC channel, with the same
 * limits and answers for all of them: frames.ts, messages.ts.
 */
import type { Readable, Writable } from 'node:stream';
import {
  type Connection,
  createConnection,
  ErrorCodes,
  type Logger,
  type MessageWriter,
  ProposedFeatures,
} from 'vscode-languageserver';
import {
  createProtocolConnection,
  IPCMessageReader,
  IPCMessageWriter,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { Frames, MAX_BODY_BYTES } from './frames.js';
import { ChannelEvents, Messages } from './messages.js';

/** A client that does not read its answers is not read either beyond this. */
const MAX_UNSENT_BYTES = 64 * 2 ** 20;

/** How a client has gone. */
export interface Gone {
  /** `exit` was sent. */
  exit: boolean;
  /** `shutdown` had been sent. */
  shutdown: boolean;
  /** What it sent instead of messages. */
  fault?: string | undefined;
}

export interface Channel {
  readonly connection: Connection;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
  readonly ended: Promise<Gone>;
}

/**
 * `listen()` of the connection follows.
 * @param strict what is not JSON ends the connection: any program of the machine, such as a browser, can connect
 */
export function overStreams(input: Readable, output: Writable, strict = false): Channel {
  const events = new ChannelEvents();
  const channel = connect(
    events,
    new StreamMessageWriter(output),
    () => output.writable,
    () => {
      frames.limit = MAX_BODY_BYTES;
    },
  );
  const { messages, leave } = channel;
  const frames = new Frames({
    onValue: (value) => messages.receive(value),
    onBadBody: async (fault) => {
      if (strict) frames.stop();
      await messages.refuse(ErrorCodes.ParseError, fault);
      if (strict) leave({ fault });
    },
    onBroken: async (fault) => {
      await messages.refuse(ErrorCodes.ParseError, fault);
      leave({ fault });
    },
  });
  frames.readFrom(input);
  input.on('data', () => {
    if (output.writableLength <= MAX_UNSENT_BYTES) return;
    input.pause();
    output.once('drain', () => input.resume());
  });
  for (const end of ['end', 'close', 'error']) input.on(end, () => leave({}));
  output.on('error', () => leave({}));
  return channel;
}

export function overIpc(): Channel {
  const events = new ChannelEvents();
  const channel = connect(events, new IPCMessageWriter(process), () => process.connected);
  const reader = new IPCMessageReader(process);
  reader.listen((value) => channel.messages.receive(value));
  reader.onClose(() => channel.leave({}));
  return channel;
}

function connect(
  events: ChannelEvents,
  writer: MessageWriter,
  writable: () => boolean,
  onInitialize?: () => void,
): Channel & { messages: Messages; leave(how: Partial<Gone>): void } {
  const messages = new Messages(events, writer, onInitialize);
  const controller = new AbortController();
  const gone = controller.signal;
  let end: (how: Gone) => void = () => {};
  const ended = new Promise<Gone>((resolve) => {
    end = resolve;
  });
  const watchDog = { shutdownReceived: false, initialize: () => {}, exit: () => leave({ exit: true }) };
  const leave = (how: Partial<Gone>) => {
    // Every pending message to a disconnected client fails separately.
    if (gone.aborted) return;
    controller.abort();
    end({ exit: false, shutdown: watchDog.shutdownReceived, ...how });
  };
  writer.onError(() => leave({}));
  /** Otherwise messages about unsent answers would fail the same way and end up on standard error. */
  const whileThere = (logger: Logger): Logger => {
    const guarded = (say: (message: string) => void) => (message: string) => {
      if (!gone.aborted && writable()) say.call(logger, message);
    };
    const { error, warn, info, log } = logger;
    return { error: guarded(error), warn: guarded(warn), info: guarded(info), log: guarded(log) };
  };
  const connection = createConnection(
    (logger) => createProtocolConnection(messages.reader, messages.writer, whileThere(logger)),
    watchDog,
    ProposedFeatures.all,
  );
  return { connection, gone, ended, messages, leave };
}
