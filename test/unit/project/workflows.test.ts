/** The workflows: pinned, with the least rights, and nothing in a script that somebody from outside could write. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';

const root = path.resolve();
const folder = path.join(root, '.github', 'workflows');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Job {
  uses?: string;
  steps?: Step[];
  permissions?: Record<string, string>;
  environment?: string;
  container?: string;
  'timeout-minutes'?: number;
  strategy?: { matrix: { os?: string[]; include?: { target?: string; os: string }[] } };
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: unknown;
  jobs: Record<string, Job>;
}

/** The only rights beyond reading the sources. */
const rights: Record<string, Record<string, string>> = {
  'release.yml package': { contents: 'read', 'id-token': 'write', attestations: 'write' },
  'release.yml release': { contents: 'write' },
};

const workflows = new Map(readdirSync(folder).map((file) => [file, read(`.github/workflows/${file}`)]));
const parsed = new Map([...workflows].map(([file, text]) => [file, parse(text) as Workflow]));
const jobs = [...parsed].flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ file, name, job })),
);
const steps = jobs.flatMap(({ file, name, job }) => (job.steps ?? []).map((step) => ({ file, name, job, step })));

describe('workflows', () => {
  it('exist', () => {
    assert.deepEqual([...workflows.keys()].sort(), ['ci.yml', 'release.yml']);
    assert.ok(steps.length > 20);
  });

  it('every action is pinned by its commit, with the version next to it, the same everywhere', () => {
    const pins = new Map<string, string>();
    for (const [file, text] of workflows) {
      const lines = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
      assert.ok(lines.length > 0, file);
      for (const line of lines) {
        if (/uses: \.\/\.github\/workflows\/[\w.-]+$/.test(line)) continue;
        const match = /uses: ([\w.-]+\/[\w./-]+)@([\da-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(line);
        assert.ok(match, `${file}: ${line.trim()}`);
        const [, action, commit, version] = match;
        assert.equal(pins.get(action) ?? `${commit} ${version}`, `${commit} ${version}`, action);
        pins.set(action, `${commit} ${version}`);
      }
    }
    // As many as YAML sees: none is written in another form.
    const seen = jobs.map(({ job }) => job.uses).concat(steps.map(({ step }) => step.uses));
    for (const uses of seen.filter((each) => each !== undefined)) assert.match(uses, /^\.\/|@[\da-f]{40}$/);
    for (const { job } of jobs) if (job.container) assert.match(job.container, /@sha256:[\da-f]{64}$/);
  });

  it('permissions: none at the top, reading in each job, more only where listed here', () => {
    for (const [file, { permissions }] of parsed) assert.deepEqual(permissions, {}, file);
    for (const { file, name, job } of jobs) {
      assert.deepEqual(job.permissions, rights[`${file} ${name}`] ?? { contents: 'read' }, `${file} ${name}`);
    }
  });

  it('are not started by events that run foreign code with our permissions', () => {
    assert.deepEqual(Object.keys(parsed.get('ci.yml')!.on).sort(), ['pull_request', 'push', 'workflow_call']);
    assert.deepEqual(parsed.get('release.yml')!.on, { push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
    for (const text of workflows.values())
      assert.doesNotMatch(text, /pull_request_target|workflow_run|github\.event\b/);
  });

  it('no script contains an expression, and a checkout leaves no credentials behind', () => {
    for (const { file, name, step } of steps) {
      assert.doesNotMatch(step.run ?? '', /\$\{\{/, `${file} ${name}`);
      if (step.uses?.startsWith('actions/checkout@')) assert.equal(step.with?.['persist-credentials'], false);
    }
  });

  it('secrets are given only to the steps that publish, in a protected environment', () => {
    for (const { file, name, job, step } of steps) {
      const secret = Object.values(step.env ?? {}).find((value) => value.includes('secrets.'));
      if (!secret) continue;
      assert.equal(`${file} ${name} ${job.environment}`, 'release.yml publish marketplaces');
      assert.match(step.run ?? '', /\/(vsce|ovsx) publish --skip-duplicate --packagePath/);
    }
    assert.equal(workflows.get('release.yml')!.match(/secrets\./g)?.length, 2);
    assert.doesNotMatch(workflows.get('ci.yml')!, /secrets/);
  });

  it('packages are installed from the lock file, without their scripts, and tools run from there', () => {
    for (const { step } of steps) {
      for (const line of (step.run ?? '').split('\n')) {
        if (/\bnpm (ci|install|i)\b/.test(line)) assert.match(line, /npm ci --ignore-scripts/);
        assert.doesNotMatch(line, /\bnpx\b|\bcurl\b|\bwget\b|npm exec/);
      }
    }
  });

  it('the tests of the native add-on must run on Linux, in CI and in .ci/run', () => {
    const all = 'npm test -- --with-long';
    const tests = parsed.get('ci.yml')!.jobs.complete.steps!.find(({ run }) => run === all);
    assert.equal(tests?.env?.ASKBERT_REQUIRE_NATIVE, '1');
    assert.match(read('.ci/run'), /^export ASKBERT_REQUIRE_NATIVE=1\n(?:.*\n)*?npm test -- --with-long\n/m);
  });

  it('run scripts that exist, with time limits', () => {
    for (const { file, name, job } of jobs)
      if (!job.uses) assert.ok((job['timeout-minutes'] ?? 0) > 0, `${file} ${name}`);
    for (const { step } of steps) {
      for (const [, file] of (step.run ?? '').matchAll(/\bnode (?:--test )?([\w./-]+\.mjs)/g)) {
        assert.ok(existsSync(path.join(root, file)), file);
      }
      for (const [, script] of (step.run ?? '').matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts[script], script);
      for (const [, where] of (step.run ?? '').matchAll(/--prefix (\S+)/g)) {
        assert.ok(existsSync(path.join(root, where, 'package-lock.json')), where);
      }
    }
  });

  it('three systems are tested, and every target with a sidecar is asked a question before it is published', () => {
    const { complete, systems } = parsed.get('ci.yml')!.jobs;
    assert.match(JSON.stringify([complete, systems]), /ubuntu.*windows.*macos/);
    const targets = /TARGETS = \[([^\]]+)\]/.exec(read('scripts/targets.mjs'))![1].match(/[\w-]+/g)!;
    const asked = parsed.get('release.yml')!.jobs.smoke.strategy!.matrix.include!.map(({ target }) => target);
    assert.deepEqual(
      asked,
      targets.filter((target) => target !== 'web'),
    );
  });
});
