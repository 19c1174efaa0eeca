/** Known at once, or later. What is known at once is dealt with in the same turn: a greeting waits for no promise that it does not need. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with a value, in this turn when it is known. Throws or rejects as `next` does, and rejects as `value` does. */
export function whenKnown<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
