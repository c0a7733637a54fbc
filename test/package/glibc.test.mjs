// The check of the glibc ceiling finds what is too new.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/ensure.mjs';

const binding = path.join(
  root,
  'node_modules',
  'onnxruntime-node',
  'bin',
  'napi-v6',
  'linux',
  'x64',
  'onnxruntime_binding.node',
);

function check(args, environment = process.env) {
  const script = path.join(root, 'scripts', 'check-glibc.mjs');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: environment });
}

if (process.platform === 'linux') {
  describe('glibc ceiling', () => {
    it('names file, symbol and version of what is above it', () => {
      const { status, stderr } = check(['--max', 'GLIBC_2.13', binding]);
      assert.equal(status, 1);
      assert.match(stderr, /onnxruntime_binding\.node: memcpy needs GLIBC_2\.14, the ceiling is GLIBC_2\.13/);
      assert.equal(check(['--max', 'GLIBC_2.14', binding]).status, 0);
    });

    it('what the message of the loader names is what ONNX Runtime asks for', () => {
      const source = readFileSync(path.join(root, 'server', 'engine', 'cpu', 'load-failure.ts'), 'utf8');
      const [, version] = /requiredGlibc = '(\d\.\d+)'/.exec(source);
      for (const arch of ['x64', 'arm64']) {
        const library = path.join(binding, '..', '..', arch, 'libonnxruntime.so.1');
        const { stdout } = check([library]);
        assert.equal(/\bGLIBC_([\d.]+)/.exec(stdout)[1], version, arch);
      }
    });

    it('compares versions as numbers', () => {
      assert.equal(check(['--max', 'GLIBC_2.100', '--max', 'GLIBCXX_3.4.21', binding]).status, 0);
      assert.equal(check(['--max', 'GLIBCXX_3.4.3', binding]).status, 1);
    });

    it('says what is wrong with its arguments, and which tool is missing', () => {
      assert.match(
        check(['--max', '2.28', binding]).stderr,
        /--max: found 2\.28, expected a version such as GLIBC_2\.28/,
      );
      assert.match(check(['/nowhere/x.so']).stderr, /There is no file \/nowhere\/x\.so/);
      const { status, stderr } = check([binding], { PATH: '/nowhere' });
      assert.equal(status, 1);
      assert.match(stderr, /objdump is missing: install binutils \(apt-get install binutils\)/);
    });
  });
}
