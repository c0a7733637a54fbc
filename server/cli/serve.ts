/** `ask-bert serve`: answers the JSON-RPC messages of docs/protocol.md, for other editors and programs. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { bad, describe, integer } from '../checks/check-request.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { type SessionFlags, sessionSettings, withSessionFlags } from './common.js';
import { say } from './print.js';

interface ServeFlags extends SessionFlags {
  stdio?: boolean;
  pipe?: unknown;
  socket?: unknown;
  keep?: boolean;
  files?: boolean;
}

export const serveCommand = {
  command: 'serve',
  describe: t('Answer JSON-RPC messages from other editors (docs/protocol.md)'),
  builder: (argv: Argv) =>
    withSessionFlags(argv)
      .option('stdio', { type: 'boolean', describe: t('One client, on standard input and output (the default)') })
      .option('pipe', {
        type: 'string',
        requiresArg: true,
        describe: t('Listen on a UNIX socket or a pipe of Windows'),
      })
      .option('socket', { type: 'number', requiresArg: true, describe: t('Listen on a port of 127.0.0.1 (0: any)') })
      .option('keep', { type: 'boolean', describe: t('Keep running after the last client disconnects') })
      .option('files', { type: 'boolean', describe: t('Also read files for clients on a port') })
      .conflicts({ stdio: ['pipe', 'socket', 'keep'], pipe: 'socket' }),
  handler: async (argv: ArgumentsCamelCase) => {
    const flags = argv as ServeFlags;
    const address = addressOf(flags);
    if (!address && process.stdin.isTTY) {
      throw new AskBertError(
        'BadRequest',
        t('serve: standard input is a terminal, expected a program that speaks JSON-RPC.'),
        t('Start it from an editor, or give --pipe or --socket.'),
      );
    }
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
    const { serve } = await import('../sidecar/serve.js');
    const code = await serve({
      address,
      settings: sessionSettings(flags),
      keep: flags.keep ?? false,
      // Any user of the machine can connect to a port, but only the owner to a socket file.
      files: flags.files ?? flags.socket === undefined,
      onListening: (where) => say(t('ask-bert: listening on {0}', where)),
      signal: stop.signal,
    });
    // A worker that does not end must not keep the process.
    process.exit(code);
  },
};

/** @throws AskBertError BadRequest */
function addressOf({ pipe, socket }: ServeFlags): { pipe: string } | { port: number } | undefined {
  if (pipe !== undefined) {
    if (typeof pipe !== 'string' || pipe.trim() === '') throw bad('--pipe', describe(pipe), t('the name of a pipe'));
    return { pipe };
  }
  return socket === undefined ? undefined : { port: integer(0, 65_535)(socket, '--socket') };
}
