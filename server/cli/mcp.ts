/** `ask-bert mcp`: the tools of docs/tools.md for every agent that speaks the Model Context Protocol. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { bad } from '../checks/check-request.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { type SessionFlags, sessionSettings, withSessionFlags } from './common.js';
import { note } from './print.js';

interface McpFlags extends SessionFlags {
  root?: string[];
}

export const mcpCommand = {
  command: 'mcp',
  describe: t('Answer agents by the Model Context Protocol (docs/tools.md)'),
  builder: (argv: Argv) =>
    withSessionFlags(argv).option('root', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: t(
        'Folder that may be read; may be repeated (default: the roots of the client, or the working folder if it has none)',
      ),
    }),
  handler: async (argv: ArgumentsCamelCase) => {
    const flags = argv as McpFlags;
    const roots = (flags.root ?? []).map(folder);
    if (process.stdin.isTTY) {
      throw new AskBertError(
        'BadRequest',
        t('mcp: standard input is a terminal, expected a program that speaks the Model Context Protocol.'),
        t('Name this command in the configuration of your agent.'),
      );
    }
    const settings = sessionSettings(flags);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
    // A bundle of its own next to this one: the SDK is not loaded by other commands.
    const { serveMcp }: typeof import('../mcp/main.js') = require(path.join(__dirname, 'mcp.js'));
    await serveMcp({ settings, roots, signal: stop.signal, log: note });
    // A worker that does not end must not keep the process.
    process.exit(0);
  },
};

/** @throws AskBertError BadRequest */
function folder(given: string): string {
  if (given.trim() === '') throw bad('--root', t('only white space'), t('a folder that exists'));
  try {
    if (statSync(given).isDirectory()) return path.resolve(given);
  } catch {
    // The message below.
  }
  throw bad('--root', JSON.stringify(given), t('a folder that exists'));
}
