import type { InjectedFault } from '../../packages/twilio-simulator/src/fault-injector.js';
import type { StreamSocket } from '../../src/twilio/stream-sides.js';
import type { Recording } from '../recording/recording.js';
import { callerScript } from './caller-script.js';
import { ReplayedStream } from './replayed-stream.js';

/** The webhook's form, as far as it matters to a call. */
export interface ReplayedForm {
  readonly callSid: string;
  readonly from: string;
  readonly callStatus: string;
  readonly attestation: string | null;
  readonly dialStatus: string | null;
}

/** A gateway as Twilio sees it, without a network between. */
export interface ReplayedGateway {
  /** The TwiML that answers an incoming call. */
  voice(form: ReplayedForm): Promise<string>;
  /** What the call does when its stream has ended; `hop`: which one, 0 for the first. */
  next(form: ReplayedForm, hop: number): Promise<string>;
  /** Opens the stream with this token; false: it is refused. */
  connect(token: string, socket: StreamSocket): boolean;
  /** Closes every stream as a gateway does that is stopped: the calls go on elsewhere. */
  release(): void;
}

export interface ReplayedCallOptions {
  /** The streams of one call, in order; one at least. */
  readonly streams: readonly Recording[];
  readonly gateway: ReplayedGateway;
  readonly fault: InjectedFault | null;
}

/** Between the end of a stream and what Twilio asks then. */
const ASK_MS = 20;

/** Twilio for one recorded call, by whatever clock the process goes. */
export class ReplayedCall {
  readonly #options: ReplayedCallOptions;
  readonly #form: ReplayedForm;
  /** What went wrong between Twilio and the gateway, in sentences. */
  readonly faults: string[] = [];

  constructor(options: ReplayedCallOptions) {
    this.#options = options;
    const { CallSid = '', From = '', StirVerstat = null } = options.streams[0]?.header.form ?? {};
    this.#form = {
      callSid: CallSid,
      from: From,
      callStatus: 'ringing',
      attestation: StirVerstat,
      dialStatus: null,
    };
  }

  /** From the incoming call to the end of its last stream and what was asked then; it rejects when a webhook fails. */
  async run(): Promise<void> {
    let answer = await this.#options.gateway.voice(this.#form);
    for (let hop = 0; hop < this.#options.streams.length; hop++) {
      const token = tokenOf(answer);
      if (token === null) return this.#fault(hop, 'no stream is offered to the call');
      const { by, isLast } = await this.#play(hop, token);
      if (isLast) return by === 'gateway' ? void (await this.#next(hop)) : undefined;
      await this.#untilNext(hop, by);
      answer = await this.#next(hop);
    }
  }

  async #next(hop: number): Promise<string> {
    const { gateway, streams } = this.#options;
    await passed(ASK_MS);
    return gateway.next({ ...this.#form, callStatus: 'in-progress' }, streams[hop]?.header.hop ?? hop);
  }

  // A stream that ends although a later one was recorded is followed by it after as long as then.
  async #untilNext(hop: number, by: StreamEnding['by']): Promise<void> {
    const gapMs = this.#openedAfterMs(hop) - endMs(this.#options.streams[hop]);
    if (by !== 'next-stream') await passed(Math.max(0, Math.round(gapMs - ASK_MS)));
  }

  #play(hop: number, token: string): Promise<StreamEnding> {
    const { streams, gateway, fault } = this.#options;
    const recording = streams[hop];
    const isLast = hop === streams.length - 1;
    if (!recording) return Promise.resolve({ by: 'network', isLast });
    const afterMs = this.#openedAfterMs(hop);
    const isOverlapped = !isLast && afterMs < endMs(recording);
    return new Promise((resolve) => {
      const stream = new ReplayedStream({
        streamSid: streamSidOf(recording),
        script: callerScript(recording, {
          nextStreamAtMs: isOverlapped ? afterMs - ASK_MS : null,
          released: !isLast && !isOverlapped && endOf(recording) === 'closed',
        }),
        onRelease: () => gateway.release(),
        fault,
        onNextStream: () => resolve({ by: 'next-stream', isLast }),
        onEnded: (by) => resolve({ by, isLast }),
        onBreach: ({ message }) => this.#fault(hop, message),
      });
      if (gateway.connect(token, stream.socket)) return stream.start();
      this.#fault(hop, 'the stream is refused');
      resolve({ by: 'network', isLast });
    });
  }

  /** So long after a stream the next one was opened. */
  #openedAfterMs(hop: number): number {
    const [one, next] = this.#options.streams.slice(hop, hop + 2);
    return one && next ? Date.parse(next.header.recorded_at) - Date.parse(one.header.recorded_at) : 0;
  }

  #fault(hop: number, what: string): void {
    this.faults.push(`stream ${hop + 1}: ${what}`);
  }
}

interface StreamEnding {
  readonly by: 'stop' | 'gateway' | 'network' | 'next-stream';
  readonly isLast: boolean;
}

function endOf({ lines }: Recording): string | null {
  const last = lines.findLast((line) => 'end' in line);
  return last && 'end' in last ? last.end : null;
}

function endMs(recording: Recording | undefined): number {
  return recording?.lines.findLast((line) => 'end' in line)?.t ?? recording?.lines.at(-1)?.t ?? 0;
}

function streamSidOf({ lines }: Recording): string {
  for (const line of lines) {
    if ('in' in line && line.in.event === 'start' && typeof line.in.streamSid === 'string')
      return line.in.streamSid;
  }
  return '';
}

function tokenOf(twiml: string): string | null {
  return /\/twilio\/media\/([\w-]+)"/.exec(twiml)?.[1] ?? null;
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
