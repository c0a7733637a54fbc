/** What .gitignore and .ignore files leave out, for paths with slashes from one common root. Pure. */
import ignore, { type Ignore } from 'ignore';

/** The rules of one folder. */
interface Rules {
  /** From the root, with a slash at its end; '' is the root. */
  folder: string;
  patterns: Ignore;
}

export class IgnoreRules {
  /** Outermost first. */
  private readonly rules: Rules[] = [];
  private readonly folders = new Map<string, boolean>([['', false]]);

  /**
   * Takes an ignore file; those of outer folders come first, and of one folder .gitignore before .ignore.
   * @param folder from the root, '' is the root
   */
  add(folder: string, content: string): void {
    // Git matches with regard to case, whatever the file system does.
    this.rules.push({ folder: folder && `${folder}/`, patterns: ignore({ ignorecase: false }).add(content) });
    this.folders.clear();
    this.folders.set('', false);
  }

  /** Whether a file is left out, itself or by a folder above it: what is in an ignored folder cannot be wanted again. */
  ignores(file: string): boolean {
    if (this.rules.length === 0) return false;
    return this.ignoresFolder(file.slice(0, Math.max(0, file.lastIndexOf('/')))) || this.verdict(file);
  }

  ignoresFolder(folder: string): boolean {
    // From the outermost on, without recursion: a path may have thousands of parts.
    let ignored = false;
    for (let end = folder.indexOf('/'); !ignored; end = folder.indexOf('/', end + 1)) {
      const part = end < 0 ? folder : folder.slice(0, end);
      let known = this.folders.get(part);
      if (known === undefined) {
        known = this.verdict(`${part}/`);
        this.folders.set(part, known);
      }
      ignored = known;
      if (end < 0) break;
    }
    return ignored;
  }

  /** The innermost rule that says anything decides, as in git. */
  private verdict(path: string): boolean {
    for (let i = this.rules.length - 1; i >= 0; i--) {
      const { folder, patterns } = this.rules[i];
      const name = path.slice(folder.length);
      if (!path.startsWith(folder) || name === '') continue;
      const { ignored, unignored } = patterns.test(name);
      if (ignored || unignored) return ignored;
    }
    return false;
  }
}

/**
 * One pattern for what `files.exclude` or `search.exclude` switches on; '' for nothing. Those with a condition on
 * siblings (`when`) are left to the editor's own views.
 */
export function excludePattern(...settings: unknown[]): string {
  const patterns = settings.flatMap((setting) =>
    typeof setting === 'object' && setting !== null
      ? Object.entries(setting).flatMap(([pattern, on]) => (on === true ? [pattern] : []))
      : [],
  );
  const unique = [...new Set(patterns)];
  return unique.length > 1 ? `{${unique.join(',')}}` : (unique[0] ?? '');
}
