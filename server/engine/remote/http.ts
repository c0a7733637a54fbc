/**
 * Requests to a server: connections are kept and shared, bodies are read up to a limit, redirects are refused, and
 * every failure becomes a sentence that names the server. Through the user's proxy, except to this machine.
 */
import type { Dispatcher } from 'undici';
import { throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import { RemoteFault } from './fault.js';
import { reasonOf } from './reason.js';

export interface RemoteRequest {
  /** Full address. */
  address: string;
  /** Missing: GET. */
  body?: Uint8Array | undefined;
  headers?: Record<string, string> | undefined;
  /** Longest body of the answer, bytes. */
  limit: number;
  /** Longest wait for the whole answer, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface RemoteResponse {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
}

export interface HttpOptions {
  token?: string | undefined;
  /** Address of the proxy for https; missing: as the environment says (HTTPS_PROXY, NO_PROXY). */
  proxy?: string | undefined;
}

/** Establishing a connection takes two or three round trips. */
const CONNECT_MS = 5000;
/** Connections to one server: requests beyond them wait. */
const CONNECTIONS = 64;
/** Limit for the wait that a server may ask for. */
const MAX_RETRY_AFTER_MS = 60_000;
/** Time-outs and servers that are too busy, or not ready. */
const passingCodes = [408, 425, 429, 500, 502, 503, 504];

export class RemoteHttp {
  readonly #options: HttpOptions;
  readonly #dispatchers = new Map<'local' | 'remote', Promise<Dispatcher>>();
  #closed = false;

  constructor(options: HttpOptions = {}) {
    this.#options = options;
  }

  /**
   * @returns an answer of status 200, or 400 to 404, which depends on what was asked for
   * @throws RemoteFault, or the signal's reason as soon as it is aborted
   */
  async send({ address, body, headers, limit, timeoutMs, signal }: RemoteRequest): Promise<RemoteResponse> {
    const url = new URL(address);
    const { token } = this.#options;
    throwIfAborted(signal);
    if (this.#closed) throw new RemoteFault('lasting', t('The connection to {0} was closed.', url.host));
    // One signal for both, without what a combined one costs each request.
    const ended = new AbortController();
    let isLate = false;
    const cancel = () => ended.abort();
    signal?.addEventListener('abort', cancel, { once: true });
    const timer = setTimeout(() => {
      isLate = true;
      ended.abort();
    }, timeoutMs);
    try {
      const dispatcher = await this.#dispatcherFor(url);
      throwIfAborted(signal);
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname,
        method: body ? 'POST' : 'GET',
        headers: { accept: '*/*', ...headers, ...(token && { authorization: `Bearer ${token}` }) },
        body: body ?? null,
        signal: ended.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const { statusCode: status } = response;
      const answer = { status, headers: response.headers, body: await bodyOf(response.body, limit, url.host) };
      checkStatus(answer, url);
      return answer;
    } catch (e) {
      throwIfAborted(signal);
      if (isLate) throw tooLate(url.host, timeoutMs);
      throw e instanceof RemoteFault ? e : networkFault(e, url);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends all requests. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(all.map(async (each) => (await each).destroy()));
  }

  #dispatcherFor({ hostname }: URL): Promise<Dispatcher> {
    const kind = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) ? 'local' : 'remote';
    let found = this.#dispatchers.get(kind);
    if (!found) {
      found = this.#open(kind === 'remote');
      this.#dispatchers.set(kind, found);
    }
    return found;
  }

  async #open(throughProxy: boolean): Promise<Dispatcher> {
    const { Agent, EnvHttpProxyAgent } = await import('undici');
    const tls = { timeout: CONNECT_MS, ...(await certificates()) };
    const usual = { connections: CONNECTIONS, connect: tls, keepAliveTimeout: 30_000 };
    if (!throughProxy) return new Agent(usual);
    const { proxy } = this.#options;
    return new EnvHttpProxyAgent({ ...usual, requestTls: tls, proxyTls: tls, ...(proxy && { httpsProxy: proxy }) });
  }
}

/** Also those of the system, where Node can read them; NODE_EXTRA_CA_CERTS is part of the default ones. */
async function certificates(): Promise<{ ca?: string[] }> {
  const tls = (await import('node:tls')) as { getCACertificates?: (type: 'default' | 'system') => string[] };
  try {
    const system = tls.getCACertificates?.('system') ?? [];
    return system.length > 0 ? { ca: [...new Set([...tls.getCACertificates!('default'), ...system])] } : {};
  } catch {
    return {};
  }
}

/** @throws RemoteFault when it is longer than `limit` */
async function bodyOf(stream: AsyncIterable<Uint8Array>, limit: number, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream: nothing more is read.
    if (bytes > limit) throw new RemoteFault('lost', t('{0} answered with more than {1} bytes.', host, limit));
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes);
}

/** @throws RemoteFault unless there is an answer of the server itself */
function checkStatus({ status, headers }: RemoteResponse, url: URL): void {
  const { host } = url;
  if (status >= 300 && status < 400) {
    const to = typeof headers.location === 'string' && URL.canParse(headers.location, url.href) ? headers.location : '';
    const target = to ? new URL(to, url.href).origin : t('no address');
    throw new RemoteFault(
      'lasting',
      t('{0} redirects to {1}, and redirects are not followed.', host, target),
      t('Set the address that serves the model itself.'),
    );
  }
  if (status === 401 || status === 403) {
    throw new RemoteFault(
      'lasting',
      t('{0} denied access ({1}).', host, status),
      t('Set the token of the server with "Set Token of the Remote Server", or in ASKBERT_REMOTE_TOKEN.'),
    );
  }
  if (status === 407)
    throw new RemoteFault('lasting', t('The proxy for {0} denied access (407).', host), t('Check the proxy.'));
  if (passingCodes.includes(status)) {
    throw new RemoteFault(
      'busy',
      t('{0} answered {1}.', host, status),
      t('The server is overloaded or not ready: try again later.'),
      undefined,
      retryAfter(headers['retry-after']),
    );
  }
  if (status === 200 || status === 400 || status === 404) return;
  throw new RemoteFault('lasting', t('{0} answered {1}.', host, status), t('Check the address of the server.'));
}

/** Seconds, or a date. */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return ms >= 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

const tooLate = (host: string, ms: number): RemoteFault =>
  new RemoteFault(
    'busy',
    t('{0} did not answer within {1} s.', host, ms / 1000),
    t('The server is overloaded or not ready: try again later.'),
  );

/** Codes of Node and OpenSSL for a certificate that is not accepted. */
const certificateCodes = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;

function networkFault(e: unknown, { host }: URL): RemoteFault {
  const { reason, codes } = reasonOf(e);
  if (codes.includes('CERT_HAS_EXPIRED')) {
    const remedy = t('The server needs a new certificate.');
    return new RemoteFault('lasting', t('The certificate of {0} has expired.', host), remedy, { cause: e });
  }
  if (codes.some((code) => certificateCodes.test(code))) {
    return new RemoteFault(
      'lasting',
      t('The certificate of {0} is not trusted: {1}.', host, reason),
      t('If your organisation signs its own certificates, name its file in NODE_EXTRA_CA_CERTS.'),
      { cause: e },
    );
  }
  const remedy = t('Check that the server runs, its address, and the network.');
  return new RemoteFault('lost', t('{0} cannot be reached: {1}.', host, reason), remedy, { cause: e });
}
