import type { Heard } from '../../twilio/utterance.js';
import type { CallControl } from '../agent.js';
import type { ReplyItem } from './reply-item.js';
import type { ToolEffect } from './tools/tool-answer.js';

/** What was written in the appointment book, and our own sentence about it. */
export type BookEffect = Extract<ToolEffect, { kind: 'booked' | 'moved' | 'cancelled' }>;

/**
 * What words say about the appointment book. `nothing`: nothing; `right`: what is written there; `wrong`: another day, time or service;
 * `unfounded`: something that is not written there.
 */
export type ClaimVerdict = 'nothing' | 'right' | 'wrong' | 'unfounded';

export interface BookingSaidOptions {
  readonly session: Pick<CallControl['session'], 'data' | 'change'>;
  /** In our own voice, after what is being said; what cannot be said was not heard. */
  readonly say: (sentence: string) => Promise<Heard>;
  /** `written`: the latest that was written on this call first. */
  readonly judge: (words: string, written: readonly BookEffect[]) => ClaimVerdict;
  /** What the caller hears when the model has claimed what is not so. */
  readonly correction: string;
  readonly tellModel: (text: string) => void;
}

/**
 * Sees to it that the caller hears what the appointment book says, after it was written and not before: the words of the model are held
 * against the row, and where they differ or say nothing of it, our own sentence follows. An appointment is confirmed when such words were
 * heard to their end.
 */
export class BookingSaid {
  readonly #options: BookingSaidOptions;
  readonly #written: BookEffect[] = [];
  /** What the caller has not heard of yet. `response`: in which it was asked for, and which cannot speak of it. */
  #unsaid: { readonly effect: BookEffect; readonly response: string } | null = null;

  constructor(options: BookingSaidOptions) {
    this.#options = options;
  }

  wrote(effect: BookEffect, response: string): void {
    this.#written.unshift(effect);
    this.#unsaid = { effect, response };
  }

  /** The model has said this in a response, and it plays or waits to be played. */
  check(response: string, items: readonly ReplyItem[]): void {
    if (items.length === 0 || this.#unsaid?.response === response) return;
    const words = items.map(({ text }) => text).join(' ');
    const verdict = this.#options.judge(words, this.#written);
    if (verdict === 'unfounded') return this.#correct();
    if (verdict === 'wrong') return this.say(this.#written[0] ?? null, true);
    if (!this.#unsaid) return;
    if (verdict === 'nothing') return this.say();
    const { effect } = this.#unsaid;
    void Promise.all(items.map(({ heard }) => heard)).then((all) => this.#heard(effect, all));
  }

  /** Says in our own words what the caller has not heard of yet; does nothing when that is nothing. */
  say(effect: BookEffect | null = this.#unsaid?.effect ?? null, isCorrection = false): void {
    if (!effect) return;
    const { say, tellModel } = this.#options;
    const wrong = isCorrection ? 'That is not what the appointment book says. ' : '';
    tellModel(`${wrong}The caller now hears: ${effect.sentence}`);
    void say(effect.sentence).then((heard) => this.#heard(effect, [heard]));
  }

  #correct(): void {
    const { say, correction, tellModel } = this.#options;
    tellModel(`You have said what is not in the appointment book. The caller now hears: ${correction}`);
    void say(correction);
  }

  #heard(effect: BookEffect, all: readonly Heard[]): void {
    if (this.#unsaid?.effect !== effect || !all.every(({ completed }) => completed)) return;
    this.#unsaid = null;
    const { session } = this.#options;
    if (effect.kind === 'cancelled') return;
    session.change({ collected_data: { ...session.data.collected_data, appointment_confirmed: true } });
  }
}
