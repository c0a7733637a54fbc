/** The addresses of a remote model: one or several servers that serve the same model (replicas). */
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { isBase } from '../../model/download/base.js';

/** The model's name on the server if no other is given; `ask-bert export` uses it too. */
export const USUAL_MODEL = 'ask-bert';
/** Servers of one model. */
const MAX_SERVERS = 64;
const MAX_NAME_UNITS = 128;

/** Names of the settings or flags, for messages. */
export interface RemoteNames {
  url: string;
  model: string;
}

/** Servers and model, checked. */
export interface RemotePlace {
  /** Base addresses, without a slash at the end. */
  readonly servers: readonly string[];
  readonly model: string;
}

/**
 * @param url one base address, or several separated by commas or spaces
 * @param model empty: the usual name
 * @throws AskBertError BadRequest; never with the user name or password that an address may hold
 */
export function remotePlace(url: string | undefined, model: string | undefined, names: RemoteNames): RemotePlace {
  const given = (url ?? '').split(/[\s,]+/).filter(Boolean);
  if (given.length === 0) {
    throw new AskBertError(
      'BadRequest',
      t('The engine "remote" needs the address of a server, and {0} is empty.', names.url),
      t('Set {0}, such as https://gpu.example.org.', names.url),
    );
  }
  if (given.length > MAX_SERVERS) {
    throw new AskBertError(
      'BadRequest',
      t('{0}: found {1} addresses, expected at most {2}.', names.url, given.length, MAX_SERVERS),
    );
  }
  const servers = [...new Set(given.map((each) => checkedServer(each, names.url)))];
  return { servers, model: checkedModel(model || USUAL_MODEL, names.model) };
}

function checkedServer(text: string, name: string): string {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address?.username || address?.password) {
    throw new AskBertError(
      'BadRequest',
      t('{0}: the address of {1} has a user name or a password in it, which would appear in logs.', name, address.host),
      t('Remove it; give a token with "Set Token of the Remote Server", or in ASKBERT_REMOTE_TOKEN.'),
    );
  }
  if (address && isBase(text)) return address.href.replace(/\/+$/, '');
  if (address?.protocol === 'http:' && isBase(text.replace(/^http/i, 'https'))) {
    throw new AskBertError(
      'BadRequest',
      t('{0}: found {1}, which is not encrypted.', name, address.origin),
      t('Use https; http is only for a server on this machine (localhost), or the near end of a tunnel.'),
    );
  }
  throw new AskBertError(
    'BadRequest',
    t('{0}: found {1}, expected https://HOST[/PATH], or http://localhost.', name, JSON.stringify(withoutSecrets(text))),
  );
}

/** Names of models are part of the address. @param name of the setting or flag @throws AskBertError BadRequest */
export function checkedModel(model: string, name: string): string {
  if (model.length <= MAX_NAME_UNITS && /^[\w.-]*\w[\w.-]*$/.test(model)) return model;
  throw new AskBertError(
    'BadRequest',
    t('{0}: found {1}, expected letters, digits, ".", "-" and "_".', name, JSON.stringify(model.slice(0, 60))),
  );
}

/** Whatever stands before an "@", and a query, may be a secret. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/[^\s,]*@/g, '…@')
    .replace(/[?#][^\s,]*/g, '?…')
    .slice(0, 120);
