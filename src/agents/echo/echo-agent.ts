import type { Agent, CallControl, OpenUtterance } from '../agent.js';

/**
 * Plays the caller's audio straight back, frame by frame: for latency and load tests. Only a key interrupts it; the
 * next frame then begins a new utterance. Frames are handed on as they are, neither kept, copied nor changed here.
 */
export function echoAgent(control: CallControl) {
  let utterance: OpenUtterance | null = null;
  const end = () => {
    utterance?.end();
    utterance = null;
  };
  return {
    name: 'echo',
    turnDetection: 'model',
    start: () => undefined,
    pushAudio: (frame) => {
      utterance ??= control.open();
      utterance.push({ text: '', audio: frame });
    },
    onDigit: end,
    onInterrupted: () => {
      utterance = null;
    },
    stop: async () => end(),
  } satisfies Agent;
}
