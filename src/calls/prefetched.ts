/** The answer to a question that was asked early: what needs it waits only if it has not come yet. */
export class Prefetched<T> {
  #answer: { readonly value: T } | { readonly asked: Promise<T> };

  /** `asked` must not reject. */
  constructor(asked: T | Promise<T>) {
    this.#answer = asked instanceof Promise ? { asked } : { value: asked };
    if (asked instanceof Promise) {
      void asked.then((value) => {
        this.#answer = { value };
      });
    }
  }

  /** What `work` makes of the answer, at once when it is there. */
  use<R>(work: (answer: T) => R | Promise<R>): R | Promise<R> {
    return 'value' in this.#answer ? work(this.#answer.value) : this.#answer.asked.then(work);
  }
}
