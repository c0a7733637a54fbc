/**
 * The command line with all of its commands in a process that runs one after the other, as its parent asks: to start a
 * process for each takes far longer than to refuse a wrong flag. See command-lines.ts.
 */
import type { CommandModule } from 'yargs';
import { run } from '../../server/cli/run.js';
import { benchCommand } from '../../server/evaluation/bench.js';
import { evaluateCommand } from '../../server/evaluation/evaluate.js';
import { squadCommand } from '../../server/evaluation/squad.js';

export interface Order {
  args: string[];
  env: Record<string, string>;
}

export interface Run {
  code: number | null;
  out: string;
  err: string;
}

const commands = [evaluateCommand, squadCommand, benchCommand] as unknown as CommandModule[];
const { stdout, stderr } = process;
const untouched = { ...process.env };

process.on('message', async ({ args, env }: Order) => {
  const done: Run = { code: null, out: '', err: '' };
  const collect = (key: 'out' | 'err') =>
    ((text: string, then?: () => void) => {
      done[key] += text;
      then?.();
      return true;
    }) as typeof stdout.write;
  stdout.write = collect('out');
  stderr.write = collect('err');
  // yargs ends the process after --help.
  process.exit = ((code: number) => {
    done.code = code;
  }) as typeof process.exit;
  process.env = { ...untouched, ...env };
  const code = await run(args, commands);
  process.send!({ ...done, code: done.code ?? code });
});
