/**
 * Language of the messages of sidecar, worker and CLI. English is in the code; other languages are in
 * `l10n/bundle.l10n.<locale>.json`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as l10n from '@vscode/l10n';

/** Message in the language of the client; `{0}`, `{1}` ... stand for the arguments. */
export const t = l10n.t;

/** Name of the environment variable with the path or `file:` URI of a bundle; it wins over any locale. */
export const BUNDLE_VARIABLE = 'ASKBERT_L10N_BUNDLE';

let inUse: string | undefined;

/** Path of the current bundle; undefined: English. */
export const bundleInUse = (): string | undefined => inUse;

/**
 * Loads the bundle named by {@link BUNDLE_VARIABLE}, otherwise the one for `locale` in the installed product.
 * Falls back to English without an error: a missing translation must never stop an answer.
 * @param locale e.g. "de" or "pt-br"; a regional variant without its own bundle uses that of the language
 * @param folder folder of the bundles; default: `l10n` next to `dist`
 * @returns the bundle's path, or undefined for English
 */
export function useLanguage(locale?: string, folder = path.join(__dirname, '..', 'l10n')): string | undefined {
  for (const file of candidates(locale, folder)) {
    try {
      l10n.config({ contents: readFileSync(file, 'utf8') });
      inUse = file;
      return file;
    } catch {
      // The next candidate, in the end English.
    }
  }
  // Regardless of the previous language.
  l10n.config({ contents: {} });
  inUse = undefined;
  return undefined;
}

function candidates(locale: string | undefined, folder: string): string[] {
  const files: string[] = [];
  const named = process.env[BUNDLE_VARIABLE];
  if (named) {
    if (!/^[a-z][a-z0-9+.-]+:/i.test(named)) files.push(named);
    else if (named.startsWith('file:')) files.push(fileURLToPath(named));
  }
  // The locale comes from a client: only letters, digits and hyphens may become part of a path.
  if (locale && /^[A-Za-z0-9-]{2,20}$/.test(locale)) {
    const lower = locale.toLowerCase();
    for (const name of new Set([lower, lower.split('-')[0]])) {
      if (name !== 'en') files.push(path.join(folder, `bundle.l10n.${name}.json`));
    }
  }
  return files;
}

/**
 * Locale of a terminal, as in POSIX: LC_ALL before LC_MESSAGES before LANG, e.g. "de_DE.UTF-8" or "C".
 * @returns e.g. "de-DE"; undefined: none is set
 */
export function terminalLocale(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const set = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG;
  return set?.replace(/[.@].*$/, '').replaceAll('_', '-');
}
