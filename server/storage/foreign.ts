/** Whether other users may change a file or folder. */
import type { Stats } from 'node:fs';

/** By what others may: as the owner, or because everyone may write to it. Windows has neither. */
export function foreignBy({ uid, mode }: Stats): 'owner' | 'mode' | undefined {
  if (process.platform === 'win32') return undefined;
  const me = process.getuid?.() ?? 0;
  // Root works in folders of other users, as in a container.
  if (me !== 0 && uid !== me && uid !== 0) return 'owner';
  return (mode & 0o002) === 0 ? undefined : 'mode';
}
