/** Models, checkpoints, documents and question sets that were made to exhaust memory, time or the stack. */
import assert from 'node:assert/strict';
import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../server/model/import/crc.js';
import { expectedTensors } from '../../server/model/weights.js';
import { tinyModel } from '../server/sidecar-process.js';
import { rounds } from '../unit/helpers/long.js';
import { type Fate, Victim } from './victim.js';

/** Under RAM disks a sparse file costs nothing either; a file system that knows none is filled with zeros. */
const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-crafted-'));
after(() => rmSync(root, { recursive: true, force: true }));

const MEBI = 2 ** 20;

interface Bounds {
  /** Heap that the process has, in MiB; what it holds outside of it is watched as well. */
  heap?: number;
  resident?: number;
}

/** Runs one order in a process of its own and holds it to its bounds. */
async function within({ heap = 1024, resident }: Bounds, ...order: Parameters<Victim['run']>): Promise<Fate> {
  const victim = new Victim(heap);
  try {
    return await judged(victim, resident, ...order);
  } finally {
    victim.end();
  }
}

/** One order of several that a process runs: what one leaves behind counts for the next. */
async function judged(victim: Victim, resident = 1500, ...order: Parameters<Victim['run']>): Promise<Fate> {
  const fate = await victim.run(...order);
  const what = `${order.join(' ')}: ${JSON.stringify({ ...fate, stack: undefined }).slice(0, 400)}`;
  assert.ok(!fate.died && !fate.hung, what);
  assert.ok(fate.residentBytes < resident * MEBI, what);
  assert.notEqual(fate.code, 'Internal', `${what}\n${fate.stack}`);
  assert.ok((fate.message ?? '').length < 1500, `a message of ${fate.message?.length} characters`);
  console.log(
    `#   ${path.basename(order[1])}: ${fate.code ?? 'answered'}, ${(fate.tookMs / 1000).toFixed(1)} s, ` +
      `${Math.round(fate.residentBytes / MEBI)} MiB${fate.message ? `, ${fate.message.slice(0, 110)}` : ''}`,
  );
  return fate;
}

function modelWith(name: string, change: (folder: string) => void): string {
  const folder = path.join(root, name);
  cpSync(tinyModel, folder, { recursive: true });
  change(folder);
  return folder;
}

const tinyConfig = () => JSON.parse(readFileSync(path.join(tinyModel, 'config.json'), 'utf8'));
const put = (name: string, content: string | Buffer) => (folder: string) =>
  writeFileSync(path.join(folder, name), content);

/** A file of a given size, most of it a hole. */
function sparse(file: string, head: Buffer, bytes: number): void {
  const fd = openSync(file, 'w');
  writeSync(fd, head);
  ftruncateSync(fd, bytes);
  closeSync(fd);
}

/** A safetensors file that holds every tensor of a configuration, all zeros, in a hole. */
function sparseWeights(file: string, config: Record<string, number>): void {
  const shapes = expectedTensors({
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    positions: config.max_position_embeddings,
    segmentTypes: 2,
    layerNormEpsilon: 1e-12,
    activation: 'gelu',
  });
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of shapes) {
    const bytes = shape.reduce((a, b) => a * b, 4);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  sparse(file, Buffer.concat([length, json]), 8 + json.length + at);
}

test('models of any size that config.json can state', async () => {
  const sizes = {
    vocab_size: 10_000_000,
    hidden_size: 8192,
    num_hidden_layers: 256,
    num_attention_heads: 64,
    intermediate_size: 65536,
    max_position_embeddings: 65536,
  };
  const stated = modelWith('huge-config', put('config.json', JSON.stringify({ ...tinyConfig(), ...sizes })));
  assert.equal((await within({}, 'model', stated)).code, 'ModelInvalid');
  // Its weights are there, in a hole of a terabyte, and its vocabulary is whole.
  const whole = modelWith('huge-model', (folder) => {
    const fitting = { ...sizes, vocab_size: 110 };
    put('config.json', JSON.stringify({ ...tinyConfig(), ...fitting }))(folder);
    sparseWeights(path.join(folder, 'model.safetensors'), fitting);
  });
  assert.equal((await within({}, 'model', whole)).code, 'OutOfMemory');
  // An import would copy them tensor by tensor; what does not fit its vocabulary is refused before.
  assert.equal((await within({}, 'import', stated, path.join(root, 'imported'))).code, 'ModelInvalid');
});

test('headers of model.safetensors', async () => {
  const header = (bytes: number, head: string, tail = '') =>
    modelWith(`header-${bytes}${tail.length}`, (folder) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(bytes));
      const file = path.join(folder, 'model.safetensors');
      sparse(file, Buffer.concat([length, Buffer.from(head)]), 8 + bytes);
    });
  assert.equal((await within({}, 'model', header(4e9, '{'))).code, 'ModelInvalid');
  assert.equal((await within({}, 'model', header(99_000_000, '{'))).code, 'ModelInvalid');
  const deep = modelWith('header-deep', (folder) => {
    const json = Buffer.from(`{"a":${'['.repeat(3e6)}${']'.repeat(3e6)}}`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    put('model.safetensors', Buffer.concat([length, json]))(folder);
  });
  assert.equal((await within({}, 'model', deep)).code, 'ModelInvalid');
  const many = modelWith('header-many', (folder) => {
    const entry = (i: number) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`;
    const json = Buffer.from(`{${Array.from({ length: 1_500_000 }, (_, i) => entry(i)).join()}}`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    put('model.safetensors', Buffer.concat([length, json]))(folder);
  });
  assert.equal((await within({}, 'model', many)).code, 'ModelInvalid');
});

test('configurations: deep, long, large', async () => {
  const deep = `{"model_type":${'['.repeat(4e6)}${']'.repeat(4e6)}}`;
  const cases = {
    'config-deep': deep,
    'config-long': JSON.stringify({ ...tinyConfig(), model_type: 'x'.repeat(15e6) }),
    'config-large': ' '.repeat(100e6),
    'config-keys': `{${Array.from({ length: 700_000 }, (_, i) => `"k${i}":${i}`).join()}}`,
  };
  for (const [name, text] of Object.entries(cases)) {
    assert.equal((await within({}, 'model', modelWith(name, put('config.json', text)))).code, 'ModelInvalid');
  }
});

test('vocabularies of 100 MB', async () => {
  const cases = {
    'vocabulary-lines': Buffer.alloc(100e6, 'a\n'),
    'vocabulary-empty-lines': Buffer.alloc(100e6, '\n'),
    'vocabulary-line': Buffer.alloc(100e6, 'x'),
    // As large as is read.
    'vocabulary-15': Buffer.concat([Buffer.from('[PAD]\n[CLS]\n[SEP]\n[UNK]\n'), Buffer.alloc(15e6, 'a\n')]),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const folder = modelWith(name, put('vocab.txt', bytes));
    assert.equal((await within({ heap: 768 }, 'model', folder)).code, 'ModelInvalid');
  }
});

test('checkpoints: bombs, and impossible sizes', async () => {
  const folder = path.join(root, 'checkpoints');
  cpSync(path.resolve('test/fixtures/checkpoints/torch-huggingface'), folder, { recursive: true });
  const file = path.join(folder, 'pytorch_model.bin');
  writeFileSync(file, zipOf('archive/data.pkl', deflateRawSync(Buffer.alloc(200e6)), 200e6, 8));
  assert.equal((await within({}, 'import', file, path.join(root, 'imported'))).code, 'ModelInvalid');
  // A pickle of lists in lists, and one whose memo grows without end.
  const deep = Buffer.concat([
    Buffer.from([0x80, 2]),
    Buffer.alloc(3e6, 0x5d),
    Buffer.alloc(3e6 - 1, 0x61),
    Buffer.from('.'),
  ]);
  writeFileSync(file, zipOf('archive/data.pkl', deep, deep.length, 0));
  assert.equal((await within({}, 'import', file, path.join(root, 'imported'))).code, 'ModelInvalid');
  sparse(path.join(folder, 'hole.bin'), Buffer.from('PK\x03\x04'), 50e9);
  assert.equal(
    (await within({}, 'import', path.join(folder, 'hole.bin'), path.join(root, 'imported'))).code,
    'ModelInvalid',
  );
});

test('question sets: aliases, depth, size', async () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (let i = 1; i < 20; i++) {
    const [before, now] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)];
    bomb.push(`${now}: &${now} [${Array(9).fill(`*${before}`).join()}]`);
  }
  const cases = {
    'bomb.yaml': bomb.join('\n'),
    'aliases.yaml': `- &q {name: n, question: q}\n${'- *q\n'.repeat(150_000)}`,
    'deep.yaml': '['.repeat(400_000),
    'deep-map.yaml': Array.from({ length: 1300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    'large.yaml': '#'.repeat(50e6),
    'deep.json': `${'{"questions":'.repeat(70_000)}1${'}'.repeat(70_000)}`,
  };
  for (const [name, text] of Object.entries(cases)) {
    const file = path.join(root, name);
    writeFileSync(file, text);
    assert.match((await within({ heap: 512 }, 'set', file)).code ?? '', /BadRequest|InputUnreadable/, name);
  }
});

test('documents: deep, long lines, aliases; each is answered', async () => {
  const folder = path.join(root, 'documents');
  mkdirSync(folder);
  const text = 'the king built a city. ';
  const many = (count: number) => rounds(Math.ceil(count / 5), count);
  const line = text.repeat(Math.ceil(many(MEBI) / text.length));
  const cases: Record<string, string> = {
    'line.md': line,
    'line.html': `<p>${line}</p>`,
    'line.json': JSON.stringify({ text: line }),
    'line.py': `# ${line}`,
    'line.log': line,
    'deep.html': '<div>'.repeat(many(100_000)) + text,
    'deep-tables.html': `${'<table><tr><td>'.repeat(20_000)}${text}`,
    'deep-format.html': `${'<b><i><a>'.repeat(20_000)}${text}`,
    'quotes.md': `${'>'.repeat(many(100_000))} ${text}`,
    'lists.md': Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i * 2)}- ${text}`).join('\n'),
    'brackets.md': `${'['.repeat(many(100_000))}${text}`,
    'emphasis.md': `${'*_'.repeat(many(50_000))}${text}${'_*'.repeat(many(50_000))}`,
    'backticks.md': Array.from({ length: many(1000) }, (_, i) => '`'.repeat(i + 1)).join('a') + text,
    'deep.json': `${'['.repeat(many(100_000))}"${text}"${']'.repeat(many(100_000))}`,
    'objects.json': `${'{"a":'.repeat(many(50_000))}"${text}"${'}'.repeat(many(50_000))}`,
    'deep.yaml': `${'- '.repeat(20_000)}${text}`,
    'flow.yaml': `${'['.repeat(many(50_000))}${text}`,
    'bomb.yaml': `a: &a [x,x,x,x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [${i ? `*b${i - 1},*b${i - 1}` : '*a,*a'}]`).join('\n')}\nc: ${text}`,
    'deep.toml': `${Array.from({ length: many(700) }, (_, i) => `[${'a.'.repeat(i)}b]`).join('\n')}\nc = "${text}"`,
    'arrays.toml': `a = ${'['.repeat(20_000)}"${text}"${']'.repeat(20_000)}`,
    'groups.tex': `${'{'.repeat(many(100_000))}${text}`,
    'environments.tex': `${'\\begin{center}'.repeat(20_000)}${text}`,
    'comments.c': `${'/*'.repeat(many(100_000))}${text}`,
    'bad.ipynb': `{"cells":[${'{"cell_type":"markdown","source":['.repeat(5000)}`,
    'section.rst': Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}* ${text}`).join('\n'),
    'blocks.adoc': `${'====\n'.repeat(20_000)}${text}`,
  };
  const victim = new Victim(768);
  try {
    for (const [name, content] of Object.entries(cases)) {
      const file = path.join(folder, name);
      writeFileSync(file, content);
      const fate = await judged(victim, undefined, 'document', file, tinyModel);
      assert.equal(fate.code, undefined, `${name}: ${fate.message}`);
    }
  } finally {
    victim.end();
  }
});

/** One entry in a zip file, as it says it is. */
function zipOf(name: string, data: Buffer, size: number, method: number): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(method, 8);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(size, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50);
  central.writeUInt16LE(method, 10);
  central.writeUInt32LE(crc32(data), 16);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(size, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + data.length, 16);
  return Buffer.concat([local, Buffer.from(name), data, central, Buffer.from(name), end]);
}
