import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { TargetedSubmitEvent } from 'preact';
import { sentenceFor } from './api.js';

/** What a part of the page does at the gateway, one thing at a time, and what came of the latest. */
export interface Work {
  /** Why it was refused; null when it was not. */
  readonly fault: ReadonlySignal<string | null>;
  /** What was done, in words; empty while nothing was. */
  readonly told: ReadonlySignal<string>;
  readonly isBusy: ReadonlySignal<boolean>;
  /** Does it and then says `done`; what it throws is the fault. Whether it was done. */
  readonly run: (what: () => Promise<unknown>, done?: string) => Promise<boolean>;
}

export function useWork(): Work {
  const fault = useSignal<string | null>(null);
  const told = useSignal('');
  const isBusy = useSignal(false);
  const run: Work['run'] = async (what, done = '') => {
    isBusy.value = true;
    fault.value = null;
    told.value = '';
    try {
      await what();
      told.value = done;
      return true;
    } catch (error) {
      fault.value = sentenceFor(error);
      return false;
    } finally {
      isBusy.value = false;
    }
  };
  return { fault, told, isBusy, run };
}

/** For a form that is sent: `act` gets what was typed, and the page stays as it is. */
export function sending(act: (fields: FormData) => unknown) {
  return (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    act(new FormData(event.currentTarget));
  };
}
