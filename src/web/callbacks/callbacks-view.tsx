import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useAnswer } from '../shell/answer.js';
import type { CallBack } from '../shell/answers.js';
import { sentenceFor } from '../shell/api.js';
import { loadOpenCallbacks, openCallbacks } from '../shell/open-callbacks.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { CallbackItem } from './callback-item.js';
import './callbacks.css';

/** Whom the shop is to ring. What is ticked off stays where it was until the view is opened again, so that nothing moves under the finger. */
export function CallbacksView() {
  const fault = useSignal<string | null>(null);
  const ticked = useSignal<readonly CallBack[]>([]);
  useEffect(() => {
    loadOpenCallbacks().catch((error) => {
      fault.value = sentenceFor(error);
    });
  }, [fault]);
  const shown = useComputed(() => withTicked(openCallbacks.value, ticked.value));
  const take = (changed: CallBack) => {
    ticked.value = [...ticked.peek().filter(({ id }) => id !== changed.id), changed];
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
      <Fault sentence={fault.value} />
      {shown.value?.length === 0 && (
        <Empty>Nobody is waiting for a call back. Callers who were not served appear here.</Empty>
      )}
      <ul class="callbacks">
        {shown.value?.map((callback) => (
          <CallbackItem key={callback.id} callback={callback} onChange={take} />
        ))}
      </ul>
      <Done onChange={take} ticked={ticked.value} />
    </section>
  );
}

/** The list as it is, with what was changed here in the last minutes in its old place. */
function withTicked(
  open: readonly CallBack[] | null,
  ticked: readonly CallBack[],
): readonly CallBack[] | null {
  if (open === null) return null;
  const changed = new Map(ticked.map((callback) => [callback.id, callback]));
  const ids = new Set(open.map(({ id }) => id));
  const gone = ticked.filter(({ id, status }) => !ids.has(id) && status === 'done');
  return [...open.map((callback) => changed.get(callback.id) ?? callback), ...gone].sort(inOrder);
}

function inOrder(one: CallBack, other: CallBack): number {
  if (one.urgent !== other.urgent) return one.urgent ? -1 : 1;
  return Date.parse(one.created_at) - Date.parse(other.created_at) || one.id - other.id;
}

interface DoneProps {
  readonly ticked: readonly CallBack[];
  readonly onChange: (changed: CallBack) => void;
}

function Done({ ticked, onChange }: DoneProps) {
  const isOpen = useSignal(false);
  const done = useAnswer<{ callbacks: readonly CallBack[] }>(
    isOpen.value ? '/api/callbacks?status=done&limit=50' : null,
  );
  const above = new Set(ticked.map(({ id }) => id));
  const shown = done.value?.callbacks.filter(({ id }) => !above.has(id));
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
