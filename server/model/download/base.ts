/** Which addresses files of models may come from. Plain: settings of the editor are checked by it too. */

/** Plain http is for a server on this machine only: elsewhere anybody on the way could change the model. */
const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Whether a file may be asked for at this address. */
export const isAllowed = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));

/** Whether it is the base address of a mirror: without a name, a password, a query or a fragment. */
export function isBase(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const address = new URL(text);
  return isAllowed(address) && !address.search && !address.hash && !address.username && !address.password;
}
