import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { ask, sentenceFor } from './api.js';

/** What a view shows of one address of the API. */
interface Answer<T> {
  /** The latest answer; it stays while the next one is on its way. Undefined until the first has come. */
  readonly value: T | undefined;
  /** Why the latest try failed; null when it did not. */
  readonly error: string | null;
  /** Something is on its way. */
  readonly isBusy: boolean;
  /** Asks again, and settles when the answer is there. */
  readonly again: () => Promise<void>;
  /** Puts another value in its place, until the next answer. */
  readonly replace: (value: T) => void;
}

interface State<T> {
  readonly value: T | undefined;
  readonly error: string | null;
  readonly isBusy: boolean;
}

/** Asks the API for `address`, again when that changes and when the page is looked at again; null: for nothing. */
export function useAnswer<T>(address: string | null): Answer<T> {
  const state: Signal<State<T>> = useSignal<State<T>>({ value: undefined, error: null, isBusy: true });
  const load = useCallback(
    async (signal?: AbortSignal) => {
      if (address === null) return;
      state.value = { ...state.peek(), isBusy: true };
      try {
        const value = await ask<T>(address, signal ? { signal } : {});
        if (!signal?.aborted) state.value = { value, error: null, isBusy: false };
      } catch (error) {
        if (!signal?.aborted) state.value = { ...state.peek(), error: sentenceFor(error), isBusy: false };
      }
    },
    [address, state],
  );
  useEffect(() => {
    const ending = new AbortController();
    void load(ending.signal);
    const whenSeen = () => {
      if (document.visibilityState === 'visible') void load(ending.signal);
    };
    document.addEventListener('visibilitychange', whenSeen);
    return () => {
      ending.abort();
      document.removeEventListener('visibilitychange', whenSeen);
    };
  }, [load]);
  const replace = useCallback(
    (value: T) => {
      state.value = { value, error: null, isBusy: false };
    },
    [state],
  );
  return { ...state.value, again: load, replace };
}
