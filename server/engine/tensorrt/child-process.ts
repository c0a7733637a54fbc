/** Runs one request in a child process and waits for its reply. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { AskBertError, cancelled } from '../../errors.js';
import { BUNDLE_VARIABLE, bundleInUse, t } from '../../l10n.js';
import type { ErrorCode } from '../../protocol.js';
import { bundleFile } from '../../storage/bundle-file.js';
import type { BuildOrder, BuildResult, ProbeOrder, ProbeResult, Reply } from './child-messages.js';

/** How long a child may take to exit after a cancel. */
const CANCEL_MS = 800;
const PROBE_MS = 60_000;

export type OnBuildProgress = (phase: string, done: number) => void;

/**
 * The environment for a child, which uses the language of this process. TensorRT loads the resources of its builder by
 * their bare name, and not every release searches its own folder; the loader reads this variable once, when a process
 * starts.
 */
function withLibraryFolder(folder: string): NodeJS.ProcessEnv {
  const name = process.platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH';
  const before = process.env[name];
  const spoken = bundleInUse();
  return {
    ...process.env,
    ...(spoken && { [BUNDLE_VARIABLE]: spoken }),
    [name]: before ? `${folder}${path.delimiter}${before}` : folder,
  };
}

/** @throws AskBertError LibraryMissing when the child crashed or did not reply in time */
export async function probeInChild(order: ProbeOrder, signal?: AbortSignal): Promise<ProbeResult> {
  return (await inChild(order, 'LibraryMissing', signal, undefined, PROBE_MS)) as ProbeResult;
}

/** @throws AskBertError EngineBuild, OutOfMemory, LibraryMissing, ModelInvalid, Cancelled */
export async function buildInChild(
  order: BuildOrder,
  signal?: AbortSignal,
  onProgress?: OnBuildProgress,
): Promise<BuildResult> {
  return (await inChild(order, 'EngineBuild', signal, onProgress)) as BuildResult;
}

function inChild(
  order: ProbeOrder | BuildOrder,
  crashCode: ErrorCode,
  signal?: AbortSignal,
  onProgress?: OnBuildProgress,
  limitMs?: number,
): Promise<ProbeResult | BuildResult> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal));
    const child: ChildProcess = fork(bundleFile('tensorrt-child.js'), [], {
      // TensorRT sometimes writes to standard output, which may carry a protocol.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: withLibraryFolder(path.dirname(order.library)),
      serialization: 'advanced',
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
    const limit = limitMs
      ? setTimeout(() => fail(t('no answer within {0} seconds', limitMs / 1000)), limitMs)
      : undefined;
    const onAbort = () => {
      if (child.connected) child.send({ type: 'cancel' });
      // TensorRT checks for a cancel only between two steps, and a step can be long.
      const timer = setTimeout(() => settle(() => reject(reasonOf(signal!))), CANCEL_MS);
      timer.unref();
    };
    signal?.addEventListener('abort', onAbort, { once: true });

    let settled = false;
    function settle(how: () => void): void {
      if (settled) return;
      settled = true;
      clearTimeout(limit);
      signal?.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
      how();
    }
    function fail(why: string): void {
      // Ctrl-C in a terminal ends this process and the child at once.
      if (signal?.aborted) {
        settle(() => reject(reasonOf(signal)));
        return;
      }
      const detail = said.trim().split('\n').at(-1);
      settle(() =>
        reject(
          new AskBertError(
            crashCode,
            t('TensorRT failed in its own process: {0}.', detail ? `${why}; ${detail}` : why),
          ),
        ),
      );
    }
    child.on('error', (e) => fail(e.message));
    child.on('exit', (code, killedBy) => {
      // The loader maps a truncated file and touches pages beyond its end.
      if (killedBy === 'SIGBUS') fail(t('ended by {0}, since a file is incomplete', killedBy));
      else fail(killedBy ? t('ended by {0}', killedBy) : t('exit code {0}', code ?? 0));
    });
    child.on('message', (reply: Reply) => {
      switch (reply.type) {
        case 'progress':
          if (!settled) onProgress?.(reply.phase, reply.done);
          return;
        case 'failed':
          return settle(() =>
            reject(
              signal?.aborted && reply.code === 'Cancelled'
                ? reasonOf(signal)
                : new AskBertError(reply.code as ErrorCode, reply.message, reply.remedy),
            ),
          );
        default:
          return settle(() => resolve(reply.result));
      }
    });
    child.send(order, (e) => {
      if (e) fail(e.message);
    });
  });
}

const reasonOf = (signal: AbortSignal): AskBertError =>
  signal.reason instanceof AskBertError ? signal.reason : cancelled();
