/** Why a request failed: libraries hide the reason in a chain of causes. */

const DEEPEST = 6;

/** @returns the innermost message, and the codes of all */
export function reasonOf(error: unknown): { reason: string; codes: string[] } {
  const codes: string[] = [];
  let reason = '';
  let e = error;
  for (let depth = 0; e instanceof Error && depth < DEEPEST; depth++) {
    const { code } = e as NodeJS.ErrnoException;
    if (typeof code === 'string') codes.push(code);
    if (e.message) reason = e.message;
    else if (typeof code === 'string') reason = code;
    // Several addresses of one host were tried: the last one says as much as the others.
    e = e instanceof AggregateError && e.errors.length > 0 ? e.errors.at(-1) : e.cause;
  }
  return { reason: (reason || String(error)).replace(/\.$/, '').slice(0, 300), codes };
}
