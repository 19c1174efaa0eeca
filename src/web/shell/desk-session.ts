import { signal } from '@preact/signals';
import type { AnswerOf } from '../../server/routes/operation.js';
import type { SESSION } from '../../server/routes/session.js';
import { ask, isSignedIn } from './api.js';

type DeskSession = AnswerOf<typeof SESSION.get>;

/** Of this browser; null until the gateway has told. */
export const deskSession = signal<DeskSession | null>(null);

/** Asks who is signed in. Throws a refusal. */
export async function loadDeskSession(): Promise<void> {
  const session = await ask<DeskSession>('/api/session');
  deskSession.value = session;
  if (session.required && !session.signed_in) isSignedIn.value = false;
}

/** Throws the gateway's refusal when the token is wrong, or was wrong too often. */
export async function signIn(token: string, name: string): Promise<void> {
  const body = { token, ...(name.trim() === '' ? {} : { name: name.trim() }) };
  deskSession.value = await ask<DeskSession>('/api/session', { method: 'POST', body });
  isSignedIn.value = true;
}

/** Throws a refusal; then this browser is still signed in. */
export async function signOut(): Promise<void> {
  await ask('/api/session', { method: 'DELETE' });
  isSignedIn.value = false;
}
