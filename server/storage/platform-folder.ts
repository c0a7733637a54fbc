/** The platform's folders for application data. */
import { homedir } from 'node:os';
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

/** The folder of Ask BERT there; it may not exist yet. */
export function platformFolder(kind: Kept, environment = process.env): string {
  const { windows, mac, xdg } = places[kind];
  if (process.platform === 'darwin') return path.join(homedir(), ...mac, 'ask-bert');
  const [variable, ...below] = process.platform === 'win32' ? windows : xdg;
  return path.join(environment[variable] || path.join(homedir(), ...below), 'ask-bert');
}
