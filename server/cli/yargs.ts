/**
 * yargs without its Node platform shim. That shim needs `import.meta.url`, which a CommonJS bundle has not, to find
 * translations and the user's package.json: we want neither. This one is what a bundled command line needs.
 */
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { format, inspect } from 'node:util';
// @ts-expect-error: no types.
import cliui from 'cliui';
import type { Argv } from 'yargs';
// @ts-expect-error: no types for this entry, which needs no import.meta.url either.
import Parser from 'yargs-parser/browser';
// @ts-expect-error: the factory is not exported by name and has no types; its product is an Argv.
import { YargsFactory } from '../../node_modules/yargs/build/lib/yargs-factory.js';
import { t } from '../l10n.js';

const unsupported = () => {
  throw new Error('not supported in a bundle');
};

/** What yargs itself says about these commands; its own marks (%s) stay. */
const words: Record<string, string> = {
  'Commands:': t('Commands:'),
  'Positionals:': t('Positionals:'),
  'Options:': t('Options:'),
  'default:': t('default:'),
  'choices:': t('choices:'),
  'aliases:': t('aliases:'),
  required: t('required'),
  boolean: t('boolean'),
  string: t('string'),
  number: t('number'),
  array: t('array'),
  command: t('command'),
  'Show help': t('Show help'),
  'Show version number': t('Show version number'),
  'Not enough non-option arguments: got %s, need at least %s': t(
    'Not enough non-option arguments: got %s, need at least %s',
  ),
  'Too many non-option arguments: got %s, maximum of %s': t('Too many non-option arguments: got %s, maximum of %s'),
  'Missing required argument: %s': t('Missing required argument: %s'),
  'Missing required arguments: %s': t('Missing required arguments: %s'),
  'Unknown argument: %s': t('Unknown argument: %s'),
  'Unknown arguments: %s': t('Unknown arguments: %s'),
  'Unknown command: %s': t('Unknown command: %s'),
  'Unknown commands: %s': t('Unknown commands: %s'),
  'Not enough arguments following: %s': t('Not enough arguments following: %s'),
  'Arguments %s and %s are mutually exclusive': t('Arguments %s and %s are mutually exclusive'),
  'Invalid values:': t('Invalid values:'),
  'Argument: %s, Given: %s, Choices: %s': t('Argument: %s, Given: %s, Choices: %s'),
};
const inWords = (message: string): string => words[message] ?? message;

const shim = {
  assert: { notStrictEqual: () => {}, strictEqual: () => {} },
  cliui,
  findUp: () => undefined,
  getCallerFile: unsupported,
  getEnv: (key: string) => process.env[key],
  getProcessArgvBin: () => 'ask-bert',
  inspect,
  mainFilename: 'ask-bert',
  Parser,
  path: { basename, dirname, extname, join, relative, resolve },
  process: {
    argv: () => process.argv,
    cwd: () => process.cwd(),
    emitWarning: (warning: string) => process.emitWarning(warning),
    execPath: () => process.execPath,
    exit: (code: number) => process.exit(code),
    nextTick: process.nextTick,
    stdColumns: process.stdout.columns ?? null,
  },
  readdirSync: () => [],
  readFileSync: unsupported,
  require: unsupported,
  stringWidth: (text: string) => text.length,
  y18n: {
    __: (message: string, ...args: unknown[]) => format(inWords(message), ...args),
    __n: (one: string, many: string, count: number, ...args: unknown[]) => {
      const message = inWords(count === 1 ? one : many);
      return message.includes('%d') ? format(message, count, ...args) : format(message, ...args);
    },
    getLocale: () => 'en',
    setLocale: () => {},
    updateLocale: () => {},
  },
};

export const createYargs = YargsFactory(shim) as (args: string[]) => Argv;
