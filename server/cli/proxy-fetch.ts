/** `fetch` for the command line: through the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). */
import type { Fetch } from '../model/download/request.js';

/** Loaded when something is downloaded. Waits are bounded by the download itself. */
export async function proxyFetch(): Promise<Fetch> {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0 });
  return (address, init) => fetch(address, { ...init, dispatcher }) as unknown as Promise<Response>;
}
