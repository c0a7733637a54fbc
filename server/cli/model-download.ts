/** `ask-bert model download`: a model of the catalogue, resumed where it stopped, with speed and time left. */
import { SingleBar } from 'cli-progress';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { checkBase } from '../model/download/address.js';
import { type Downloaded, downloadModel } from '../model/download/download-model.js';
import { progressText, verifiedText } from '../model/download/progress-text.js';
import type { DownloadProgress } from '../model/download/speed.js';
import { bytesOf, catalogue, defaultBase, entryOf } from '../model/store/catalogue.js';
import { defaultStoreFolder, ModelStore } from '../model/store/store.js';
import { sizeText } from '../storage/disk.js';
import { oneLine } from '../text/one-line.js';
import { titled } from './common.js';
import { interruptible } from './interrupt.js';
import { print, printJson, say } from './print.js';
import { proxyFetch } from './proxy-fetch.js';

/** The mirror if no flag is given. */
const MIRROR_VARIABLE = 'ASKBERT_MODEL_MIRROR';

export const downloadCommand = {
  command: 'download <id>',
  describe: t('Download a model from the list'),
  builder: (argv: Argv) =>
    argv
      .positional('id', { type: 'string', demandOption: true, describe: t('As shown by "model list"') })
      .option('mirror', {
        type: 'string',
        requiresArg: true,
        describe: t('Base address to use instead of {0}; also {1}', defaultBase, MIRROR_VARIABLE),
      })
      .option('json', { type: 'boolean', describe: t('Print the result as JSON') }),
  handler: (argv: ArgumentsCamelCase) => download(argv as unknown as { id: string; mirror?: string; json?: boolean }),
};

async function download(flags: { id: string; mirror?: string; json?: boolean }): Promise<void> {
  const entry = entryOf(flags.id);
  if (!entry) {
    throw new AskBertError(
      'BadRequest',
      t('There is no model {0} to download: expected one of {1}.', flags.id, catalogue.map(({ id }) => id).join(', ')),
    );
  }
  const mirror = flags.mirror ?? process.env[MIRROR_VARIABLE];
  const base = mirror ? checkBase(mirror, flags.mirror ? '--mirror' : MIRROR_VARIABLE) : defaultBase;
  const store = new ModelStore(defaultStoreFolder());
  const { bytes } = bytesOf(entry);
  const size = sizeText(bytes);
  say(t('{0}: about {1} from {2}, licence {3}', entry.title, size, base, entry.licence));
  const shown = progressLine();
  try {
    const sentence = t('The download was cancelled: the part already downloaded is kept and continued next time.');
    const result = await interruptible(sentence, async (signal) =>
      downloadModel(entry, store, { fetch: await proxyFetch(), base, signal, onProgress: shown.update }),
    );
    shown.stop();
    await (flags.json ? printJson(result) : print(describeDownload(result, entry.id)));
  } finally {
    shown.stop();
  }
}

function describeDownload({ folder, manifest, already }: Downloaded, id: string): string {
  const files = manifest.files.map(
    ({ name, bytes, sha256, verified }) => `        ${oneLine(name)}  ${bytes}  ${sha256} (${verifiedText(verified)})`,
  );
  return [
    titled(t('Model'), `${id} (${folder})`, ...(already ? [t('already installed')] : [])),
    titled(t('Source'), manifest.source, ...(manifest.licence ? [manifest.licence] : [])),
    ...files,
    t('Use it with: ask-bert model use {0}', id),
  ].join('\n');
}

interface Line {
  update(progress: DownloadProgress): void;
  stop(): void;
}

/** A bar on a terminal; otherwise a line for each quarter and each problem. On standard error. */
function progressLine(): Line {
  return process.stderr.isTTY ? barLine() : quietLines();
}

function barLine(): Line {
  const bar = new SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    format: '[{bar}] {percentage} %  {text}',
    barsize: 20,
  });
  let running = false;
  return {
    update: (progress) => {
      const text = oneLine(progressText(progress)).slice(0, 90);
      if (!running) bar.start(progress.total, progress.bytes, { text });
      running = true;
      bar.setTotal(progress.total);
      bar.update(progress.bytes, { text });
    },
    stop: () => {
      if (running) bar.stop();
      running = false;
    },
  };
}

function quietLines(): Line {
  let next = 0.25;
  let said: string | undefined;
  return {
    update: (progress) => {
      const { bytes, total, trouble, waiting } = progress;
      const news = waiting ? 'waiting' : trouble;
      const share = total > 0 ? bytes / total : 0;
      if (news === said && share < next) return;
      said = news;
      while (share >= next) next += 0.25;
      say(progressText(progress));
    },
    stop: () => {},
  };
}
