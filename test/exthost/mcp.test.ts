import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import * as vscode from 'vscode';
import { mcpServers } from '../../src/mcp-provider.js';
import { mcpArguments } from '../../src/settings/mcp-arguments.js';
import { type Settings, settingRules } from '../../src/settings/settings-table.js';
import { api } from './helpers.js';

const { token } = new vscode.CancellationTokenSource();
const defaults = Object.fromEntries(
  Object.entries(settingRules).map(([key, rule]) => [key, rule.default]),
) as unknown as Settings;

describe('the MCP server', () => {
  it('is offered by the manifest under the name that the extension registers', async () => {
    await api();
    const extension = vscode.extensions.getExtension('ask-bert.ask-bert') ?? assert.fail('the extension is there');
    assert.deepEqual(extension.packageJSON.contributes.mcpServerDefinitionProviders, [
      { id: 'askBert', label: 'Ask BERT' },
    ]);
    // Registered already: a second provider of this name is refused, or replaces the first one.
    assert.equal(typeof vscode.lm.registerMcpServerDefinitionProvider, 'function');
  });

  it('starts as VS Code starts it, with the settings, and answers from the roots alone', async () => {
    const extension = vscode.extensions.getExtension('ask-bert.ask-bert') ?? assert.fail('the extension is there');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-mcp-'));
    writeFileSync(path.join(folder, 'fee.txt'), 'The monthly fee is EUR 4,850.\n');
    const provider = mcpServers({ extension, extensionPath: extension.extensionPath }, () =>
      mcpArguments({ ...defaults, engine: 'cpu', threads: 1 }, path.join(folder, 'engines')),
    );
    const [offered] = (await provider.provideMcpServerDefinitions(token)) ?? [];
    assert.ok(offered);
    assert.deepEqual(offered.args.slice(1), ['mcp'], 'settings are read when it is started');
    const server = (await provider.resolveMcpServerDefinition(offered, token)) ?? assert.fail('it is started');
    assert.equal(server.cwd?.fsPath, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
    const client = new Client({ name: 'test', version: '1' }, { capabilities: { roots: {} } });
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: pathToFileURL(folder).href }] }));
    const env = { ...process.env, ...server.env } as Record<string, string>;
    const transport = new StdioClientTransport({ command: server.command, args: server.args, env, stderr: 'pipe' });
    let err = '';
    transport.stderr?.on('data', (data: Buffer) => {
      err += String(data);
    });
    try {
      await client.connect(transport);
      const { tools } = await client.listTools();
      assert.equal(tools.length, 3);
      const question = 'How much is the monthly fee?';
      const result = await client.callTool({ name: 'answer', arguments: { question, filePath: 'fee.txt' } });
      const { answers } = result.structuredContent as { answers: { answer: string; grade: string }[] };
      assert.deepEqual([answers[0]?.answer, answers[0]?.grade], ['EUR 4,850', 'sure']);
      const outside = vscode.Uri.joinPath(extension.extensionUri, 'package.json').toString();
      assert.equal((await client.callTool({ name: 'answer', arguments: { question, uri: outside } })).isError, true);
    } catch (error) {
      assert.fail(`${error}\n${err}`);
    } finally {
      await client.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
