import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { ask, sentenceFor } from './api.js';

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

/** Calls `act` each time that the page is looked at again. Returns the function that ends that. */
export function whenLookedAt(act: () => void): () => void {
  const changed = () => {
    if (document.visibilityState === 'visible') act();
  };
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}

/** Asks the API for `address`, again when that changes and when the page is looked at again; null: for nothing. */
export function useAnswer<T>(address: string | null): Answer<T> {
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
    const stopLooking = whenLookedAt(() => void load(ending.signal));
    return () => {
      ending.abort();
      stopLooking();
    };
  }, [load]);
  const replace = useCallback(
    (value: T) => {
      state.value = { value, error: null };
    },
    [state],
  );
  return { ...state.value, again: load, replace };
}
