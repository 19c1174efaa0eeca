import type { Latency } from './latencies.js';
import type { Timeline } from './timeline.js';

const ENDINGS: Readonly<Record<string, string>> = {
  stopped: 'the caller hung up',
  closed: 'the gateway closed the stream',
  lost: 'the connection was lost',
  truncated: 'the recording was given up before the end',
  cut: 'the recording breaks off',
};

/** How a stream or its recording ended, in words. */
export function endingOf({ end }: Timeline): string {
  return ENDINGS[end ?? ''] ?? 'the recording stops before the stream does';
}

/** `12.3 s`. */
export function seconds(ms: number, digits = 1): string {
  return `${(ms / 1000).toFixed(digits)} s`;
}

/** Which figure of a call this is. */
function nameOf({ what, to }: Latency): string {
  if (what === 'greeting') return 'start to first audio';
  if (what === 'cut') return to === 'key' ? 'key to clear' : 'onset of speech to clear';
  return to === 'key' ? 'key to first audio' : 'end of speech to first audio';
}

/** `73 ms`; with a decimal below 10. */
export function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/** A figure of a call: its name, the median and largest of what was measured, and how often it was. */
export interface Figure {
  readonly name: string;
  readonly medianMs: number;
  readonly largestMs: number;
  readonly count: number;
}

/** The latencies of a call, one figure for each kind. */
export function figuresOf(latencies: readonly Latency[]): Figure[] {
  const names = [...new Set(latencies.map(nameOf))];
  return names.map((name) => {
    const ofThisName = latencies.filter((one) => nameOf(one) === name);
    return figureOf(
      name,
      ofThisName.map(({ fromMs, toMs }) => toMs - fromMs),
    );
  });
}

/** `values`: at least one. */
export function figureOf(name: string, values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const medianMs = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return { name, medianMs, largestMs: sorted.at(-1) ?? 0, count: sorted.length };
}

/** A call SID short enough for a title. */
export function shortSid(sid: string | null): string {
  return sid === null ? 'that never started' : `${sid.slice(0, 6)}…${sid.slice(-4)}`;
}
