/** Which language the server speaks, and where it takes it from. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { probeInChild } from '../../../server/engine/tensorrt/child-process.js';
import type { Flavour } from '../../../server/engine/tensorrt/native.js';
import { BUNDLE_VARIABLE, bundleInUse, t, terminalLocale, useLanguage } from '../../../server/l10n.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-l10n-'));
const bundle = (name: string, ready: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify({ ready, 'answer {0} of {1}': `{1}/{0} ${ready}` }));
  return file;
};
const german = bundle('bundle.l10n.de.json', 'bereit');
const swiss = bundle('bundle.l10n.de-ch.json', 'parat');
const french = bundle('fr.json', 'prêt');
after(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  delete process.env[BUNDLE_VARIABLE];
  useLanguage('en', folder);
});

describe('useLanguage', () => {
  it('takes the bundle of the locale, otherwise that of its language', () => {
    assert.equal(useLanguage('de', folder), german);
    assert.equal(t('ready'), 'bereit');
    assert.equal(t('answer {0} of {1}', 1, 4), '4/1 bereit');
    assert.equal(useLanguage('de-AT', folder), german);
    assert.equal(useLanguage('DE-ch', folder), swiss);
    assert.equal(t('ready'), 'parat');
    assert.equal(bundleInUse(), swiss);
  });

  it('speaks English for everything else, whatever it spoke before', () => {
    for (const locale of ['en', 'en-GB', 'xx', '', 'C', 'POSIX', undefined, '../de', 'de/../de', 'x'.repeat(100)]) {
      useLanguage('de', folder);
      assert.equal(useLanguage(locale, folder), undefined, locale);
      assert.equal(t('ready'), 'ready', locale);
      assert.equal(bundleInUse(), undefined);
    }
  });

  it('a string missing from a bundle is English; a bundle that cannot be read is ignored', () => {
    useLanguage('de', folder);
    assert.equal(t('missing'), 'missing');
    writeFileSync(path.join(folder, 'bundle.l10n.xy.json'), '{');
    assert.equal(useLanguage('xy', folder), undefined);
    assert.equal(t('ready'), 'ready');
  });

  it('the bundle named by the environment wins, as a path or a URI', () => {
    for (const named of [french, pathToFileURL(french).href]) {
      process.env[BUNDLE_VARIABLE] = named;
      assert.equal(useLanguage('de', folder), french);
      assert.equal(t('ready'), 'prêt');
    }
    process.env[BUNDLE_VARIABLE] = 'http://localhost/fr.json';
    assert.equal(useLanguage('de', folder), german);
  });
});

describe('the child process of TensorRT', () => {
  it('speaks the language of the process that waits for it', async () => {
    useLanguage('de', path.resolve('l10n'));
    const order = {
      type: 'probe' as const,
      flavour: 'none' as Flavour,
      library: 'libnone.so',
      driver: 'libnone.so',
      builder: true,
    };
    await assert.rejects(probeInChild(order), { message: /^Das Add-On für none ist nicht Teil dieser Installation/ });
    useLanguage('en');
    await assert.rejects(probeInChild(order), { message: /^The add-on for none is not part of this installation/ });
  });
});

describe('terminalLocale', () => {
  it('follows POSIX: the first of LC_ALL, LC_MESSAGES and LANG that is not empty', () => {
    const cases: [environment: NodeJS.ProcessEnv, locale: string | undefined][] = [
      [{ LANG: 'de_DE.UTF-8' }, 'de-DE'],
      [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'de_AT' }, 'de-AT'],
      [{ LANG: 'de_DE.UTF-8', LC_MESSAGES: 'de_DE', LC_ALL: 'C' }, 'C'],
      [{ LC_ALL: '', LC_MESSAGES: '', LANG: 'de' }, 'de'],
      [{ LANG: 'de_DE@euro' }, 'de-DE'],
      [{ LANG: 'zh_Hant_TW.UTF-8' }, 'zh-Hant-TW'],
      [{ LANG: 'C.UTF-8' }, 'C'],
      [{}, undefined],
    ];
    for (const [environment, locale] of cases) assert.equal(terminalLocale(environment), locale);
  });
});
