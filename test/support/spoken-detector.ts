import type { SpeechEvent, VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';

/** A detector that finds what the test says: each frame's first byte names an event, or is anything else. */
export const FOUND: Readonly<Record<SpeechEvent['type'], number>> = {
  candidate: 1,
  accepted: 2,
  rejected: 3,
  ended: 4,
};

/** A frame in which the detector of the test finds this. */
export function frameWith(type: SpeechEvent['type']): Buffer<ArrayBuffer> {
  return Buffer.alloc(160, FOUND[type]);
}

/** Each event is about the beginning of its frame. */
export const createSpokenDetector: VoiceActivityFactory = (onEvent) => ({
  push(frame, timestampMs) {
    for (const type of ['candidate', 'accepted', 'rejected', 'ended'] as const)
      if (frame[0] === FOUND[type]) onEvent({ type, atMs: timestampMs });
  },
});
