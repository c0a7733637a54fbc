/** Files in a folder that are not documents but written by tools. If named explicitly, they are read. */

/** Versions and hashes of packages, written by package managers. */
const LOCK_FILES = [
  ...['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'deno.lock'],
  ...['Cargo.lock', 'poetry.lock', 'uv.lock', 'pdm.lock', 'pixi.lock', 'Pipfile.lock', 'conda-lock.yml'],
  ...['composer.lock', 'Gemfile.lock', 'go.sum', 'go.work.sum', 'flake.lock', 'mix.lock', 'rebar.lock'],
  ...['pubspec.lock', 'Podfile.lock', 'Cartfile.resolved', 'Package.resolved', 'packages.lock.json', 'paket.lock'],
  ...['gradle.lockfile', '.terraform.lock.hcl', 'Chart.lock', 'stack.yaml.lock', 'cabal.project.freeze', 'shard.lock'],
];
/** Pattern files for other tools. */
const IGNORE_FILES = [
  ...['.gitignore', '.gitattributes', '.gitkeep', '.hgignore', '.ignore', '.rgignore', '.dockerignore', '.npmignore'],
  ...['.eslintignore', '.prettierignore', '.stylelintignore', '.vscodeignore', '.helmignore', '.gcloudignore'],
];

const NAMES = new Set([...LOCK_FILES, ...IGNORE_FILES]);
/** States of our tables, shards and their states, and what exists while they are written. */
const STATE = String.raw`\.state\.jsonl(\.\d+)?`;
const SHARD = String.raw`\.shard-\d+-of-\d+\.jsonl`;
const OWN_FILES = new RegExp(
  String.raw`\.(csv|json|md)(${STATE}|${SHARD}(${STATE})?)$|\.ask-bert-(lock|part)(\.clear)?$`,
  'i',
);

/** @param name without its folder */
export const isNoDocument = (name: string): boolean => NAMES.has(name) || OWN_FILES.test(name);
