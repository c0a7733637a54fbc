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
    this.#folders.clear();
  }

  /** Whether a file is ignored, itself or by a parent folder: files in an ignored folder cannot be re-included. */
  ignores(file: string): boolean {
    if (this.#byFolder.size === 0) return false;
    return this.ignoresFolder(file.slice(0, Math.max(0, file.lastIndexOf('/')))) || this.excludes(file);
  }

  /** @param folder without a slash at its end; '' is the root, which is never ignored */
  ignoresFolder(folder: string): boolean {
    // From the outermost, without recursion: a path may have thousands of parts.
    const rules = [...(this.#byFolder.get('') ?? [])];
    for (const part of partsOf(folder)) {
      const ignored = this.#folders.get(part) ?? verdict(`${part}/`, rules);
      this.#folders.set(part, ignored);
      if (ignored) return true;
      rules.push(...(this.#byFolder.get(part) ?? []));
    }
    return false;
  }

  /**
   * Whether the rules ignore the path itself; parent folders are not checked.
   * @param path a folder's has a slash at its end
   */
  excludes(path: string): boolean {
    const rules = [...(this.#byFolder.get('') ?? [])];
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/', path.length - 2)));
    for (const part of partsOf(parent)) rules.push(...(this.#byFolder.get(part) ?? []));
    return verdict(path, rules);
  }
}

/** A folder and those above it, the outermost first, without the root. */
function* partsOf(folder: string): Generator<string> {
  for (let end = 0; end < folder.length; ) {
    const next = folder.indexOf('/', end + 1);
    end = next < 0 ? folder.length : next;
    yield folder.slice(0, end);
  }
}

/** The innermost matching rule decides, as in git. @param rules outermost first */
function verdict(path: string, rules: readonly Rules[]): boolean {
  for (const { skip, patterns } of rules.toReversed()) {
    const { ignored, unignored } = patterns.test(path.slice(skip));
    if (ignored || unignored) return ignored;
  }
  return false;
}
