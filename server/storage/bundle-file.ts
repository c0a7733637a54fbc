/** Folder of the other bundles: that of this one, or the `dist/` of a parent folder if this is a test bundle. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export function bundleFile(name: string): string {
  const beside = path.join(__dirname, name);
  const above = ['..', '../..', '../../..', '../../../..'].map((up) => path.join(__dirname, up, 'dist', name));
  return [beside, ...above].find((file) => existsSync(file)) ?? beside;
}
