/** `ask-bert info`: the engine this machine would use. Loads the model, so that a wrong one is detected. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { version } from '../../package.json';
import { defaultCacheFolder } from '../engine/tensorrt/cache.js';
import { engineName } from '../engine/tensorrt/native.js';
import { describe, probeAll } from '../engine/tensorrt/probe.js';
import { processInfo } from '../info.js';
import { t } from '../l10n.js';
import type { EngineDetails, Info } from '../protocol.js';
import { type SessionFlags, titled, withSession, withSessionFlags } from './common.js';
import { print, printJson } from './print.js';

export const infoCommand = {
  command: 'info',
  describe: t('Show version, model and engine'),
  builder: (argv: Argv) =>
    withSessionFlags(argv).option('json', { type: 'boolean', describe: t('Print the result as JSON') }),
  handler: async (argv: ArgumentsCamelCase) => {
    const info = await gather(argv as SessionFlags);
    await (argv.json ? printJson(info) : print(report(info)));
  },
};

/** Engines on other devices have no threads here. */
function deviceText({ threads, device, name }: EngineDetails): string {
  if (name === 'remote') return t('on {0}', device);
  return threads === 1 ? t('1 thread on {0}', device) : t('{0} threads on {1}', threads, device);
}

/** A TensorRT library that was found on this machine. */
interface Library {
  /** What it is, where, and which device it works with or why it was refused. */
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
    // The first working one of the requested flavour is used.
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
    `Ask BERT ${version}, Node ${node}, ${platform}, ${t('{0} MB resident', Math.round(residentBytes / 1024 / 1024))}`,
  ];
  if (model) {
    lines.push(
      titled(t('Model'), `${model.name} (${model.folder})`),
      titled(
        '',
        t('{0} layers, hidden size {1}, {2} heads', model.layers, model.hiddenSize, model.heads),
        t('{0} pieces', model.vocabularySize),
        model.lowerCase ? t('lower case') : t('cased'),
        t('stored as {0}', model.storage),
      ),
      titled(
        '',
        t('windows of {0} pieces', model.maxSequenceLength),
        t('no-answer threshold {0}', model.noAnswerThreshold),
      ),
    );
  }
  if (engine) {
    lines.push(
      titled(t('Engine'), engine.name, engine.precision, deviceText(engine)),
      titled('', `${engine.library} ${engine.libraryVersion}`, t('loaded in {0} ms', Math.round(engine.loadMs))),
    );
    if (engine.check) {
      const { difference, tolerance, windows, ms } = engine.check;
      const figures = [difference.toPrecision(3), tolerance.toPrecision(3), windows, ms.toFixed(1)] as const;
      lines.push(titled('', t("logits within {0} of the model's ({1} allowed), {2} windows in {3} ms", ...figures)));
    }
  }
  const described = new Set(libraries.map(({ description }) => description));
  for (const reason of choice) if (!described.has(reason)) lines.push(titled('', reason));
  const verdict = ({ description, usable, chosen }: Library) =>
    `${description}${chosen ? t(' (chosen)') : usable ? t(' (works, but was not chosen)') : ''}`;
  const found = libraries.length > 0 ? libraries.map(verdict) : [t('none was found')];
  for (const [i, line] of found.entries()) lines.push(titled(i === 0 ? t('GPU') : '', line));
  return lines.join('\n');
}
