/**
 * Sets the language of the command line. Imported before anything else by cli.ts: the descriptions of the commands are
 * created while their files are loaded.
 *
 * With --json, and with --format json or hf, everything is English, so that programs read the same text everywhere.
 */
import { terminalLocale, useLanguage } from '../l10n.js';

const { argv } = process;
const isForPrograms =
  argv.includes('--json') ||
  argv.some(
    (arg, i) => /^--format=(json|hf)$/.test(arg) || (arg === '--format' && /^(json|hf)$/.test(argv[i + 1] ?? '')),
  );

useLanguage(isForPrograms ? undefined : terminalLocale());
