import type { RealtimeConfig } from '../../agent-settings.js';
import { MulawToPcm24, PCM24_BYTES_PER_MULAW_BYTE, Pcm24ToMulaw } from '../../audio/resample.js';

/** How audio is written on the wire, each way in base64. One for each session: the filters remember what was before. */
export interface ModelAudio {
  /** The format as `session.update` names it. */
  readonly format: AudioFormat;
  /** Whether what the server has set up is this. */
  isSame(format: ServerFormat): boolean;
  /** The caller's mu-law. */
  toServer(mulaw: Buffer): string;
  /** The model's, as mu-law. Each item begins anew. */
  toMulaw(base64: string, itemId: string): Buffer;
}

export type AudioFormat =
  | { readonly type: 'audio/pcmu'; readonly rate?: 8000 }
  | { readonly type: 'audio/pcm'; readonly rate: 24_000 };

interface ServerFormat {
  readonly type: string;
  readonly rate?: number | null | undefined;
}

export function createModelAudio(kind: RealtimeConfig['audio']): ModelAudio {
  if (kind === 'pcm24000') return new PcmAudio();
  return {
    format: kind === 'pcmu8000' ? { type: 'audio/pcmu', rate: 8000 } : { type: 'audio/pcmu' },
    isSame: ({ type, rate }) => ['audio/pcmu', 'g711_ulaw'].includes(type) && (rate ?? 8000) === 8000,
    toServer: (mulaw) => mulaw.toString('base64'),
    toMulaw: (base64) => Buffer.from(base64, 'base64'),
  };
}

class PcmAudio implements ModelAudio {
  readonly format: AudioFormat = { type: 'audio/pcm', rate: 24_000 };
  readonly #up = new MulawToPcm24();
  readonly #down = new Pcm24ToMulaw();
  #pcm = Buffer.alloc(0);
  #itemId = '';

  isSame({ type, rate }: ServerFormat): boolean {
    return ['audio/pcm', 'pcm16'].includes(type) && (rate ?? 24_000) === 24_000;
  }

  toServer(mulaw: Buffer): string {
    const bytes = mulaw.length * PCM24_BYTES_PER_MULAW_BYTE;
    if (this.#pcm.length < bytes) this.#pcm = Buffer.alloc(bytes);
    return this.#pcm.toString('base64', 0, this.#up.convert(mulaw, this.#pcm));
  }

  toMulaw(base64: string, itemId: string): Buffer {
    if (itemId !== this.#itemId) this.#down.reset();
    this.#itemId = itemId;
    return this.#down.convert(Buffer.from(base64, 'base64'));
  }
}
