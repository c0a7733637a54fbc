/** Damaged files of models, engine caches, checkpoints and question sets: refused by name, or harmless. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { addonPath } from '../../server/engine/tensorrt/native.js';
import { rounds } from '../unit/helpers/long.js';
import { damaged, damagedHeader, damagedJson, damagedWithin } from './mutate.js';
import { Random } from './random.js';
import { type Fate, Victim } from './victim.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-damaged-'));
const victim = new Victim();
after(() => {
  victim.end();
  rmSync(root, { recursive: true, force: true });
});

/** What may be taken from one process at most; it serves many. */
const MAX_RESIDENT = 900e6;
/** What a file's damage may be called. Internal would be a defect of ours. */
const REFUSALS = ['ModelInvalid', 'BadRequest', 'InputUnreadable', 'EngineBuild', 'EngineRun', 'OutOfMemory'];

/** Mutations per part; together a thousand in `npm run test:fuzz`. */
const all = {
  header: 180,
  values: 150,
  config: 130,
  tokenizer: 50,
  vocabulary: 80,
  manifest: 100,
  plan: 50,
  memories: 80,
  sets: 100,
  checkpoints: 80,
};
const counts = Object.fromEntries(
  Object.entries(all).map(([part, count]) => [part, rounds(Math.ceil(count / 10), count)]),
) as typeof all;
const totals = { refused: 0, answered: 0 };

function judge(fate: Fate, what: string, names: RegExp): void {
  assert.ok(!fate.died, `${what}: the process died (${fate.died})`);
  assert.ok(!fate.hung, `${what}: no end`);
  assert.ok(fate.residentBytes < MAX_RESIDENT, `${what}: ${fate.residentBytes} bytes`);
  if (fate.code === undefined) {
    totals.answered++;
    return;
  }
  totals.refused++;
  assert.ok(REFUSALS.includes(fate.code), `${what}: ${fate.code}: ${fate.message}\n${fate.stack}`);
  assert.match(fate.message!, names, `${what}: ${fate.message}`);
  assert.ok(fate.message!.length < 1500, `${what}: a message of ${fate.message!.length} characters`);
}

/** The fault may be told of the file that does not fit the damaged one. */
const named = /(config\.json|vocab\.txt|model\.safetensors|The model [\w-]*tiny|The CPU engine)/;

/** Spoils one file of a copied folder again and again. */
async function spoil(
  part: keyof typeof counts,
  folders: string[],
  file: string,
  spoilt: (bytes: Buffer, random: Random) => { bytes: Buffer; how: string },
): Promise<void> {
  const random = new Random(part);
  const copies = folders.map((folder) => {
    const copy = path.join(root, `${part}-${path.basename(folder)}`);
    cpSync(folder, copy, { recursive: true });
    return { copy, bytes: readFileSync(path.join(folder, file)) };
  });
  for (let i = 0; i < counts[part]; i++) {
    const { copy, bytes } = copies[i % copies.length];
    const { bytes: wrong, how } = spoilt(bytes, random);
    writeFileSync(path.join(copy, file), wrong);
    judge(await victim.run('model', copy), `${part} ${i}, ${path.basename(copy)}/${file}, ${how}`, named);
  }
}

const model = (name: string) => path.resolve('test/fixtures/models', name);
const models = ['tiny-f32', 'tiny-f16', 'tiny-bf16', 'tiny-int8'].map(model);
const headerEnd = (bytes: Buffer) => 8 + Number(bytes.readBigUInt64LE());

test('headers of model.safetensors', () =>
  spoil('header', models, 'model.safetensors', (bytes, random) =>
    random.int(0, 1) ? damagedHeader(bytes, random) : damagedWithin(bytes, 0, headerEnd(bytes), random),
  ));

test('values of model.safetensors', () =>
  spoil('values', models, 'model.safetensors', (bytes, random) => {
    const from = headerEnd(bytes);
    return random.int(0, 3) ? flipped(bytes, from, random) : damagedWithin(bytes, from, bytes.length, random);
  }));

/** Weights have no checksum: flipped bits are another model, or numbers that no model has. */
function flipped(bytes: Buffer, from: number, random: Random) {
  const out = Buffer.from(bytes);
  for (let i = random.int(1, 40); i > 0; i--) out[random.int(from, out.length - 1)] ^= 1 << random.int(0, 7);
  return { bytes: out, how: 'flipped values' };
}

const json = (bytes: Buffer, random: Random) => {
  if (random.int(0, 2) === 0) return damaged(bytes, random);
  const { value, how } = damagedJson(JSON.parse(bytes.toString()), random);
  return { bytes: Buffer.from(JSON.stringify(value)), how };
};

test('config.json', async () => {
  const folder = path.join(root, 'full-config');
  cpSync(model('tiny-int8'), folder, { recursive: true });
  const file = path.join(folder, 'config.json');
  const ask_bert = { name: 'tiny', max_seq_length: 64, doc_stride: 16, no_answer_threshold: -1, int8_f1_loss: 0.1 };
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ask_bert }));
  await spoil('config', [model('tiny-f32'), folder], 'config.json', json);
});

test('tokenizer_config.json', async () => {
  const folder = path.join(root, 'full-tokenizer');
  cpSync(model('tiny-f32'), folder, { recursive: true });
  writeFileSync(path.join(folder, 'tokenizer_config.json'), readFileSync('models/default/tokenizer_config.json'));
  await spoil('tokenizer', [folder], 'tokenizer_config.json', json);
});

test('vocab.txt', () => spoil('vocabulary', [model('tiny-f32')], 'vocab.txt', damaged));

test('manifest and plan of a built engine', async () => {
  const folder = path.join(root, 'cache');
  const key = '0123456789abcdef0123456789abcdef';
  const random = new Random('manifest');
  const plan = random.bytes(5000);
  const manifest = {
    format: 1,
    key,
    model: 'm',
    weights: 'w',
    config: { layers: 2, hiddenSize: 32 },
    precision: 'fp16',
    buckets: [{ batch: 1, length: 128 }],
    flavour: 'trt10',
    version: '10.6.0',
    device: 'NVIDIA X',
    computeCapability: '9.0',
    cudaMajor: 13,
    tuning: {},
    networkVersion: 2,
    planBytes: plan.length,
    planSha256: createHash('sha256').update(plan).digest('hex'),
    networkLayers: 50,
    attention: true,
    built: new Date(0).toISOString(),
    buildMs: 1,
  };
  mkdirSync(path.join(folder, key), { recursive: true });
  const files = { manifest: path.join(folder, key, 'manifest.json'), plan: path.join(folder, key, 'engine.plan') };
  const whole = { manifest: Buffer.from(JSON.stringify(manifest)), plan };
  for (const part of ['manifest', 'plan'] as const) {
    for (let i = 0; i < counts[part]; i++) {
      writeFileSync(files.manifest, whole.manifest);
      writeFileSync(files.plan, whole.plan);
      const { bytes, how } = part === 'manifest' ? json(whole.manifest, random) : damaged(plan, random);
      writeFileSync(files[part], bytes);
      const fate = await victim.run('cache', folder, key);
      const what = `${part} ${i}, ${how}`;
      assert.equal(fate.code, undefined, `${what}: ${fate.message}\n${fate.stack}`);
      judge(fate, what, /./);
      // Only what says nothing of the plan may be wrong in a manifest that is believed.
      const refused = typeof fate.gave === 'object';
      if (refused) {
        totals.refused++;
        totals.answered--;
      } else assert.equal(fate.gave, plan.toString('base64'), what);
      if (part === 'plan') assert.ok(refused, what);
    }
  }
});

test('records of weights and libraries in the cache', async () => {
  const random = new Random('memories');
  const folder = path.join(root, 'memories');
  mkdirSync(folder);
  const file = path.join(model('tiny-f32'), 'model.safetensors');
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  const { size, mtimeMs } = statSync(file);
  const weights = { [`${file}|${size}|${mtimeMs}`]: hash };
  const library = path.join(folder, 'libtensorrt_rtx.so.1');
  writeFileSync(library, 'not a library');
  const addon = addonPath('rtx');
  const stamp = (name: string) => [realpathSync(name), statSync(name).size, statSync(name).mtimeMs];
  const device = { ordinal: 0, name: 'NVIDIA X', major: 12, minor: 0, totalBytes: 1 };
  const probe = {
    library: { version: '1.7.1', attention: true },
    driver: { cuda: 13000, devices: [device] },
    builder: {},
  };
  const probes = { [JSON.stringify(['rtx', stamp(library), addon ? stamp(addon) : null, undefined])]: probe };
  for (let i = 0; i < counts.memories; i++) {
    const isWeights = i % 2 === 0;
    const name = path.join(folder, isWeights ? 'weights.json' : 'probes.json');
    const { bytes, how } = json(Buffer.from(JSON.stringify(isWeights ? weights : probes)), random);
    writeFileSync(name, bytes);
    const fate = isWeights ? await victim.run('weights', folder, file) : await victim.run('probes', folder, library);
    const what = `memories ${i}, ${path.basename(name)}, ${how}`;
    assert.equal(fate.code, undefined, `${what}: ${fate.message}\n${fate.stack}`);
    judge(fate, what, /./);
    // A digit that was changed names an engine that nobody has built: it is built once more.
    if (isWeights) assert.match(String(fate.gave), /^[0-9a-f]{64}$/, what);
    rmSync(name, { force: true });
  }
});

test('question sets', async () => {
  const random = new Random('sets');
  const list = [
    { name: 'who', question: 'Who built it?' },
    { name: 'when', question: 'When was it built?', threshold: 1.5 },
  ];
  const yaml =
    '# questions\nquestions:\n  - name: who\n    question: "Who built it?"\n  - {name: when, question: When?}\n';
  for (let i = 0; i < counts.sets; i++) {
    const isYaml = i % 2 === 0;
    const file = path.join(root, isYaml ? 'set.yaml' : 'set.json');
    const { bytes, how } = isYaml
      ? damaged(Buffer.from(yaml), random)
      : json(Buffer.from(JSON.stringify(list)), random);
    writeFileSync(file, bytes);
    judge(await victim.run('set', file), `sets ${i}, ${path.basename(file)}, ${how}`, /set\.(yaml|json)/);
  }
});

test('checkpoints: index, data, pickle, configuration', async () => {
  const random = new Random('checkpoints');
  const kinds = [
    ['tf-google', 'bert_model.ckpt.index', 'bert_model.ckpt'],
    ['tf-shards', 'model.ckpt-7.index', 'model.ckpt-7'],
    ['tf-shards', 'checkpoint', 'checkpoint'],
    ['torch-huggingface', 'pytorch_model.bin', 'pytorch_model.bin'],
    ['gluon', 'net.params', 'net.params'],
    ['tf-google', 'bert_config.json', 'bert_model.ckpt'],
    ['torch-nvidia', 'vocab.txt', 'ckpt.pt'],
  ];
  for (let i = 0; i < counts.checkpoints; i++) {
    const [name, file, entry] = kinds[i % kinds.length];
    const folder = path.join(root, `checkpoint-${name}`);
    cpSync(path.resolve('test/fixtures/checkpoints', name), folder, { recursive: true });
    const { bytes, how } = damaged(readFileSync(path.join(folder, file)), random);
    writeFileSync(path.join(folder, file), bytes);
    const what = `checkpoints ${i}, ${name}/${file}, ${how}`;
    judge(
      await victim.run('import', path.join(folder, entry), path.join(root, 'imported')),
      what,
      new RegExp(`${name}`),
    );
  }
});

test('none killed the process that read it', () => {
  const sum = Object.values(counts).reduce((a, b) => a + b, 0);
  assert.equal(totals.refused + totals.answered, sum);
  assert.equal(sum, rounds(100, 1000));
  assert.equal(victim.started, 1);
  console.log(`# damaged: ${sum} mutations, ${totals.refused} refused by name, ${totals.answered} harmless`);
});
