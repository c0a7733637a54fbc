/** The remote engine, checked against the golden logits; the CPU if no server can be used and the user allows it. */
import { AskBertError, asAskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import { tokenizerHash } from '../../model/model-tokenizer.js';
import type { Precision, SidecarSettings } from '../../protocol.js';
import { remotePlace } from '../remote/address.js';
import { FallbackEngine } from '../remote/fallback.js';
import { RemoteEngine } from '../remote/remote-engine.js';
import type { Choice, Context } from './choice.js';

/** Token of the server if the settings have none. */
export const TOKEN_VARIABLE = 'ASKBERT_REMOTE_TOKEN';

/** Names of the settings in messages; the command line checks its flags before. */
const names = { url: 'askBert.remote.url', model: 'askBert.remote.model' };

/** It becomes part of a header. @throws AskBertError BadRequest, without the token */
function checkedToken(token: string | undefined): string | undefined {
  const trimmed = token?.trim();
  if (trimmed === undefined || /^[\x21-\x7e]*$/.test(trimmed)) return trimmed;
  throw new AskBertError(
    'BadRequest',
    t('The token of the remote server has characters that a header cannot have.'),
    t('Set the token of the server with "Set Token of the Remote Server", or in ASKBERT_REMOTE_TOKEN.'),
  );
}

/** What a server may compute in, the most exact first. 8 bits only on request: they may cost a model too much. */
function precisionsOf(wish: NonNullable<SidecarSettings['precision']>): readonly Precision[] {
  return wish === 'auto' ? ['fp32', 'fp16'] : [wish];
}

/**
 * @param makeCpu creates the CPU engine, with these reasons first
 * @throws AskBertError BadRequest for an address, RemoteFault, CheckFailed, Cancelled; and what the CPU engine throws
 */
export async function chooseRemote(
  config: ModelConfig,
  context: Context,
  makeCpu: (reasons: readonly string[]) => Promise<Choice>,
): Promise<Choice> {
  const { settings, admission, signal } = context;
  const place = remotePlace(settings.remoteUrl, settings.remoteModel, names);
  const needed = { maxLength: config.maxSequenceLength, vocabularySha256: tokenizerHash(config) };
  const precisions = precisionsOf(settings.precision ?? 'auto');
  const local = (because: string): Promise<Choice> => {
    context.onRefused?.(
      `${because} ${t('The CPU answers instead, until the model is loaded again ("Restart Server").')}`,
    );
    return makeCpu([t('cpu: the remote engine cannot be used: {0}', because)]);
  };
  try {
    const engine = await RemoteEngine.connect(place, config.name, needed, {
      token: checkedToken(settings.remoteToken || process.env[TOKEN_VARIABLE]),
      proxy: settings.remoteProxy,
      check: (server, stop) => admission.remote(server, precisions, stop),
      signal,
    });
    const sent = t('remote: token ids, which stand for the words of a text, are sent to {0}', engine.info.device);
    const reasons = [sent, ...engine.notes, ...admission.takeNotes()];
    return { engine: settings.remoteFallback ? new FallbackEngine(engine, reasons, local) : engine, reasons };
  } catch (e) {
    throwIfAborted(signal);
    const error = asAskBertError(e);
    if (!settings.remoteFallback || error.code === 'Cancelled' || error.code === 'BadRequest') throw error;
    return local(error.message);
  }
}
