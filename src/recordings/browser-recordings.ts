import { withDeadline } from '../core/errors.js';
import type { StreamAnnotation, StreamObserver } from '../twilio/stream-observer.js';
import type { RecordedCall } from './recorded-lines.js';
import { NO_OBSERVER, StreamRecorder, type StreamRecorderOptions } from './stream-recorder.js';
import type { GrowingFile } from './stream-recording.js';

/** What the gateway found or did on a call, and when; what it asked of the shop is left out. */
export interface CallNote {
  /** ISO 8601. */
  readonly time: string;
  readonly note: ShownNote;
}

type ShownNote = Exclude<StreamAnnotation, { readonly note: 'asked' | 'secret_key' }>;

const MB = 1024 * 1024;
/** Ten minutes of a call. */
const MAX_CALL_BYTES = 24 * MB;
/** Two may go on at once; two that are over can still be saved. */
const CALLS = 4;
/** So long after its end a call can be saved. */
const SAVED_WITHIN_MS = 15 * 60_000;
const MAX_NOTES = 5_000;
/** The row of the call comes so much later than its end, at most. */
const WHOLE_MS = 3_000;

export interface RecordedStreams {
  /** Begins to record a stream. */
  open(call: RecordedCall): StreamObserver | undefined;
  /** A call is over. */
  finished(row: { readonly call_sid: string }): void;
}

/**
 * The last calls from the gateway's own page, recorded in memory as `RECORD_DIR` records into files: whoever tries the line sees what is
 * said as it is said, and can save the call as a fixture.
 */
export class BrowserRecordings implements RecordedStreams {
  readonly #recorder: StreamRecorder;
  /** The latest last. */
  readonly #calls = new Map<string, BrowserCall>();

  constructor(options: Pick<StreamRecorderOptions, 'settingsOf' | 'logger'>) {
    this.#recorder = new StreamRecorder({
      ...options,
      folder: 'memory',
      keepVoice: true,
      maxFileBytes: MAX_CALL_BYTES,
      fileFor: (callSid) => this.#callOf(callSid).newFile(),
    });
  }

  /** Undefined for a call that comes from the telephone. */
  open(call: RecordedCall): StreamObserver | undefined {
    if (call.via !== 'browser') return undefined;
    const notes = this.#callOf(call.callSid);
    return observedByAll([this.#recorder.open(call), { ...NO_OBSERVER, note: (note) => notes.note(note) }]);
  }

  finished(row: { readonly call_sid: string }): void {
    const { call_sid } = row;
    const call = this.#calls.get(call_sid);
    if (call) {
      call.isOver = true;
      setTimeout(() => this.#calls.delete(call_sid), SAVED_WITHIN_MS).unref();
    }
    this.#recorder.finished(row);
  }

  /** The recording of a call, all its streams one behind the other; waits for 3 s until it is whole. Null when none is kept here. */
  async textOf(callSid: string): Promise<string | null> {
    const call = this.#calls.get(callSid);
    if (!call) return null;
    await withDeadline(call.whole, WHOLE_MS, 'The end of a recording').catch(() => undefined);
    return call.text;
  }

  /** Tells what has been noted on a call so far, and then what is noted, until the function that is returned is called. Null when the call is not here. */
  watch(callSid: string, listener: (note: CallNote) => void): (() => void) | null {
    return this.#calls.get(callSid)?.watch(listener) ?? null;
  }

  /** Forgets these calls, and returns how many were here. What is still to be written of them is kept nowhere. */
  drop(callSids: Iterable<string>): number {
    let dropped = 0;
    for (const callSid of callSids) if (this.#calls.delete(callSid)) dropped += 1;
    return dropped;
  }

  /** Never rejects. */
  close(): Promise<void> {
    return this.#recorder.close();
  }

  #callOf(callSid: string): BrowserCall {
    const known = this.#calls.get(callSid);
    if (known) return known;
    const call = new BrowserCall();
    this.#calls.set(callSid, call);
    const [oldest] = [...this.#calls].filter(([, { isOver }]) => isOver).concat([...this.#calls]);
    if (this.#calls.size > CALLS && oldest) this.#calls.delete(oldest[0]);
    return call;
  }
}

class BrowserCall {
  readonly whole: Promise<void>;
  #becomeWhole: () => void = () => {};
  readonly #pieces: string[][] = [];
  readonly #notes: CallNote[] = [];
  readonly #listeners = new Set<(note: CallNote) => void>();
  /** Nothing but the row follows. */
  isOver = false;

  constructor() {
    this.whole = new Promise((resolve) => {
      this.#becomeWhole = resolve;
    });
  }

  get text(): string {
    return this.#pieces.flat().join('');
  }

  /** A stream of the call begins. */
  newFile(): GrowingFile {
    const pieces: string[] = [];
    this.#pieces.push(pieces);
    let bytes = 0;
    return {
      get bytes() {
        return bytes;
      },
      append: async (text) => {
        bytes += Buffer.byteLength(text);
        pieces.push(text);
      },
      close: async () => {
        if (this.isOver && this.#pieces.at(-1) === pieces) this.#becomeWhole();
      },
    };
  }

  note(note: StreamAnnotation): void {
    if (note.note === 'asked' || note.note === 'secret_key' || this.#notes.length >= MAX_NOTES) return;
    const noted = { time: new Date().toISOString(), note };
    this.#notes.push(noted);
    for (const listener of this.#listeners) listener(noted);
  }

  watch(listener: (note: CallNote) => void): () => void {
    for (const note of this.#notes) listener(note);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Records with each of them that takes the call; undefined where none does. */
export function recordedByAll(recorders: readonly RecordedStreams[]): RecordedStreams {
  return {
    open: (call) => {
      const observers = recorders.flatMap((recorder) => recorder.open(call) ?? []);
      return observers.length < 2 ? observers[0] : observedByAll(observers);
    },
    finished: (row) => {
      for (const recorder of recorders) recorder.finished(row);
    },
  };
}

function observedByAll(observers: readonly StreamObserver[]): StreamObserver {
  const tellAll = (tell: (observer: StreamObserver) => void) => {
    for (const observer of observers) tell(observer);
  };
  return {
    received: (text) => tellAll((each) => each.received(text)),
    sent: (text) => tellAll((each) => each.sent(text)),
    note: (note) => tellAll((each) => each.note(note)),
    end: (how) => tellAll((each) => each.end(how)),
  };
}
