/** `ask-bert mcp` without its command line: a bundle of its own, so that nothing else loads the SDK. */
import { version } from '../../package.json';
import type { SidecarSettings } from '../protocol.js';
import { flushed, hostService, SHUTDOWN_MS } from '../sidecar/process.js';
import { Roots } from './roots.js';
import { createServer } from './server.js';
import { StdioTransport } from './stdio.js';

export interface McpOptions {
  settings: SidecarSettings;
  /** Folders that `--root` names; none: the roots of the client, or the working folder. */
  roots: readonly string[];
  /** Asks it to end. */
  signal: AbortSignal;
  /** A line for the user's log. */
  log(message: string): void;
}

/** Serves one client at standard input and output, until it has gone or `signal` says so. */
export async function serveMcp({ settings, roots, signal, log }: McpOptions): Promise<void> {
  const service = hostService({
    onStatus: () => {},
    log: (level, message) => {
      if (level === 'error') log(message);
    },
  });
  service.configure(settings);
  const server = createServer(service, new Roots(roots, process.cwd()), version, log);
  const gone = new Promise<void>((resolve) => {
    server.onclose = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(new StdioTransport(process.stdin, process.stdout));
  await gone;
  await service.close(SHUTDOWN_MS);
  await flushed(process.stdout);
}
