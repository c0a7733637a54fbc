/** What the loader says when it refuses ONNX Runtime, on every system, as one sentence and one thing to do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Host, loadFailure } from '../../../server/engine/cpu/load-failure.js';

const debian: Host = { platform: 'linux', arch: 'x64', glibc: '2.36' };
const old: Host = { platform: 'linux', arch: 'x64', glibc: '2.17' };
const alpine: Host = { platform: 'linux', arch: 'x64' };
const notFound = (file: string): Error =>
  Object.assign(new Error(`Cannot find module '${file}'\nRequire stack:\n- /x/dist/worker.js`), {
    code: 'MODULE_NOT_FOUND',
  });

describe('failure to load ONNX Runtime', () => {
  const cases: [string, Error, Host, RegExp, RegExp][] = [
    [
      'a glibc that is too old',
      new Error("/lib64/libm.so.6: version `GLIBC_2.27' not found (required by /x/libonnxruntime.so.1)"),
      old,
      /needs glibc 2\.27 or newer; this system has 2\.17\.$/,
      /newer system/,
    ],
    [
      'a libstdc++ that is too old',
      new Error("/lib64/libstdc++.so.6: version `GLIBCXX_3.4.21' not found (required by /x/onnxruntime_binding.node)"),
      old,
      /needs libstdc\+\+ with GLIBCXX_3\.4\.21; this system has an older one\.$/,
      /newer system/,
    ],
    [
      'musl',
      new Error('Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /x/y.node)'),
      alpine,
      /needs glibc 2\.28 or newer; this system has another C library \(musl\)\.$/,
      /newer system, or a container/,
    ],
    [
      'a missing binding',
      notFound('../bin/x.node'),
      debian,
      /linux-x64: the file \.\.\/bin\/x\.node is missing\.$/,
      /Install/,
    ],
    ['a missing package', notFound('onnxruntime-node'), debian, /the file onnxruntime-node is missing\.$/, /Install/],
    [
      'a missing library',
      new Error('libonnxruntime.so.1: cannot open shared object file: No such file or directory'),
      debian,
      /the file libonnxruntime\.so\.1 is missing\.$/,
      /Install/,
    ],
    [
      'a missing library on macOS',
      new Error(
        'dlopen(/x/y.node, 0x0001): Library not loaded: @rpath/libonnxruntime.1.dylib\n  Referenced from: /x/y.node',
      ),
      { platform: 'darwin', arch: 'arm64' },
      /darwin-arm64: the file @rpath\/libonnxruntime\.1\.dylib is missing\.$/,
      /Install/,
    ],
    [
      'anything else, in the words of the loader',
      new Error('\\\\?\\C:\\x\\y.node is not a valid Win32 application.\n\\\\?\\C:\\x\\y.node'),
      { platform: 'win32', arch: 'arm64' },
      /for win32-arm64 \(needed: .*\): \\\\\?\\C:\\x\\y\.node is not a valid Win32 application\.$/,
      /Install/,
    ],
  ];
  for (const [what, error, host, message, remedy] of cases) {
    it(what, () => {
      const failure = loadFailure(error, host);
      assert.equal(failure.code, 'LibraryMissing');
      assert.equal(failure.cause, error);
      assert.match(failure.message, message);
      assert.doesNotMatch(failure.message, /\n/);
      assert.match(failure.remedy ?? '', remedy);
    });
  }

  it('too few open files are not reported as a missing library', () => {
    const words = new Error('libonnxruntime.so.1: cannot open shared object file: Too many open files');
    for (const [error, host] of [
      [words, debian],
      [notFound('onnxruntime-node'), { ...debian, short: true }],
    ] as const) {
      const failure = loadFailure(error, host);
      assert.equal(failure.code, 'OutOfMemory');
      assert.match(failure.message, /^Too many files are open/);
      assert.match(failure.remedy ?? '', /ulimit -n/);
    }
  });

  it('is one clear error, whatever was thrown', () => {
    for (const thrown of [undefined, null, 7, 'no', new Error('')]) {
      assert.equal(loadFailure(thrown, debian).code, 'LibraryMissing');
    }
  });
});
