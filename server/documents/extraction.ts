/** PDF, Office files, books and mails in their binary formats: what is read of them, or one sentence why nothing is. */
import path from 'node:path';
import { AskBertError } from '../errors.js';
import type { Reading } from '../formats/child/messages.js';
import { type Extracted, type ExtractOptions, UnreadableFormat, type UnreadableReason } from '../formats/extracted.js';
import { extractor } from '../formats/host/extract.js';
import { ReaderFault } from '../formats/host/reader-process.js';
import { t } from '../l10n.js';
import { DEFAULT_BUDGET_SECONDS, type SkipReason } from '../protocol.js';

/** What a document says. */
export interface DocumentContent {
  text: string;
  /** The detected encoding; missing: UTF-8 or UTF-16, or not a text file. */
  encoding?: string;
  /** Of a file in a binary format, whose `text` this is. */
  extracted?: Extracted;
  /** Sentences for the user: what could not be read, each with the file's name. Missing: none. */
  notes?: string[];
}

/** UTF-16 units of an extracted text, about 60 pages: reading all of more would take minutes on a slow machine. */
const LONG_UNITS = 200_000;

/** The seconds in which a long document is read if nothing else is asked for; undefined: everything is read. */
export const usualBudget = ({ text, extracted }: DocumentContent): number | undefined =>
  extracted && text.length > LONG_UNITS ? DEFAULT_BUDGET_SECONDS : undefined;

/**
 * Undefined: the bytes are not of such a format.
 * @param name of the file, in messages
 * @throws UnreadableDocument, AskBertError Cancelled
 */
export async function extractDocument(
  bytes: Uint8Array,
  name: string,
  options: ExtractOptions = {},
): Promise<DocumentContent | undefined> {
  try {
    const reading = await extractor().extract(bytes, options);
    if (!reading) return undefined;
    const { extracted } = reading;
    const notes = [...wrongName(name, reading), ...extracted.notes.map((note) => t('{0}: {1}', name, note))];
    return { text: extracted.text, extracted, ...(notes.length > 0 ? { notes } : {}) };
  } catch (error) {
    if (error instanceof UnreadableFormat) throw unreadable(error, name, options.password !== undefined);
    if (error instanceof ReaderFault) throw faulty(error, name);
    throw error;
  }
}

/** The error about a file of which nothing can be read. */
export class UnreadableDocument extends AskBertError {
  constructor(
    readonly reason: SkipReason,
    message: string,
    remedy?: string,
  ) {
    super(reason === 'password' ? 'PasswordNeeded' : 'InputUnreadable', message, remedy);
  }
}

/** Content decides, not the name; but the user may want to know. */
function wrongName(name: string, { format, extensions }: Reading): string[] {
  const extension = path.extname(name).slice(1).toLowerCase();
  if (extension === '' || extensions.includes(extension)) return [];
  return [t('{0} is read as what it contains, which is not what its name says: {1}.', name, format)];
}

type Sentence = (name: string, detail: string) => [message: string, remedy?: string | undefined];

const SENTENCES: Record<UnreadableReason, { reason: SkipReason; say: Sentence }> = {
  password: {
    reason: 'password',
    say: (name) => [
      t('{0} is protected by a password.', name),
      t('Give the password (in the terminal: --password-file FILE).'),
    ],
  },
  scan: {
    reason: 'noText',
    say: (name) => [
      t('{0} has no text, only images of its pages: it was scanned.', name),
      t('Run OCR first, for example ocrmypdf.'),
    ],
  },
  noUnicode: {
    reason: 'noText',
    say: (name) => [
      t('{0} has no readable text: its fonts do not say which characters they show.', name),
      t('Run OCR on it, for example ocrmypdf --force-ocr.'),
    ],
  },
  damaged: {
    reason: 'damaged',
    say: (name, detail) => [
      t('{0} is damaged and cannot be read{1}.', name, detail),
      t('Get it again, or open it in the program that it is from and save it again.'),
    ],
  },
  tooLarge: {
    reason: 'tooLarge',
    say: (name, detail) => [
      t('{0} contains more than is read{1}.', name, detail),
      t('Split it, or ask about a part of it.'),
    ],
  },
  tooDeep: {
    reason: 'damaged',
    say: (name, detail) => [
      t('{0} cannot be read: its parts are nested too deeply{1}.', name, detail),
      t('Open it in the program that it is from and save it again.'),
    ],
  },
  empty: {
    reason: 'noText',
    say: (name, detail) => [t('{0} has no text{1}.', name, detail), t('Ask about a file with text.')],
  },
  unsupported: {
    reason: 'unreadable',
    say: (name, detail) => [
      t('{0} cannot be read: this kind of file is not supported{1}.', name, detail),
      detail === '' ? t('Save it as PDF or in a current format, such as .docx, .xlsx or .pptx.') : undefined,
    ],
  },
};

function unreadable({ reason, detail }: UnreadableFormat, name: string, withPassword: boolean): UnreadableDocument {
  if (reason === 'password' && withPassword) {
    return new UnreadableDocument(
      'password',
      t('The password for {0} is wrong.', name),
      t('Passwords are case-sensitive: check it and try again.'),
    );
  }
  const { reason: kind, say } = SENTENCES[reason];
  const found = detail.trim().replace(/[.\s]+$/, '');
  return new UnreadableDocument(kind, ...say(name, found === '' ? '' : ` (${found})`));
}

function faulty({ kind, detail }: ReaderFault, name: string): UnreadableDocument {
  switch (kind) {
    case 'memory':
      return new UnreadableDocument(
        'tooLarge',
        t('{0} cannot be read: reading it takes more than {1} MB of memory.', name, detail),
        t('It may be damaged: open it in the program that it is from and save it again, or split it.'),
      );
    case 'time':
      return new UnreadableDocument(
        'tooLarge',
        t('{0} cannot be read: its reader was stopped after {1} seconds.', name, detail),
        t('It may be damaged: open it in the program that it is from and save it again, or split it.'),
      );
    case 'crash':
      return new UnreadableDocument(
        'damaged',
        t('{0} cannot be read: its reader ended unexpectedly ({1}).', name, detail),
        t('It may be damaged: open it in the program that it is from and save it again.'),
      );
  }
}
