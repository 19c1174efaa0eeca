import { PhoneAudio, type ToAudio } from './phone-audio.js';

/** The audio thread's part of the phone. It speaks with the wire's thread over a port of its own, past the page. */
class PhoneProcessor extends AudioWorkletProcessor {
  readonly #audio = new PhoneAudio(sampleRate, (report) => this.port.postMessage(report));

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToAudio>) => this.#audio.told(data);
  }

  /** False when the call is over: the node can then be collected. */
  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const [first, ...others] = output ?? [];
    if (first) this.#audio.render(input?.[0] ?? null, first);
    for (const channel of others) if (first) channel.set(first);
    return !this.#audio.isOver;
  }
}

registerProcessor('phone', PhoneProcessor);
