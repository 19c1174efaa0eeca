/** Every spelling that `URL` leaves of a name or address of this machine; `*.localhost` belongs to it too (RFC 6761). */
const LOOPBACK_NAME =
  /^((.+\.)?localhost\.?|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/;
const LOOPBACK_ADDRESS = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i;

/** A host name as `URL` writes it: small letters, IPv6 in brackets. */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK_NAME.test(hostname);
}

/** The same, and names without a dot (a container's, a line in /etc/hosts): nobody on the internet can have one. */
export function isInsideName(hostname: string): boolean {
  return isLoopbackName(hostname) || /^[^.:[\]]+$/.test(hostname);
}

/** The address of a peer as a socket tells it. */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK_ADDRESS.test(address);
}

/** Whether an origin is on this machine, so that nobody outside can be meant by it. */
export function isLocalOrigin(origin: string): boolean {
  return isLoopbackName(new URL(origin).hostname);
}
