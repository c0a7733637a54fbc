/** Checks an engine in a separate process, where the library may crash. */
import { fork } from 'node:child_process';
import { AskBertError, abortReason } from '../../errors.js';
import { t } from '../../l10n.js';
import { bundleFile } from '../../storage/bundle-file.js';
import type { CheckOrder } from './child-messages.js';

/** Time limit for loading and checking a large model on a busy machine. */
const LIMIT_MS = 180_000;

/**
 * Outcome of a check in a separate process: undefined if it passed, or failed with an error that this process would see
 * as well.
 */
export type Death = string | undefined;

/**
 * @param file bundle of child.ts
 * @returns how the process died, as part of a sentence
 * @throws AskBertError Cancelled; OutOfMemory when the system killed it
 */
export function checkInChild(
  order: CheckOrder,
  signal?: AbortSignal,
  file = bundleFile('check-child.js'),
  waitMs = LIMIT_MS,
): Promise<Death> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortReason(signal));
    const child = fork(file, [], { stdio: 'ignore', execArgv: [], serialization: 'advanced' });
    let settled = false;
    const settle = (how: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      child.kill('SIGKILL');
      how();
    };
    const cancel = () => settle(() => reject(abortReason(signal)));
    const timer = setTimeout(() => settle(() => resolve(t('no answer within {0} seconds', waitMs / 1000))), waitMs);
    signal?.addEventListener('abort', cancel, { once: true });
    child.on('message', () => settle(() => resolve(undefined)));
    // A process that cannot be started says nothing about the engine.
    child.on('error', () => settle(() => resolve(undefined)));
    child.on('exit', (code, killedBy) => {
      // How the system reacts to a lack of memory.
      if (killedBy === 'SIGKILL') return settle(() => reject(killed()));
      // On Windows a crash has a large exit code; small ones are from Node, such as for a missing bundle.
      const crash = killedBy ?? ((code ?? 0) > 255 ? `0x${code!.toString(16)}` : undefined);
      settle(() => resolve(crash && t('ended by {0}', crash)));
    });
    child.send(order, (e) => {
      if (e) settle(() => resolve(undefined));
    });
  });
}

const killed = (): AskBertError =>
  new AskBertError(
    'OutOfMemory',
    t('The system killed the engine check, as it does when memory runs out.'),
    t('Close other programs, or choose a smaller model.'),
  );
