import { computed, signal } from '@preact/signals';
import { LatestAnswer } from '../customers/latest-answer.js';
import { ask } from '../shell/api.js';
import { withMoved } from './blocks.js';
import type { Booked, Day } from './day.js';

/** Where an appointment is dragged to, or on its way to: shown there until the gateway has answered. */
export interface Place {
  readonly date: string;
  readonly bay: number;
}

/** Where an appointment is to go; without a bay into any that is free. */
export interface Wish {
  readonly date: string;
  readonly bay: number | null;
}

const SOON_MS = 800;

interface Answered {
  readonly day: Day;
  /** By the page's own clock, which goes on evenly. */
  readonly at: number;
}

/** Fields of an appointment that the counter changes. */
type BookedChange = Partial<Pick<Booked, 'status' | 'confirmed' | 'notes'>>;

/** The day that is looked at, as the gateway told it last, with what is moved shown where it is to go. */
export class DayStore {
  readonly #answered = signal<Answered | null>(null);
  readonly #moving = signal<ReadonlyMap<number, Place>>(new Map());
  /** Null until the first answer. */
  readonly day = computed(() => {
    const day = this.#answered.value?.day ?? null;
    return day && [...this.#moving.value].reduce((moved, [id, place]) => withMoved(moved, id, place), day);
  });
  readonly #asking = new LatestAnswer(
    (day: string, signal) => ask<Day>(`/api/day${day === '' ? '' : `?day=${day}`}`, { signal }),
    (day) => {
      this.#answered.value = { day, at: performance.now() };
    },
  );
  /** Why the last look failed; null when it did not. */
  readonly fault = this.#asking.fault;
  #shown = '';
  #soon: ReturnType<typeof setTimeout> | null = null;
  #looking: Promise<void> = Promise.resolve();

  /** How long ago the gateway told its time, in milliseconds. */
  get ageMs(): number {
    return performance.now() - (this.#answered.value?.at ?? performance.now());
  }

  /** Shows that day (`YYYY-MM-DD`; empty: today); what stood there stays until it is told. */
  show(day: string): void {
    this.#shown = day;
    void this.look();
  }

  /** Looks at the same day again, within a second: several wishes are one. */
  refresh(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      void this.look();
    }, SOON_MS);
  }

  close(): void {
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#asking.stop();
  }

  /** Shows an appointment at another place, as while it is dragged; null: where it is. */
  preview(id: number, place: Place | null): void {
    const moving = new Map(this.#moving.peek());
    if (place === null) moving.delete(id);
    else moving.set(id, place);
    this.#moving.value = moving;
  }

  /** It is being dragged, or on its way. */
  isMoving(id: number): boolean {
    return this.#moving.value.has(id);
  }

  /**
   * Moves an appointment and shows it at its new place at once; it is back at its old one when the gateway refuses, whose refusal is thrown. The lead time and the
   * cut-off of the day bind callers, not the counter.
   */
  async move(id: number, { date, bay }: Wish, confirmed = false): Promise<void> {
    if (bay !== null) this.preview(id, { date, bay });
    const body = {
      date,
      ...(bay === null ? {} : { bay }),
      ...(confirmed ? { confirmed } : {}),
      override: true,
    };
    try {
      await ask(`/api/appointments/${id}`, { method: 'PATCH', body });
      await this.look();
    } finally {
      this.preview(id, null);
    }
  }

  /** Changes an appointment; throws the gateway's refusal. */
  async change(id: number, change: BookedChange): Promise<void> {
    await ask(`/api/appointments/${id}`, { method: 'PATCH', body: { ...change, override: true } });
    await this.look();
  }

  /** Settles when the day is shown as it is now, or could not be told. */
  async look(): Promise<void> {
    let looking = this.#asking.askNow(this.#shown);
    this.#looking = looking;
    await looking;
    // Another look has taken the place of this one.
    while (looking !== this.#looking) {
      looking = this.#looking;
      await looking;
    }
  }
}
