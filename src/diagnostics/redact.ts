/** Takes from a text what tells who and where somebody is: home folders, user names, folders of the workspace. Pure. */

export interface Who {
  /** Folder of the user; several spellings are known to it. */
  home: string;
  user: string;
  /** Folders of the workspace. */
  folders: readonly string[];
}

/** Folders above the homes of users, on all systems. */
const HOMES = /((?:^|[^\w.]|%3A)(?:[A-Za-z]:)?[\\/]+(?:home|Users|Documents and Settings)[\\/]+)[^\\/\s"'`,;:)]+/gi;

/** @returns a function that gives the text with `~`, `<workspace>` and `<user>` in the place of names */
export function redactor({ home, user, folders }: Who): (text: string) => string {
  const rules: [RegExp, string][] = [];
  const add = (folder: string, instead: string) => {
    const pattern = anySpelling(folder);
    // Another folder may begin with the same letters.
    if (pattern) rules.push([new RegExp(`${pattern}(?![\\w.-])`, 'gi'), instead]);
  };
  // The longest first: a workspace may lie in the home folder, or a folder in another one.
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

/** With whatever slashes, also doubled, and as in an address. A root, or nothing, is nobody's folder: undefined. */
function anySpelling(folder: string): string | undefined {
  const parts = folder.replace(/[\\/]+$/, '').split(/[\\/]+/);
  if (parts.filter(Boolean).length === 0 || /^\w:$/.test(parts.join('/'))) return undefined;
  const spelt = (part: string) => {
    // Half a character in a name cannot be in an address.
    const sound = Buffer.from(part).toString();
    const all = new Set([part, encodeURI(sound), encodeURIComponent(sound)]);
    return `(?:${[...all].map(escaped).join('|')})`;
  };
  return parts.map(spelt).join('[\\\\/]+');
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
