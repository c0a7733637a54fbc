/** Addresses of model files: which are allowed, and how they are made. */
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import type { CatalogueEntry } from '../catalogue.js';

/** Plain http is for a server on this machine only: elsewhere anybody on the way could change the model. */
const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Whether a file may be asked for at this address. */
export const isAllowed = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));

/**
 * The base address of a mirror: `BASE/REPOSITORY/resolve/REVISION/FILE` is a file.
 * @param name what the setting or flag is called
 * @returns without a slash at its end
 * @throws AskBertError BadRequest
 */
export function checkBase(base: string, name: string): string {
  const address = URL.canParse(base) ? new URL(base) : undefined;
  if (!address || !isAllowed(address) || address.search || address.hash || address.username || address.password) {
    throw new AskBertError(
      'BadRequest',
      t('{0}: found {1}, expected https://HOST[/PATH], or http://localhost.', name, JSON.stringify(base)),
      t('Name the base address of a mirror, without a name, a password or a query in it.'),
    );
  }
  return address.href.replace(/\/+$/, '');
}

export const fileAddress = (base: string, { repository, revision }: CatalogueEntry, file: string): string =>
  `${base}/${repository}/resolve/${revision}/${file}`;
