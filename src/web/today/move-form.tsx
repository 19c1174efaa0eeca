import { useSignal } from '@preact/signals';
import { dayAndTime } from '../shell/format.js';
import { Check } from '../shell/parts/text-field.js';
import { announce } from '../shell/parts/toast.js';
import { shop } from '../shell/shop.js';
import { sending, type Work } from '../shell/work.js';
import { whoOf } from './block-button.js';
import type { Booked } from './day.js';
import type { DayStore } from './day-store.js';
import { type When, WhenFields } from './when-fields.js';

/** What each part of the dialog of an appointment is given. */
export interface PartProps {
  readonly booked: Booked;
  readonly store: DayStore;
  readonly work: Work;
  /** Takes the dialog away. */
  readonly onClose: () => void;
}

/** Moves an appointment by fields: what dragging does, for the keyboard and for other days. */
export function MoveForm({ booked, store, work, onClose }: PartProps) {
  /** Null: nothing was chosen, and the fields show where it stands, wherever others move it. */
  const chosen = useSignal<When | null>(null);
  const when = chosen.value ?? { day: booked.date.slice(0, 10), start: booked.date, bay: booked.bay };
  const minutes = shop.value?.services.find(({ type }) => type === booked.service_type)?.minutes ?? 30;
  const { start, bay } = when;
  const isMoved = start !== null && (Date.parse(start) !== Date.parse(booked.date) || bay !== booked.bay);
  const move = async (fields: FormData) => {
    if (start === null) return;
    await store.move(booked.id, { date: start, bay }, fields.has('confirmed'));
    announce(`${whoOf(booked)} moved to ${dayAndTime(start)}.`);
    onClose();
  };
  return (
    <details class="move">
      <summary>Move</summary>
      <form class="form" onSubmit={sending((fields) => work.run(() => move(fields)))}>
        <WhenFields
          when={when}
          minutes={minutes}
          except={booked.id}
          onChange={(changed) => {
            chosen.value = changed;
          }}
        />
        <Check label="The customer knows of the new time" name="confirmed" />
        <div class="buttons">
          <button type="submit" class="primary" disabled={work.isBusy.value || !isMoved}>
            Move
          </button>
        </div>
      </form>
    </details>
  );
}
