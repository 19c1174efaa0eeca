import type { Sayable } from '../../twilio/spoken-piece.js';
import type { Heard } from '../../twilio/utterance.js';
import type { CallControl } from '../agent.js';
import type { ReplyItem } from './reply-item.js';
import { type ClaimVerdict, NOTHING_DONE } from './spoken-claims.js';
import type { BookEffect } from './tools/tool-answer.js';

const WRONG = 'That is not what the appointment book says. ';

export interface BookingSaidOptions {
  readonly control: Pick<CallControl, 'inBackground'>;
  /** In our own voice, after what is being said; what cannot be said was not heard. */
  readonly say: (sentence: string) => Promise<Heard>;
  /** `written`: the latest that was written on this call first. */
  readonly judge: (words: string, written: readonly BookEffect[]) => ClaimVerdict;
  /** What the call has booked before, and whether the caller has heard of it; null: nothing. */
  readonly booked: { readonly effect: BookEffect; readonly isConfirmed: boolean } | null;
  readonly tellModel: (text: string) => void;
  /** The caller has heard to the end that this appointment stands. */
  readonly onConfirmed: (appointmentId: number) => void;
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
  #unsaid: { readonly effect: BookEffect; readonly response: string; isBeingSaid: boolean } | null = null;
  /** What of words that tell of it was cut off, and would tell it if it were heard after all; null: nothing was. */
  #unheard: readonly Sayable[] | null = null;

  /** The model has made a wrong claim, and the caller has not heard that yet. */
  #correction: 'none' | 'wanted' | 'being_said' = 'none';

  constructor(options: BookingSaidOptions) {
    this.#options = options;
    if (!options.booked) return;
    const { effect, isConfirmed } = options.booked;
    this.#written.push(effect);
    if (!isConfirmed) this.#unsaid = { effect, response: '', isBeingSaid: false };
  }

  wrote(effect: BookEffect, response: string): void {
    this.#written.unshift(effect);
    this.#unsaid = { effect, response, isBeingSaid: false };
    this.#unheard = null;
    this.#correction = 'none';
  }

  /** The model has said this in a response, and it plays or waits to be played. */
  check(response: string, items: readonly ReplyItem[]): void {
    if (items.length === 0 || this.#unsaid?.response === response) return;
    const words = items.map(({ text }) => text).join(' ');
    const verdict = this.#options.judge(words, this.#written);
    if (verdict === 'unfounded' || this.#correction === 'wanted') return this.#correct();
    const [latest] = this.#written;
    if (verdict === 'wrong' && latest) return this.#say(latest, WRONG);
    if (!this.#unsaid) return;
    if (verdict !== 'right') return this.sayUnsaid();
    const { effect } = this.#unsaid;
    this.#unsaid.isBeingSaid = true;
    this.#after(Promise.all(items.map(({ heard }) => heard)), (all) => this.#onHeard(effect, all));
  }

  /** These were cut off: what the caller has heard of them is put right with what is said next. */
  checkHeard(items: readonly ReplyItem[]): void {
    for (const { heard } of items) this.#after(heard, ({ text }) => this.#judgeHeard(text));
  }

  /** What was cut off is said after all, and was heard so. */
  onResumed(pieces: readonly Sayable[], { unheard }: Heard): void {
    if (!this.#unsaid || !this.#unheard?.every((piece) => pieces.includes(piece))) return;
    this.#unheard = this.#unheard.filter((piece) => unheard.includes(piece));
    if (this.#unheard.length === 0) this.#onConfirmed(this.#unsaid.effect);
  }

  /** Says in our own words what the caller has not heard of yet and is not about to hear; does nothing when that is nothing. */
  sayUnsaid(): void {
    if (this.#correction === 'wanted') this.#correct();
    if (this.#unsaid && !this.#unsaid.isBeingSaid) this.#say(this.#unsaid.effect);
  }

  #judgeHeard(words: string): void {
    const verdict = this.#options.judge(words, this.#written);
    const [latest] = this.#written;
    if (verdict === 'unfounded' && this.#correction === 'none') this.#correction = 'wanted';
    if (verdict === 'wrong' && latest) this.#unsaid ??= { effect: latest, response: '', isBeingSaid: false };
  }

  #say(effect: BookEffect, before = ''): void {
    const { say, tellModel } = this.#options;
    this.#unsaid ??= { effect, response: '', isBeingSaid: true };
    if (this.#unsaid.effect === effect) this.#unsaid.isBeingSaid = true;
    tellModel(`${before}The caller now hears: ${effect.sentence}`);
    this.#after(say(effect.sentence), (heard) => this.#onHeard(effect, [heard]));
  }

  #correct(): void {
    const { say, tellModel } = this.#options;
    tellModel(`What you said is not in the appointment book. The caller now hears: ${NOTHING_DONE}`);
    this.#correction = 'being_said';
    this.#after(say(NOTHING_DONE), ({ completed }) => {
      if (this.#correction === 'being_said') this.#correction = completed ? 'none' : 'wanted';
    });
  }

  #after<T>(said: Promise<T>, act: (heard: T) => void): void {
    this.#options.control.inBackground(said.then(act));
  }

  #onHeard(effect: BookEffect, all: readonly Heard[]): void {
    if (this.#unsaid?.effect !== effect) return;
    this.#unsaid.isBeingSaid = false;
    const cut = all.filter(({ completed }) => !completed);
    // What was never played has nothing that could be said again.
    const canBeSaid = cut.every(({ unheard }) => unheard.length > 0);
    this.#unheard = canBeSaid ? cut.flatMap(({ unheard }) => unheard) : null;
    if (cut.length === 0) this.#onConfirmed(effect);
  }

  #onConfirmed(effect: BookEffect): void {
    this.#unsaid = null;
    this.#unheard = null;
    if (effect.kind === 'cancelled') return;
    this.#options.onConfirmed(effect.appointment.id);
  }
}
