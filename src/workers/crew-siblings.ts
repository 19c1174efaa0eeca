import { LogSampler, REFUSALS } from '../core/log-sampler.js';
import type { Logger } from '../core/logger.js';
import type { CallEvent } from '../line/call-watchers.js';
import type { Sibling, Siblings } from '../line/siblings.js';
import type { Session } from '../sessions/session.js';
import type { StreamOfCall } from '../stream-ledger/stream-ledger.js';
import type { VoiceForm } from '../twilio/webhooks.js';
import { parseSessions, type Question, type ToWorker } from './messages.js';
import { ANSWER_WITHIN_MS, OpenQuestions } from './open-questions.js';
import type { PrimaryLink } from './primary-link.js';

/** The primary itself waits for the others as long as they may take. */
const PRIMARY_WITHIN_MS = ANSWER_WITHIN_MS + 250;
/** A webhook waits no longer for a place. */
const PLACE_WITHIN_MS = 200;
/** So far behind the primary is not told of every change any more. */
const MOST_UNSENT = 1000;
const PRIMARY = 0;

export interface CrewSiblingsOptions {
  readonly worker: number;
  readonly tokenSecret: string;
  readonly primary: PrimaryLink;
  readonly logger: Logger;
  /** How many calls a worker takes while the primary gives no places. */
  readonly share: number;
}

/** The other workers of this gateway, known through the primary. */
export class CrewSiblings implements Siblings {
  readonly worker: number;
  readonly tokenSecret: string;
  areLeaving = false;
  readonly #options: CrewSiblingsOptions;
  readonly #questions = new OpenQuestions();
  readonly #watchers = new Set<(event: CallEvent) => void>();
  readonly #sampler = new LogSampler(REFUSALS);
  #self: Sibling | null = null;
  #endRelay: (() => void) | null = null;

  constructor(options: CrewSiblingsOptions) {
    this.#options = options;
    this.worker = options.worker;
    this.tokenSecret = options.tokenSecret;
  }

  join(self: Sibling): void {
    this.#self = self;
  }

  /** What the primary sends beside what is the process' own to do. */
  take(message: ToWorker): void {
    switch (message.type) {
      case 'answer':
        return this.#questions.answered(PRIMARY, message.id, message.value);
      case 'question':
        return void this.#reply(message.id, message.question);
      case 'started':
        return this.#self?.movedOn(message);
      case 'relay':
        return this.#relay(message.on);
      case 'event':
        for (const watcher of this.#watchers) watcher(message.event);
        return undefined;
      default:
        return undefined;
    }
  }

  async admit(callSid: string): Promise<boolean> {
    const { primary, share } = this.#options;
    const ask = (id: number) => primary.send({ type: 'admit', id, callSid });
    const answer = await this.#askPrimary('admit', ask, PLACE_WITHIN_MS);
    return typeof answer === 'boolean' ? answer : (this.#self?.load ?? 0) < share;
  }

  notComing(callSid: string): void {
    this.#options.primary.send({ type: 'notComing', callSid });
  }

  coming(callSid: string): void {
    this.#options.primary.send({ type: 'coming', callSid });
  }

  started({ callSid, hop }: StreamOfCall): void {
    this.#options.primary.send({ type: 'started', callSid, hop });
  }

  left(callSid: string): void {
    this.#options.primary.send({ type: 'left', callSid });
  }

  async liveElsewhere(): Promise<readonly Session[]> {
    return parseSessions(await this.#ask({ about: 'live' }));
  }

  watchElsewhere(watcher: (event: CallEvent) => void): () => void {
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#options.primary.send({ type: 'watching', on: true });
    return () => {
      const wasLast = this.#watchers.delete(watcher) && this.#watchers.size === 0;
      if (wasLast) this.#options.primary.send({ type: 'watching', on: false });
    };
  }

  async metricsText(): Promise<string | null> {
    const answer = await this.#ask({ about: 'figures' });
    return typeof answer === 'string' ? answer : null;
  }

  async nextElsewhere(form: VoiceForm, hop: number): Promise<string | null> {
    const answer = await this.#ask({ about: 'next', form, hop });
    return typeof answer === 'string' ? answer : null;
  }

  async finishElsewhere(callSid: string): Promise<boolean> {
    return (await this.#ask({ about: 'finish', callSid })) === true;
  }

  /** Leaves behind what this process has counted. */
  async bequeath(): Promise<void> {
    const value = await this.#self?.figures();
    if (value) await this.#options.primary.lastWords({ type: 'figures', value });
  }

  #ask(question: Question): Promise<unknown> {
    const { primary } = this.#options;
    const ask = (id: number) => primary.send({ type: 'ask', id, question });
    return this.#askPrimary(question.about, ask, PRIMARY_WITHIN_MS);
  }

  /** Undefined when it does not answer. */
  async #askPrimary(about: string, ask: (id: number) => void, withinMs: number): Promise<unknown> {
    if (!this.#options.primary.isThere) return undefined;
    const { values, silent } = await this.#questions.ask([{ id: PRIMARY, ask }], undefined, withinMs);
    const suppressed = silent.length > 0 ? this.#sampler.admit(about) : null;
    if (suppressed !== null)
      this.#options.logger.warn({ about, suppressed }, 'The primary process did not answer in time');
    return values.get(PRIMARY);
  }

  async #reply(id: number, question: Question): Promise<void> {
    const value = await this.#answer(question).catch((error: unknown) => {
      this.#options.logger.error({ err: error, about: question.about }, 'A sibling could not be answered');
      return null;
    });
    this.#options.primary.send({ type: 'told', id, value });
  }

  async #answer(question: Question): Promise<unknown> {
    const self = this.#self;
    switch (question.about) {
      case 'live':
        return self?.liveSessions ?? [];
      case 'figures':
        return (await self?.figures()) ?? null;
      case 'next':
        return (await self?.next(question.form, question.hop)) ?? null;
      case 'finish':
        return (await self?.finish(question.callSid)) ?? false;
    }
  }

  #relay(on: boolean): void {
    this.#endRelay?.();
    this.#endRelay = null;
    if (!on || !this.#self) return;
    this.#endRelay = this.#self.watch((event) => this.#tell(event));
  }

  #tell(event: CallEvent): void {
    const { primary } = this.#options;
    if (event.type === 'session' && primary.unsent > MOST_UNSENT) return;
    primary.send({ type: 'event', event });
  }
}
