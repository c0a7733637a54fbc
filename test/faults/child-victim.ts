/** Reads what was damaged, in a process of its own with a small heap: a crash, a hang or a flood of memory is seen. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readQuestionSet } from '../../server/documents/question-set.js';
import { EngineCache } from '../../server/engine/tensorrt/cache.js';
import { probeAll } from '../../server/engine/tensorrt/probe.js';
import { asAskBertError } from '../../server/errors.js';
import { importModel } from '../../server/model/import/import-model.js';
import { weightsHash } from '../../server/model/weights-hash.js';
import { Session } from '../../server/session/session.js';

export interface Order {
  id: number;
  task: keyof typeof tasks;
  /** File or folder. */
  target: string;
  /** What else the task needs. */
  more?: string | undefined;
}

export interface Report {
  id: number;
  /** What it gave, where nothing was refused. */
  gave?: unknown | undefined;
  code?: string | undefined;
  message?: string | undefined;
  stack?: string | undefined;
  residentBytes: number;
}

const tasks = {
  /** The answers of a model. */
  async model(folder: string) {
    const session = new Session({ modelPath: folder, engine: 'cpu', threads: 1 });
    try {
      const result = await session.answer({
        text: 'the king built a city near the old river',
        question: 'who built a city',
      });
      const numbers = [...result.answers.flatMap((a) => [a.score, a.margin, a.probability]), result.noAnswer.score];
      if (!numbers.every(Number.isFinite)) throw new TypeError(`not a number: ${numbers.join()}`);
      return result.answers.length;
    } finally {
      await session.unload();
    }
  },
  /** The plan of a key, and the list. */
  async cache(folder: string, key = '') {
    const cache = new EngineCache(folder);
    for (const { built, device } of await cache.list()) `${built} ${device.length}`;
    const found = await cache.read(key);
    return 'plan' in found ? Buffer.from(found.plan).toString('base64') : { reason: found.reason };
  },
  async weights(folder: string, file = '') {
    return weightsHash(folder, file);
  },
  async probes(cacheFolder: string, library = '') {
    const [probed] = await probeAll({ tensorRtPath: library, cacheFolder, flavours: ['rtx'], first: true });
    if (!probed.usable && !probed.refused) throw new TypeError('neither usable nor refused');
    return probed.usable ? 'usable' : 'refused';
  },
  async set(file: string) {
    return (await readQuestionSet(file)).length;
  },
  async import(checkpoint: string, folder = '') {
    try {
      return (await importModel(checkpoint, folder)).tensors;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  /** A document as the reader takes it, by the tiny model. */
  async document(file: string, model = '') {
    const session = new Session({ modelPath: model, engine: 'cpu', threads: 1 });
    const text = readFileSync(file, 'utf8');
    const result = await session.answer({ text, question: 'who built a city', fileName: path.basename(file) });
    for (const { start, end, text: own } of result.answers) {
      if (text.slice(start, end) !== own) throw new TypeError('an answer is not in the text');
    }
    return result.answers.length;
  },
};

process.on('message', ({ id, task, target, more }: Order) => {
  tasks[task](target, more).then(
    (gave) => reply({ id, gave }),
    (thrown) => {
      const { code, line, cause, stack } = asAskBertError(thrown);
      reply({ id, code, message: line, stack: cause instanceof Error ? cause.stack : stack });
    },
  );
});
process.on('disconnect', () => process.exit(0));

function reply(report: Omit<Report, 'residentBytes'>): void {
  process.send?.({ ...report, residentBytes: process.memoryUsage.rss() } satisfies Report);
}
