/** Where the other bundles lie: beside this one, or in `dist/` when this one is a test's. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export function bundleFile(name: string): string {
  const files = [
    path.join(__dirname, name),
    path.join(__dirname, '..', name),
    path.join(__dirname, '../../dist', name),
  ];
  return files.find((file) => existsSync(file)) ?? files[0];
}
