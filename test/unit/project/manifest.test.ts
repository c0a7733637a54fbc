/** package.json, its texts and the strings of the code belong together. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { SaxesParser } from 'saxes';
import { SAMPLE_FILE, STEP_OF } from '../../../src/first-steps/table.js';
import { settingRules } from '../../../src/settings/settings-table.js';

const root = path.resolve();
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json'));
const { contributes } = manifest;
interface Property {
  default: unknown;
  order: number;
  type: string | string[];
  minimum?: number;
  maximum?: number;
  enum?: string[];
  errorMessage?: string;
  pattern?: string;
  patternErrorMessage?: string;
  scope?: string;
}
type Group = { id: string; title: string; properties: Record<string, Property> };
const groups = contributes.configuration as Group[];
const properties: Record<string, Property> = Object.assign({}, ...groups.map((group) => group.properties));

const COMMAND_LINK = /\]\(command:(?:toSide:)?([\w.]+)/g;

/**
 * VS Code puts the file into a page without scripts, styles and pictures of its own, with the colours of the theme as
 * variables: a colour that is none of them would be wrong in some theme.
 */
function checkPicture(name: string): void {
  const svg = read(name);
  assert.ok(svg.length < 20_000, `${name}: ${svg.length} characters`);
  const parser = new SaxesParser();
  const elements = new Set<string>();
  parser.on('error', (error) => assert.fail(`${name}: ${error.message}`));
  parser.on('opentag', ({ name: element, attributes }) => {
    elements.add(element);
    for (const [key, value] of Object.entries(attributes)) {
      assert.doesNotMatch(key, /^(style|class|on.*|(xlink:)?href)$/, `${name}: ${key}`);
      if (key !== 'fill' && key !== 'stroke') continue;
      assert.match(String(value), /^(none|var\(--vscode-[\w-]+, (#[\da-f]{6,8}|transparent)\))$/, `${name}: ${value}`);
    }
  });
  parser.write(svg).close();
  assert.deepEqual(
    [...elements].filter((each) => !['svg', 'rect', 'text', 'path'].includes(each)),
    [],
    name,
  );
  assert.ok(elements.has('text'));
}

describe('manifest', () => {
  it('package.nls.json has every %text%, and nothing else', () => {
    const used = new Set([...read('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
    assert.deepEqual([...used].sort(), Object.keys(JSON.parse(read('package.nls.json'))).sort());
  });

  it('settings are those of the code, with the same defaults, in order', () => {
    const keys = Object.keys(properties);
    assert.deepEqual(keys.map((key) => key.replace('askBert.', '')).sort(), Object.keys(settingRules).sort());
    for (const [key, rule] of Object.entries(settingRules)) {
      const property = properties[`askBert.${key}`];
      assert.deepEqual(property.default, rule.default, key);
      assert.notEqual(rule.accept(property.default), undefined, key);
    }
    assert.deepEqual(
      keys.map((key) => properties[key].order),
      keys.map((_, index) => index + 1),
    );
    assert.ok(keys.length <= 18);
  });

  it('settings are in groups with a title, each once', () => {
    assert.ok(groups.length >= 3);
    assert.equal(new Set(groups.map(({ title }) => title)).size, groups.length);
    const count = groups.reduce((sum, group) => sum + Object.keys(group.properties).length, 0);
    assert.equal(count, Object.keys(properties).length);
  });

  it('links between settings lead to settings that exist', () => {
    const texts = Object.entries(JSON.parse(read('package.nls.json')) as Record<string, string>);
    const links = texts.flatMap(([key, text]) => [...text.matchAll(/`#([^`]+)#`/g)].map(([, to]) => [key, to]));
    assert.ok(links.length > 0);
    for (const [key, to] of links) assert.ok(to in properties, `${key}: ${to}`);
  });

  it('a wrong value gives a specific message at the setting', () => {
    for (const [key, { type, enum: values, ...rule }] of Object.entries(properties)) {
      if (values || type === 'boolean') continue;
      if (type === 'string') {
        if (!/Path$/.test(key)) continue;
        assert.ok(rule.patternErrorMessage, key);
        const pattern = new RegExp(rule.pattern ?? assert.fail(key));
        for (const good of ['', ' ', '/opt/model', 'C:\\models', 'd:/models', '\\\\server\\share'])
          assert.match(good, pattern);
        for (const bad of ['models', './models', '~/models', 'C:models']) assert.doesNotMatch(bad, pattern);
      } else assert.ok(rule.errorMessage, key);
    }
  });

  it('limits in the settings editor are those of the code', () => {
    for (const [key, rule] of Object.entries(settingRules)) {
      const { minimum, maximum, enum: values } = properties[`askBert.${key}`];
      for (const value of [minimum, maximum, ...(values ?? [])]) {
        if (value !== undefined) assert.equal(rule.accept(value), value, key);
      }
      if (minimum !== undefined) assert.equal(rule.accept(minimum - 1), undefined, key);
      if (maximum !== undefined) assert.equal(rule.accept(maximum + 1), undefined, key);
    }
  });

  it('menus and keys name commands that exist; keys are bound to the editor', () => {
    const commands = (contributes.commands as { command: string }[]).map(({ command }) => command);
    const menus = Object.values(contributes.menus).flat() as { command: string; when: string }[];
    for (const { command, when } of [...menus, ...contributes.keybindings]) {
      assert.ok(commands.includes(command), command);
      assert.ok(when, command);
    }
    const ofPages = contributes.keybindings.filter(({ command }: { command: string }) => /[pP]age/.test(command));
    for (const { command, when } of ofPages) assert.equal(when, "activeCustomEditorId == 'askBert.pdf'", command);
    const [ask, ...others] = contributes.keybindings.filter((each: object) => !ofPages.includes(each));
    assert.equal(ask.when, "editorTextFocus || activeCustomEditorId == 'askBert.pdf'");
    assert.equal(others.length, 5);
    for (const { key, when } of others) {
      const place = /^(?:editorTextFocus|\(editorTextFocus \|\| activeCustomEditorId == 'askBert\.pdf'\)) && /;
      assert.match(when, place, key);
      assert.match(when, /askBert\.has(?:Answers|NoAnswer)/, key);
      assert.ok(key === 'escape' || /^ctrl\+k [\w.,]$/.test(key), key);
    }
    // Escape first belongs to whatever else it closes.
    const onEscape = others.find(({ key }: { key: string }) => key === 'escape');
    for (const context of [
      'suggestWidgetVisible',
      'findWidgetVisible',
      'editorHasSelection',
      'inSnippetMode',
      'vim.active',
    ]) {
      assert.ok(onEscape.when.includes(`!${context}`), context);
    }
  });

  it('views are in the container, and say what they will show', () => {
    const views = (contributes.views.askBert as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(views, ['askBert.results', 'askBert.history']);
    for (const view of views) {
      assert.ok(
        contributes.viewsWelcome.some((welcome: { view: string }) => welcome.view === view),
        view,
      );
    }
  });

  it('the walkthrough: pictures in the colours of the theme, with a text; links name commands; events are those of success', () => {
    const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
    const textOf = (key: string) => texts[key.replaceAll('%', '')];
    // Models are managed by a part of their own.
    const commands = contributes.commands.map((each: { command: string }) => each.command);
    const [{ steps }] = contributes.walkthroughs;
    assert.equal(steps.length, 5);
    const isCommand = (id: string) => commands.includes(id);
    for (const { id, description, media, completionEvents } of steps) {
      checkPicture(media.svg);
      assert.ok(textOf(media.altText).length > 20, id);
      const links = [...textOf(description).matchAll(COMMAND_LINK)].map(([, command]) => command);
      assert.ok(links.length > 0, id);
      for (const command of links) assert.ok(isCommand(command), `${id}: ${command}`);
      assert.ok(completionEvents.length > 0, id);
      for (const event of completionEvents as string[]) {
        // A command that was run may have been cancelled, or have found nothing.
        const [kind, name] = event.split(':');
        if (kind === 'onSettingChanged') assert.ok(name in properties, event);
        else assert.match(event, /^onContext:askBert\.(hasAnswers|hasNoAnswer|done\.(answers|many|gpu))$/);
      }
    }
    const ticked = steps.flatMap((step: { completionEvents: string[] }) => step.completionEvents).join(' ');
    for (const [name, step] of Object.entries(STEP_OF)) {
      assert.ok(isCommand(`askBert.${name}`), name);
      assert.ok(ticked.includes(`askBert.done.${step}`), step);
    }
  });

  it('the first button of the walkthrough opens the sample and asks', () => {
    const [{ steps }] = contributes.walkthroughs;
    for (const file of ['package.nls.json', 'package.nls.de.json']) {
      const texts = JSON.parse(read(file)) as Record<string, string>;
      const [[, first]] = texts[steps[0].description.replaceAll('%', '')].matchAll(COMMAND_LINK);
      assert.equal(first, 'askBert.trySample', file);
    }
    assert.ok(statSync(path.join(root, SAMPLE_FILE)).size < 5000);
  });

  it('a view that is empty has one button; other links are words in a sentence', () => {
    const { commands, viewsWelcome } = contributes;
    const ids = commands.map((each: { command: string }) => each.command);
    for (const file of ['package.nls.json', 'package.nls.de.json']) {
      const texts = JSON.parse(read(file)) as Record<string, string>;
      for (const { contents } of viewsWelcome) {
        const text = texts[contents.replaceAll('%', '')];
        const buttons = text.split('\n').filter((line) => /^\[[^\]]*\]\([^)]*\)$/.test(line));
        assert.equal(buttons.length, 1, `${file}: ${contents}`);
        for (const [, command] of text.matchAll(COMMAND_LINK)) assert.ok(ids.includes(command), command);
      }
    }
  });

  it('every colour has a default for each kind of theme', () => {
    for (const { id, defaults } of contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ['dark', 'highContrast', 'highContrastLight', 'light'], id);
    }
  });

  it('settings of the machine, and only these, are not taken from an untrusted folder', () => {
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, 'limited');
    const ofMachine = Object.keys(properties).filter((key) => /^machine/.test(properties[key].scope ?? ''));
    assert.deepEqual([...restrictedConfigurations].sort(), ofMachine.sort());
    // What names a file or a folder is of the machine.
    for (const key of Object.keys(properties).filter((each) => /path|folder|file|url|mirror/i.test(each))) {
      assert.ok(ofMachine.includes(key), key);
    }
  });

  it('has what a marketplace shows: icon, banner, categories, keywords, questions, price', () => {
    const icon = readFileSync(path.join(root, manifest.icon));
    assert.equal(icon.toString('latin1', 1, 4), 'PNG');
    assert.ok(
      icon.readUInt32BE(16) >= 128 && icon.readUInt32BE(16) === icon.readUInt32BE(20),
      'square, 128 pixels or more',
    );
    assert.match(manifest.galleryBanner.color, /^#[\da-f]{6}$/);
    assert.match(manifest.galleryBanner.theme, /^(dark|light)$/);
    assert.ok(manifest.categories.includes('AI'));
    assert.ok(manifest.keywords.length >= 5 && manifest.keywords.length <= 30);
    assert.equal(new Set(manifest.keywords).size, manifest.keywords.length);
    assert.equal(manifest.qna, 'marketplace');
    assert.equal(manifest.pricing, 'Free');
    assert.equal(manifest.preview, Number(manifest.version.split('.')[0]) === 0, 'a preview until 1.0');
    assert.deepEqual(manifest.extensionKind, ['workspace']);
    assert.match(read('CHANGELOG.md'), new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}$`, 'm'));
  });

  it('the bundle for translators has every string of the code, and nothing else', () => {
    execFileSync(process.execPath, [path.join(root, 'scripts', 'l10n.mjs'), '--check'], { stdio: 'pipe' });
  });
});
