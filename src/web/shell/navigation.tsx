import { useEffect, useId, useRef } from 'preact/hooks';
import { connection, liveCalls } from './events.js';
import { openCallbacks } from './open-callbacks.js';
import { Icon } from './parts/icon.js';
import { shop } from './shop.js';
import { SignOut } from './sign-in.js';
import type { View } from './view.js';
import { VIEWS } from './views.js';

const CONNECTION = {
  connecting: 'Connecting',
  watching: 'Live',
  partial: 'Only this gateway’s calls',
  lost: 'No connection',
} as const;
/** What is to be seen from afar: calls that go on, callers to ring. */
const COUNTS: Readonly<Record<string, () => number>> = {
  '/': () => liveCalls.count.value,
  '/callbacks': () => openCallbacks.value?.length ?? 0,
};
/** So many views have a place at the bottom of a phone's screen. */
const FIRST = 4;

/** The views, beside the page or, on a narrow screen, at its bottom; and how fresh what is shown is. */
export function Navigation({ current }: { readonly current: string | null }) {
  const more = useId();
  const popover = useRef<HTMLDivElement>(null);
  useEffect(() => popover.current?.hidePopover(), [current]);
  const rest = VIEWS.slice(FIRST);
  return (
    <header class="navigation">
      <p class="shop-name">{shop.value?.name ?? 'Front desk'}</p>
      <p class={`connection connection-${connection.value}`} role="status">
        {CONNECTION[connection.value]}
      </p>
      <nav aria-label="Views">
        <ul>
          {VIEWS.map((view, index) => (
            <li key={view.path} class={index < FIRST ? undefined : 'wide-only'}>
              <ViewLink view={view} isCurrent={view.path === current} />
            </li>
          ))}
          {rest.length > 0 && (
            <li class="narrow-only">
              <button type="button" class="view-link" popovertarget={more}>
                <Icon name="ellipsis" /> <span>More</span>
              </button>
            </li>
          )}
        </ul>
      </nav>
      <div id={more} class="more" popover="auto" ref={popover}>
        <ul>
          {rest.map((view) => (
            <li key={view.path}>
              <ViewLink view={view} isCurrent={view.path === current} />
            </li>
          ))}
        </ul>
        <SignOut />
      </div>
      <div class="wide-only">
        <SignOut />
      </div>
    </header>
  );
}

function ViewLink({ view, isCurrent }: { readonly view: View; readonly isCurrent: boolean }) {
  const count = COUNTS[view.path]?.() ?? 0;
  return (
    <a class="view-link" href={view.path} {...(isCurrent ? { 'aria-current': 'page' } : {})}>
      <Icon name={view.icon} /> <span>{view.name}</span>
      {count > 0 && <span class="count">{count}</span>}
    </a>
  );
}
