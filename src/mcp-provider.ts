/**
 * Offers `ask-bert mcp` to VS Code, which asks the user whether to trust and start it. It is described at once, and
 * gets the settings when it is started: only then is the client loaded.
 */
import path from 'node:path';
import * as vscode from 'vscode';

/** As in package.json. */
const ID = 'askBert';

/** @param flags of the command line, from the settings of the moment */
export function registerMcpServer(context: vscode.ExtensionContext, flags: () => string[]): vscode.Disposable[] {
  // VS Code has it since 1.101; other editors that take its extensions may not.
  if (typeof vscode.lm.registerMcpServerDefinitionProvider !== 'function') return [];
  return [vscode.lm.registerMcpServerDefinitionProvider(ID, mcpServers(context, flags))];
}

export function mcpServers(
  { extension, extensionPath }: Pick<vscode.ExtensionContext, 'extension' | 'extensionPath'>,
  flags: () => string[],
): Required<Omit<vscode.McpServerDefinitionProvider<vscode.McpStdioServerDefinition>, `on${string}`>> {
  const command = [path.join(extensionPath, 'dist', 'cli.js'), 'mcp'];
  return {
    provideMcpServerDefinitions: () => {
      const { version } = extension.packageJSON as { version: string };
      const env = { ELECTRON_RUN_AS_NODE: '1' };
      return [new vscode.McpStdioServerDefinition('Ask BERT', process.execPath, command, env, version)];
    },
    resolveMcpServerDefinition: (server) => {
      server.args = [...command, ...flags()];
      const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
      if (folder) server.cwd = folder.uri;
      return server;
    },
  };
}
