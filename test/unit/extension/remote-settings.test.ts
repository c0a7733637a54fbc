/** Settings of the remote engine: only the user's own count, and no message shows a password. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  OF_THE_USER,
  type SettingKey,
  sanitise,
  settingRules,
  settingValue,
} from '../../../src/settings/settings-table.js';
import { redacted } from '../../../src/sidecar/trace.js';

const { contributes } = JSON.parse(readFileSync('package.json', 'utf8'));
const properties = Object.assign(
  {},
  ...contributes.configuration.map(({ properties }: { properties: object }) => properties),
);

describe('settings of the remote engine', () => {
  it('of a workspace are not used, and that is noticed', () => {
    assert.deepEqual(OF_THE_USER, ['remote.url', 'remote.model', 'remote.fallback']);
    const mine = 'https://mine.example';
    const theirs = 'https://theirs.example';
    for (const key of OF_THE_USER) {
      assert.deepEqual(settingValue(key, theirs, { default: '', user: mine, workspace: theirs }), {
        value: mine,
        ignored: true,
      });
      assert.deepEqual(settingValue(key, theirs, { default: '', folder: theirs }), { value: '', ignored: true });
      // Also in a workspace that is not trusted, where VS Code itself takes the user's.
      assert.deepEqual(settingValue(key, mine, { default: '', user: mine, workspace: theirs }), {
        value: mine,
        ignored: true,
      });
      assert.deepEqual(settingValue(key, mine, { default: '', user: mine }), { value: mine, ignored: false });
    }
  });

  it('a workspace cannot choose the engine, but any other', () => {
    const of = (effective: unknown, layers: object) =>
      settingValue('engine', effective, { default: 'auto', ...layers });
    assert.deepEqual(of('remote', { workspace: 'remote' }), { value: 'auto', ignored: true });
    assert.deepEqual(of('remote', { user: 'cpu', folder: 'remote' }), { value: 'cpu', ignored: true });
    assert.deepEqual(of('remote', { user: 'remote', workspace: 'remote' }), { value: 'remote', ignored: false });
    assert.deepEqual(of('remote', { user: 'remote' }), { value: 'remote', ignored: false });
    assert.deepEqual(of('cpu', { user: 'remote', workspace: 'cpu' }), { value: 'cpu', ignored: false });
    assert.deepEqual(of('tensorrt', { workspace: 'tensorrt' }), { value: 'tensorrt', ignored: false });
  });

  it('other settings of a workspace are used', () => {
    for (const key of Object.keys(settingRules) as SettingKey[]) {
      if (OF_THE_USER.includes(key) || key === 'engine') continue;
      assert.deepEqual(settingValue(key, 'x', { user: 'y', workspace: 'x' }), { value: 'x', ignored: false }, key);
    }
  });

  it('addresses: the pattern of the settings editor and the code accept the same', () => {
    const pattern = new RegExp(properties['askBert.remote.url'].pattern);
    const good = [
      '',
      ' ',
      'https://gpu.example',
      'https://a.example:8443/v/ , http://localhost:8000',
      'http://[::1]:1,http://127.0.0.1',
    ];
    const bad = [
      'gpu',
      'http://gpu.example',
      'https://u:p@gpu.example',
      'https://a.example?q',
      'https://a.example#f',
      'http://localhost.evil.example',
      'https://',
    ];
    for (const url of good) {
      assert.notEqual(settingRules['remote.url'].accept(url), undefined, url);
      assert.match(url, pattern);
    }
    for (const url of bad) {
      assert.equal(settingRules['remote.url'].accept(url), undefined, url);
      assert.doesNotMatch(url, pattern);
    }
  });

  it('a wrong address is reported without its contents', () => {
    const { settings, problems } = sanitise((key) =>
      key === 'remote.url' ? 'https://anna:geheim@gpu.example' : undefined,
    );
    assert.equal(settings['remote.url'], '');
    assert.equal(problems.length, 1);
    assert.doesNotMatch(JSON.stringify(problems), /geheim|anna/);
  });

  it('the token is not a setting', () => {
    for (const key of Object.keys(properties)) assert.doesNotMatch(key, /token|secret|password/i);
  });
});

describe('traces of messages', () => {
  it('have no token, however it is written, and are otherwise as they were', () => {
    const token = 'to"ken\\1';
    for (const space of [0, 4]) {
      const message = JSON.stringify({ settings: { remoteToken: token, remoteUrl: 'https://a' }, n: 1 }, null, space);
      const shown = redacted(message);
      assert.deepEqual(JSON.parse(shown), { settings: { remoteToken: '…', remoteUrl: 'https://a' }, n: 1 });
    }
    const elsewhere = redacted(`it was ${token}, ${JSON.stringify({ said: token })}`, token);
    assert.equal(elsewhere, 'it was …, {"said":"…"}');
    // One letter is everywhere in a text.
    assert.equal(redacted('a trace', 'a'), 'a trace');
  });
});
