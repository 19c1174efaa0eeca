import { useSignal } from '@preact/signals';
import { sentenceFor } from './api.js';
import { deskSession, signIn, signOut } from './desk-session.js';
import { Field } from './parts/field.js';
import { Icon } from './parts/icon.js';
import { announce } from './parts/toast.js';

/** Asks for the token of the gateway, and keeps it no longer than it takes to send it. */
export function SignIn() {
  const fault = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const fields = new FormData(event.currentTarget);
    isBusy.value = true;
    try {
      await signIn(String(fields.get('token')), String(fields.get('name')));
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
        <Field label="Password" hint="The ADMIN_TOKEN of the gateway." error={fault.value}>
          {(attributes) => (
            <input {...attributes} type="password" name="token" autocomplete="current-password" required />
          )}
        </Field>
        <Field label="Your name" hint="Optional. The others see it when you take a call over.">
          {(attributes) => <input {...attributes} name="name" autocomplete="nickname" maxLength={40} />}
        </Field>
        <button type="submit" class="primary" disabled={isBusy.value}>
          Sign in
        </button>
      </form>
    </main>
  );
}

/** Ends the session of this browser; not shown where there is nothing to sign out of. */
export function SignOut() {
  if (!deskSession.value?.required) return null;
  const leave = () => signOut().catch((error) => announce(sentenceFor(error), { isFault: true }));
  return (
    <button type="button" class="view-link" onClick={() => void leave()}>
      <Icon name="log-out" /> <span>Sign out</span>
    </button>
  );
}
