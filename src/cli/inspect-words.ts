import type { Latency } from '../recordings/latencies.js';
import type { Timeline } from '../recordings/timeline.js';

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
export function nameOf({ what, to }: Latency): string {
  if (what === 'greeting') return 'start to first audio';
  if (what === 'cut') return to === 'key' ? 'key to clear' : 'onset of speech to clear';
  return to === 'key' ? 'key to first audio' : 'end of speech to first audio';
}

/** `7 ms`; from several: the median and the largest. */
export function figure(values: readonly number[]): string {
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  const [median, largest] = [sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, sorted.at(-1) ?? 0];
  return sorted.length === 1 ? `${median} ms` : `${median} ms in the median, ${largest} ms at most`;
}

/** A call SID short enough for a title. */
export function shortSid(sid: string | null): string {
  return sid === null ? 'that never started' : `${sid.slice(0, 6)}…${sid.slice(-4)}`;
}
