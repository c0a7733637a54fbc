/** Everything that the command line writes: results on standard output, all else on standard error. */
import { oneLine, terminalJson, terminalText } from '../text/one-line.js';
import { wantsColour } from './text.js';

/** Writes lines to standard output and waits until they are flushed. */
export const print = (text: string): Promise<void> => write(terminalText(text, wantsColour(process.stdout)));

/** Writes a result as JSON, in one line. */
export const printJson = (value: unknown): Promise<void> => write(terminalJson(value));

/** A line on standard error that says whose it is. */
export const note = (message: string): void => say(`ask-bert: ${message}`);

/** A line on standard error. */
export function say(message: string): void {
  process.stderr.write(`${oneLine(message)}\n`);
}

/** Where a failure comes from, for `--debug`: the calls only, since the message may have lines of its own. */
export function trace(stack: string): void {
  const calls = stack.split('\n').filter((line) => /^ +at /.test(line));
  process.stderr.write(`${terminalText(calls.join('\n'))}\n`);
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}
