/** Removes what identifies a user or place from a text: home folders, user names, workspace folders. Pure. */

export interface Who {
  /** Home folder of the user; several spellings are recognised. */
  home: string;
  user: string;
  /** Folders of the workspace. */
  folders: readonly string[];
}

/** Folders above the homes of users, on all systems. */
const HOMES = /((?:^|[^\w.]|%3A)(?:[A-Za-z]:)?[\\/]+(?:home|Users|Documents and Settings)[\\/]+)[^\\/\s"'`,;:)]+/gi;

/** @returns a function that gives the text with `~`, `<workspace>` and `<user>` in place of names */
export function redactor({ home, user, folders }: Who): (text: string) => string {
  const rules: [RegExp, string][] = [];
  const add = (folder: string, instead: string) => {
    const pattern = anySpelling(folder);
    // Another folder may begin with the same letters.
    if (pattern) rules.push([new RegExp(`${pattern}(?![\\w.-])`, 'gi'), instead]);
  };
  // Longest first: a workspace may be in the home folder, or one folder in another.
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) add(folder, '<workspace>');
  add(home, '~');
  const name = user && new RegExp(`(?<=^|[\\\\/@])${escaped(user)}(?![\\w.-])`, 'gi');
  return (text) => {
    let clean = text;
    for (const [pattern, instead] of rules) clean = clean.replace(pattern, () => instead);
    clean = clean.replace(HOMES, (_, before: string) => `${before}<user>`);
    return name ? clean.replace(name, () => '<user>') : clean;
  };
}

/** Matches any slashes, also doubled, and the form in a URI. Undefined for a root or an empty path. */
function anySpelling(folder: string): string | undefined {
  const parts = folder.replace(/[\\/]+$/, '').split(/[\\/]+/);
  if (parts.filter(Boolean).length === 0 || /^\w:$/.test(parts.join('/'))) return undefined;
  const spelt = (part: string) => {
    // A lone surrogate cannot be encoded in a URI.
    const sound = Buffer.from(part).toString();
    const all = new Set([part, encodeURI(sound), encodeURIComponent(sound)]);
    return `(?:${[...all].map(escaped).join('|')})`;
  };
  return parts.map(spelt).join('[\\\\/]+');
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
