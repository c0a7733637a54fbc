// The texts of the page as the extension makes them, in a language of the bundles.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from '../../scripts/ensure.mjs';

/** @param language `en`, or that of a bundle in l10n/ */
export async function stringsOf(name, language = 'en') {
  const bundle =
    language === 'en' ? {} : JSON.parse(readFileSync(path.join(root, 'l10n', `bundle.l10n.${language}.json`), 'utf8'));
  const { outputFiles } = await build({
    entryPoints: [path.join(root, 'src', 'page-view', 'strings.ts')],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    external: ['vscode'],
    write: false,
  });
  const t = (text, ...values) => (bundle[text] ?? text).replace(/\{(\d)\}/g, (_, index) => values[Number(index)]);
  const module = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, () => ({ l10n: { t } }));
  return module.exports.pageStrings(name);
}
