import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, isSignedIn, sentenceFor } from './api.js';
import { Field } from './parts/field.js';
import { Icon } from './parts/icon.js';

/** Asks for the token of the gateway, and keeps it no longer than it takes to send it. */
export function SignIn() {
  const token = useSignal('');
  const fault = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    try {
      await ask('/api/session', { method: 'POST', body: { token: token.value } });
      isSignedIn.value = true;
    } catch (error) {
      fault.value = sentenceFor(error);
    } finally {
      isBusy.value = false;
    }
  }
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>Front desk</h1>
        <Field label="Password" hint="The gateway’s ADMIN_TOKEN." error={fault.value}>
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              autocomplete="current-password"
              required
              value={token.value}
              onInput={(event) => {
                token.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
        <button type="submit" class="primary" disabled={isBusy.value}>
          Sign in
        </button>
      </form>
    </main>
  );
}

/** Whether there is anything to sign out of: not on a gateway without a token. */
const mayLeave = signal(false);

/** Ends the session of this browser. */
export function SignOut() {
  useEffect(() => {
    ask<{ signed_in: boolean; required: boolean }>('/api/session').then(
      ({ required }) => {
        mayLeave.value = required;
      },
      () => {},
    );
  }, []);
  if (!mayLeave.value) return null;
  return (
    <button
      type="button"
      class="view-link"
      onClick={() =>
        void ask('/api/session', { method: 'DELETE' }).finally(() => {
          isSignedIn.value = false;
        })
      }
    >
      <Icon name="log-out" /> <span>Sign out</span>
    </button>
  );
}
