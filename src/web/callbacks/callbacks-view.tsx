import { batch, useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useAnswer } from '../shell/answer.js';
import type { CallBack } from '../shell/answers.js';
import { keepFresh } from '../shell/freshness.js';
import { callbacksFault, loadOpenCallbacks, openCallbacks, showChanged } from '../shell/open-callbacks.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { CallbackItem } from './callback-item.js';
import './callbacks.css';

/**
 * Whom the shop is to ring. What is ticked off here stays where it was until the view is opened again, so that nothing moves under the finger; what another
 * desk ticks off is gone, unless a note on it is being written.
 */
export function CallbacksView() {
  const ticked = useSignal<readonly CallBack[]>([]);
  const noting = useSignal<readonly CallBack[]>([]);
  useEffect(() => void loadOpenCallbacks().catch(() => {}), []);
  const shown = useComputed(() => withKept(openCallbacks.value, [...ticked.value, ...noting.value]));
  const take = (changed: CallBack) =>
    batch(() => {
      ticked.value = withoutId(ticked.peek(), changed.id).concat(changed.status === 'done' ? changed : []);
      showChanged(changed);
    });
  const note = (callback: CallBack, isNoting: boolean) => {
    noting.value = withoutId(noting.peek(), callback.id).concat(isNoting ? callback : []);
  };
  return (
    <section class="view">
      <div class="view-head">
        <div class="view-title">
          <h1>Call back</h1>
          <p class="muted" role="status">
            {countOf(openCallbacks.value)}
          </p>
        </div>
      </div>
      <Fault sentence={callbacksFault.value} />
      {shown.value?.length === 0 && (
        <Empty>Nobody is waiting for a call back. Callers who were not served appear here.</Empty>
      )}
      <ul class="callbacks">
        {shown.value?.map((callback) => (
          <CallbackItem
            key={callback.id}
            callback={callback}
            onChange={take}
            onNoting={(isNoting) => note(callback, isNoting)}
          />
        ))}
      </ul>
      <Done above={shown.value ?? []} onChange={take} />
    </section>
  );
}

/** The list as it is, with what is kept in sight in its old place. */
function withKept(open: readonly CallBack[] | null, kept: readonly CallBack[]): readonly CallBack[] | null {
  if (open === null) return null;
  // Of several with the same id the last counts: before all what the list says.
  const all = new Map([...kept.toReversed(), ...open].map((callback) => [callback.id, callback]));
  return [...all.values()].sort(inOrder);
}

function withoutId(callbacks: readonly CallBack[], id: number): CallBack[] {
  return callbacks.filter((callback) => callback.id !== id);
}

function inOrder(one: CallBack, other: CallBack): number {
  if (one.urgent !== other.urgent) return one.urgent ? -1 : 1;
  return Date.parse(one.created_at) - Date.parse(other.created_at) || one.id - other.id;
}

interface DoneProps {
  /** What stands in the list above. */
  readonly above: readonly CallBack[];
  readonly onChange: (changed: CallBack) => void;
}

function Done({ above, onChange }: DoneProps) {
  const isOpen = useSignal(false);
  const done = useAnswer<{ callbacks: readonly CallBack[] }>(
    isOpen.value ? '/api/callbacks?status=done&limit=50' : null,
    keepFresh,
  );
  const ids = new Set(above.map(({ id }) => id));
  const shown = done.value?.callbacks.filter(({ id }) => !ids.has(id));
  return (
    <details
      class="callbacks-done"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>Done</summary>
      <Fault sentence={done.error} />
      {shown?.length === 0 && <Empty>Call-backs that are done appear here.</Empty>}
      <ul class="callbacks">
        {shown?.map((callback) => (
          <CallbackItem key={callback.id} callback={callback} onChange={onChange} />
        ))}
      </ul>
    </details>
  );
}

function countOf(callbacks: readonly CallBack[] | null): string {
  if (callbacks === null) return '';
  const urgent = callbacks.filter((callback) => callback.urgent).length;
  return urgent === 0 ? `${callbacks.length} open` : `${callbacks.length} open, ${urgent} urgent`;
}
