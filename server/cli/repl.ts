/**
 * Questions one after the other about one text, with the model loaded once: typed at a prompt, or line by line from
 * standard input.
 */
import { createInterface } from 'node:readline';
import { StringDecoder } from 'node:string_decoder';
import { AskBertError, asAskBertError, cancelled } from '../errors.js';
import { t } from '../l10n.js';

/** Questions that the arrow keys bring back. */
const HISTORY = 200;
const PROMPT = '? ';
/** Longest line of standard input, in UTF-16 units. A longer one is not a question, and may have no end. */
const MAX_LINE_UNITS = 1024 * 1024;

export interface Repl {
  input: NodeJS.ReadableStream;
  /** Prompts go here, never to the results. */
  prompts: NodeJS.WritableStream;
  /** Answers a question and shows the answer. @throws AskBertError */
  answer(question: string, signal: AbortSignal): Promise<void>;
  /** A question failed; the next one may go well. */
  failed(error: AskBertError, question: string): Promise<void> | void;
}

/**
 * Prompts until an empty line or Ctrl-D. Ctrl-C cancels the running question, otherwise clears the typed text,
 * otherwise quits. Lines that are typed while a question runs are the next questions.
 */
export function promptForQuestions({ input, prompts, answer, failed }: Repl): Promise<void> {
  const lines = createInterface({
    input,
    output: prompts,
    terminal: true,
    prompt: PROMPT,
    historySize: HISTORY,
    removeHistoryDuplicates: true,
  });
  const waiting: string[] = [];
  let running: AbortController | undefined;
  let closed = false;

  const work = async (): Promise<void> => {
    for (let question = waiting.shift(); question !== undefined && !closed; question = waiting.shift()) {
      running = new AbortController();
      try {
        await answer(question, running.signal);
      } catch (e) {
        await failed(asAskBertError(e), question);
      }
      running = undefined;
    }
    if (!closed) lines.prompt();
  };

  return new Promise<void>((resolve) => {
    let last: Promise<void> = Promise.resolve();
    lines.on('line', (line) => {
      const question = line.trim();
      if (question === '') {
        if (!running) lines.close();
        return;
      }
      waiting.push(question);
      if (!running && waiting.length === 1) last = work();
    });
    lines.on('SIGINT', () => {
      if (running) {
        waiting.length = 0;
        running.abort(cancelled());
      } else if (lines.line === '') {
        lines.close();
      } else {
        // Like a shell: a new empty line.
        lines.write(null, { ctrl: true, name: 'e' });
        lines.write(null, { ctrl: true, name: 'u' });
        lines.prompt();
      }
    });
    lines.on('close', () => {
      closed = true;
      running?.abort(cancelled());
      prompts.write('\n');
      void last.then(resolve);
    });
    prompts.write(`${t('Ask about the text; an empty line or Ctrl-D quits.')}\n`);
    lines.prompt();
  });
}

/**
 * One question per non-empty line.
 * @returns how many there were, and how many failed
 * @throws AskBertError InputUnreadable: a line that does not end
 */
export async function questionsFromLines({
  input,
  answer,
  failed,
}: Omit<Repl, 'prompts'>): Promise<{ questions: number; failures: number }> {
  const { signal } = new AbortController();
  let questions = 0;
  let failures = 0;
  for await (const line of linesOf(input)) {
    const question = line.trim();
    if (question === '') continue;
    questions++;
    try {
      await answer(question, signal);
    } catch (e) {
      failures++;
      await failed(asAskBertError(e), question);
    }
  }
  return { questions, failures };
}

async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let count = 0;
  for await (const chunk of input) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split(/\r\n|[\r\n\u2028\u2029]/);
    rest = lines.pop()!;
    count += lines.length;
    yield* lines;
    if (rest.length <= MAX_LINE_UNITS) continue;
    throw new AskBertError(
      'InputUnreadable',
      t('Standard input: line {0} is longer than {1} characters, expected a question.', count + 1, MAX_LINE_UNITS),
      t('Write one question on each line.'),
    );
  }
  yield rest + decoder.end();
}
