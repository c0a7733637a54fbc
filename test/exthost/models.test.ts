import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { entryOf } from '../../server/model/store/catalogue.js';
import { cutAt, ModelServer, tinyFiles } from '../unit/model/model-server.js';
import { ask, closeAll, Messages, settled, show, until, useFake, useReal } from './helpers.js';

const ID = 'minilm-squad2';
const TITLE = /MiniLM/;
const WEIGHTS = 'model.safetensors';
const checkpoints = path.join(__dirname, '..', '..', 'test', 'fixtures', 'checkpoints');

type Row = vscode.QuickPickItem;

/** In the place of quick picks, dialogs and progress: what a user would choose, and what would be seen. */
class User {
  /** Lists that were shown. */
  readonly lists: Row[][] = [];
  readonly reports: { message?: string; increment?: number }[] = [];
  /** Labels to choose, one after the other; none left: the list is left by Escape. */
  choices: RegExp[] = [];
  files: vscode.Uri[] | undefined;
  name: string | undefined;
  proposed: string | undefined;
  invalid: string | undefined;
  cancel: () => void = () => {};
  private readonly originals = { ...vscode.window };

  constructor() {
    Object.assign(vscode.window, {
      showQuickPick: async (rows: Row[] | Promise<Row[]>) => {
        const list = await rows;
        this.lists.push(list);
        const wanted = this.choices.shift();
        return wanted && (list.find(({ label }) => wanted.test(label)) ?? assert.fail(`${wanted} is not offered`));
      },
      showOpenDialog: async () => this.files,
      showInputBox: async (options: vscode.InputBoxOptions) => {
        this.proposed = options.value;
        const name = this.name ?? options.value ?? '';
        this.invalid = (await options.validateInput?.(name)) as string | undefined;
        return this.invalid ? undefined : name;
      },
      withProgress: (_: unknown, task: (progress: unknown, token: vscode.CancellationToken) => Promise<unknown>) => {
        const source = new vscode.CancellationTokenSource();
        this.cancel = () => source.cancel();
        return task({ report: (each: { message?: string }) => this.reports.push(each) }, source.token);
      },
    });
  }

  /** Runs the command with these choices. */
  async manage(...choices: RegExp[]): Promise<void> {
    this.choices = choices;
    await vscode.commands.executeCommand('askBert.manageModels');
    assert.deepEqual(this.choices, [], 'everything was chosen');
  }

  /** The row of the last list whose label fits. */
  row(label: RegExp): Row {
    return this.lists.at(-1)!.find((row) => label.test(row.label)) ?? assert.fail(`${label} is not there`);
  }

  restore(): void {
    const { showQuickPick, showOpenDialog, showInputBox, withProgress } = this.originals;
    Object.assign(vscode.window, { showQuickPick, showOpenDialog, showInputBox, withProgress });
  }
}

const settings = () => vscode.workspace.getConfiguration('askBert');
const set = async (key: string, value: unknown, target = vscode.ConfigurationTarget.Global) => {
  await settings().update(key, value, target);
  await settled();
};

describe('Manage Models', () => {
  let server: ModelServer;
  let messages: Messages;
  let user: User;
  let store: string;

  before(async () => {
    await useFake();
    await show('a fox');
    const { cacheFolder } = JSON.parse((await ask('settings fox')).question).settings;
    store = path.join(path.dirname(cacheFolder), 'models');
  });
  beforeEach(async () => {
    server = await new ModelServer(tinyFiles(entryOf(ID)!)).start();
    messages = new Messages();
    user = new User();
    await set('modelMirror', server.base);
  });
  afterEach(async () => {
    user.restore();
    server.close();
    for (const key of ['modelPath', 'modelMirror']) await set(key, undefined);
    messages.restore();
    rmSync(store, { recursive: true, force: true });
    await closeAll();
  });

  it('lists installed and available models, with size, licence, quality and verification', async () => {
    await user.manage();
    const { label, description, detail } = user.row(/Embedded model/);
    assert.match(label, /\$\(check\)/);
    assert.match(`${description} ${detail}`, /in use.*Comes with Ask BERT/);
    const offered = user.row(TITLE);
    assert.match(offered.description!, /^about 133 MB, CC-BY-4\.0, F1 79\.5 \(SQuAD 2\.0, model card\)$/);
    assert.match(offered.detail!, /hash is recorded/);
    assert.match(user.row(/BERT-Base uncased for SQuAD 2\.0/).detail!, /published SHA-256/);
    assert.ok(user.row(/Import a Folder/) && user.row(/Import a File/));
    assert.equal(server.asked.length, 0);
    assert.deepEqual(messages.seen, []);
  });

  it('nothing is downloaded before the user has seen the size and agreed', async () => {
    await user.manage(TITLE, /Back/);
    const confirm = user.lists[1].find(({ label }) => /Download/.test(label))!;
    assert.match(confirm.label, /Download about 133 MB/);
    assert.match(confirm.description!, /from 127\.0\.0\.1:\d+, licence CC-BY-4\.0/);
    assert.equal(server.asked.length, 0);
    assert.ok(!existsSync(store));
  });

  it('downloads a model, uses it for the next question without a restart, switches back and removes it', async () => {
    await useReal();
    try {
      const { document } = await show('one line\nthe king built a city in the year 3\n');
      assert.equal((await ask('who built a city')).result?.engine.model, 'askbert-e5-small-l12');
      messages.choose = 'Use It';
      await user.manage(TITLE, /Download/);
      assert.match(messages.only().text, /MiniLM.*is installed/);
      assert.match(user.reports.at(-1)!.message!, /^100 %, 96 kB of 96 kB/);
      await until('the setting', () => settings().get('modelPath') === path.join(store, ID));
      await settled();
      await vscode.window.showTextDocument(document);
      assert.equal((await ask('who built a city')).result?.engine.model, ID);

      await user.manage();
      const installed = user.row(TITLE);
      assert.match(installed.label, /\$\(check\)/);
      assert.match(installed.description!, /^in use, minilm-squad2, 9\d kB, CC-BY-4\.0, F1 79\.5/);
      assert.match(installed.detail!, /deepset\/minilm-uncased-squad2@934656c.*SHA-256 [0-9a-f]{16}… \(recorded/);

      await user.manage(TITLE, /Remove\.\.\./, /Keep It/);
      const [, actions, confirmation] = user.lists.slice(-3);
      assert.doesNotMatch(actions[0].label, /Remove/, 'Enter does not remove it');
      assert.match(confirmation[0].label, /Keep It/);
      assert.deepEqual(readdirSync(store), [ID]);
      assert.equal(settings().get('modelPath'), path.join(store, ID));
      await user.manage(TITLE, /Remove\.\.\./, /Remove, and Use the Embedded Model Again/);
      assert.equal(settings().get('modelPath'), '');
      assert.deepEqual(readdirSync(store), []);
      await settled();
      await vscode.window.showTextDocument(document);
      assert.equal((await ask('who built a city')).result?.engine.model, 'askbert-e5-small-l12');
      assert.equal(messages.seen.length, 1);
    } finally {
      await useFake();
    }
  });

  it('cancelled: no message, and the download is resumed the next time', async () => {
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS || asked.request.headers.range) return undefined;
      asked.response.writeHead(200, { etag: server.etag, 'content-length': asked.content.length });
      asked.response.write(asked.content.subarray(0, 50_000));
      return true;
    };
    const part = path.join(store, `.${ID}.download`, `${WEIGHTS}.part`);
    const work = user.manage(TITLE, /Download/);
    await until('half of it', () => existsSync(part) && statSync(part).size === 50_000);
    // Meanwhile it is not offered again.
    const second = new User();
    await second.manage(TITLE);
    assert.match(second.lists[0].find(({ label }) => TITLE.test(label))!.description!, /being downloaded/);
    assert.ok(!second.lists[1].some(({ label }) => /Download/.test(label)));
    second.restore();
    user.cancel();
    await work;
    assert.deepEqual(messages.seen, []);
    await user.manage();
    assert.match(user.row(TITLE).description!, /5\d kB already downloaded/);
    await user.manage(TITLE, /Download the Rest/);
    assert.equal(server.asked.at(-1)!.range, 'bytes=50000-');
    assert.deepEqual(readdirSync(store), [ID]);
  });

  it('a broken connection is shown and restored', async () => {
    server.behaviour = (asked) =>
      asked.file === WEIGHTS && asked.time === 1
        ? cutAt(server, asked, 30_000, path.join(store, `.${ID}.download`, `${WEIGHTS}.part`))
        : undefined;
    await user.manage(TITLE, /Download/);
    assert.ok(user.reports.some(({ message }) => /trying again/.test(message ?? '')));
    assert.match(messages.only().text, /is installed/);
  });

  it('a failure is one message with a remedy', async () => {
    server.files.delete(WEIGHTS);
    await user.manage(TITLE, /Download/);
    const { kind, text, actions } = messages.only();
    assert.equal(kind, 'error');
    assert.match(text, /model\.safetensors answered 404\. The file was not found/);
    assert.deepEqual(actions, ['Retry', 'Manage Models', 'Show Log']);
    await user.manage(TITLE, /Remove the Partial Download/);
    assert.deepEqual(readdirSync(store), []);
  });

  it('"Retry" downloads again, where it stopped', async () => {
    messages.choose = 'Retry';
    server.behaviour = (asked) => {
      if (asked.file !== WEIGHTS || asked.time !== 1) return undefined;
      asked.response.writeHead(404).end();
      return true;
    };
    await user.manage(TITLE, /Download/);
    await until('it is installed', () => messages.seen.some(({ text }) => /is installed/.test(text)));
    assert.deepEqual(
      messages.seen.map(({ kind }) => kind),
      ['error', 'information'],
    );
    assert.deepEqual(readdirSync(store), [ID]);
  });

  it('an invalid mirror is a warning at the setting, and is not used', async () => {
    await set('modelMirror', 'http://models.example');
    const { kind, text } = messages.only();
    assert.equal(kind, 'warning');
    assert.match(text, /askBert\.modelMirror is "http:\/\/models\.example", expected "https:\/\/…"/);
    await user.manage(TITLE, /Back/);
    assert.match(user.lists[1][0].description!, /from huggingface\.co/);
  });

  it('imports a folder and a TensorFlow checkpoint, each under the chosen name', async () => {
    user.files = [vscode.Uri.file(path.join(checkpoints, 'torch-huggingface'))];
    await user.manage(/Import a Folder/);
    assert.equal(user.proposed, 'torch-huggingface');
    assert.match(messages.only().text, /torch-huggingface is installed/);
    assert.ok(user.reports.some(({ message }) => /^100 %, tensor 39 of 39/.test(message ?? '')));
    user.files = [vscode.Uri.file(path.join(checkpoints, 'tf-google', 'bert_model.ckpt.index'))];
    user.name = 'mine';
    await user.manage(/Import a File/);
    assert.deepEqual(readdirSync(store).sort(), ['mine', 'torch-huggingface']);
    await user.manage();
    assert.match(user.row(/mine/).detail!, /From .*bert_model\.ckpt\.index/);
    await user.manage(/mine/, /Use/);
    assert.equal(settings().get('modelPath'), path.join(store, 'mine'));
    // A name that is taken, and one that would lead elsewhere.
    for (const name of ['mine', '../mine']) {
      user.name = name;
      await user.manage(/Import a File/);
      assert.ok(user.invalid);
    }
    assert.equal(readdirSync(store).length, 2);
  });

  it('a checkpoint that cannot be imported is named', async () => {
    const file = path.join(os.tmpdir(), `ask-bert-${process.pid}.safetensors`);
    writeFileSync(file, 'no weights');
    try {
      user.files = [vscode.Uri.file(file)];
      await user.manage(/Import a File/);
      const { kind, text } = messages.only();
      assert.equal(kind, 'error');
      assert.ok(text.includes(file), text);
      assert.equal(user.proposed, undefined, 'no name is asked for');
      assert.ok(!existsSync(store) || readdirSync(store).length === 0);
      user.files = undefined;
      await user.manage(/Import a File/);
      assert.equal(messages.seen.length, 1);
    } finally {
      rmSync(file);
    }
  });

  it('a workspace that names another model is reported, and its model stays', async () => {
    await user.manage(TITLE, /Download/);
    messages.seen.length = 0;
    await set('modelPath', '/some/where', vscode.ConfigurationTarget.Workspace);
    try {
      await user.manage(TITLE, /Use$/);
      assert.match(messages.only().text, /settings of this workspace name another model: \/some\/where/);
      await user.manage();
      assert.match(user.row(/where/).detail!, /\/some\/where/);
    } finally {
      await set('modelPath', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('a model that only other windows use is not removed without asking either', async () => {
    await user.manage(TITLE, /Download/);
    await set('modelPath', path.join(store, ID));
    await set('modelPath', '/some/where', vscode.ConfigurationTarget.Workspace);
    try {
      await user.manage(TITLE, /Remove\.\.\./, /Keep It/);
      assert.deepEqual(readdirSync(store), [ID]);
      await user.manage(TITLE, /Remove\.\.\./, /Remove, and/);
      assert.deepEqual(readdirSync(store), []);
      assert.equal(settings().inspect('modelPath')?.globalValue, undefined);
      assert.equal(settings().get('modelPath'), '/some/where');
    } finally {
      await set('modelPath', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('a damaged model is marked in the list, and cannot be used', async () => {
    await user.manage(TITLE, /Download/);
    messages.seen.length = 0;
    writeFileSync(path.join(store, ID, WEIGHTS), 'damaged');
    await user.manage(TITLE, /Use$/);
    assert.match(user.lists.at(-2)!.find(({ label }) => TITLE.test(label))!.label, /\$\(warning\)/);
    assert.match(messages.only().text, /model\.safetensors has 7 bytes/);
    assert.equal(settings().get('modelPath'), '');
  });
});

describe('a workspace that is not trusted', () => {
  it('cannot name a model or a mirror', () => {
    const extension = vscode.extensions.getExtension('ask-bert.ask-bert') ?? assert.fail('no extension');
    const { capabilities, contributes } = extension.packageJSON;
    for (const key of ['askBert.modelPath', 'askBert.modelMirror']) {
      assert.ok(capabilities.untrustedWorkspaces.restrictedConfigurations.includes(key), key);
      const group = contributes.configuration.find(({ properties }: { properties: object }) => key in properties);
      assert.equal(group.properties[key].scope, 'machine-overridable');
    }
  });
});
