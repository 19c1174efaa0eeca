import type { CrewMetrics } from '../core/crew-metrics.js';
import { LogSampler, REFUSALS } from '../core/log-sampler.js';
import type { Logger } from '../core/logger.js';
import { sumOf } from '../core/metrics.js';
import { FiguresKept } from './figures-kept.js';
import { parseFigures, type Question, type ToPrimary } from './messages.js';
import { OpenQuestions } from './open-questions.js';
import type { Places } from './places.js';
import type { WorkerLink } from './worker-link.js';

export interface SwitchboardOptions {
  readonly places: Places;
  readonly metrics: CrewMetrics;
  readonly logger: Logger;
  /** All that listen. */
  readonly workers: () => readonly WorkerLink[];
}

type Message<T extends ToPrimary['type']> = Extract<ToPrimary, { type: T }>;

/** What the workers of a gateway know of each other goes through here: places, questions, and changes while somebody watches. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #questions = new OpenQuestions();
  readonly #figures = new FiguresKept();
  readonly #watching = new Set<WorkerLink>();
  readonly #sampler = new LogSampler(REFUSALS);

  constructor(options: SwitchboardOptions) {
    this.#options = options;
  }

  take(from: WorkerLink, message: ToPrimary): void {
    const { places } = this.#options;
    switch (message.type) {
      case 'admit':
        return from.send({ type: 'answer', id: message.id, value: places.take(message.callSid) });
      case 'coming':
        return places.coming(message.callSid);
      case 'notComing':
        return places.notComing(message.callSid);
      case 'started':
        return this.#started(from, message);
      case 'left':
        return places.left(message.callSid, from.id);
      case 'ask':
        return void this.#ask(from, message);
      case 'told':
        return this.#questions.answered(from.id, message.id, message.value);
      case 'figures':
        return this.#keep(from.id, message.value);
      case 'watching':
        return this.#watched(from, message.on);
      case 'event':
        return this.#relay(from, message);
      default:
        return undefined;
    }
  }

  /** A worker has come to listen. */
  came(): void {
    this.#tellWhoRelays();
  }

  /** A worker is gone: its calls are on their way to others, and whoever watches sees them end until they go on. */
  gone(worker: WorkerLink): void {
    this.#questions.gone(worker.id);
    this.#figures.gone(worker.id).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'The figures of a worker that is gone are lost');
    });
    this.#watching.delete(worker);
    for (const callSid of this.#options.places.lose(worker.id)) {
      for (const watching of this.#watching) {
        watching.send({ type: 'event', event: { type: 'ended', callSid } });
      }
    }
    this.#tellWhoRelays();
  }

  #started(from: WorkerLink, { callSid, hop }: Message<'started'>): void {
    this.#options.places.started(callSid, from.id);
    for (const other of this.#othersThan(from)) other.send({ type: 'started', callSid, hop });
  }

  async #ask(from: WorkerLink, { id, question }: Message<'ask'>): Promise<void> {
    const value = await this.#answer(from, question).catch((error: unknown) => {
      this.#options.logger.error({ err: error, about: question.about }, 'A worker could not be answered');
      return null;
    });
    from.send({ type: 'answer', id, value });
  }

  async #answer(from: WorkerLink, question: Question): Promise<unknown> {
    if (question.about === 'figures') return this.#sum();
    if (question.about === 'live') {
      const answers = await this.#askAll(this.#othersThan(from), question);
      return [...answers.values()].flat();
    }
    // Not to be answered is `null` or `false`.
    const answers = await this.#askAll(this.#othersThan(from), question, Boolean);
    return [...answers.values()].find(Boolean) ?? null;
  }

  async #sum(): Promise<string> {
    const { workers, metrics, places } = this.#options;
    const answers = await this.#askAll(workers(), { about: 'figures' });
    metrics.placesTaken.set(places.taken);
    for (const [worker, value] of answers) this.#keep(worker, value);
    const processes = await this.#figures.of(new Set(answers.keys()));
    return sumOf([...processes, await metrics.figures()]);
  }

  #keep(worker: number, value: unknown): void {
    const figures = parseFigures(value);
    if (figures) this.#figures.keep(worker, figures);
  }

  async #askAll(
    workers: readonly WorkerLink[],
    question: Question,
    isEnough?: (value: unknown) => boolean,
  ): Promise<ReadonlyMap<number, unknown>> {
    const asked = workers.map((worker) => ({
      id: worker.id,
      ask: (id: number) => worker.send({ type: 'question', id, question }),
    }));
    const { values, silent } = await this.#questions.ask(asked, isEnough);
    for (const worker of silent) this.#leftOut(worker, question);
    return values;
  }

  #leftOut(worker: number, { about }: Question): void {
    const { metrics, logger } = this.#options;
    metrics.workersSilent.inc({ about });
    const suppressed = this.#sampler.admit(about);
    if (suppressed !== null)
      logger.warn({ worker, about, suppressed }, 'A worker did not answer in time and was left out');
  }

  #watched(by: WorkerLink, on: boolean): void {
    if (on) this.#watching.add(by);
    else this.#watching.delete(by);
    this.#tellWhoRelays();
  }

  /** A worker relays while another one watches. */
  #tellWhoRelays(): void {
    for (const worker of this.#options.workers()) {
      const on = [...this.#watching].some((watching) => watching !== worker);
      if (on !== worker.relays) worker.send({ type: 'relay', on });
      worker.relays = on;
    }
  }

  #relay(from: WorkerLink, { event }: Message<'event'>): void {
    const { places } = this.#options;
    // Its end there is none where it goes on elsewhere.
    const goesOn =
      event.type === 'ended' && places.isLive(event.callSid) && !places.isAt(event.callSid, from.id);
    if (goesOn) return;
    for (const watching of this.#watching) if (watching !== from) watching.send({ type: 'event', event });
  }

  #othersThan(worker: WorkerLink): WorkerLink[] {
    return this.#options.workers().filter((each) => each !== worker);
  }
}
