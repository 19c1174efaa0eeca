import { BYTES_PER_MS } from './audio/mulaw.js';
import { AudioTrack } from './audio-track.js';
import type { StreamEnd } from './stream-end.js';

/** `ringing`: until the first TwiML. `streaming`: a media stream has sent its `start`. */
export type CallState = 'ringing' | 'in-progress' | 'streaming' | 'ended';

/** What Twilio asked the gateway for. */
export type Purpose = 'voice' | 'action' | 'redirect' | 'dial-action' | 'stream-status' | 'call-status';

/** How a call ended. `dial`: a person was dialled and answered; `fault`: Twilio would play "an application error has occurred". */
export type Outcome =
  | { readonly kind: 'hangup' | 'end-of-twiml' | 'caller-hung-up' | 'vanished' }
  | { readonly kind: 'dial'; readonly number: string }
  | { readonly kind: 'fault'; readonly reason: string };

export type Happening =
  | { readonly kind: 'state'; readonly state: CallState }
  | { readonly kind: 'request'; readonly purpose: Purpose; readonly status: number | null }
  | { readonly kind: 'twiml'; readonly document: string }
  | { readonly kind: 'stream-started'; readonly streamSid: string }
  | {
      readonly kind: 'stream-ended';
      readonly streamSid: string;
      readonly end: StreamEnd;
      readonly unplayedMs: number;
    }
  /** The agent begins to speak after at least 200 ms of silence: the first audio has arrived. */
  | { readonly kind: 'agent-speaks' }
  | { readonly kind: 'mark'; readonly name: string; readonly played: boolean }
  | { readonly kind: 'clear'; readonly lostMs: number }
  | { readonly kind: 'key'; readonly digit: string }
  /** The caller begins a phrase. */
  | { readonly kind: 'caller-says'; readonly text: string }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'play'; readonly text: string }
  | { readonly kind: 'dial'; readonly number: string }
  | { readonly kind: 'protocol-error'; readonly code: number | null; readonly message: string };

/** `at`: milliseconds since the call began to ring. */
export type CallEvent = Happening & { readonly at: number };
export type EventOf<K extends Happening['kind']> = CallEvent & { readonly kind: K };

/** Everything that happened in one call, and both sides of its audio by the call's clock. */
export class CallRecord {
  readonly callSid: string;
  readonly events: CallEvent[] = [];
  readonly #agent: AudioTrack | null;
  readonly #caller: AudioTrack | null;
  /** `null` while the call lasts. */
  outcome: Outcome | null = null;
  durationMs = 0;
  /** Messages and bytes of audio that the gateway sent. */
  mediaMessages = 0;
  mediaBytes = 0;
  /** Milliseconds of each silence of 5 ms or more within an utterance: the gateway's audio came too late. */
  readonly gaps: number[] = [];

  constructor(callSid: string, keepAudio: boolean) {
    this.callSid = callSid;
    this.#agent = keepAudio ? new AudioTrack() : null;
    this.#caller = keepAudio ? new AudioTrack() : null;
  }

  get marks(): readonly EventOf<'mark'>[] {
    return this.of('mark');
  }

  get clears(): readonly EventOf<'clear'>[] {
    return this.of('clear');
  }

  get documents(): readonly string[] {
    return this.of('twiml').map((event) => event.document);
  }

  get protocolErrors(): readonly EventOf<'protocol-error'>[] {
    return this.of('protocol-error');
  }

  /** What TwiML's `<Say>` told the caller. */
  get said(): readonly string[] {
    return this.of('say').map((event) => event.text);
  }

  /** From the first stream's `start` to the arrival of its first audio; `null` when there was none. */
  get firstAudioDelayMs(): number | null {
    const [start] = this.of('stream-started');
    const [audio] = this.of('agent-speaks');
    return start && audio ? audio.at - start.at : null;
  }

  of<K extends Happening['kind']>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.kind === kind);
  }

  writeHeard(audio: Buffer, atMs: number): void {
    this.#agent?.write(audio, Math.round(atMs * BYTES_PER_MS));
  }

  writeCaller(frame: Buffer, atMs: number): void {
    this.#caller?.write(frame, Math.round(atMs * BYTES_PER_MS));
  }

  /** What the caller heard of the agent, mu-law from the first ring to now; what was cleared is not in it. */
  heardAudio(): Buffer {
    return this.#read(this.#agent);
  }

  /** What the caller said, as long as {@link CallRecord.heardAudio} and aligned with it. */
  callerAudio(): Buffer {
    return this.#read(this.#caller);
  }

  #read(track: AudioTrack | null): Buffer {
    return track ? track.read(Math.ceil(this.durationMs * BYTES_PER_MS)) : Buffer.alloc(0);
  }
}
