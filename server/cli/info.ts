/** `ask-bert info`: what this machine would answer with. Loads the model, so that a wrong one is seen. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { version } from '../../package.json';
import { defaultCacheFolder } from '../engine/tensorrt/cache.js';
import { engineName } from '../engine/tensorrt/native.js';
import { describe, probeAll } from '../engine/tensorrt/probe.js';
import { processInfo } from '../info.js';
import { t } from '../l10n.js';
import type { Info } from '../protocol.js';
import { print, type SessionFlags, withSession, withSessionFlags } from './common.js';

export const infoCommand = {
  command: 'info',
  describe: 'Show version, model and engine',
  builder: (argv: Argv) =>
    withSessionFlags(argv).option('json', { type: 'boolean', describe: 'Print the result as JSON' }),
  handler: async (argv: ArgumentsCamelCase) => {
    const info = await gather(argv as SessionFlags);
    await print(argv.json ? JSON.stringify(info) : report(info));
  },
};

/** A TensorRT library that was found on this machine. */
interface Library {
  /** What it is, where, and what it works with or why it was refused. */
  description: string;
  usable: boolean;
  /** It is the one that answers. */
  chosen: boolean;
}

type FullInfo = Info & { libraries: Library[] };

function gather(flags: SessionFlags): Promise<FullInfo> {
  return withSession(flags, async (session) => {
    await session.prepare();
    const { tensorRtPath, cacheFolder } = session.settings;
    const probed = await probeAll({ tensorRtPath, cacheFolder: cacheFolder || defaultCacheFolder() });
    // The first that works is taken, of the flavour that is asked for.
    const answering = probed.find(({ usable }) => usable && engineName(usable.flavour) === session.engine?.name);
    const libraries = probed.map((each) => ({
      description: describe(each),
      usable: each.usable !== undefined,
      chosen: each === answering,
    }));
    return { ...processInfo(version, session, 0), libraries };
  });
}

function report({ version, platform, node, residentBytes, model, engine, choice, libraries }: FullInfo): string {
  const lines = [
    `Ask BERT ${version}, Node ${node}, ${platform}, ${Math.round(residentBytes / 1024 / 1024)} MB resident`,
  ];
  if (model) {
    lines.push(
      `Model   ${model.name} (${model.folder})`,
      `        ${model.layers} layers, hidden size ${model.hiddenSize}, ${model.heads} heads, ` +
        `${model.vocabularySize} pieces, ${model.lowerCase ? 'lower case' : 'cased'}, stored as ${model.storage}`,
      `        windows of ${model.maxSequenceLength} pieces, no-answer threshold ${model.noAnswerThreshold}`,
    );
  }
  if (engine) {
    lines.push(
      `Engine  ${engine.name}, ${engine.precision}, ${engine.threads} threads on ${engine.device}`,
      `        ${engine.library} ${engine.libraryVersion}, loaded in ${Math.round(engine.loadMs)} ms`,
    );
  }
  const described = new Set(libraries.map(({ description }) => description));
  for (const reason of choice) if (!described.has(reason)) lines.push(`        ${reason}`);
  const verdict = ({ description, usable, chosen }: Library) =>
    `${description}${chosen ? t(' (chosen)') : usable ? t(' (works, but was not chosen)') : ''}`;
  const found = libraries.length > 0 ? libraries.map(verdict) : [t('none was found')];
  for (const [i, line] of found.entries()) lines.push(`${i === 0 ? 'GPU' : ''}`.padEnd(8) + line);
  return lines.join('\n');
}
