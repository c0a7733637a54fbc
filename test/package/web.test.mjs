// The bundle of the package for browsers, in a bare JavaScript context with a VS Code of our own: what a web worker gives it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { root } from '../../scripts/ensure.mjs';
import { vsixName } from '../../scripts/package.mjs';
import { openVsix } from './vsix.mjs';

const vsix = await openVsix(path.join(root, vsixName('web')));
const code = await vsix.text('extension/dist/web.js');
const manifest = JSON.parse(await vsix.text('extension/package.json'));
vsix.close();

/** Loads the bundle as VS Code's worker does: module, exports and a require that knows `vscode` alone. */
function load() {
  const commands = new Map();
  const messages = [];
  const vscode = {
    commands: { registerCommand: (name, run) => commands.set(name, run) && { dispose: () => commands.delete(name) } },
    l10n: { t: (text) => text },
    window: {
      showInformationMessage: (text) => new Promise((close) => messages.push({ text, close })),
    },
  };
  const required = [];
  const require = (name) => {
    required.push(name);
    if (name !== 'vscode') throw new Error(`Cannot find module ${name}`);
    return vscode;
  };
  const module = { exports: {} };
  const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(`(function (module, exports, require) {${code}\n})`, context)(module, module.exports, require);
  const subscriptions = [];
  const activate = () => module.exports.activate({ subscriptions, extension: { packageJSON: manifest } });
  return { commands, messages, required, subscriptions, activate };
}

describe('extension in a browser', () => {
  it('imports nothing but VS Code, and is tiny', () => {
    const { required, activate } = load();
    activate();
    assert.deepEqual([...new Set(required)], ['vscode']);
    assert.doesNotMatch(code, /require\("(?!vscode")|\bprocess\.|__dirname|node:/);
    assert.ok(code.length < 2500, `${code.length} characters`);
  });

  it('every command of the manifest explains, once while the message stands', async () => {
    const { commands, messages, subscriptions, activate } = load();
    activate();
    const names = manifest.contributes.commands.map(({ command }) => command);
    assert.ok(names.length > 10);
    assert.deepEqual([...commands.keys()].sort(), names.sort());
    assert.equal(subscriptions.length, names.length);
    for (const [index, name] of names.entries()) {
      const first = commands.get(name)({ any: 'argument' });
      await commands.get(name)();
      assert.equal(messages.length, index + 1, 'a second one beside it');
      assert.match(messages[index].text, /cannot answer in this window.*browser.*desktop VS Code.*remote machine/);
      messages[index].close(undefined);
      await first;
    }
  });

  it('the message is among the strings for translators', () => {
    const strings = JSON.parse(readFileSync(path.join(root, 'l10n', 'bundle.l10n.json'), 'utf8'));
    const { commands, messages, activate } = load();
    activate();
    commands.get('askBert.ask')();
    assert.ok(Object.hasOwn(strings, messages[0].text));
  });
});
