import { type FromSpeaker, PhoneAudio, type ToSpeaker } from './phone-audio.js';
import type { ToAudio } from './sound-device.js';

/** The audio thread's part of the phone. It speaks with the wire's thread over a port of its own, past the page. */
class PhoneProcessor extends AudioWorkletProcessor {
  readonly #audio = new PhoneAudio({
    rateHz: sampleRate,
    send: (item) => this.#send(item),
    report: (report) => this.port.postMessage(report),
  });
  #wire: MessagePort | null = null;
  #over = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToAudio>) => this.#told(data);
  }

  /** False when the call is over: the node can then be collected. */
  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const [first, ...others] = output ?? [];
    if (!first) return !this.#over;
    this.#audio.render(input?.[0] ?? null, first);
    for (const channel of others) channel.set(first);
    return !this.#over;
  }

  #told(message: ToAudio): void {
    if (message.tell === 'latency') this.#audio.latencySeconds = message.seconds;
    else if (message.tell === 'mute') this.#audio.muted = message.muted;
    else if (message.tell === 'over') this.#over = true;
    else {
      this.#wire = message.port;
      this.#wire.onmessage = ({ data }: MessageEvent<ToSpeaker>) => this.#audio.take(data);
    }
  }

  #send(item: FromSpeaker): void {
    if (item instanceof Uint8Array) this.#wire?.postMessage(item, [item.buffer]);
    else this.#wire?.postMessage(item);
  }
}

registerProcessor('phone', PhoneProcessor);
