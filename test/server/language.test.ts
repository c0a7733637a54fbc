/** Sidecar and command line in German, out of dist/ as they ship. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ConfigureMethod, ErrorCodes } from '../../server/protocol.js';
import { CommandLines } from './command-lines.js';
import { SidecarProcess, tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-language-'));
after(() => rmSync(folder, { recursive: true }));
const nowhere = path.join(folder, 'no-model');

interface Failure {
  code: number;
  message: string;
  data: { code: string; remedy?: string };
}
const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => assert.fail('an error was expected'),
    (error) => error,
  );

const EMPTY = {
  en: 'question: found only white space, expected a question.',
  de: 'question: nur Leerraum gefunden, erwartet: eine Frage.',
};

for (const [locale, spoken] of [
  ['de', 'de'],
  ['de-AT', 'de'],
  ['en', 'en'],
  ['tlh', 'en'],
  [undefined, 'en'],
] as const) {
  test(`the sidecar and its worker speak ${spoken} for the locale ${locale}`, async () => {
    const sidecar = await SidecarProcess.start({ locale, modelPath: nowhere });
    try {
      // The main thread.
      const blank = await failureOf(sidecar.ask({ question: ' ' }));
      assert.equal(blank.message, EMPTY[spoken]);
      assert.equal(blank.code, ErrorCodes.BadRequest);
      // The worker thread.
      const missing = await failureOf(sidecar.ask({}));
      const words = {
        en: `The model folder ${nowhere} does not exist or is not a folder.`,
        de: `Der Modellordner ${nowhere} ist nicht vorhanden oder kein Ordner.`,
      };
      assert.equal(missing.message, words[spoken]);
      assert.equal(missing.code, ErrorCodes.ModelInvalid);
      assert.equal(missing.data.code, 'ModelInvalid');
      assert.match(String(missing.data.remedy), spoken === 'de' ? /^Geben Sie einen Ordner an/ : /^Name a folder/);
    } finally {
      await sidecar.kill();
    }
  });
}

test('the sidecar changes its language with its settings', async () => {
  const sidecar = await SidecarProcess.start({ locale: 'de' });
  try {
    const said = async () => (await failureOf(sidecar.ask({ question: ' ' }))).message;
    assert.equal(await said(), EMPTY.de);
    await sidecar.connection.sendRequest(ConfigureMethod, { modelPath: tinyModel, threads: 1, locale: 'en' });
    assert.equal(await said(), EMPTY.en);
    await sidecar.connection.sendRequest(ConfigureMethod, { modelPath: tinyModel, threads: 1, locale: 'de' });
    assert.equal(await said(), EMPTY.de);
  } finally {
    await sidecar.kill();
  }
});

const { LC_ALL: _all, LC_MESSAGES: _messages, LANG: _lang, ...others } = process.env;

function cli(locale: NodeJS.ProcessEnv, ...args: string[]) {
  const env = { ...others, NO_COLOR: '1', ...locale };
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.resolve('dist/cli.js'), ...args], {
    encoding: 'utf8',
    env,
    input: '',
  });
  return { code: status, out: stdout, err: stderr };
}

test('the command line speaks the language of the terminal', () => {
  for (const locale of [{ LANG: 'de_DE.UTF-8' }, { LC_ALL: 'de_AT.UTF-8', LANG: 'en_US' }, { LC_MESSAGES: 'de' }]) {
    const { code, err } = cli(locale, 'ask', 'there-is-none.txt', '-q', 'who');
    assert.equal(err, 'ask-bert: there-is-none.txt: Diese Datei ist nicht vorhanden.\n');
    assert.equal(code, 1);
  }
  for (const locale of [{}, { LANG: 'C.UTF-8' }, { LANG: 'de_DE', LC_ALL: 'C' }, { LANG: 'tlh_KX' }]) {
    const { code, err } = cli(locale, 'ask', 'there-is-none.txt', '-q', 'who');
    assert.equal(err, 'ask-bert: there-is-none.txt: there is no such file.\n');
    assert.equal(code, 1);
  }
});

const GERMAN = { LANG: 'de_DE.UTF-8' };

test('help and the errors of yargs are German as well', async (t) => {
  const lines = new CommandLines({ ...others, NO_COLOR: '1', ...GERMAN });
  t.after(() => lines.close());
  const help = cli(GERMAN, '--help');
  assert.equal(help.code, 0);
  assert.match(help.out, /^ask-bert <Befehl>\n\nBeantwortet Fragen aus einem Text/);
  assert.match(help.out, /\nBefehle:\n/);
  assert.match(help.out, /\nOptionen:\n/);
  assert.match(help.out, /--help\s+Hilfe anzeigen\s+\[boolesch\]/);
  const commands = [...help.out.matchAll(/^ {2}ask-bert (\w+)/gm)].map(([, name]) => name);
  assert.ok(commands.length >= 9);
  const english = / (the|of|with|or|default:)[ ,.)]/i;
  const actions = ['list', 'download', 'import', 'remove', 'use'].map((action) => `model ${action}`);
  for (const name of [...commands, ...actions]) {
    const { out } = await lines.run([...name.split(' '), '--help']);
    assert.match(out, /Optionen:/, name);
    assert.doesNotMatch(out, english, name);
  }
  for (const [args, told] of [
    [['nonsense'], 'Unbekanntes Argument: nonsense.'],
    [['squad'], 'Nicht genügend Argumente ohne Option: 0 vorhanden, mindestens 1 benötigt.'],
    [['extract'], 'Erforderliche Argumente fehlen: questions, out, dir.'],
    [['ask', '--dir'], 'Nicht genügend Argumente nach: dir.'],
    [['serve', '--stdio', '--keep'], 'Die Argumente stdio und keep schließen sich gegenseitig aus.'],
  ] as const) {
    const { code, err } = await lines.run(args);
    assert.equal(err, `ask-bert: ${told} Siehe "ask-bert --help".\n`);
    assert.equal(code, 2);
  }
});

test('an answer is reported in German', () => {
  const file = path.join(folder, 'a.txt');
  writeFileSync(file, 'the king built a city');
  const { code, out } = cli(GERMAN, 'ask', file, '-q', 'who built a city', '--model', tinyModel, '--threads', '1');
  assert.equal(code, 0);
  assert.match(out, /Keine Antwort in diesem Text|Weitere Kandidaten:/);
  assert.match(out, /\n1 Textfenster, \d+ ms · /);
  const info = cli(GERMAN, 'info', '--model', tinyModel, '--threads', '1').out;
  assert.match(info, /^Modell {2}tiny-f32 /m);
  assert.match(info, /1 Thread auf /);
});

test('--json is the same in every language', () => {
  const file = path.join(folder, 'b.txt');
  writeFileSync(file, 'the king built a city');
  const args = ['ask', file, '-q', 'who built a city', '--model', tinyModel, '--threads', '1', '--json'];
  const neutral = ({ out }: { out: string }) => ({ ...JSON.parse(out), timing: undefined });
  assert.deepEqual(neutral(cli(GERMAN, ...args)), neutral(cli({}, ...args)));
  // With a reason and with a fault.
  const wish = ['info', '--model', tinyModel, '--threads', '1', '--engine', 'tensorrt', '--tensorrt', folder, '--json'];
  const { choice, libraries } = JSON.parse(cli(GERMAN, ...wish).out);
  const plain = JSON.parse(cli({}, ...wish).out);
  assert.deepEqual({ choice, libraries }, { choice: plain.choice, libraries: plain.libraries });
  assert.match(choice[0], /^cpu: no usable TensorRT was found$/);
  const failed = cli(GERMAN, 'ask', 'there-is-none.txt', '-q', 'who', '--json');
  assert.equal(failed.err, 'ask-bert: there-is-none.txt: there is no such file.\n');
});
