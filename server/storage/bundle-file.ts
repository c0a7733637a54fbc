/** Where the other bundles lie: beside this one, or in the `dist/` of a folder above when this one is a test's. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export function bundleFile(name: string): string {
  const beside = path.join(__dirname, name);
  const above = ['..', '../..', '../../..', '../../../..'].map((up) => path.join(__dirname, up, 'dist', name));
  return [beside, ...above].find((file) => existsSync(file)) ?? beside;
}
