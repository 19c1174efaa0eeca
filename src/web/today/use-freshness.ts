import { useComputed, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callsEnded, liveCalls } from '../shell/events.js';
import type { DayStore } from './day-store.js';

const LOOK_MS = 20_000;
/** A call is in the log about a second after its end. */
const RECORDED_MS = 1_500;

/** Looks at the day again every 20 s, when the page is seen again, when a live call goes on to another state, and when one has ended. */
export function useFreshness(store: DayStore): void {
  const states = useComputed(() =>
    liveCalls.places.value.map(({ callSid, call }) => `${callSid} ${call.value.current_state}`).join(),
  );
  useSignalEffect(() => {
    if (states.value !== '') store.refresh();
  });
  useSignalEffect(() => {
    if (callsEnded.value === 0) return;
    const timer = setTimeout(() => store.refresh(), RECORDED_MS);
    return () => clearTimeout(timer);
  });
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') store.refresh();
    };
    const timer = setInterval(look, LOOK_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      store.close();
    };
  }, [store]);
}
