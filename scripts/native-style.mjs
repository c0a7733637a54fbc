// Whether native/src is formatted as native/.clang-format says; `--write` formats it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './ensure.mjs';

/** Platforms that the package has binaries for. */
const PLATFORMS = ['linux-x64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];

if (!PLATFORMS.includes(`${process.platform}-${process.arch}`)) {
  console.log('There is no clang-format for this platform: the style of native/src is not checked.');
} else {
  const folder = path.join(root, 'native', 'src');
  const files = readdirSync(folder).map((file) => path.join(folder, file));
  const how = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];
  const tool = path.join(root, 'node_modules', 'clang-format', 'index.js');
  process.exit(spawnSync(process.execPath, [tool, '--style=file', ...how, ...files], { stdio: 'inherit' }).status ?? 1);
}
