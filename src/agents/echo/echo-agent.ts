import type { Agent, CallControl, OpenUtterance } from '../agent.js';

/**
 * Plays the caller's audio straight back, frame by frame: for latency and load tests. Only a key interrupts it; the
 * next frame then begins a new utterance. Frames are handed on as they are, neither kept, copied nor changed here.
 */
export class EchoAgent implements Agent {
  readonly name = 'echo';
  readonly turnDetection = 'model';
  readonly #control: CallControl;
  #utterance: OpenUtterance | null = null;

  constructor(control: CallControl) {
    this.#control = control;
  }

  start(): void {}

  pushAudio(frame: Buffer): void {
    this.#utterance ??= this.#control.open();
    this.#utterance.push({ text: '', audio: frame });
  }

  onDigit(): void {
    this.#close();
  }

  onInterrupted(): void {
    this.#utterance = null;
  }

  async stop(): Promise<void> {
    this.#close();
  }

  #close(): void {
    this.#utterance?.end();
    this.#utterance = null;
  }
}
