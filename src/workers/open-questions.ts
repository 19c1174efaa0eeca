/** A sibling that has not answered by then is left out. */
export const ANSWER_WITHIN_MS = 500;

/** Whoever can be asked. */
export interface Asked {
  readonly id: number;
  ask(id: number): void;
}

/** What was answered, by worker, and who has not answered in time. */
export interface Answers {
  readonly values: ReadonlyMap<number, unknown>;
  readonly silent: readonly number[];
}

interface Open {
  readonly values: Map<number, unknown>;
  readonly waitingFor: Set<number>;
  readonly isEnough: (value: unknown) => boolean;
  readonly settle: () => void;
}

/** Questions to several workers at once, each open until all have answered, one has said enough, or the time is over. */
export class OpenQuestions {
  readonly #open = new Map<number, Open>();
  #lastId = 0;

  /** Never rejects. */
  ask(
    workers: readonly Asked[],
    isEnough: (value: unknown) => boolean = () => false,
    withinMs = ANSWER_WITHIN_MS,
  ): Promise<Answers> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const values = new Map<number, unknown>();
      const waitingFor = new Set(workers.map((worker) => worker.id));
      const settle = () => {
        clearTimeout(timer);
        if (this.#open.delete(id)) resolve({ values, silent: [...waitingFor] });
      };
      const timer = setTimeout(settle, withinMs);
      this.#open.set(id, { values, waitingFor, isEnough, settle });
      for (const worker of workers) worker.ask(id);
      if (waitingFor.size === 0) settle();
    });
  }

  answered(worker: number, id: number, value: unknown): void {
    const open = this.#open.get(id);
    if (!open?.waitingFor.delete(worker)) return;
    open.values.set(worker, value);
    // Who is still to answer then was not late.
    if (open.isEnough(value)) open.waitingFor.clear();
    if (open.waitingFor.size === 0) open.settle();
  }

  /** This worker answers nothing any more. */
  gone(worker: number): void {
    for (const open of this.#open.values()) {
      open.waitingFor.delete(worker);
      if (open.waitingFor.size === 0) open.settle();
    }
  }
}
