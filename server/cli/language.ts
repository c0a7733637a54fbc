/**
 * Sets the language of the command line. Imported before anything else by cli.ts: the descriptions of the commands are
 * created while their files are loaded.
 *
 * With --json everything is English, so that programs read the same text everywhere.
 */
import { terminalLocale, useLanguage } from '../l10n.js';

useLanguage(process.argv.includes('--json') ? undefined : terminalLocale());
