import type { JsonFields } from './json-fields.js';
import type { Session } from './session.js';

/** What others may change in a live session while its call goes on; everything else is its call's alone. */
export const SHARED_FIELDS = [
  'customer_id',
  'current_state',
  'collected_data',
  'intent',
  'conversation_history',
] as const satisfies readonly (keyof Session)[];
/** What only the call itself writes: where it differs from all that we stored, the stored session is no later version of ours. */
const OWN_FIELDS = [
  'stream_sid',
  'speaking',
  'states',
  'interruptions',
  'resumes',
] as const satisfies readonly (keyof Session)[];
export type SharedField = (typeof SHARED_FIELDS)[number];

/** A version that may be stored. */
export interface Version {
  readonly fields: JsonFields;
  /** What the call itself held then: other than in `fields` where it had not learnt yet what others changed. */
  readonly ours: JsonFields;
}

interface Versions {
  /** The live one, with all fields of its call. */
  readonly ours: JsonFields;
  /** What we know to have been stored, the latest last; more than one when the outcome of a write is unknown. */
  readonly bases: readonly Version[];
  /** What is stored now. */
  readonly theirs: JsonFields;
  /** What is stored cannot be older than the first base, which was read a moment ago by whoever picks the call up. */
  readonly isFresh?: boolean;
}

interface Merged {
  /** What is to be stored: ours, what others changed meanwhile, and every field that only they know. */
  readonly next: JsonFields;
  /** The fields of ours that others have changed. */
  readonly adopted: readonly SharedField[];
}

/**
 * Brings a live session and a stored one together that is not what was expected. Where only others changed a field, theirs
 * stands; where we did, ours. A version that is none of what we stored with changes of others (a backup that was
 * restored) changes nothing.
 */
export function mergeSessions({ ours, bases, theirs, isFresh = false }: Versions): Merged {
  return mergeWith(originOf(theirs, bases) ?? (isFresh ? bases[0] : undefined), ours, theirs);
}

/** The same, where what is stored is known to descend from `base`; from nothing of ours when there is none. */
export function mergeWith(base: Version | undefined, ours: JsonFields, theirs: JsonFields): Merged {
  const isForeign = (field: SharedField) => {
    const value = theirs.get(field);
    const isUntouched = base !== undefined && ours.get(field) === base.ours.get(field);
    return isUntouched && value !== undefined && value !== ours.get(field);
  };
  const adopted = SHARED_FIELDS.filter(isForeign);
  const next: JsonFields = new Map(theirs);
  for (const [name, member] of ours) next.set(name, member);
  for (const field of adopted) next.set(field, theirs.get(field) ?? '');
  return { next, adopted };
}

/** The version that others changed: it has what only the call itself writes, and most of the rest; of two the earlier. */
function originOf(theirs: JsonFields, bases: readonly Version[]): Version | undefined {
  const isSame = ({ fields }: Version, field: string) => fields.get(field) === theirs.get(field);
  const score = (base: Version) => SHARED_FIELDS.filter((field) => isSame(base, field)).length;
  const origins = bases.filter((base) => OWN_FIELDS.every((field) => isSame(base, field)));
  const best = Math.max(...origins.map(score));
  return origins.find((base) => score(base) === best);
}

/** Who owns a stored session: the stream, and how often the call had been resumed by then. */
interface Ownership {
  readonly stream_sid: string;
  readonly resumes: number;
}

/**
 * Whether the stored session belongs to a later stream than `own`: the call was resumed since, or at the same
 * time by another stream that was stored first. `past`: the streams that were ours before.
 */
export function isTakenOver(stored: Ownership, own: Ownership, past: ReadonlySet<string>): boolean {
  if (stored.stream_sid === own.stream_sid || past.has(stored.stream_sid)) return false;
  return stored.resumes >= own.resumes;
}
