import type { Figures, Metrics } from '../core/metrics.js';
import type { Session } from '../sessions/session.js';
import type { StreamOfCall } from '../stream-ledger/stream-ledger.js';
import type { VoiceForm } from '../twilio/webhooks.js';
import type { CallRegistry } from './call-registry.js';
import type { CallEvent } from './call-watchers.js';
import type { Sibling } from './siblings.js';
import type { StreamEnded } from './stream-ended.js';
import type { StreamInvitations } from './stream-invitations.js';

export interface LineParts {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly streamEnded: StreamEnded;
  readonly metrics: Metrics;
}

/** The phone line of this process, as its siblings see it. */
export class LineSibling implements Sibling {
  readonly #parts: LineParts;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  get load(): number {
    const { registry, invitations } = this.#parts;
    return registry.liveCount + invitations.pendingCount;
  }

  get liveSessions(): readonly Session[] {
    return this.#parts.registry.liveSessions;
  }

  figures(): Promise<Figures> {
    return this.#parts.metrics.figures();
  }

  watch(watcher: (event: CallEvent) => void): () => void {
    return this.#parts.registry.watch(watcher);
  }

  async next(form: VoiceForm, hop: number): Promise<string | null> {
    const { registry, streamEnded } = this.#parts;
    return registry.knows(form.callSid) ? streamEnded.answer(form, hop) : null;
  }

  async finish(callSid: string): Promise<boolean> {
    const { registry } = this.#parts;
    if (!registry.knows(callSid)) return false;
    await registry.finish(callSid, 'hung_up');
    return true;
  }

  movedOn(stream: StreamOfCall): void {
    this.#parts.invitations.started(stream);
    this.#parts.registry.movedOn(stream);
  }
}
