/** How long a run waits for what, in milliseconds. */
export interface Limits {
  readonly handshakeMs: number;
  /** For the server's first audio, where it speaks first. */
  readonly firstAudioMs: number;
  /** The first call listens at least and at most so long: it is what the others are compared with. */
  readonly listenAtLeastMs: number;
  readonly listenAtMostMs: number;
  /** The server has finished when nothing of it has been heard for so long. */
  readonly quietMs: number;
  /** The server has spoken for so long when it is interrupted. */
  readonly interruptAfterMs: number;
  readonly afterKeyMs: number;
  readonly afterSpeechMs: number;
  /** After messages that hold what is not known today. */
  readonly afterAdditionsMs: number;
  readonly stopMs: number;
  readonly closeMs: number;
  readonly dropMs: number;
  readonly pongMs: number;
  /** Without a single frame of the caller. */
  readonly gapMs: number;
}

export const LIMITS: Limits = {
  handshakeMs: 5_000,
  firstAudioMs: 8_000,
  listenAtLeastMs: 4_000,
  listenAtMostMs: 8_000,
  quietMs: 1_000,
  interruptAfterMs: 600,
  afterKeyMs: 2_000,
  afterSpeechMs: 4_000,
  afterAdditionsMs: 1_500,
  stopMs: 5_000,
  closeMs: 5_000,
  dropMs: 5_000,
  pongMs: 5_000,
  gapMs: 10_000,
};
