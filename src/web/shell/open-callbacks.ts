import { signal } from '@preact/signals';
import type { CallBack } from './answers.js';
import { ask, sentenceFor } from './api.js';

const MOST = 200;

/** Whom the shop is to ring: urgent first, then the oldest first, 200 at most; null until the first answer. */
export const openCallbacks = signal<readonly CallBack[] | null>(null);
/** Why the latest try to load them failed; null when it did not. */
export const callbacksFault = signal<string | null>(null);
let tries = 0;

/** Asks for them again. Throws a refusal. Of several tries at once the one that began last counts. */
export async function loadOpenCallbacks(): Promise<void> {
  tries += 1;
  const own = tries;
  try {
    const { callbacks } = await ask<{ callbacks: readonly CallBack[] }>(
      `/api/callbacks?status=open&limit=${MOST}`,
    );
    if (own !== tries) return;
    openCallbacks.value = callbacks;
    callbacksFault.value = null;
  } catch (error) {
    if (own === tries) callbacksFault.value = sentenceFor(error);
    throw error;
  }
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

/** Puts one that was changed in its place, until all are told again. */
export function showChanged(changed: CallBack): void {
  const others = openCallbacks.peek()?.filter(({ id }) => id !== changed.id) ?? [];
  openCallbacks.value = changed.status === 'open' ? [...others, changed] : others;
}
