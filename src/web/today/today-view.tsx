import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { sentenceFor } from '../shell/api.js';
import { liveCalls } from '../shell/events.js';
import { clockTime, dayAndTime } from '../shell/format.js';
import { keepFresh } from '../shell/freshness.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { announce } from '../shell/parts/toast.js';
import { go, query } from '../shell/router.js';
import { AppointmentDialog } from './appointment-dialog.js';
import { whoOf } from './block-button.js';
import type { Made } from './booking-tries.js';
import { type Booked, type Day, frameOf } from './day.js';
import { DayGrid } from './day-grid.js';
import { addressOf, Closures, DayHead } from './day-head.js';
import { Cancelled, DayList } from './day-list.js';
import { DayStore, type Place } from './day-store.js';
import { NewAppointment } from './new-appointment.js';
import { WeekStrip } from './week-strip.js';
import type { When } from './when-fields.js';
import '../shell/style/forms.css';
import './today.css';

/** The book by days. */
export function TodayView() {
  const store = useMemo(() => new DayStore(), []);
  const opened = useSignal<number | null>(null);
  const making = useSignal<When | null>(null);
  useSignalEffect(() => store.show(query.value.get('day') ?? ''));
  useFreshness(store);
  const day = store.day.value;
  const booked = useComputed(() => store.day.value?.appointments.find(({ id }) => id === opened.value));
  if (!day) return <Fault sentence={store.fault.value} />;
  const make = (place: Place | null) => {
    making.value = { day: day.day, start: place?.date ?? null, bay: place?.bay ?? null };
  };
  const open = (id: number | null) => {
    opened.value = id;
  };
  const close = () => {
    making.value = null;
  };
  return (
    <section class="view">
      <DayHead day={day} onMake={() => make(null)} />
      <WeekStrip day={day} />
      <Fault sentence={store.fault.value} />
      <Closures day={day} />
      <Book day={day} store={store} onOpen={open} onMake={make} />
      <Cancelled day={day} onOpen={open} />
      {booked.value && (
        <AppointmentDialog
          key={booked.value.id}
          booked={booked.value}
          store={store}
          onClose={() => {
            focusBlock(booked.value?.id);
            open(null);
          }}
        />
      )}
      {making.value && (
        <NewAppointment
          when={making.value}
          onClose={close}
          onMade={(made) => {
            close();
            showMade(made, day, store);
          }}
        />
      )}
    </section>
  );
}

/** A block that was moved to another bay is another element, and has lost the focus. */
function focusBlock(id: number | undefined): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) document.getElementById(`appointment-${id}`)?.focus();
  });
}

interface BookProps {
  readonly day: Day;
  readonly store: DayStore;
  readonly onOpen: (id: number) => void;
  readonly onMake: (place: Place) => void;
}

/** The day in columns by bay, or on a narrow screen as a list. */
function Book({ day, store, onOpen, onMake }: BookProps) {
  const isNarrow = useNarrow();
  const frame = frameOf(day);
  if (!frame) return <Empty>The shop is closed on this day, and nothing is booked.</Empty>;
  if (isNarrow) return <DayList day={day} store={store} onOpen={onOpen} />;
  return (
    <DayGrid
      day={day}
      frame={frame}
      store={store}
      onOpen={onOpen}
      onMake={onMake}
      onMove={(booked, place) => void moveAndTell(store, booked, place)}
    />
  );
}

/** Moves what was dragged; when the gateway refuses, it is back where it was, and the reason is told. */
async function moveAndTell(store: DayStore, booked: Booked, place: Place): Promise<void> {
  const who = whoOf(booked);
  try {
    await store.move(booked.id, place);
    announce(`${who} moved to ${clockTime(place.date)}, bay ${place.bay}.`);
  } catch (error) {
    announce(`${who} stays at ${clockTime(booked.date)}, bay ${booked.bay}. ${sentenceFor(error)}`, {
      isFault: true,
    });
  }
}

/** Shows the day on which a new appointment stands. */
function showMade({ date, bay }: Made, { day, today }: Day, store: DayStore): void {
  announce(`Booked for ${dayAndTime(date)}, bay ${bay}.`);
  const made = date.slice(0, 10);
  if (made === day) void store.look();
  else go(addressOf(made, today));
}

/** Whether the screen is too narrow for columns. */
function useNarrow(): boolean {
  const media = useMemo(() => matchMedia('(max-width: 640px)'), []);
  const isNarrow = useSignal(media.matches);
  useEffect(() => {
    const change = () => {
      isNarrow.value = media.matches;
    };
    media.addEventListener('change', change);
    return () => media.removeEventListener('change', change);
  }, [media, isNarrow]);
  return isNarrow.value;
}

/** Looks at the day again as the page is kept fresh, and when a live call goes on to another state. */
function useFreshness(store: DayStore): void {
  const states = useComputed(() =>
    liveCalls.places.value.map(({ callSid, call }) => `${callSid} ${call.value.current_state}`).join(),
  );
  useSignalEffect(() => {
    if (states.value !== '') store.refresh();
  });
  useEffect(() => {
    const stop = keepFresh(() => store.refresh());
    return () => {
      stop();
      store.close();
    };
  }, [store]);
}
