/** Whether a path is inside a folder. */
import path from 'node:path';

/**
 * Whether `file` is `folder` or inside it, by their names: both are absolute, and links are resolved before. Windows
 * ignores the case.
 */
export function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
