/** `ask-bert info`: what this machine would answer with. Loads the model, so that a wrong one is seen. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { version } from '../../package.json';
import { processInfo } from '../info.js';
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

function gather(flags: SessionFlags): Promise<Info> {
  return withSession(flags, async (session) => {
    await session.prepare();
    return processInfo(version, session, 0);
  });
}

function report({ version, platform, node, residentBytes, model, engine, choice }: Info): string {
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
  for (const reason of choice) lines.push(`        ${reason}`);
  return lines.join('\n');
}
