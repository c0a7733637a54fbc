/** Imports go one way: from a folder to the folders below it, as listed here, and never in a circle. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

/**
 * What each folder may import, from the lowest folder to the highest. `server` stands for `server/errors.ts`, `l10n.ts` and
 * `info.ts`; `protocol` for `server/protocol.ts` and its folder; a folder is listed before those that import it.
 */
const ALLOWED: Record<string, readonly string[]> = {
  protocol: [],
  server: ['protocol'],
  'server/text': [],
  'server/text/atoms': ['protocol'],
  'server/storage': ['server'],
  'server/tokenizer/unicode': ['server/text'],
  'server/tokenizer': ['server', 'server/text', 'server/tokenizer/unicode'],
  'server/model/families': [],
  'server/model': ['server', 'server/model/families', 'server/storage', 'server/tokenizer', 'server/tokenizer/unicode'],
  'server/model/golden': ['server', 'server/model', 'server/storage'],
  'server/model/ranges': ['server', 'server/model', 'server/storage'],
  'server/model/store': ['server', 'server/model', 'server/storage'],
  'server/model/download': ['server', 'server/model', 'server/model/store', 'server/storage'],
  'server/model/import': [
    'protocol',
    'server',
    'server/model',
    'server/model/families',
    'server/model/golden',
    'server/model/store',
    'server/storage',
    'server/tokenizer',
  ],
  'server/engine': ['protocol', 'server', 'server/storage'],
  'server/engine/cpu': ['protocol', 'server', 'server/engine', 'server/model', 'server/model/ranges', 'server/storage'],
  'server/engine/tensorrt': [
    'protocol',
    'server',
    'server/engine',
    'server/model',
    'server/model/golden',
    'server/model/ranges',
    'server/storage',
  ],
  'server/engine/remote': ['protocol', 'server', 'server/engine', 'server/model/download/base', 'server/text'],
  'server/engine/check': [
    'protocol',
    'server',
    'server/engine',
    'server/engine/cpu',
    'server/engine/remote',
    'server/engine/tensorrt',
    'server/model',
    'server/model/golden',
    'server/model/ranges',
    'server/storage',
  ],
  'server/engine/choose': [
    'protocol',
    'server',
    'server/engine',
    'server/engine/check',
    'server/engine/cpu',
    'server/engine/remote',
    'server/engine/tensorrt',
    'server/model',
    'server/model/ranges',
    'server/storage',
  ],
  'server/engine/export': [
    'server',
    'server/engine/cpu',
    'server/engine/remote',
    'server/model',
    'server/model/families',
    'server/storage',
    'server/tokenizer',
  ],
  'server/views/base': ['protocol', 'server/text'],
  'server/views/code': ['server/storage', 'server/views/base'],
  'server/views/data': ['server/text', 'server/views/base'],
  'server/views/tables': ['server/views/base'],
  'server/views/markup': ['server/views/base'],
  'server/views/text': ['server/views/base', 'server/views/tables'],
  'server/views/records': ['server/views/base', 'server/views/markup', 'server/views/text'],
  'server/formats': ['protocol', 'server'],
  'server/formats/office': ['server', 'server/formats', 'server/views/records/mime'],
  'server/formats/pdf': ['server', 'server/formats', 'server/storage'],
  'server/formats/child': ['server', 'server/formats', 'server/formats/office', 'server/formats/pdf'],
  'server/formats/host': ['server', 'server/formats', 'server/formats/child/messages', 'server/storage'],
  'server/views': [
    'server/formats',
    'server/views/base',
    'server/views/code',
    'server/views/data',
    'server/views/markup',
    'server/views/records',
    'server/views/tables',
    'server/views/text',
  ],
  'server/ranking': ['protocol', 'server/text', 'server/views/base'],
  'server/reader': [
    'protocol',
    'server',
    'server/engine',
    'server/formats',
    'server/model',
    'server/ranking',
    'server/text',
    'server/text/atoms',
    'server/tokenizer',
    'server/views',
    'server/views/base',
  ],
  'server/documents': [
    'protocol',
    'server',
    'server/formats',
    'server/formats/child/messages',
    'server/formats/host',
    'server/storage',
    'server/text',
  ],
  'server/calibration': [
    'server',
    'server/documents',
    'server/engine',
    'server/engine/cpu',
    'server/model',
    'server/model/ranges',
    'server/reader',
    'server/tokenizer',
  ],
  'server/checks': ['protocol', 'server', 'server/documents'],
  'server/tools': ['protocol', 'server/text'],
  'server/session': [
    'protocol',
    'server',
    'server/text',
    'server/engine',
    'server/engine/check',
    'server/engine/choose',
    'server/model',
    'server/reader',
    'server/tokenizer',
    'server/views',
    'server/views/base',
    'server/views/code',
  ],
  'server/runs': [
    'protocol',
    'server',
    'server/documents',
    'server/formats',
    'server/ranking',
    'server/reader',
    'server/session',
    'server/text/one-line',
    'server/views/base',
  ],
  'server/sidecar': [
    'protocol',
    'server',
    'server/checks',
    'server/documents',
    'server/engine/cpu',
    'server/formats/host',
    'server/ranking',
    'server/reader',
    'server/runs',
    'server/session',
    'server/storage',
    'server/views',
  ],
  'server/mcp': [
    'protocol',
    'server',
    'server/checks',
    'server/documents',
    'server/sidecar',
    'server/storage',
    'server/tools',
  ],
  'server/cli': [
    'protocol',
    'server',
    'server/mcp/main', // a bundle of its own, which `mcp` loads
    'server/calibration',
    'server/checks',
    'server/documents',
    'server/engine/choose',
    'server/engine/cpu/threads',
    'server/engine/export',
    'server/engine/remote',
    'server/engine/tensorrt',
    'server/model',
    'server/model/download',
    'server/model/import',
    'server/model/ranges',
    'server/model/store',
    'server/ranking',
    'server/reader',
    'server/runs',
    'server/session',
    'server/sidecar', // `serve` is the sidecar of other editors
    'server/storage',
    'server/text',
    'server/views',
  ],
  'server/evaluation': [
    'protocol',
    'server',
    'server/checks',
    'server/cli',
    'server/documents',
    'server/engine',
    'server/engine/check',
    'server/engine/choose',
    'server/engine/tensorrt',
    'server/formats',
    'server/model',
    'server/model/ranges',
    'server/ranking',
    'server/runs',
    'server/session',
    'server/storage',
    'server/text',
    'server/views',
    'server/views/base',
  ],
  'src/shared': ['server/text/one-line'],
  'src/settings': ['protocol', 'src/shared', 'server/model/download/base'],
  'src/sidecar': ['protocol', 'src/settings', 'src/shared'],
  'src/documents': ['protocol', 'src/shared', 'src/sidecar'],
  'src/answers': ['protocol', 'server/tools/likely', 'src/shared'],
  'src/status': ['protocol', 'src/answers', 'src/settings', 'src/shared', 'src/sidecar'],
  'src/history': ['protocol', 'src/answers', 'src/settings', 'src/shared'],
  'src/asking': ['protocol', 'src/answers', 'src/history', 'src/settings', 'src/shared', 'src/sidecar', 'src/status'],
  'src/bundles': [
    // Bundles of their own, loaded when they are needed: whatever is plain Node.
    'server',
    'server/documents',
    'server/model',
    'server/model/download',
    'server/model/import',
    'server/model/store',
    'server/storage',
  ],
  'src/workspace': [
    'protocol',
    'server/documents/ignore-rules',
    'server/documents/limits',
    'server/documents/not-documents',
    'server/documents/own-files',
    'server/documents/table-columns',
    'src/answers',
    'src/asking',
    'src/bundles',
    'src/history',
    'src/settings',
    'src/shared',
    'src/sidecar',
  ],
  'src/history-view': ['src/answers', 'src/asking', 'src/history', 'src/shared', 'src/sidecar', 'src/workspace'],
  'src/page-view': [
    'protocol',
    'src/answers',
    'src/asking',
    'src/history',
    'src/settings',
    'src/shared',
    'src/sidecar',
    'src/status',
    'src/workspace/page-html',
  ],
  'webview/pdf': ['src/page-view/messages'],
  'src/models': [
    'protocol',
    'server/model/store/catalogue',
    'server/model/store/store',
    'src/bundles',
    'src/settings',
    'src/shared',
    'src/sidecar',
  ],
  'src/first-steps': ['src/asking', 'src/shared', 'src/sidecar'],
  'src/leftovers': ['src/history', 'src/models', 'src/shared', 'src/sidecar'],
  'src/diagnostics': ['protocol', 'src/settings', 'src/shared', 'src/sidecar', 'src/status'],
  'src/lm': ['protocol', 'server/tools', 'src/asking', 'src/shared', 'src/sidecar', 'src/workspace'],
  src: [
    'api',
    'protocol',
    'server/text/positions',
    'src/answers',
    'src/asking',
    'src/diagnostics',
    'src/documents',
    'src/first-steps',
    'src/history',
    'src/history-view',
    'src/leftovers',
    'src/lm',
    'src/models',
    'src/page-view',
    'src/settings',
    'src/shared',
    'src/sidecar',
    'src/status',
    'src/workspace',
  ],
};

/** What every folder may import. */
const EVERYWHERE = ['server/text/arrays'];

/** Packages that only some folders may import. */
const PACKAGES: Record<string, RegExp> = {
  vscode: /^src\//,
  'vscode-languageclient': /^src\/sidecar\//,
  '@modelcontextprotocol/sdk': /^server\/mcp\//,
  'vscode-languageserver': /^server\/sidecar\//,
  'vscode-jsonrpc': /^(src|server)\/sidecar\//,
  'onnxruntime-node': /^server\/engine\/(cpu|check)\//,
  'pdfjs-dist': /^(webview\/pdf|server\/formats)\//,
  'linkify-it': /^server\/text\/atoms\//,
  saxes: /^server\/formats\//,
  fflate: /^server\/formats\//,
  eld: /^server\/text\//,
  'write-excel-file': /^server\/documents\//,
  yargs: /^server\/(cli|evaluation)\//,
};

interface Import {
  from: string;
  to: string;
}

const sources = ['src', 'server', 'webview'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(folder, file.replaceAll('\\', '/'))),
);
const imports = sources.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));

/** Everything that a file imports, types and `import()` types too: files by their path, packages by their name. */
function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/^\s*(?:\/\/.*|\/?\*.*)$/gm, '');
  const found = code.matchAll(/\bfrom\s+'([^']+)'|^\s*import\s+'([^']+)'|\b(?:import|require)\(\s*'([^']+)'\s*\)/gm);
  return [...found].map((match) => ({ from: file, to: resolve(file, match[1] ?? match[2] ?? match[3]) }));
}

function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  const target = path.posix.join(path.posix.dirname(file), specifier);
  return [target.replace(/\.js$/, '.ts'), target].find((each) => existsSync(each)) ?? target;
}

/** A file's folder in {@link ALLOWED}. */
function folderOf(file: string): string {
  if (/^server\/protocol(\.ts$|\/)/.test(file)) return 'protocol';
  return path.posix.dirname(file);
}

/** What is wrong with an import; undefined: nothing. */
function fault({ from, to }: Import): string | undefined {
  const name = `${from} imports ${to}`;
  if (!/^(src|server|api|webview)\//.test(to)) {
    const rule = Object.entries(PACKAGES).find(([each]) => to === each || to.startsWith(`${each}/`));
    return rule && !rule[1].test(from) ? name : undefined;
  }
  const [source, target] = [folderOf(from), folderOf(to)];
  if (source === target || EVERYWHERE.includes(to.replace(/\.ts$/, ''))) return undefined;
  const allowed = ALLOWED[source];
  if (!allowed) return `${source} is not in the table of folders`;
  return allowed.includes(target) || allowed.includes(to.replace(/\.ts$/, '')) ? undefined : name;
}

describe('layers', () => {
  it('folders import only from layers below them', () => {
    assert.deepEqual(imports.map(fault).filter(Boolean), []);
  });

  it('the table has no circle: each folder names only folders listed before it, and every one that exists is listed', () => {
    const listed = Object.keys(ALLOWED);
    listed.forEach((folder, index) => {
      for (const below of ALLOWED[folder]) {
        const place = listed.indexOf(below) >= 0 ? listed.indexOf(below) : listed.indexOf(path.posix.dirname(below));
        assert.ok(
          below === 'api' || (place >= 0 && place < index),
          `${folder} may import ${below}, which is not below it`,
        );
      }
    });
    assert.deepEqual(
      [...new Set(sources.map(folderOf))].filter((folder) => !listed.includes(folder)),
      [],
    );
  });

  it('every allowed import is used somewhere', () => {
    const used = new Set(
      imports.flatMap(({ from, to }) => [
        `${folderOf(from)} ${folderOf(to)}`,
        `${folderOf(from)} ${to.replace(/\.ts$/, '')}`,
      ]),
    );
    const unused = Object.entries(ALLOWED).flatMap(([folder, below]) =>
      below.map((each) => `${folder} ${each}`).filter((pair) => !used.has(pair) && !pair.endsWith(' api')),
    );
    assert.deepEqual(unused, []);
  });

  it('no files import each other in a circle', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to]);
    const done = new Set<string>();
    const visit = (file: string, way: readonly string[]): void => {
      assert.ok(!way.includes(file), `circle: ${[...way.slice(way.indexOf(file)), file].join(' -> ')}`);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
  });

  for (const [from, line] of [
    ['server/reader/reader.ts', "import * as vscode from 'vscode';"],
    ['server/reader/reader.ts', "import type { Session } from '../session/session.js';"],
    ['server/model/config.ts', "import { Reader } from '../reader/reader.js';"],
    ['server/views/text/log.ts', "import { htmlView } from '../markup/html.js';"],
    ['server/engine/cpu/graph.ts', "import { chooseEngine } from '../choose/choose-engine.js';"],
    ['server/checks/check-request.ts', "export { Service } from '../sidecar/service.js';"],
    ['server/cli/ask.ts', "import { evaluateCommand } from '../evaluation/evaluate.js';"],
    ['src/answers/store.ts', "type Flow = typeof import('../asking/flow.js');"],
    ['src/status/status.ts', "const reader = require('../../server/reader/reader.js');"],
    ['src/asking/flow.ts', "const engine = await import('../../server/engine/engine.js');"],
    ['server/tokenizer/tokenizer.ts', "import 'onnxruntime-node';"],
  ] as const) {
    it(`a wrong import is found: ${line} in ${from}`, () => {
      assert.equal(importsOf(from, line).map(fault).filter(Boolean).length, 1);
    });
  }
});
