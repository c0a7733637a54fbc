/** The platform's folders for application data. */
import { homedir, userInfo } from 'node:os';
import path from 'node:path';

export type Kept = 'cache' | 'data' | 'config';

/**
 * For each kind: variable and folder on Windows, folder on macOS, variable and folder elsewhere; relative to the home
 * folder.
 */
const places: Record<Kept, { windows: string[]; mac: string[]; xdg: string[] }> = {
  cache: {
    windows: ['LOCALAPPDATA', 'AppData', 'Local'],
    mac: ['Library', 'Caches'],
    xdg: ['XDG_CACHE_HOME', '.cache'],
  },
  data: {
    windows: ['LOCALAPPDATA', 'AppData', 'Local'],
    mac: ['Library', 'Application Support'],
    xdg: ['XDG_DATA_HOME', '.local', 'share'],
  },
  config: {
    windows: ['APPDATA', 'AppData', 'Roaming'],
    mac: ['Library', 'Application Support'],
    xdg: ['XDG_CONFIG_HOME', '.config'],
  },
};

/**
 * The folder of Ask BERT there, an absolute path; it may not exist yet. As the XDG specification says, a variable that
 * is not an absolute path is ignored: nothing of ours is kept in, or taken from, the folder that a program runs in.
 */
export function platformFolder(kind: Kept, environment = process.env): string {
  const { windows, mac, xdg } = places[kind];
  if (process.platform === 'darwin') return path.join(homeFolder(), ...mac, 'ask-bert');
  const [variable, ...below] = process.platform === 'win32' ? windows : xdg;
  return path.join(absolute(environment[variable]) ?? path.join(homeFolder(), ...below), 'ask-bert');
}

/** The user's home folder: of the environment, of the system's list of users, or the root, as in a container. */
export function homeFolder(): string {
  for (const find of [homedir, () => userInfo().homedir]) {
    try {
      const found = absolute(find());
      if (found !== undefined) return found;
    } catch {
      // Neither a variable nor an entry of this user.
    }
  }
  return path.parse(process.execPath).root;
}

const absolute = (folder: string | undefined): string | undefined =>
  folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
