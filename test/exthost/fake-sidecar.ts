/**
 * A sidecar that reads nothing and does what the question says, so that every behaviour of a server, good or bad,
 * can be had on demand. It speaks server/protocol.ts over IPC, as the real one does.
 *
 *   find WORD              every place of WORD is an answer
 *   sentence WORD   as find, with the line as the sentence around it
 *   headed WORD     as find, below the headings Agreement and 4. Fees
 *   none WORD              "no answer", the places of WORD are guesses
 *   slow MS WORD           as find, after a while, with progress; can be cancelled
 *   stages FILE WORD       goes on when FILE says so: "last" and "second" tell that place of WORD as the best so far, "not yet"
 *                          tells the first as no answer, "damaged" something that is not an answer; "find", "only last", "none"
 *                          and "error" are the end
 *   held FILE WORD         as find, once the file exists
 *   hang                   never answers, not even a cancel
 *   crash | crash-once     ends with code 7 (once: only as long as the file ASK_BERT_FAKE_MARK does not exist)
 *   error CODE             an error of the protocol, with a remedy
 *   garbage                a result of the wrong shape
 *   noise WORD             messages that are not JSON-RPC before a good answer
 *   wrong WORD             answers whose text does not stand where they say
 *   warn WORD              as find, with warnings
 *   partly WORD            as find, as if 12 % of the text had been read; says the budget
 *   settings               settings received last, options and process id, as the question of the result
 *
 * ASK_BERT_FAKE=no-start ends at once, =mute never answers anything, =stay ignores the request to end, =deaf does not
 * say what it has loaded.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type CancellationToken,
  createConnection,
  ProgressType,
  ProposedFeatures,
  ResponseError,
} from 'vscode-languageserver/node';
import {
  type Answer,
  AskMethod,
  type AskParams,
  type AskProgress,
  type AskResult,
  ConfigureMethod,
  type ErrorCode,
  ErrorCodes,
  type Info,
  InfoMethod,
  StatusMethod,
} from '../../server/protocol.js';
import { graded, gradeOf } from '../../server/reader/calibration.js';
import { serveMany } from './fake-many.js';

const mode = process.env.ASK_BERT_FAKE ?? '';
if (mode === 'no-start') {
  process.stderr.write('The fake does not want to start.\n');
  process.exit(3);
}
if (mode === 'stay') {
  process.on('SIGTERM', () => {});
  process.on('disconnect', () => {});
}

const connection = createConnection(ProposedFeatures.all);
const never = () => new Promise<never>(() => setInterval(() => {}, 1000));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let settings: unknown;

connection.onInitialize((params) => {
  settings = params.initializationOptions;
  return mode === 'mute' ? never() : { capabilities: {} };
});
connection.onShutdown(() => (mode === 'stay' ? never() : undefined));
connection.onRequest(ConfigureMethod, (params) => {
  settings = params;
  return null;
});
connection.onRequest(InfoMethod, (): Info | Promise<never> => {
  if (mode === 'deaf') return never();
  return {
    version: '0',
    platform: 'fake',
    node: process.version,
    pid: process.pid,
    residentBytes: process.memoryUsage.rss(),
    model: null,
    engine: null,
    choice: [],
    questionsAnswered: 0,
  };
});

connection.onRequest(AskMethod, async (params: AskParams, token: CancellationToken): Promise<unknown> => {
  const text = params.text ?? '';
  const { start: from, end: to } = params.range ?? { start: 0, end: text.length };
  const places = (all: string, word: string) =>
    placesOf(all, word).filter(({ start, end }) => start >= from && end <= to);
  const [verb, ...words] = params.question.split(' ');
  const word = words.at(-1) ?? '';
  await connection.sendNotification(StatusMethod, { state: 'busy', queued: 0 });
  switch (verb) {
    case 'find':
      return result(params, places(text, word));
    case 'sentence':
      return result(
        params,
        places(text, word).map((answer) => {
          const start = text.lastIndexOf('\n', answer.start) + 1;
          const end = (text.indexOf('\n', answer.end) + text.length + 1) % (text.length + 1);
          return { ...answer, sentence: { start, end } };
        }),
      );
    case 'headed':
      return result(
        params,
        places(text, word).map((answer) => ({ ...answer, path: ['Agreement', '4. Fees'] })),
      );
    case 'none':
      return result(params, places(text, word), true);
    case 'slow': {
      const type = new ProgressType<AskProgress>();
      for (let done = 0; done < 10; done++) {
        await connection.sendProgress(type, params.progressToken ?? 0, { stage: 'engine', done, total: 10 });
        await sleep(Number(words[0]) / 10);
        if (token.isCancellationRequested) {
          throw new ResponseError(ErrorCodes.Cancelled, 'cancelled', { code: 'Cancelled' });
        }
      }
      return result(params, places(text, word));
    }
    case 'stages':
      return stages(params, places(text, word), words[0], token);
    case 'held':
      while (!existsSync(words[0])) await sleep(20);
      return result(params, places(text, word));
    case 'hang':
      return never();
    case 'crash':
      return process.exit(7);
    case 'crash-once': {
      const mark = process.env.ASK_BERT_FAKE_MARK ?? '';
      if (existsSync(mark)) return result(params, places(text, word));
      writeFileSync(mark, '');
      return process.exit(7);
    }
    case 'error': {
      const code = word as ErrorCode;
      throw new ResponseError(ErrorCodes[code], `It is ${code}.`, { code, remedy: 'Do something.' });
    }
    case 'garbage':
      return { answers: 'many', question: 7 };
    case 'noise':
      process.send?.('noise');
      process.send?.({ jsonrpc: '2.0', nothing: true });
      process.send?.({ jsonrpc: '2.0', id: 4711, result: null });
      return result(params, places(text, word));
    case 'wrong':
      return result(
        params,
        places(text, word).map((answer) => ({ ...answer, start: answer.start + 1, end: answer.end + 1 })),
      );
    case 'warn':
      return {
        ...result(params, places(text, word)),
        warnings: [
          { code: 'EngineFallback', message: 'Another engine was used.' },
          { code: 'QuestionTruncated', message: 'The question was cut.' },
        ],
      };
    case 'partly': {
      const read = { characters: 12, ofCharacters: 100, ended: 'settled', budget: params.budgetSeconds };
      return { ...result(params, places(text, word)), read };
    }
    case 'settings':
      return {
        ...result(params, places(text, word)),
        question: JSON.stringify({ settings, options: params.options, pid: process.pid }),
      };
    default:
      return result(params, []);
  }
});

serveMany(connection);
connection.listen();

async function stages(params: AskParams, found: Answer[], file: string, token: CancellationToken): Promise<unknown> {
  const type = new ProgressType<unknown>();
  const total = 40;
  const tell = (done: number, answers: Answer[], chosen = false) => {
    const { noAnswer } = result(params, answers, chosen);
    return connection.sendProgress(type, params.progressToken ?? 0, {
      stage: 'engine',
      done,
      total,
      answers,
      noAnswer,
    });
  };
  for (let before = ''; ; ) {
    await sleep(10);
    if (token.isCancellationRequested)
      throw new ResponseError(ErrorCodes.Cancelled, 'cancelled', { code: 'Cancelled' });
    const stage = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (stage === before) continue;
    before = stage;
    if (stage === 'last') await tell(4, found.slice(-1));
    if (stage === 'second') await tell(12, [found[1], ...found.slice(-1)]);
    if (stage === 'not yet') await tell(13, found.slice(0, 1), true);
    if (stage === 'damaged') await tell(14, [{ ...found[0], start: -1 }]);
    if (stage === 'find') return result(params, found);
    if (stage === 'only last') return result(params, found.slice(-1));
    if (stage === 'none') return result(params, found, true);
    if (stage === 'error') throw new ResponseError(ErrorCodes.EngineRun, 'It broke.', { code: 'EngineRun' });
  }
}

function placesOf(text: string, word: string): Answer[] {
  const answers: Answer[] = [];
  for (let start = text.indexOf(word); word && start >= 0; start = text.indexOf(word, start + word.length)) {
    const probability = 0.6 / 2 ** answers.length;
    const where = { line: 0, character: 0, endLine: 0, endCharacter: 0 };
    const score = 9 - answers.length;
    answers.push({
      start,
      end: start + word.length,
      text: word,
      score,
      margin: score,
      probability,
      grade: gradeOf(probability, false),
      ...where,
    });
  }
  return answers;
}

function result(params: AskParams, answers: Answer[], chosen = answers.length === 0): AskResult {
  return {
    question: params.question,
    answers: graded(answers.slice(0, params.options?.topK ?? 5), chosen),
    noAnswer: { score: 0, probability: chosen ? 0.9 : 0.05, chosen, threshold: 0 },
    engine: { name: 'cpu', device: 'fake device', model: 'fake', precision: 'fp32' },
    timing: { tokenizeMs: 1, engineMs: 2, projectMs: 1, totalMs: 4, windows: 1 },
    warnings: [],
  };
}
