/** yargs with our own messages, in the language of the terminal. */
import path from 'node:path';
import yargs, { type Argv } from 'yargs';
import { t } from '../l10n.js';

/** Messages of yargs used by these commands; its placeholders (%s) stay. */
const words = {
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
  'Not enough arguments following: %s': t('Not enough arguments following: %s'),
  'Arguments %s and %s are mutually exclusive': t('Arguments %s and %s are mutually exclusive'),
  'Invalid values:': t('Invalid values:'),
  'Argument: %s, Given: %s, Choices: %s': t('Argument: %s, Given: %s, Choices: %s'),
};

/** Messages that depend on a number. */
const counted = {
  'Not enough non-option arguments: got %s, need at least %s': {
    one: t('Not enough non-option arguments: got %s, need at least %s'),
    other: t('Not enough non-option arguments: got %s, need at least %s'),
  },
  'Too many non-option arguments: got %s, maximum of %s': {
    one: t('Too many non-option arguments: got %s, maximum of %s'),
    other: t('Too many non-option arguments: got %s, maximum of %s'),
  },
  'Missing required argument: %s': {
    one: t('Missing required argument: %s'),
    other: t('Missing required arguments: %s'),
  },
  'Unknown argument: %s': { one: t('Unknown argument: %s'), other: t('Unknown arguments: %s') },
  'Unknown command: %s': { one: t('Unknown command: %s'), other: t('Unknown commands: %s') },
};

/**
 * `ask -q Q -- FILE` as `ask FILE -q Q`: the parser does not take what stands behind two hyphens for the arguments of a
 * command. They are names of files or models; one that begins with a hyphen gets a folder before it.
 */
export function withoutHyphens(args: readonly string[]): string[] {
  const at = args.indexOf('--');
  if (at < 0) return [...args];
  const before = args.slice(0, at);
  const names = args.slice(at + 1).map((name) => (/^-./.test(name) ? `.${path.sep}${name}` : name));
  const isFlag = (arg: string) => /^-./.test(arg);
  let end = 0;
  while (end < before.length && isFlag(before[end])) end++;
  while (end < before.length && !isFlag(before[end])) end++;
  return [...before.slice(0, end), ...names, ...before.slice(end)];
}

export function createYargs(given: string[]): Argv {
  const args = withoutHyphens(given);
  // The types do not cover plural forms.
  const strings = { ...words, ...counted } as unknown as Record<string, string>;
  return yargs(args).detectLocale(false).updateStrings(strings);
}
