import { computed, signal } from '@preact/signals';

/** Path and query of the address that is shown, such as `/calls/CA12?day=2026-11-30`. */
const address = signal(location.pathname + location.search);

/** The path, such as `/calls/CA12`. */
export const path = computed(() => address.value.split('?', 1)[0] ?? '/');
/** What stands behind the `?`. */
export const query = computed(() => new URLSearchParams(address.value.slice(path.value.length)));

/** Shows another address; with `replace` the one before is not kept for the back button. */
export function go(to: string, { replace = false } = {}): void {
  if (to === address.peek()) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  address.value = to;
  if (replace) return;
  scrollTo(0, 0);
  // Whoever reads with the keyboard or by ear goes on in the new view.
  document.getElementById('view')?.focus({ preventScroll: true });
}

/** Changes fields of the query in place; an empty value takes the field out. */
export function setQuery(fields: Readonly<Record<string, string>>): void {
  const next = new URLSearchParams(query.peek());
  for (const [name, value] of Object.entries(fields)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  go(text === '' ? path.peek() : `${path.peek()}?${text}`, { replace: true });
}

/** From now on plain links within the page, and the browser's back button, change the address without loading the page again. */
export function listenToAddress(): void {
  addEventListener('popstate', () => {
    address.value = location.pathname + location.search;
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
    if (/^\/(api|calendar|assets)\//.test(link.pathname) || link.hash) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
