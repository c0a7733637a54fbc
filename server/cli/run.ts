/** The command line with its commands. Results on standard output, everything else on standard error. */
import './language.js';
import type { CommandModule } from 'yargs';
import { version } from '../../package.json';
import { AskBertError, asAskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { askCommand } from './ask.js';
import { buildCommand } from './build.js';
import { calibrateCommand } from './calibrate.js';
import { enginesCommand } from './engines.js';
import { exportCommand } from './export.js';
import { extractCommand } from './extract.js';
import { infoCommand } from './info.js';
import { mcpCommand } from './mcp.js';
import { mergeCommand } from './merge.js';
import { modelCommand } from './model.js';
import { NothingReadError } from './nothing-read.js';
import { note, trace } from './print.js';
import { serveCommand } from './serve.js';
import { textCommand } from './text-command.js';
import { createYargs } from './yargs.js';

const USAGE = 2;

const commands = [
  askCommand,
  extractCommand,
  mergeCommand,
  textCommand,
  infoCommand,
  modelCommand,
  enginesCommand,
  buildCommand,
  calibrateCommand,
  exportCommand,
  serveCommand,
  mcpCommand,
] as unknown as CommandModule[];

/** The commands of every package: `ask`, `extract` and so on. */
export const commandNames = commands.map(({ command }) => String(command).split(' ')[0]);

/** The command line itself is wrong. */
class UsageError extends Error {}

// A reader that closes the pipe early (`| head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  note(t('Cannot write to standard output: {0}.', error.message));
  process.exit(1);
});

// A terminal that was closed is not a failure either: what runs is to end in order.
process.stderr.on('error', () => {});

/**
 * @param more commands besides those in every package
 * @returns the exit code: 0 answered (or "no answer"), 1 failure, 2 wrong usage, 3 nothing was read
 */
export async function run(args: string[], more: readonly CommandModule[] = []): Promise<number> {
  const debug = args.includes('--debug') || Boolean(process.env.ASKBERT_DEBUG);
  try {
    checkWorkingFolder();
    await createYargs(args)
      .scriptName('ask-bert')
      .usage(
        `$0 <${t('command')}>\n\n${t('Answers questions from a text, with the exact place of the answer. Nothing leaves this machine unless you name a server.')}`,
      )
      // Otherwise --no-answer-threshold would negate --answer-threshold.
      .parserConfiguration({ 'boolean-negation': false })
      .command([...commands, ...more])
      .option('debug', { type: 'boolean', describe: t('Show where a failure comes from') })
      .demandCommand(
        1,
        t('Name a command: ask, extract, merge, text, info, model, engines, build, calibrate, export, serve or mcp.'),
      )
      .strict()
      .version(version)
      .help()
      // The help is made for every command; to wrap what nobody sees takes longer than all else here.
      .wrap(args.some((arg) => arg.includes('help')) ? 100 : null)
      .fail((message, error) => {
        throw message ? new UsageError(message) : error;
      })
      .parseAsync();
    return 0;
  } catch (thrown) {
    if (thrown instanceof UsageError)
      return complain(`${thrown.message.replace(/\.?$/, '.')} ${t('See "ask-bert --help".')}`, USAGE);
    const error = asAskBertError(thrown);
    return complain(error.line, exitCodeOf(error), debug ? error : undefined);
  }
}

/** Node resolves every relative name in it. @throws AskBertError BadRequest */
function checkWorkingFolder(): void {
  try {
    process.cwd();
  } catch (e) {
    throw new AskBertError(
      'BadRequest',
      t('The folder that this command was started in does not exist any more.'),
      t('Change to another folder (cd) and start it again.'),
      { cause: e },
    );
  }
}

const exitCodeOf = (error: AskBertError): number =>
  error instanceof NothingReadError ? error.exitCode : error.code === 'BadRequest' ? USAGE : 1;

function complain(message: string, code: number, error?: AskBertError): number {
  const stack = error && (error.cause instanceof Error ? error.cause.stack : error.stack);
  note(message);
  if (stack) trace(stack);
  return code;
}
