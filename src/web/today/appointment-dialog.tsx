import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { sentenceFor } from '../shell/api.js';
import { overtakenBy } from '../shell/changes.js';
import { clockTime, dayAndTime } from '../shell/format.js';
import { CallerNumber } from '../shell/parts/caller-number.js';
import { Dialog } from '../shell/parts/dialog.js';
import { Fault } from '../shell/parts/notice.js';
import { SentChoice } from '../shell/parts/sent-choice.js';
import { TextArea } from '../shell/parts/text-field.js';
import { announce } from '../shell/parts/toast.js';
import { sending, useWork } from '../shell/work.js';
import { Marks, whoOf } from './block-button.js';
import { type Booked, isUnconfirmed, STATUS_WORDS, STATUSES } from './day.js';
import type { DayStore } from './day-store.js';
import { MoveForm, type PartProps } from './move-form.js';

interface AppointmentDialogProps {
  readonly booked: Booked;
  readonly store: DayStore;
  readonly onClose: () => void;
}

/** An appointment: who comes with what, how far the work is, and all that the counter does with it. */
export function AppointmentDialog({ booked, store, onClose }: AppointmentDialogProps) {
  const work = useWork();
  const parts = { booked, store, work, onClose };
  return (
    <Dialog title={`${whoOf(booked)}, ${booked.service_name}`} onClose={onClose}>
      <Facts booked={booked} />
      <Fault sentence={work.fault.value} />
      <p class="told" role="status">
        {work.told.value}
      </p>
      {isUnconfirmed(booked) && (
        <p class="unconfirmed">
          The customer may not know of it yet.
          <button
            type="button"
            disabled={work.isBusy.value}
            onClick={() => void work.run(() => store.change(booked.id, { confirmed: true }), 'Confirmed.')}
          >
            The customer knows
          </button>
        </p>
      )}
      {booked.status === 'cancelled' ? <BringBack {...parts} /> : <StatusChoice {...parts} />}
      <Notes {...parts} />
      {booked.status === 'booked' && <MoveForm {...parts} />}
      {booked.status === 'booked' && <Cancel {...parts} />}
    </Dialog>
  );
}

function Facts({ booked }: { readonly booked: Booked }) {
  const number = booked.customer?.phone_number ?? booked.caller_phone;
  const who = whoOf(booked);
  return (
    <dl class="facts">
      <dt>When</dt>
      <dd>
        {dayAndTime(booked.date)} to {clockTime(booked.ends_at)}, bay {booked.bay} <Marks booked={booked} />
      </dd>
      <dt>Customer</dt>
      <dd>
        {booked.customer_id === null ? who : <a href={`/customers/${booked.customer_id}`}>{who}</a>}{' '}
        {number !== null && <CallerNumber number={number} />}
      </dd>
      {booked.vehicle !== null && (
        <>
          <dt>Vehicle</dt>
          <dd>{booked.vehicle}</dd>
        </>
      )}
      {booked.call_sid !== null && (
        <>
          <dt>Booked</dt>
          <dd>
            by phone: <a href={`/calls/${booked.call_sid}`}>the call</a>
          </dd>
        </>
      )}
    </dl>
  );
}

const CHOSEN = STATUSES.filter((status) => status !== 'cancelled');

function StatusChoice({ booked, store, work }: PartProps) {
  return (
    <SentChoice
      label="Status"
      options={CHOSEN.map((value) => ({ value, name: STATUS_WORDS[value] }))}
      value={booked.status}
      work={work}
      send={(status) => store.change(booked.id, { status })}
      done={(status) => `Now: ${STATUS_WORDS[status].toLowerCase()}.`}
    />
  );
}

function BringBack({ booked, store, work }: PartProps) {
  return (
    <div class="buttons">
      <button
        type="button"
        disabled={work.isBusy.value}
        onClick={() =>
          void work.run(() => store.change(booked.id, { status: 'booked' }), 'It is booked again.')
        }
      >
        Bring back
      </button>
    </div>
  );
}

const NOTE_SAVED = 'The note is saved.';

function noteSaved(): void {
  announce(NOTE_SAVED);
}

function noteLost(error: unknown): void {
  announce(`The note is not saved. ${sentenceFor(error)}`, { isFault: true });
}

function Notes({ booked, store, work }: PartProps) {
  const stored = booked.notes ?? '';
  const text = useSignal(stored);
  /** The note that the text began from: another one may be stored meanwhile. */
  const began = useSignal(stored);
  const typed = text.value.trim();
  const save = async () => {
    await store.change(booked.id, { notes: typed || null });
    began.value = typed;
  };
  const unsaved = useRef<(() => Promise<void>) | null>(null);
  unsaved.current = typed === began.value.trim() ? null : save;
  const isOvertaken = unsaved.current !== null && ![began.value, typed].includes(stored);
  useEffect(() => {
    if (unsaved.current) return;
    text.value = stored;
    began.value = stored;
  }, [stored, text, began]);
  // Whoever types a note and closes the dialog means to keep it.
  useEffect(() => () => void unsaved.current?.().then(noteSaved, noteLost), []);
  return (
    <form class="form" onSubmit={sending(() => work.run(save, NOTE_SAVED))}>
      <TextArea
        label="Note"
        hint={isOvertaken ? overtakenBy(stored) : 'For staff; callers never hear it'}
        maxLength={2000}
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
      {unsaved.current && (
        <div class="buttons">
          <button type="submit" disabled={work.isBusy.value}>
            Save the note
          </button>
        </div>
      )}
    </form>
  );
}

function Cancel({ booked, store, work, onClose }: PartProps) {
  const isAsked = useSignal(false);
  const ask = (value: boolean) => () => {
    isAsked.value = value;
  };
  const cancel = async () => {
    await store.change(booked.id, { status: 'cancelled' });
    announce('Cancelled. Its time is free again.');
    onClose();
  };
  if (!isAsked.value)
    return (
      <button type="button" class="quiet switch" onClick={ask(true)}>
        Cancel the appointment
      </button>
    );
  return (
    <div class="sure" role="alert">
      <p>Cancel this appointment? The customer is not told automatically.</p>
      <button type="button" onClick={ask(false)}>
        Keep it
      </button>
      <button type="button" class="danger" disabled={work.isBusy.value} onClick={() => void work.run(cancel)}>
        Cancel it
      </button>
    </div>
  );
}
