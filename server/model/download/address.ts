/** Addresses of model files. */
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import type { CatalogueEntry } from '../store/catalogue.js';
import { isBase } from './base.js';

/**
 * The base address of a mirror: `BASE/REPOSITORY/resolve/REVISION/FILE` is a file.
 * @param name name of the setting or flag
 * @returns without a trailing slash
 * @throws AskBertError BadRequest
 */
export function checkBase(base: string, name: string): string {
  if (isBase(base)) return new URL(base).href.replace(/\/+$/, '');
  throw new AskBertError(
    'BadRequest',
    t('{0}: found {1}, expected https://HOST[/PATH], or http://localhost.', name, JSON.stringify(base)),
    t('Give the base address of a mirror, without a user name, password or query.'),
  );
}

export const fileAddress = (base: string, { repository, revision }: CatalogueEntry, file: string): string =>
  `${base}/${repository}/resolve/${revision}/${file}`;
