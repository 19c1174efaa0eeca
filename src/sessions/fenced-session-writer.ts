import type { Session } from './session.js';
import type { SharedField } from './session-merge.js';
import type { SessionStore } from './session-store.js';

/** What others have changed in a live session. */
export type Adopted = Partial<Pick<Session, SharedField>>;

/**
 * What a session was stored over. `stored`: what was expected. `lost_ack`: a write of ours whose outcome was not known, and
 * which had been applied. `merged`: changes of others, which were kept. `restored`: nothing, the store had lost it.
 */
export type StoredOver = 'stored' | 'lost_ack' | 'merged' | 'restored';

/**
 * `fenced`: a later stream owns the session, or the call is over; nothing was written. `failed`: it is not known what is
 * stored now.
 */
export type SaveResult =
  | { readonly outcome: 'stored'; readonly adopted: Adopted; readonly over: StoredOver }
  | { readonly outcome: 'fenced' | 'failed' };

/** Where one live call keeps its session. */
export interface FencedSessionWriter {
  /**
   * Writes the session whole and starts its time to live anew. Fields that others changed since the last save are kept
   * and returned; a session that a later stream owns is left alone. One at a time. Never rejects because of the network; rejects with
   * `BAD_REQUEST` for a value that JSON cannot hold.
   */
  save(session: Session): Promise<SaveResult>;
}

/** A store that live calls keep their sessions in. */
export interface LiveSessionStore extends SessionStore {
  /**
   * Where the live call with this CallSid keeps its session; each live session opens its own. `read`: the stored session that the call
   * was picked up from, so that what others change before the first save is kept.
   */
  openSlot(callSid: string, ttlSeconds?: number, read?: Session): FencedSessionWriter;

  /**
   * The call is over: deletes its session like `deleteSession`, and no gateway that slept through the end can store it again in
   * a slot of its own within the next ten minutes: it is fenced.
   */
  endSession(callSid: string): Promise<boolean>;
}

/** How long an ended call is known to be over. */
export const ENDED_MS = 600_000;
