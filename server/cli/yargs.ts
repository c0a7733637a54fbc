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

const unsupported = () => {
  throw new Error('not supported in a bundle');
};

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
    __: (message: string, ...args: unknown[]) => format(message, ...args),
    __n: (one: string, many: string, count: number, ...args: unknown[]) => {
      const message = count === 1 ? one : many;
      return message.includes('%d') ? format(message, count, ...args) : format(message, ...args);
    },
    getLocale: () => 'en',
    setLocale: () => {},
    updateLocale: () => {},
  },
};

export const createYargs = YargsFactory(shim) as (args: string[]) => Argv;
