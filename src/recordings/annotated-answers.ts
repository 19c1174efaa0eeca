import type { StreamObserver } from '../twilio/stream-observer.js';

type Note = Parameters<StreamObserver['note']>[0] & { readonly note: 'asked' };

type Observer = Pick<StreamObserver, 'note'>;

/**
 * The same object, and the observer is told of everything that is asked of it: each method called and each property read, with what
 * was given. Methods are expected to answer with promises; nothing is delayed or changed.
 */
export function withAnnotations<T extends object>(answering: T, observer: Observer): T {
  return new Proxy(answering, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof name !== 'string') return value;
      if (typeof value === 'function')
        return (...given: unknown[]) =>
          noteAnswer(
            Reflect.apply(value, target, given),
            { note: 'asked', what: name, with: given },
            observer,
          );
      observer.note({ note: 'asked', what: name, gave: value, took_ms: null });
      return value;
    },
  });
}

function noteAnswer(answer: unknown, question: Omit<Note, 'took_ms'>, observer: Observer): unknown {
  if (!(answer instanceof Promise)) {
    observer.note({ ...question, ...given(answer), took_ms: null });
    return answer;
  }
  const askedAt = performance.now();
  const took = () => ({ took_ms: Math.round(performance.now() - askedAt) });
  return answer.then(
    (value: unknown) => {
      observer.note({ ...question, ...given(value), ...took() });
      return value;
    },
    (error: unknown) => {
      observer.note({ ...question, failed: codeOf(error), ...took() });
      throw error;
    },
  );
}

function given(value: unknown): { gave?: unknown } {
  return value === undefined ? {} : { gave: value };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'UNAVAILABLE';
}
