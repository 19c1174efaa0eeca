/** What a client did that the protocol does not allow, or that no careful client does. */
export interface Breach {
  readonly code: string;
  /** A sentence that says what was wrong. */
  readonly message: string;
  /** The type of the client's event; `null`: of the connection. */
  readonly event: string | null;
  readonly eventId: string | null;
  /** Since the connection. */
  readonly atMs: number;
}

export interface SessionEvent {
  readonly atMs: number;
  readonly direction: 'from client' | 'to client';
  readonly type: string;
  /** As it was, but for audio, in whose place its count of base64 characters stands. */
  readonly event: Readonly<Record<string, unknown>>;
}

export interface ErrorDetails {
  readonly code: string | null;
  readonly message: string;
  readonly param?: string | null;
  readonly type?: string;
}
