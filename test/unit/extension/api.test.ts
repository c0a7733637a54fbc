/** api/ask-bert.d.ts: other extensions compile against it alone, and it knows every failure. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { AskBertErrorCode } from '../../../api/ask-bert.js';
import type { FailureCode } from '../../../src/sidecar/failure.js';

// The types of both are compared when this file is compiled.
const everyCode: Record<FailureCode, AskBertErrorCode> & Record<AskBertErrorCode, FailureCode> = {
  BadRequest: 'BadRequest',
  InputUnreadable: 'InputUnreadable',
  ModelInvalid: 'ModelInvalid',
  LibraryMissing: 'LibraryMissing',
  EngineBuild: 'EngineBuild',
  EngineRun: 'EngineRun',
  OutOfMemory: 'OutOfMemory',
  Cancelled: 'Cancelled',
  Superseded: 'Superseded',
  Crashed: 'Crashed',
  StartFailed: 'StartFailed',
  DownloadFailed: 'DownloadFailed',
  PasswordNeeded: 'PasswordNeeded',
  Internal: 'Internal',
};

const docs = readFileSync('docs/api.md', 'utf8');
const [, example] = /```ts\n(.*?)```/s.exec(docs) ?? assert.fail('docs/api.md has an example');

/** What the compiler says of an extension with this source. */
function compile(source: string): { code: number | null; output: string } {
  mkdirSync('out-test', { recursive: true });
  // Inside of the repository: the types of vscode are found from there.
  const folder = mkdtempSync(path.join('out-test', 'consumer-'));
  try {
    copyFileSync('api/ask-bert.d.ts', path.join(folder, 'ask-bert.d.ts'));
    writeFileSync(path.join(folder, 'extension.ts'), source);
    const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: ['vscode'] };
    const config = {
      compilerOptions: { ...options, moduleResolution: 'nodenext', skipLibCheck: false },
      files: ['extension.ts', 'ask-bert.d.ts'],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    writeFileSync(path.join(folder, 'package.json'), '{}');
    const tsc = path.join('node_modules', 'typescript', 'bin', 'tsc');
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    return { code: status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('types of the API', () => {
  it('the example in the documentation compiles with them alone', () => {
    assert.deepEqual(compile(example), { code: 0, output: '' });
  });

  it('a wrong use does not compile', () => {
    const { code, output } = compile(
      example
        .replace('answers[0].range', 'answers[0].rnage')
        .replace('uri, token }', 'url: uri, token }')
        .replace("code !== 'Cancelled'", "code !== 'Canceled'"),
    );
    assert.notEqual(code, 0);
    for (const word of ['rnage', 'url', 'Canceled']) assert.match(output, new RegExp(word));
  });

  it('need nothing but the types of vscode', () => {
    const source = readFileSync('api/ask-bert.d.ts', 'utf8');
    assert.deepEqual(
      [...source.matchAll(/^import .* from '(.*)';$/gm)].map(([, from]) => from),
      ['vscode'],
    );
  });

  it('every member and every code is documented', () => {
    for (const code of Object.keys(everyCode)) assert.ok(docs.includes(`\`${code}\``), code);
    const source = readFileSync('api/ask-bert.d.ts', 'utf8');
    const [, members] = /interface AskBertApi \{(.*?)\n\}/s.exec(source) ?? assert.fail('the interface is there');
    const names = [...members.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name);
    assert.ok(names.length >= 6);
    for (const name of names) assert.match(docs, new RegExp(`^\\| \`${name}[\`(]`, 'm'), name);
  });
});
