import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { BoundedMap } from '../core/bounded-map.js';

/** So many wrong tokens a minute are the last of a peer. */
export const WRONG_TOKENS_A_MINUTE = 10;
const MINUTE_MS = 60_000;
/** An address that has given the right token is not held up by what others do behind the same proxy. */
const PROVEN_FOR_MS = 12 * 60 * MINUTE_MS;

/** Where a request comes from. */
interface Asker {
  /** The address of the socket: what cannot be made up. */
  readonly peer: string;
  /** What the nearest proxy says of whom it asks for; empty without one. Anybody may make it up where the proxy adds nothing. */
  readonly client: string;
}

/**
 * Wrong tokens, by peer: after ten in a minute it waits until the first is a minute old. Remembers 8,000 peers.
 */
export class WrongTokens {
  readonly #now: () => number;
  readonly #times = new BoundedMap<string, readonly number[]>();
  readonly #proven = new BoundedMap<string, number>();

  /** `now`: milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** In how many seconds this peer may try again; null: now. */
  waitOf(asker: Asker): number | null {
    const times = this.#recent(asker);
    const [oldest] = times;
    if (oldest === undefined || times.length < WRONG_TOKENS_A_MINUTE) return null;
    return Math.max(1, Math.ceil((oldest + MINUTE_MS - this.#now()) / 1000));
  }

  wrong(asker: Asker): void {
    const times = [...this.#recent(asker), this.#now()].slice(-WRONG_TOKENS_A_MINUTE);
    this.#times.set(networkOf(asker.peer), times);
  }

  /** Whether this asker has given the right one lately: then that is looked at while its peer waits. */
  isProven(asker: Asker): boolean {
    const provenAt = this.#proven.get(nameOf(asker));
    return provenAt !== undefined && this.#now() - provenAt < PROVEN_FOR_MS;
  }

  right(asker: Asker): void {
    this.#proven.set(nameOf(asker), this.#now());
  }

  #recent({ peer }: Asker): readonly number[] {
    const since = this.#now() - MINUTE_MS;
    return (this.#times.get(networkOf(peer)) ?? []).filter((time) => time > since);
  }
}

function nameOf({ peer, client }: Asker): string {
  return `${networkOf(peer)} ${client.slice(0, 64)}`;
}

/** An IPv4 address as it is, however it is written; of IPv6 the network of 64 bits, which one customer of a provider has to itself. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%', 1);
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(plain)) return plain;
  const [head = [], tail = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const missing = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  const groups = [...head, ...missing, ...tail].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** The last in `X-Forwarded-For` is what the nearest proxy has added; whoever wrote the others. */
export function askerOf({ socket, headers }: IncomingMessage): Asker {
  const last =
    String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .at(-1)
      ?.trim() ?? '';
  const client = /^[\da-f.:[\]]{2,47}$/i.test(last) ? last : '';
  return { peer: socket.remoteAddress ?? 'unknown', client };
}
