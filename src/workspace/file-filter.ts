/** Which files a question about many documents reads: patterns as in the editor's search. Pure. */
import { IgnoreRules } from '../../server/documents/ignore-rules.js';

export interface FileFilter {
  /** Patterns separated by commas, such as `*.md, contracts/**`; empty: all files. */
  include: string;
  /** Files that match one of these are left out; empty: none. */
  exclude: string;
}

/** Length of a list of patterns, and how many alternatives in braces may stand for. */
export const MOST_UNITS = 2000;
const MOST_PATTERNS = 500;

/** Whether a file is wanted, by its path below the folder that was asked about, with slashes. */
export function fileTest({ include, exclude }: FileFilter): (path: string) => boolean {
  const wanted = patternsOf(include);
  const unwanted = patternsOf(exclude);
  const matching = (patterns: readonly string[]) => {
    const rules = new IgnoreRules();
    if (patterns.length > 0) rules.add('', patterns.join('\n'));
    return (path: string) => rules.ignores(path);
  };
  const [isWanted, isUnwanted] = [matching(wanted), matching(unwanted)];
  return (path) => (wanted.length === 0 || isWanted(path)) && !isUnwanted(path);
}

/** The patterns of a list: alternatives in braces are written out, `./docs` is `/docs`. */
export function patternsOf(list: string): string[] {
  const patterns = separated(list).flatMap((pattern) => expanded(pattern.trim()));
  return patterns
    .slice(0, MOST_PATTERNS)
    .filter(Boolean)
    .map((pattern) => pattern.replace(/^\.\//, '/').replace(/^[!#]/, '\\$&'));
}

/** Parts between commas that are not within braces. */
function separated(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= list.length; at++) {
    const c = list[at];
    if (c === '{') depth++;
    if (c === '}') depth = Math.max(0, depth - 1);
    if (at < list.length && (c !== ',' || depth > 0)) continue;
    parts.push(list.slice(from, at));
    from = at + 1;
  }
  return parts;
}

/** `*.{md,txt}` is `*.md` and `*.txt`; braces in braces and unclosed ones stay as they are. */
function expanded(pattern: string): string[] {
  let all = [''];
  for (const part of pattern.split(/(\{[^{}]*\})/)) {
    const options = /^\{.*\}$/s.test(part) ? part.slice(1, -1).split(',') : [part];
    if (all.length * options.length > MOST_PATTERNS) return [pattern];
    all = all.flatMap((before) => options.map((option) => before + option.trim()));
  }
  return all;
}
