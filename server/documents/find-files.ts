/** The files under a folder that a question can be asked about, as an editor's file search would find them. */

import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { AskBertError, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { SkipReason } from '../protocol.js';
import { isInside } from '../storage/inside.js';
import { readRegular } from '../storage/open-file.js';
import { append } from '../text/arrays.js';
import { asUnreadable } from './decode.js';
import { IgnoreRules, MAX_IGNORE_BYTES } from './ignore-rules.js';
import { MAX_DOCUMENTS, MAX_TOTAL_BYTES } from './limits.js';
import { largestOf } from './load.js';
import { isNoDocument } from './not-documents.js';
import { isOwnTable } from './own-files.js';

/** Folders and files of version control and of file managers, which are never documents. */
const NEVER = new Set(['.git', '.svn', '.hg', '.jj', 'CVS', '.DS_Store', 'Thumbs.db']);

export interface WalkOptions {
  /** Only files that match one of these patterns, in the syntax of .gitignore; missing or empty: all. */
  include?: readonly string[] | undefined;
  /** Also what .gitignore files exclude, node_modules, and tool files such as lock files. */
  ignored?: boolean | undefined;
  /**
   * Real paths of files and folders: nothing outside of them is read, also where a link leads there. The folder itself
   * is inside; paths of the result have no links then. Missing: links may lead anywhere.
   */
  within?: readonly string[] | undefined;
  /**
   * Called for each file that would be read, and for each folder that cannot be, with its name (that of a folder ends
   * with a slash) and its path: whether it belongs to this walk. Missing: all do.
   */
  belongs?: ((name: string, file: string) => boolean | Promise<boolean>) | undefined;
  signal?: AbortSignal | undefined;
}
export interface FoundFile {
  path: string;
  /** Relative to the folder, with slashes. */
  name: string;
  size: number;
  mtimeMs: number;
}
/** What cannot be read. The name of a folder ends with a slash. */
interface Skipped {
  path: string;
  name: string;
  reason: SkipReason;
  message: string;
}
export interface Walk {
  /** In the order of their names, folder by folder. */
  files: FoundFile[];
  skipped: Skipped[];
  /**
   * Number of files left out because there are more than {@link MAX_DOCUMENTS}, or they have more than {@link
   * MAX_TOTAL_BYTES}.
   */
  beyondLimit: number;
}

/** A folder to visit. */
interface Visit {
  folder: string;
  /** Relative to the root, with slashes; '' is the root. */
  name: string;
  /** Its real path, unless it is a link: to ask for it costs a look at every folder above. */
  real?: string | undefined;
}

/**
 * Walks a folder. Follows symbolic links, each real folder and each linked file once, so that loops end.
 * @throws AskBertError InputUnreadable when the folder itself cannot be read, BadRequest for a wrong pattern, Cancelled
 */
export async function walkFolder(folder: string, options: WalkOptions = {}): Promise<Walk> {
  const root = path.resolve(folder);
  const include = options.include?.length ? patternsOf(options.include) : undefined;
  const walk: Walk = { files: [], skipped: [], beyondLimit: 0 };
  const seen = new Set<string>();
  let bytes = 0;
  // Paths for the rules start at the top of the repository.
  const { within } = options;
  const { rules, prefix } = options.ignored ? { rules: new IgnoreRules(), prefix: '' } : await rulesAbove(root, within);
  const visits: Visit[] = [{ folder: root, name: '' }];
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    throwIfAborted(options.signal);
    const { real, entries } = await open(visit, root, seen, walk, options);
    if (!options.ignored && entries.some(({ name }) => name === '.gitignore')) {
      await addRules(rules, (prefix + visit.name).replace(/\/$/, ''), visit.folder, within);
    }
    const below: Visit[] = [];
    for (const entry of entries) {
      if (NEVER.has(entry.name) || (entry.name === 'node_modules' && !options.ignored)) continue;
      let where = path.join(visit.folder, entry.name);
      const name = visit.name === '' ? entry.name : `${visit.name}/${entry.name}`;
      if (within && entry.isSymbolicLink()) {
        const target = await realpath(where).catch(() => undefined);
        if (target === undefined) continue;
        if (!within.some((each) => isInside(each, target))) {
          const ignored = [name, `${name}/`].some((each) => rules.excludes(prefix + each));
          if (!ignored) walk.skipped.push({ path: where, name, reason: 'unreadable', message: leadsOut(where) });
          continue;
        }
        where = target;
      }
      const kind = await kindOf(entry, where);
      if (kind === undefined || rules.excludes(prefix + (kind === 'folder' ? `${name}/` : name))) continue;
      if (kind === 'folder') {
        below.push({ folder: where, name, real: entry.isSymbolicLink() ? undefined : path.join(real, entry.name) });
      } else if (isWanted(name, include, options)) {
        const target = entry.isSymbolicLink() ? await realpath(where).catch(() => '') : path.join(real, entry.name);
        // The first name of a file counts, whichever walk it belongs to.
        if (seen.has(target)) continue;
        if (target !== '') seen.add(target);
        if (options.belongs && !(await options.belongs(name, where))) continue;
        if (await isOwn(where, name, options)) continue;
        const found = await measure(where);
        if ('reason' in found) walk.skipped.push({ path: where, name, ...found });
        else if (walk.files.length === MAX_DOCUMENTS || bytes + found.size > MAX_TOTAL_BYTES) walk.beyondLimit++;
        else {
          bytes += found.size;
          walk.files.push({ path: where, name, ...found });
        }
      }
    }
    append(visits, below.reverse());
  }
  return walk;
}

/** A file that matches and is not a tool file, unless named explicitly. */
function isWanted(
  name: string,
  include: Ignore | undefined,
  { include: patterns = [], ignored }: WalkOptions,
): boolean {
  const own = name.slice(name.lastIndexOf('/') + 1);
  if (isNoDocument(own) && !ignored && !isNamed(own, patterns)) return false;
  return !include || include.ignores(name);
}

const isNamed = (own: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => pattern.endsWith(own));

/** A table that Ask BERT wrote, unless named explicitly. */
async function isOwn(file: string, name: string, { include = [], ignored }: WalkOptions): Promise<boolean> {
  if (ignored || isNamed(name.slice(name.lastIndexOf('/') + 1), include)) return false;
  // What cannot be opened is recorded when it is read.
  return isOwnTable(file).catch(() => false);
}

/** The entries of a folder by name, unless it was visited before; errors are recorded. */
async function open(
  visit: Visit,
  root: string,
  seen: Set<string>,
  walk: Walk,
  { belongs }: WalkOptions,
): Promise<{ real: string; entries: Dirent[] }> {
  const nothing = { real: '', entries: [] };
  try {
    const real = visit.real ?? (await realpath(visit.folder));
    if (seen.has(real)) return nothing;
    seen.add(real);
    const entries = await readdir(visit.folder, { withFileTypes: true });
    return { real, entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  } catch (error) {
    const failure = asUnreadable(error, visit.folder);
    if (visit.folder === root) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTDIR') throw new AskBertError('InputUnreadable', t('{0} is not a folder.', visit.folder));
      if (code === 'ENOENT')
        throw new AskBertError('InputUnreadable', t('{0}: there is no such folder.', visit.folder));
      throw failure;
    }
    const name = `${visit.name}/`;
    if (belongs && !(await belongs(name, visit.folder))) return nothing;
    walk.skipped.push({ path: visit.folder, name, reason: 'unreadable', message: failure.message });
    return nothing;
  }
}

/** Type of an entry or of the target of a link; undefined: neither file nor folder, or a broken link. */
async function kindOf(entry: Dirent, where: string): Promise<'file' | 'folder' | undefined> {
  let kind: Pick<Dirent, 'isFile' | 'isDirectory'> = entry;
  if (entry.isSymbolicLink()) {
    try {
      kind = await stat(where);
    } catch {
      return undefined;
    }
  }
  return kind.isDirectory() ? 'folder' : kind.isFile() ? 'file' : undefined;
}

/** Size and time of a file. */
async function measure(
  file: string,
): Promise<{ size: number; mtimeMs: number } | { reason: SkipReason; message: string }> {
  try {
    const { size, mtimeMs } = await stat(file);
    const limit = await largestOf(file, size);
    if (size <= limit) return { size, mtimeMs };
    const message = t('{0} is larger than {1} MB, the limit for a file among many.', file, limit / 1024 / 1024);
    return { reason: 'tooLarge', message };
  } catch (error) {
    return { reason: 'unreadable', message: asUnreadable(error, file).message };
  }
}

/**
 * Rules of the parent folders within the repository. A folder that is named explicitly is read even if ignored there.
 * @returns with the path of the folder from the top of the repository: '', or with a slash at its end
 */
async function rulesAbove(
  root: string,
  within: WalkOptions['within'],
): Promise<{ rules: IgnoreRules; prefix: string }> {
  const above: string[] = [];
  for (let folder = root; ; folder = path.dirname(folder)) {
    // As if the repository ended there.
    if (within && !within.some((each) => isInside(each, folder))) break;
    if (folder !== root) above.unshift(folder);
    const repository = await stat(path.join(folder, '.git')).then(
      () => true,
      () => false,
    );
    if (repository) break;
    if (path.dirname(folder) === folder) return { rules: new IgnoreRules(), prefix: '' };
  }
  const nameOf = (folder: string) =>
    path
      .relative(above[0] ?? root, folder)
      .split(path.sep)
      .join('/');
  const rules = new IgnoreRules();
  for (const folder of above) await addRules(rules, nameOf(folder), folder, within);
  const name = nameOf(root);
  return { rules: rules.ignoresFolder(name) ? new IgnoreRules() : rules, prefix: name && `${name}/` };
}

/** Takes the .gitignore of a folder, if it can be read. */
async function addRules(
  rules: IgnoreRules,
  name: string,
  folder: string,
  within: WalkOptions['within'],
): Promise<void> {
  const file = path.join(folder, '.gitignore');
  try {
    if (within) {
      const target = await realpath(file);
      if (!within.some((each) => isInside(each, target))) return;
    }
    rules.add(name, (await readRegular(file, MAX_IGNORE_BYTES)).toString('utf8'));
  } catch {
    // Treated as missing.
  }
}

const leadsOut = (file: string): string => t('{0} is a link that leads out of the folders that may be read.', file);

function patternsOf(patterns: readonly string[]): Ignore {
  for (const pattern of patterns) {
    if (pattern.trim() === '') throw new AskBertError('BadRequest', t('A pattern is empty.'));
  }
  return ignore({ ignorecase: false }).add(patterns);
}
