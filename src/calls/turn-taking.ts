import { BYTES_PER_MS, FRAME_BYTES, SILENCE } from '../audio/mulaw.js';
import { EchoReference } from '../audio/vad/echo-reference.js';
import type { SpeechEvent, VoiceActivity, VoiceActivityFactory } from '../audio/vad/voice-activity.js';
import type { Metrics } from '../core/metrics.js';
import type { MediaStream } from '../twilio/media-stream.js';
import type { Playback } from '../twilio/playback.js';
import type { BegunWords, Sayable } from '../twilio/spoken-piece.js';
import type { StreamObserver } from '../twilio/stream-observer.js';
import type { PlaybackTicker, TickerClient } from '../twilio/ticker.js';
import type { AgentSupervisor } from './agent-supervisor.js';

const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
/** No more silence than that stands for frames that did not come, be it half an hour. */
const MAX_SILENCE_MS = 1000;
/** Frames that come so much later than their turn are missing: the network is rarely as slow. */
const OVERDUE_MS = 200;
const SILENT_FRAME = Buffer.alloc(FRAME_BYTES, SILENCE);
/** So long after an interruption by voice the caller has said nothing more: it was none. */
const FALSE_START_MS = 2000;
/** After so many in a row the line is noisy: only keys interrupt, until one is pressed. */
const MAX_FALSE_STARTS = 2;

export interface TurnTakingOptions {
  /** Whoever has the call. */
  readonly agent: Pick<
    AgentSupervisor,
    'listens' | 'turnDetection' | 'pushAudio' | 'onSpeechStarted' | 'onSpeechEnded' | 'onFalseStart'
  >;
  readonly ticker: PlaybackTicker;
  readonly metrics: Metrics;
  readonly createDetector: VoiceActivityFactory;
  readonly observer?: StreamObserver | undefined;
  readonly playback: Pick<Playback, 'speaking' | 'isIdle'>;
  readonly guard: MediaStream['guard'];
  /** Cuts the agent off; `onsetAt`: when the caller began to speak (monotonic ms). Returns what was not heard. */
  readonly interrupt: (onsetAt: number) => readonly Sayable[];
}

/**
 * Who has the turn on one call. For an agent with `local` turn detection the caller's speech is found here: accepted
 * speech cuts the agent off, a candidate changes nothing, and an interruption after which nothing is said is mended. Of one that finds turns
 * itself but must respond after speech, it is only told whether the caller speaks.
 */
export class TurnTaking {
  readonly #options: TurnTakingOptions;
  readonly #audio: CallerAudio;
  #detector: VoiceActivity | null = null;
  readonly #echo = new EchoReference();
  /** Our clock when the frame being judged came, and its media time. */
  #frameAt = 0;
  #frameMs = 0;
  #callerSpeaks = false;
  /** What an interruption by voice kept from being heard, until it is answered, mended or found to be real. */
  #unheard: readonly Sayable[] = [];
  #falseStarts = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** The caller's turn ended then, and has not been answered yet. */
  #unanswered: { readonly to: 'speech' | 'key'; readonly since: number } | null = null;

  constructor(options: TurnTakingOptions) {
    this.#options = options;
    this.#audio = new CallerAudio(options.ticker, (frame, timestampMs, now) =>
      this.#onFrame(frame, timestampMs, now),
    );
  }

  /** A frame of the caller came, at `now` (monotonic ms). */
  onMedia(frame: Buffer, timestampMs: number, now: number): void {
    this.#audio.push(frame, timestampMs, now);
  }

  /** A key is an answer: the line works and nothing needs to be mended. */
  onKey(): void {
    this.#settle();
    this.#falseStarts = 0;
    this.#unanswered = { to: 'key', since: performance.now() };
  }

  /** The agent's audio goes out, with the words that begin in it; it begins to sound at `soundsAt` (monotonic ms). */
  onSent(audio: Buffer, soundsAt: number, words: () => readonly BegunWords[]): void {
    const { observer } = this.#options;
    // To find the words of a model in its audio takes milliseconds: only for who is told.
    if (observer) for (const begun of words()) observer.note({ note: 'words', ...begun });
    if (this.#options.agent.listens) this.#echo.sent(audio, soundsAt);
  }

  /** The agent begins to speak. Returns the caller's turn that this answers; null when it answers none. */
  onAgentSpeaks(): { readonly to: 'speech' | 'key'; readonly since: number } | null {
    if (this.#unheard.length > 0) this.#falseStarts = 0;
    this.#settle();
    const unanswered = this.#unanswered;
    this.#unanswered = null;
    return unanswered;
  }

  /** What was sent and not heard was cleared. */
  onCleared(): void {
    this.#echo.cleared(performance.now());
  }

  /** Another agent has the call: what the one before was to mend is over. `cut`: what it was saying was cleared. */
  onNewAgent(cut: boolean): void {
    if (cut) this.onCleared();
    this.#settle();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#audio.stop();
  }

  #onFrame(frame: Buffer, timestampMs: number, now: number): void {
    this.#frameAt = now;
    this.#frameMs = timestampMs + FRAME_MS;
    const { agent, createDetector } = this.#options;
    if (agent.listens) {
      this.#detector ??= createDetector((event) => this.#onSpeech(event));
      this.#detector.push(frame, timestampMs, this.#echo.loudestDbfs(now));
    }
    agent.pushAudio(frame);
  }

  #onSpeech(event: SpeechEvent): void {
    if (this.#stopped) return;
    const { agent, metrics, observer } = this.#options;
    observer?.note({ note: 'speech', what: event.type, at_ms: event.atMs });
    if (event.type === 'accepted' || event.type === 'rejected')
      metrics.speechCandidates.inc({ verdict: event.type });
    if (event.type === 'accepted') {
      this.#onAccepted(event.atMs);
      agent.onSpeechStarted(event.atMs);
    } else if (event.type === 'ended') {
      this.#onEnded(event.atMs);
      agent.onSpeechEnded(event.atMs, this.#timeOf(event.atMs));
    }
  }

  #onAccepted(atMs: number): void {
    const { agent, playback, interrupt } = this.#options;
    this.#callerSpeaks = true;
    clearTimeout(this.#timer);
    if (agent.turnDetection !== 'local' || !playback.speaking || this.#falseStarts >= MAX_FALSE_STARTS)
      return;
    this.#unheard = interrupt(this.#timeOf(atMs));
  }

  #onEnded(atMs: number): void {
    this.#callerSpeaks = false;
    this.#unanswered = { to: 'speech', since: this.#timeOf(atMs) };
    const repeat = () => this.#options.guard(() => this.#repeatUnheard());
    if (this.#unheard.length > 0) this.#timer = setTimeout(repeat, FALSE_START_MS);
  }

  #repeatUnheard(): void {
    const unheard = this.#unheard;
    const { playback, agent, metrics } = this.#options;
    if (this.#callerSpeaks || !playback.isIdle) return;
    this.#settle();
    this.#unanswered = null;
    this.#falseStarts += 1;
    metrics.falseStarts.inc();
    agent.onFalseStart(unheard);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#unheard = [];
  }

  // The frame that is being judged ends now; what is so much older in media time is so much older for us.
  #timeOf(atMs: number): number {
    return this.#frameAt - Math.max(0, this.#frameMs - atMs);
  }
}

/** A frame with its media time and our clock (ms). */
type FrameListener = (frame: Buffer, timestampMs: number, now: number) => void;

/**
 * The caller's audio as one line of frames without holes. Some streams send no frames while the caller is silent; whoever
 * listens gets silence in their place, at most a second of it, so that "nothing came" is never taken for "still speaking".
 */
export class CallerAudio implements TickerClient {
  readonly #ticker: PlaybackTicker;
  readonly #onFrame: FrameListener;
  /** The media time that the next frame should have; NaN before the first. */
  #nextMs = Number.NaN;
  #arrivedAt = 0;
  /** Silence delivered since the last frame that came. */
  #silentMs = 0;

  /** `onFrame`: gets every frame, real or silent. */
  constructor(ticker: PlaybackTicker, onFrame: FrameListener) {
    this.#ticker = ticker;
    this.#onFrame = onFrame;
  }

  /** A frame came. One that is late after all is heard, although silence has stood for it. */
  push(frame: Buffer, timestampMs: number, now: number): void {
    if (Number.isNaN(this.#nextMs)) this.#ticker.add(this);
    else this.#fillUpTo(timestampMs, now);
    this.#nextMs = timestampMs + frame.length / BYTES_PER_MS;
    this.#arrivedAt = now;
    this.#silentMs = 0;
    this.#onFrame(frame, timestampMs, now);
  }

  /** Nothing may have come for a while: the time goes on. */
  tick(now: number): void {
    const missingMs = now - this.#arrivedAt - OVERDUE_MS;
    while (this.#silentMs + FRAME_MS <= Math.min(missingMs, MAX_SILENCE_MS)) this.#beSilent(now);
  }

  stop(): void {
    this.#ticker.remove(this);
  }

  #fillUpTo(timestampMs: number, now: number): void {
    while (this.#silentMs < MAX_SILENCE_MS && timestampMs - this.#nextMs >= FRAME_MS) this.#beSilent(now);
  }

  #beSilent(now: number): void {
    const timestampMs = this.#nextMs;
    this.#nextMs = timestampMs + FRAME_MS;
    this.#silentMs += FRAME_MS;
    this.#onFrame(SILENT_FRAME, timestampMs, now);
  }
}
