import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 200;

/** Incoming calls, again and again: whether the voice webhook answers, and how long that takes. */
export class WebhookProbe {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #asked = 0;
  #answered = 0;
  #longestMs = 0;

  constructor(gatewayUrl: string) {
    this.#running = this.#run(gatewayUrl);
  }

  async end(): Promise<{ asked: number; answered: number; longestMs: number }> {
    this.#stop.abort();
    await this.#running;
    return { asked: this.#asked, answered: this.#answered, longestMs: this.#longestMs };
  }

  async #run(gatewayUrl: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const startedAt = performance.now();
      this.#asked += 1;
      if (await isAnswered(gatewayUrl)) this.#answered += 1;
      this.#longestMs = Math.max(this.#longestMs, performance.now() - startedAt);
      await pause(EVERY_MS);
    }
  }
}

/** Whether an incoming call is answered with TwiML that opens a stream. */
export async function isAnswered(gatewayUrl: string): Promise<boolean> {
  const body = new URLSearchParams({
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    AccountSid: `AC${'0'.repeat(32)}`,
    // A number has few calls at once.
    From: `+1512556${String(randomInt(10_000)).padStart(4, '0')}`,
    To: '+15125550199',
    CallStatus: 'ringing',
    Direction: 'inbound',
  });
  const response = await fetch(`${gatewayUrl}/twilio/voice`, { method: 'POST', body }).catch(() => null);
  return response?.ok === true && (await response.text()).includes('<Stream');
}
