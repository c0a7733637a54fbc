/** `fetch` for the command line: through the proxy from the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). */
import type { Fetch } from '../model/download/request.js';

/** Loaded for downloads only. Timeouts are handled by the download itself. */
export async function proxyFetch(): Promise<Fetch> {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0 });
  return (address, init) => fetch(address, { ...init, dispatcher }) as unknown as Promise<Response>;
}
