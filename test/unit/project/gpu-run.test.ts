/** What runs the GPU test on another machine: gpu/run.sh with stand-ins for what needs a GPU, and what becomes of results. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-gpu-run-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const PARTS = ['first', 'build', 'scenarios', 'squad', 'correct', 'rest', 'bench'];

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
}

describe('joined results', () => {
  const join = (name: string, files: Record<string, unknown>) => {
    const results = path.join(folder, name);
    mkdirSync(results);
    for (const [file, content] of Object.entries(files)) {
      write(path.join(results, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    const out = path.join(folder, `${name}.json`);
    const { status } = spawnSync(process.execPath, ['gpu/join.mjs', results, out], { encoding: 'utf8' });
    return { status, ...JSON.parse(readFileSync(out, 'utf8')) };
  };

  it('of all parts are good if each came to its end without a miss', () => {
    const files = PARTS.flatMap((part) => [
      [`${part}.json`, { value: part, misses: 0, end: true }],
      [`${part}.exit`, '0\n'],
    ]);
    const { status, misses, parts } = join('good', Object.fromEntries(files));
    assert.deepEqual([status, misses], [0, {}]);
    assert.deepEqual(Object.keys(parts), PARTS);
    assert.equal(parts.squad.value, 'squad');
  });

  it('say what was missed in each part; what it has found stays', () => {
    const { status, misses, parts } = join('bad', {
      'first.json': { found: 1, misses: 0 },
      'first.exit': '124\n',
      'build.json': { misses: 2, end: true },
      'build.exit': '1',
      'scenarios.json': '{"half":',
      'scenarios.exit': '0',
      'squad.exit': '1',
      'correct.json': { misses: 0 },
      'correct.exit': '0',
      'rest.exit': '137',
    });
    assert.equal(status, 1);
    assert.deepEqual(misses, {
      first: 'ran out of time',
      build: '2 misses',
      scenarios: 'its results cannot be read',
      squad: 'ended with exit code 1',
      correct: 'did not come to its end',
      rest: 'ran out of time',
      bench: 'not run',
    });
    assert.equal(parts.first.found, 1);
  });
});

describe('the table beside PyTorch', () => {
  it('has a row for each shape, ours in three precisions where they were measured', async () => {
    const { rowsOf, tableOf } = await import(path.resolve('scripts/gpu-results.mjs'));
    const latency = [
      { model: 'large', length: 384, batch: 32, average: 17 },
      { model: 'base', length: 128, batch: 1, average: 0.4 },
    ];
    const recorded = {
      'scenario large int8': { gpu: { '32x384': 10, '1x384': 1.25, '8x384': 3 } },
      'scenario large fp16': { gpu: { '32x384': 99, '1x384': 1.5 } },
    };
    const peers = [
      { peer: 'torch.compile', model: 'large', length: 384, batch: 32, average: 20 },
      { peer: 'torch eager', model: 'large', length: 384, batch: 1, average: 6 },
    ];
    const lines = tableOf(rowsOf(latency, recorded, peers)).split('\n');
    assert.deepEqual(lines.slice(2), [
      '| large | 384 | 32 | 17.000 | 10.000 |  |  | 20.000 | 1.18 | 2.00 |',
      '| base | 128 | 1 | 0.400 |  |  |  |  |  |  |',
      '| large | 384 | 1 | 1.500 | 1.250 |  | 6.000 |  |  |  |',
    ]);
    assert.ok(lines.every((line: string) => line.split('|').length === lines[0].split('|').length));
  });
});

describe('run.sh', { skip: process.platform !== 'linux' && 'it is for Linux' }, () => {
  const chunks = path.join(folder, 'chunks');
  const work = path.join(folder, 'work');

  /** An archive with these files. A stand-in for zstd leaves it as it is. */
  function archive(name: string, files: Record<string, string>): void {
    const from = path.join(folder, `of-${name}`);
    rmSync(from, { recursive: true, force: true });
    for (const [file, text] of Object.entries(files)) write(path.join(from, 'ask-bert', file), text, 0o755);
    const tar = spawnSync('tar', ['cf', path.join(chunks, name), 'ask-bert'], { cwd: from, encoding: 'utf8' });
    assert.equal(tar.status, 0, tar.stderr);
  }

  /** Says what it was started with, and writes results; `ends` are shell commands for parts that do something else. */
  const nodeOf = (ends: Record<string, string>) => `#!/bin/sh
case "$1" in */join.mjs) exec ${JSON.stringify(process.execPath)} "$@" ;; esac
part=bench
out=
echo "run $(cat out-test/gpu/run.js) $*" >> ${JSON.stringify(path.join(folder, 'told'))}
while [ $# -gt 0 ]; do
  case "$1" in --parts) part=$2 ;; --out) out=$2 ;; esac
  shift
done
case "$part" in ${Object.entries(ends)
    .map(([part, command]) => `${part}) ${command} ;;`)
    .join(' ')} esac
[ -z "$out" ] || echo '{"misses":0,"end":true}' > "$out"
`;

  function runs(...args: string[]) {
    rmSync(path.join(folder, 'told'), { force: true });
    const done = spawnSync('sh', ['gpu/run.sh', ...args], {
      encoding: 'utf8',
      env: { ...process.env, PART_SECONDS: '30' },
    });
    const told = path.join(folder, 'told');
    return { ...done, told: existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : [] };
  }

  function pack(ends: Record<string, string> = {}): void {
    rmSync(work, { recursive: true, force: true });
    rmSync(chunks, { recursive: true, force: true });
    write(path.join(chunks, 'tools/zstd'), '#!/bin/sh\nexec cat\n', 0o755);
    write(path.join(chunks, 'join.mjs'), readFileSync('gpu/join.mjs', 'utf8'));
    archive('chunk.00', { node: nodeOf(ends), 'tensorrt/libnvinfer.so.10': '' });
    archive('code.00', { 'out-test/gpu/run.js': 'first', 'squad.json': '{}' });
  }

  it('runs all parts in order and joins them; options go to one part', () => {
    pack();
    const { status, told, stderr } = runs(chunks, work);
    assert.equal(status, 0, stderr);
    const partOf = (line: string) => / --parts (\S+)/.exec(line)?.[1] ?? 'bench';
    const rest = 'growth,together,kill,sanitizer,variants,stripped';
    assert.deepEqual(
      told.map(partOf),
      PARTS.map((part) => (part === 'rest' ? rest : part)),
    );
    for (const line of told.slice(0, -1)) assert.match(line, /run\.js .* --seconds 30 .* --squad \S*squad\.json/);
    assert.match(told[6], /bench-gpu\.mjs .* --scenarios \S*results\/scenarios\.json/);
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(path.join(work, 'results.json'), 'utf8')).parts), PARTS);
    const alone = runs(chunks, work, 'squad', '--precisions', 'int8');
    assert.equal(alone.status, 0);
    assert.equal(alone.told.length, 1);
    assert.match(alone.told[0], / --parts squad .* --precisions int8$/);
  });

  it('unpacks the code again in every call, and the rest once', () => {
    pack();
    runs(chunks, work, 'first');
    archive('code.00', { 'out-test/gpu/run.js': 'second' });
    rmSync(path.join(chunks, 'chunk.00'));
    const { status, told } = runs(chunks, work, 'correct');
    assert.equal(status, 0);
    assert.match(told[0], /^run second /);
    // It came with the code before.
    assert.doesNotMatch(told[0], /--squad/);
  });

  it('goes on after a part that failed or ran out of time, builds three times at most, and fails in the end', () => {
    // `timeout` ends what takes longer with this code.
    pack({ build: 'exit 1', squad: 'exit 124' });
    const { status, told, stdout } = runs(chunks, work);
    assert.equal(status, 1);
    assert.equal(told.filter((line) => line.includes(' --parts build ')).length, 3);
    assert.equal(told.length, PARTS.length + 2);
    assert.match(stdout, /^MISS build: ended with exit code 1$/m);
    assert.match(stdout, /^MISS squad: ran out of time$/m);
    assert.match(stdout, /^ok {3}bench$/m);
  });

  it('refuses a part that it does not know, and does nothing', () => {
    const { status, stderr, told } = runs(chunks, path.join(folder, 'other'), 'sqaud');
    assert.deepEqual([status, told], [2, []]);
    assert.match(stderr, /^usage: sh run\.sh CHUNKS WORK/);
  });
});
