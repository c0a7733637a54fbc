/** One request: follows a limited number of redirects, and classifies responses as good, worth a retry, or final. */
import { AskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import { isAllowed } from './base.js';

/** The part of `fetch` that is used: an extension host has its own, with the user's proxy and certificates. */
export type Fetch = (
  address: string,
  init: { headers: Record<string, string>; redirect: 'manual'; signal: AbortSignal },
) => Promise<Response>;

/** An error that may be gone on retry. */
export class Passing extends Error {
  /** @param waitMs how long the server asks to wait */
  constructor(
    message: string,
    readonly waitMs?: number,
  ) {
    super(message);
  }
}

export interface Answer {
  response: Response;
  /** The final address. */
  address: URL;
  /** What a server along the redirects stated about the content. */
  stated: { sha256?: string; bytes?: number };
}

const MAX_REDIRECTS = 5;
const redirectCodes = [301, 302, 303, 307, 308];
const passingCodes = [408, 425, 429];
/** Limit for the wait that a server may ask for. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * @param headersMs longest wait for the response headers
 * @throws Passing, or AskBertError DownloadFailed, or the signal's reason
 */
export async function request(
  fetch: Fetch,
  address: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  headersMs: number,
): Promise<Answer> {
  let at = new URL(address);
  const stated: Answer['stated'] = {};
  for (let hops = 0; ; hops++) {
    const response = await head(fetch, at, headers, signal, headersMs);
    note(response, stated);
    if (!redirectCodes.includes(response.status)) {
      await check(response, at);
      return { response, address: at, stated };
    }
    await discard(response);
    if (hops === MAX_REDIRECTS) throw failed(t('{0} redirects more than {1} times', address, MAX_REDIRECTS));
    at = next(at, response.headers.get('location'));
  }
}

/** The response headers, with a timeout. @throws Passing, or the signal's reason */
async function head(
  fetch: Fetch,
  at: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  headersMs: number,
): Promise<Response> {
  throwIfAborted(signal);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), headersMs);
  try {
    // Bytes are counted and hashed as the server keeps them.
    const all = { ...headers, 'accept-encoding': 'identity' };
    const both = AbortSignal.any([signal, late.signal]);
    return await fetch(at.href, { headers: all, redirect: 'manual', signal: both });
  } catch (e) {
    throwIfAborted(signal);
    if (late.signal.aborted) throw new Passing(t('{0} did not answer within {1} s', at.host, headersMs / 1000));
    throw new Passing(t('{0} cannot be reached: {1}', at.host, reasonOf(e)));
  } finally {
    clearTimeout(timer);
  }
}

function next(from: URL, location: string | null): URL {
  const to = location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!to) throw failed(t('{0} redirects to no address', from.href));
  if (!isAllowed(to) || (from.protocol === 'https:' && to.protocol !== 'https:')) {
    throw failed(t('{0} redirects to {1}, which is not encrypted', from.href, to.origin));
  }
  return to;
}

/** Model hubs state the hash of a large file in the redirect to its storage. */
function note({ headers }: Response, stated: Answer['stated']): void {
  const tag = headers.get('x-linked-etag')?.replaceAll('"', '');
  if (tag && /^[0-9a-f]{64}$/.test(tag)) stated.sha256 = tag;
  const bytes = Number(headers.get('x-linked-size') ?? undefined);
  if (Number.isSafeInteger(bytes) && bytes > 0) stated.bytes = bytes;
}

/** @throws Passing or AskBertError DownloadFailed unless there is content, or the range is rejected */
async function check(response: Response, at: URL): Promise<void> {
  const { status } = response;
  if (status === 416) return;
  if (status === 200 || status === 206) {
    if (!/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) return;
    await discard(response);
    throw failed(
      t('{0} answered with a web page instead of the file', at.href),
      t('Check whether this network wants you to sign in, and the address of the mirror if you set one.'),
    );
  }
  await discard(response);
  if (status >= 500 || passingCodes.includes(status)) {
    throw new Passing(t('{0} answered {1}', at.host, status), retryAfter(response));
  }
  throw failed(
    t('{0} answered {1}', at.href, status),
    status === 404 || status === 410
      ? t('The file was not found: check the address of the mirror if you set one.')
      : t('Access was denied: check the proxy, the mirror and the network.'),
  );
}

function retryAfter({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? undefined);
  return seconds >= 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : undefined;
}

export const failed = (fault: string, remedy?: string): AskBertError =>
  new AskBertError('DownloadFailed', `${fault}.`, remedy ?? t('Try again later, or from a mirror.'));

/** `fetch` hides the reason in a chain of causes. */
export function reasonOf(error: unknown): string {
  const causes: string[] = [];
  for (let e = error; e instanceof Error && causes.length < 5; e = e.cause) {
    if (e.message) causes.push(e.message);
    else if ('code' in e) causes.push(String(e.code));
  }
  return causes.filter((text) => text !== 'fetch failed').at(-1) ?? causes[0] ?? String(error);
}

/** Frees the connection of an unread response. */
export async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}
