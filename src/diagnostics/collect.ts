/** `Ask BERT: Report Diagnostics`: gathers the contents of the report, whether or not the sidecar runs. */
import { fork } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { readSetting, SECTION } from '../settings/settings.js';
import { type SettingKey, settingRules } from '../settings/settings-table.js';
import { inform } from '../shared/messages.js';
import type { FailureLog } from '../sidecar/failure-log.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import type { SidecarState } from '../status/state.js';
import { redactor } from './redact.js';
import { type Diagnostics, type Library, report, type ShownSetting } from './report.js';

/** Does not wait for a sidecar that hangs; each library is tried in its own process. */
const INFO_MS = 3000;
const LIBRARIES_MS = 30_000;

export interface DiagnosticsParts {
  context: vscode.ExtensionContext;
  sidecar: Sidecar;
  state: SidecarState;
  failures: FailureLog;
  /** Folder of built engines. */
  cacheFolder: string;
}

/** @returns the report, opened in a new editor */
export async function reportDiagnostics(parts: DiagnosticsParts): Promise<string> {
  const { l10n } = vscode;
  const content = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t('Ask BERT: gathering diagnostics') },
    async () => report(await gather(parts), redactor(whoAndWhere())),
  );
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }));
  const copy = l10n.t('Copy to Clipboard');
  const text = l10n.t(
    'Ask BERT: the report contains no document text, questions or answers. Read it before you share it.',
  );
  void inform(text, copy).then((choice) => {
    if (choice === copy) void vscode.env.clipboard.writeText(content);
  });
  return content;
}

async function gather({ context, sidecar, state, failures, cacheFolder }: DiagnosticsParts): Promise<Diagnostics> {
  const { latencies, status } = state;
  const { running, gaveUp, startedAt, crashes, lastCrashes } = sidecar.health;
  const [info, libraries] = await Promise.all([
    within(INFO_MS, sidecar.info()),
    librariesOf(path.join(context.extensionPath, 'dist', 'cli.js'), cacheFolder),
  ]);
  const { workspaceFolders = [], isTrusted } = vscode.workspace;
  return {
    time: Date.now(),
    versions: versionsOf(context),
    remote: vscode.env.remoteName,
    trusted: isTrusted,
    folders: workspaceFolders.length,
    schemes: [...new Set(workspaceFolders.map(({ uri }) => uri.scheme))],
    settings: changedSettings(),
    sidecar: { state: status.state, running, gaveUp, startedAt, crashes, lastCrashes, info },
    latency: {
      count: latencies.count,
      last: latencies.last,
      p50: latencies.percentile(50),
      p95: latencies.percentile(95),
    },
    libraries,
    failures: failures.notes,
  };
}

function versionsOf({ extension }: vscode.ExtensionContext): Diagnostics['versions'] {
  const { appName, appHost, uiKind, language } = vscode.env;
  const kind = uiKind === vscode.UIKind.Web ? 'web' : 'desktop';
  return [
    ['Ask BERT', String(extension.packageJSON.version)],
    ['VS Code', `${vscode.version}, ${appName}, ${appHost}, ${kind}, ${language}`],
    ['Node', process.version],
    ['System', `${process.platform}-${process.arch}, ${os.release()}, ${os.cpus().length} cores, ${gigabytes()} GB`],
    ['glibc', glibcVersion() ?? '-'],
  ];
}

const gigabytes = () => (os.totalmem() / 1e9).toFixed(1);

/** Undefined if the system has another C library. */
function glibcVersion(): string | undefined {
  // Otherwise names of connected hosts are looked up, which is slow.
  const tool = process.report as typeof process.report & { excludeNetwork?: boolean | undefined };
  const before = tool.excludeNetwork;
  tool.excludeNetwork = true;
  const { header } = tool.getReport() as { header?: { glibcVersionRuntime?: string } };
  tool.excludeNetwork = before;
  return header?.glibcVersionRuntime;
}

/** Settings that differ from their defaults. */
function changedSettings(): ShownSetting[] {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  return (Object.keys(settingRules) as SettingKey[]).flatMap((key) => {
    const { value, ignored } = readSetting(key);
    const rule = settingRules[key];
    if (value === undefined || value === rule.default) return [];
    const { workspaceFolderValue, workspaceValue } = configuration.inspect(key) ?? {};
    if (ignored) return [{ key: `${SECTION}.${key}`, value, where: 'user', valid: rule.accept(value) !== undefined }];
    const where = workspaceFolderValue !== undefined ? 'folder' : workspaceValue !== undefined ? 'workspace' : 'user';
    return [{ key: `${SECTION}.${key}`, value, where, valid: rule.accept(value) !== undefined }];
  });
}

/** Asks the command line, in a separate process, so that a crashing library affects nothing else. */
function librariesOf(cli: string, cacheFolder: string): Promise<readonly Library[] | string> {
  const tensorRt = vscode.workspace.getConfiguration(SECTION).get<unknown>('tensorRtPath');
  const args = ['engines', 'list', '--json', '--cache', cacheFolder];
  if (typeof tensorRt === 'string' && tensorRt.trim()) args.push('--tensorrt', tensorRt.trim());
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    const child = fork(cli, args, { silent: true, env, execArgv: [] });
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), LIBRARIES_MS);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr?.resume();
    child.once('error', () => resolve('not known, the command line does not start'));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve(librariesIn(output) ?? `not known, the command line ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

function librariesIn(json: string): readonly Library[] | undefined {
  try {
    const { libraries } = JSON.parse(json) as { libraries?: Library[] };
    return Array.isArray(libraries) && libraries.every((each) => typeof each?.candidate?.path === 'string')
      ? libraries
      : undefined;
  } catch {
    return undefined;
  }
}

function whoAndWhere() {
  const folders = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => [uri.fsPath, uri.path]);
  let user = '';
  try {
    user = os.userInfo().username;
  } catch {
    // A process may run under a user id without a name.
  }
  return { home: os.homedir(), user, folders: [...new Set(folders)] };
}

function within<T>(waitMs: number, promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setTimeout(resolve, waitMs, undefined))]);
}
