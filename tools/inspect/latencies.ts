import type { StreamEvent } from './stream-events.js';

/**
 * How long something took, as the gateway saw it: `greeting` from start to the first audio; `cut` from the onset of speech, or
 * from the key, to `clear`; `answer` from the end of speech, or from the key, to the first audio after silence.
 */
export interface Latency {
  readonly what: 'greeting' | 'cut' | 'answer';
  readonly to: 'start' | 'speech' | 'key';
  readonly fromMs: number;
  readonly toMs: number;
}

/** The latencies that a stream's events show, in order. `shiftMs`: media time plus this is the recording's time. */
export function latenciesOf(
  events: readonly StreamEvent[],
  shiftMs: number,
  onsets: readonly number[],
): Latency[] {
  const watch = new StopWatch(shiftMs, new Set(onsets));
  for (const event of events) watch.see(event);
  return watch.latencies;
}

class StopWatch {
  readonly latencies: Latency[] = [];
  readonly #shiftMs: number;
  readonly #onsets: ReadonlySet<number>;
  #awaited: Pick<Latency, 'what' | 'to' | 'fromMs'> | null = null;
  #onsetMs = 0;
  #keyMs = 0;
  #clearMs = 0;

  constructor(shiftMs: number, onsets: ReadonlySet<number>) {
    this.#shiftMs = shiftMs;
    this.#onsets = onsets;
  }

  see(event: StreamEvent): void {
    const { atMs } = event;
    if (event.kind === 'start') this.#awaited = { what: 'greeting', to: 'start', fromMs: atMs };
    if (event.kind === 'clear') this.#clearMs = atMs;
    if (event.kind === 'key') {
      this.#keyMs = atMs;
      this.#awaited = { what: 'answer', to: 'key', fromMs: atMs };
    }
    if (event.kind === 'said' && this.#onsets.has(atMs)) this.#answered(atMs);
    if (event.kind === 'note') this.#note(event.note);
  }

  #note(note: (StreamEvent & { readonly kind: 'note' })['note']): void {
    if (note.note === 'speech' && note.what === 'accepted') {
      this.#onsetMs = note.at_ms + this.#shiftMs;
      this.#awaited = null;
    }
    if (note.note === 'speech' && note.what === 'ended') {
      this.#awaited = { what: 'answer', to: 'speech', fromMs: note.at_ms + this.#shiftMs };
    }
    if (note.note !== 'interrupted' || note.by === 'agent') return;
    const fromMs = note.by === 'key' ? this.#keyMs : this.#onsetMs;
    this.latencies.push({ what: 'cut', to: note.by, fromMs, toMs: this.#clearMs });
  }

  #answered(toMs: number): void {
    if (this.#awaited) this.latencies.push({ ...this.#awaited, toMs });
    this.#awaited = null;
  }
}
