/** The keys of which there are many, each with a name behind the colon. */
const NAMED = ['session', 'ended', 'customer', 'availability', 'stream', 'live'] as const;
/** The keys of which there is one. */
const SINGLE = ['finished_calls', 'live', 'shop'] as const;
const CHANNELS = ['live', 'shop'] as const;

type NamedKey = (typeof NAMED)[number];
export type SingleKey = (typeof SINGLE)[number];

/** Whatever a gateway uses in Redis, as patterns: the rights of its user are for these, and the check of the storage tries each. */
export const KEY_PATTERNS: readonly string[] = [...NAMED.map((kind) => `${kind}:*`), ...SINGLE];
export const CHANNEL_PATTERNS: readonly string[] = CHANNELS.map((kind) => `${kind}:*`);

/** The key of this kind with this name. */
export function keyOf(kind: NamedKey, name: string): string {
  return `${kind}:${name}`;
}

/** Redis keeps the channels of two database numbers apart by nothing else. */
export function channelOf(kind: (typeof CHANNELS)[number], database: number, name: string): string {
  return `${kind}:${database}:${name}`;
}
