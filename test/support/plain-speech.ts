import { encode } from '../../src/audio/mulaw-buffer.js';
import type { SoundKind } from '../../src/twilio/spoken-sounds.js';

const SAMPLES_PER_MS = 8;

/** Sounds as they are told apart on a telephone, and nothing else of speech: the same number gives the same noise. */
export class PlainSpeech {
  readonly #samples: number[] = [];
  #seed: number;
  #before = 0;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  get ms(): number {
    return this.#samples.length / SAMPLES_PER_MS;
  }

  get audio(): Buffer {
    return encode(Int16Array.from(this.#samples, (value) => Math.round(value * 32767)));
  }

  say(kind: SoundKind, ms: number): void {
    const length = Math.round(ms * SAMPLES_PER_MS);
    for (let at = 0; at < length; at++) this.#samples.push(this.#sampleOf(kind, at / length));
  }

  #sampleOf(kind: SoundKind, passed: number): number {
    const at = this.#samples.length;
    const noise = this.#noise();
    const before = this.#before;
    this.#before = noise;
    if (kind === 'vowel') return 0.3 * sine(at, 500) + 0.12 * sine(at, 1500);
    if (kind === 'sonorant') return 0.2 * sine(at, 300);
    if (kind === 'hiss') return 0.07 * (noise - before);
    if (kind === 'breath') return 0.03 * (noise + before);
    return kind === 'stop' && passed > 0.6 ? 0.1 * noise : 0;
  }

  /** From -1 to 1. */
  #noise(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return this.#seed / 2 ** 31 - 1;
  }
}

function sine(at: number, hertz: number): number {
  return Math.sin((2 * Math.PI * hertz * at) / (SAMPLES_PER_MS * 1000));
}
