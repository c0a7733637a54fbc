/** `ask-bert text`: prints what is read of a file. Offsets of answers are those of this text. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { readContent, readStreamContent } from '../documents/content.js';
import { type DocumentContent, UnreadableDocument } from '../documents/extraction.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { interruptible } from './interrupt.js';
import { type PasswordFlags, passwordOf, withPasswordFlag } from './password.js';
import { note, print, printJson } from './print.js';

interface TextFlags extends PasswordFlags {
  file: string;
  pages?: string;
  json?: boolean;
}

export const textCommand = {
  command: 'text <file>',
  describe: t('Print what is read of a file: the text in which answers are found'),
  builder: (argv: Argv) =>
    withPasswordFlag(argv)
      .positional('file', { type: 'string', describe: t('The file to read; -: standard input') })
      .option('pages', { type: 'string', requiresArg: true, describe: t('Only these pages of a PDF, e.g. 3-7') })
      .option('json', { type: 'boolean', describe: t('Print the result as JSON') }),
  handler: (argv: ArgumentsCamelCase) => run(argv as unknown as TextFlags),
};

async function run(flags: TextFlags): Promise<void> {
  const pages = pagesOf(flags.pages);
  const password = await passwordOf(flags);
  const content = await interruptible(t('It was stopped.'), async (signal) => {
    const options = { signal, onNote: note, ...(password === undefined ? {} : { password }) };
    if (flags.file === '' || flags.file === '-') {
      return readStreamContent(process.stdin, t('standard input'), { ...options, ...(pages ? { pages } : {}) });
    }
    if (!pages) return readContent(flags.file, { ...options, special: true });
    try {
      return await readContent(flags.file, { ...options, pages, special: true });
    } catch (error) {
      // There may be no such pages: the whole file tells how many there are.
      if (error instanceof UnreadableDocument && error.reason !== 'password') {
        checkPages(await readContent(flags.file, { ...options, onNote: () => {} }), pages, flags.file);
      }
      throw error;
    }
  });
  if (pages) checkPages(content, pages, flags.file);
  const { text, extracted, notes = [], encoding } = content;
  if (!flags.json) return print(text.replace(/\n$/, ''));
  const { places = [], blocks = [] } = extracted ?? {};
  const headings = blocks.flatMap((block) => (block.kind === 'heading' ? [block] : []));
  await printJson({ file: flags.file, text, places, headings, notes, ...(encoding === undefined ? {} : { encoding }) });
}

/** @throws AskBertError BadRequest */
function pagesOf(given: string | undefined): { first: number; last: number } | undefined {
  if (given === undefined) return undefined;
  const [, first, last = first] = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(given) ?? [];
  const pages = { first: Number(first), last: Number(last) };
  if (pages.first >= 1 && pages.last >= pages.first) return pages;
  throw new AskBertError(
    'BadRequest',
    t('{0}: found {1}, expected {2}.', '--pages', JSON.stringify(given), t('a page, or the first and last one: 3-7')),
  );
}

/** @throws AskBertError BadRequest */
function checkPages({ extracted }: DocumentContent, { first }: { first: number }, file: string): void {
  if (extracted?.pageSizes === undefined) throw new AskBertError('BadRequest', t('{0} has no pages.', file));
  const count = extracted.pageSizes.length / 2;
  if (first <= count) return;
  throw new AskBertError('BadRequest', t('{0} has {1} pages; page {2} does not exist.', file, count, first));
}
