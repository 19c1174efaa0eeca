import { effect, signal } from '@preact/signals';
import type { CallBack } from './answers.js';
import { ask } from './api.js';
import { callsEnded } from './events.js';

/** A call is in the API about so long after it has ended. */
const RECORDED_AFTER_MS = 1_500;
const MOST = 200;

/** Whom the shop is to ring: urgent first, then the oldest first, 200 at most; null until the first answer. */
export const openCallbacks = signal<readonly CallBack[] | null>(null);

/** Asks for them again. Throws a refusal. */
export async function loadOpenCallbacks(): Promise<void> {
  const { callbacks } = await ask<{ callbacks: readonly CallBack[] }>(
    `/api/callbacks?status=open&limit=${MOST}`,
  );
  openCallbacks.value = callbacks;
}

/** Changes one of them, or one that was done; throws a refusal, and then nothing has changed. */
export async function changeCallback(
  id: number,
  change: Partial<Pick<CallBack, 'status' | 'note'>>,
): Promise<CallBack> {
  const changed = await ask<CallBack>(`/api/callbacks/${id}`, { method: 'PATCH', body: change });
  void loadOpenCallbacks().catch(() => {});
  return changed;
}

/** Calls `again` a moment after each call that ends. Returns the function that ends that. */
export function afterCalls(again: () => unknown): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  const stop = effect(() => {
    callsEnded.value;
    if (!isFirst) {
      clearTimeout(timer);
      timer = setTimeout(again, RECORDED_AFTER_MS);
    }
    isFirst = false;
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
