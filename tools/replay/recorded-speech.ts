import { FRAME_BYTES } from '../../src/audio/mulaw.js';
import type { SpeechEvent, VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import type { RecordedLine, Recording } from '../recording/recording.js';

const FRAME_MS = FRAME_BYTES / 8;

interface Found {
  readonly event: SpeechEvent;
  /** The media time by which it was found. */
  readonly foundMs: number;
}

/**
 * Detectors that find what was found when the streams of a call were recorded, at the same media times: for a caller whose voice
 * was replaced by noise. The first one made is for the first stream, and so on.
 */
export function recordedSpeech(streams: readonly Recording[]): VoiceActivityFactory {
  const waiting = streams.map(({ lines }) => speechIn(lines));
  return (onEvent) => {
    const found = waiting.shift() ?? [];
    return {
      push: (_frame, timestampMs) => {
        while (found[0] && found[0].foundMs <= timestampMs) {
          const [first] = found.splice(0, 1);
          if (first) onEvent(first.event);
        }
      },
    };
  };
}

function speechIn(lines: readonly RecordedLine[]): Found[] {
  const found: Found[] = [];
  let latest = { atMs: 0, timestampMs: 0 };
  for (const line of lines) {
    if ('in' in line) {
      const timestampMs = timestampOf(line.in);
      if (timestampMs !== null) latest = { atMs: line.t, timestampMs };
    } else if ('note' in line && line.note === 'speech') {
      // On a stream that leaves silence out, silence went on meanwhile.
      const silentMs = Math.floor((line.t - latest.atMs) / FRAME_MS) * FRAME_MS;
      found.push({
        event: { type: line.what, atMs: line.at_ms },
        foundMs: latest.timestampMs + Math.max(0, silentMs),
      });
    }
  }
  return found;
}

function timestampOf({ media }: Readonly<Record<string, unknown>>): number | null {
  const timestamp =
    typeof media === 'object' && media !== null && 'timestamp' in media ? media.timestamp : null;
  return typeof timestamp === 'string' ? Number(timestamp) : null;
}
