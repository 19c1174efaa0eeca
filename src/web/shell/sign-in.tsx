import { sentenceFor } from './api.js';
import { deskSession, signIn, signOut } from './desk-session.js';
import { Icon } from './parts/icon.js';
import { TextField } from './parts/text-field.js';
import { announce } from './parts/toast.js';
import { sending, useWork } from './work.js';

/** Asks for the token of the gateway, and keeps it no longer than it takes to send it. */
export function SignIn() {
  const { fault, isBusy, run } = useWork();
  const send = (fields: FormData) =>
    run(() => signIn(String(fields.get('token')), String(fields.get('name'))));
  return (
    <main class="sign-in">
      <form onSubmit={sending(send)}>
        <h1>Front desk</h1>
        <TextField
          label="Password"
          hint="The ADMIN_TOKEN of the gateway."
          error={fault.value}
          type="password"
          name="token"
          autocomplete="current-password"
          required
        />
        <TextField
          label="Your name"
          hint="Optional. The others see it when you take a call over."
          name="name"
          autocomplete="nickname"
          maxLength={40}
        />
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
