/** Which addresses model files may come from. No dependencies: the editor's settings check uses it too. */

/** Plain http only for a server on this machine: elsewhere the model could be changed in transit. */
const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Whether a file may be requested from this address. */
export const isAllowed = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));

/** Whether it is the base address of a mirror: without a user name, password, query or fragment. */
export function isBase(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const address = new URL(text);
  return isAllowed(address) && !address.search && !address.hash && !address.username && !address.password;
}
