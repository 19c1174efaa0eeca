import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { ask, sentenceFor } from './api.js';
import { whenLookedAt } from './freshness.js';

interface State<T> {
  /** The latest answer; it stays while the next one is on its way. Undefined until the first has come. */
  readonly value: T | undefined;
  /** Why the latest try failed; null when it did not. */
  readonly error: string | null;
}

/** What a view shows of one address of the API. */
interface Answer<T> extends State<T> {
  /** Asks again, and settles when the answer is there. */
  readonly again: () => Promise<void>;
  /** Puts another value in its place, until the next answer. */
  readonly replace: (value: T) => void;
}

/** Asks the API for `address`, again when that changes and as often as `refresh` says; null: for nothing. */
export function useAnswer<T>(address: string | null, refresh: typeof whenLookedAt = whenLookedAt): Answer<T> {
  const state: Signal<State<T>> = useSignal<State<T>>({ value: undefined, error: null });
  const load = useCallback(
    async (signal?: AbortSignal) => {
      if (address === null) return;
      try {
        const value = await ask<T>(address, signal ? { signal } : {});
        if (!signal?.aborted) state.value = { value, error: null };
      } catch (error) {
        if (!signal?.aborted) state.value = { ...state.peek(), error: sentenceFor(error) };
      }
    },
    [address, state],
  );
  useEffect(() => {
    const ending = new AbortController();
    void load(ending.signal);
    const stop = refresh(() => void load(ending.signal));
    return () => {
      ending.abort();
      stop();
    };
  }, [load, refresh]);
  const replace = useCallback(
    (value: T) => {
      state.value = { value, error: null };
    },
    [state],
  );
  return { ...state.value, again: load, replace };
}
