/** Rules of .gitignore files, for paths with slashes from one common root. Pure. */
import ignore, { type Ignore } from 'ignore';

/** Maximum size of an ignore file. */
export const MAX_IGNORE_BYTES = 1024 * 1024;

/** One ignore file. */
interface Rules {
  /** Length of the prefix of a path that the rules do not see. */
  skip: number;
  patterns: Ignore;
}

export class IgnoreRules {
  /** By the path of the folder; '' is the root. */
  readonly #byFolder = new Map<string, Rules[]>();
  /** The rules of a folder and of those above it, outermost first. */
  readonly #chains = new Map<string, readonly Rules[]>();
  /** Whether a folder is ignored, itself or by one above it. */
  readonly #folders = new Map<string, boolean>();

  /**
   * Adds an ignore file. Of several in one folder the later one wins.
   * @param folder relative to the root, '' is the root
   */
  add(folder: string, content: string): void {
    // Git is case-sensitive, regardless of the file system.
    const patterns = ignore({ ignorecase: false }).add(content);
    const rules = { skip: folder === '' ? 0 : folder.length + 1, patterns };
    this.#byFolder.set(folder, [...(this.#byFolder.get(folder) ?? []), rules]);
    // On a walk nothing below the folder has been asked about yet.
    if (this.#chains.has(folder)) {
      this.#chains.clear();
      this.#folders.clear();
    }
  }

  /** Whether a file is ignored, itself or by a parent folder: files in an ignored folder cannot be re-included. */
  ignores(file: string): boolean {
    if (this.#byFolder.size === 0) return false;
    return this.ignoresFolder(parentOf(file)) || this.excludes(file);
  }

  /** @param folder without a slash at its end; '' is the root, which is never ignored */
  ignoresFolder(folder: string): boolean {
    return upwards(folder, this.#folders, false, (part, above) => {
      return above || verdict(`${part}/`, this.#rulesOf(parentOf(part)));
    });
  }

  /**
   * Whether the rules ignore the path itself; parent folders are not checked.
   * @param path a folder's has a slash at its end
   */
  excludes(path: string): boolean {
    if (this.#byFolder.size === 0) return false;
    return verdict(path, this.#rulesOf(parentOf(path)));
  }

  #rulesOf(folder: string): readonly Rules[] {
    const own = (part: string): Rules[] => this.#byFolder.get(part) ?? [];
    if (folder === '') {
      // Known from here on: later rules of the root clear what was found with them.
      this.#chains.set('', own(''));
      return own('');
    }
    return upwards(folder, this.#chains, this.#rulesOf(''), (part, above) => {
      const rules = own(part);
      return rules.length > 0 ? [...above, ...rules] : above;
    });
  }
}

/** @param path may have a slash at its end @returns '' for the root */
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/', path.length - 2)));

/**
 * What is true of a folder because of the one above it, from the nearest that is known: without recursion, since a path
 * may have thousands of parts, and each folder once.
 * @param known receives what was found @param root what is true of ''
 */
function upwards<T>(folder: string, known: Map<string, T>, root: T, of: (part: string, above: T) => T): T {
  const parts: string[] = [];
  let at = folder;
  for (; at !== '' && !known.has(at); at = parentOf(at)) parts.push(at);
  let found = at === '' ? root : known.get(at)!;
  for (const part of parts.reverse()) {
    found = of(part, found);
    known.set(part, found);
  }
  return found;
}

/** The innermost matching rule decides, as in git. @param rules outermost first */
function verdict(path: string, rules: readonly Rules[]): boolean {
  for (const { skip, patterns } of rules.toReversed()) {
    const { ignored, unignored } = patterns.test(path.slice(skip));
    if (ignored || unignored) return ignored;
  }
  return false;
}
