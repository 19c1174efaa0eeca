import { useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { isSignedIn, sentenceFor } from './api.js';
import { deskSession, loadDeskSession } from './desk-session.js';
import { watchLiveCalls } from './events.js';
import { keepFresh } from './freshness.js';
import { Navigation } from './navigation.js';
import { loadOpenCallbacks } from './open-callbacks.js';
import { Fault } from './parts/notice.js';
import { Toasts } from './parts/toast.js';
import { path } from './router.js';
import { loadShop, shop } from './shop.js';
import { SignIn } from './sign-in.js';
import type { View, ViewProps } from './view.js';
import { viewAt } from './views.js';

/** The page: navigation and the view of the address, or the form to sign in. */
export function App() {
  const fault = useSignal<string | null>(null);
  useEffect(watchLiveCalls, []);
  useSignalEffect(() => {
    if (!isSignedIn.value) return;
    const told = () => {
      fault.value = null;
    };
    load().then(told, (error) => {
      fault.value = sentenceFor(error);
    });
    // While the gateway is away, the navigation says so: here only the first try does.
    return keepFresh(() => void load().then(told, () => {}));
  });
  // Without a token there is nothing to sign in with, and the gateway's sentence says what to do.
  if (!isSignedIn.value && deskSession.value?.required !== false)
    return (
      <>
        <SignIn />
        <Toasts />
      </>
    );
  const found = viewAt(path.value);
  return (
    <div class="frame">
      <a class="skip" href="#view">
        Skip to the content
      </a>
      <Navigation current={found?.view.path ?? null} />
      <main id="view" tabIndex={-1}>
        <Fault sentence={fault.value} />
        {found ? <Opened key={found.view.path} view={found.view} rest={found.rest} /> : <Nowhere />}
      </main>
      <Toasts />
    </div>
  );
}

/** What every view needs to know. */
async function load(): Promise<void> {
  // Whoever is not let in is told so by the settings, too.
  const session = loadDeskSession().catch(() => {});
  await Promise.all([session, loadShop()]);
  await loadOpenCallbacks();
}

/** A view as soon as its code is there. */
function Opened({ view, rest }: { readonly view: View; readonly rest: string }) {
  const loaded = useSignal<{ readonly Component: ComponentType<ViewProps> } | null>(null);
  const fault = useSignal<string | null>(null);
  useEffect(() => {
    view.load().then(
      (Component) => {
        loaded.value = { Component };
      },
      () => {
        fault.value = 'This view cannot be loaded. Load the page again.';
      },
    );
  }, [view, loaded, fault]);
  useSignalEffect(() => {
    const name = shop.value?.name;
    document.title = name ? `${view.name} · ${name}` : view.name;
  });
  const Component = loaded.value?.Component;
  return Component ? <Component rest={rest} /> : <Fault sentence={fault.value} />;
}

function Nowhere() {
  return (
    <section class="view">
      <h1>There is nothing at this address</h1>
      <p>
        <a href="/">Back to the line</a>
      </p>
    </section>
  );
}
