import { clockTime } from '../shell/format.js';
import { Icon } from '../shell/parts/icon.js';
import { type Booked, isUnconfirmed, STATUS_WORDS, type Status } from './day.js';

/** Who comes: the customer's name, else the number, else that nobody is known. */
export function whoOf({ customer, caller_phone }: Pick<Booked, 'customer' | 'caller_phone'>): string {
  if (customer) return customer.name;
  return caller_phone === null ? 'No name' : 'Unknown caller';
}

const TONES: Readonly<Partial<Record<Status, string>>> = {
  arrived: 'accent',
  in_progress: 'accent',
  waiting_for_parts: 'warn',
  ready: 'good',
  no_show: 'bad',
};

/** What tells at a glance how an appointment stands. */
export function Marks({ booked }: { readonly booked: Booked }) {
  return (
    <>
      {isUnconfirmed(booked) && <span class="tag warn">Unconfirmed</span>}
      {booked.status !== 'booked' && (
        <span class={`tag ${TONES[booked.status] ?? ''}`}>{STATUS_WORDS[booked.status]}</span>
      )}
      {booked.test && <span class="tag">Test call</span>}
    </>
  );
}

interface BlockTextProps {
  readonly booked: Booked;
  readonly beganBefore?: boolean;
  readonly goesOn?: boolean;
}

/** An appointment in two lines. */
export function BlockText({ booked, beganBefore = false, goesOn = false }: BlockTextProps) {
  const time = beganBefore ? `until ${clockTime(booked.ends_at)}` : clockTime(booked.date);
  return (
    <>
      <span class="block-line">
        <span class="block-time">{time}</span> <strong class="block-who">{whoOf(booked)}</strong>{' '}
        <Marks booked={booked} />
        {booked.notes !== null && (
          <span class="block-note">
            <Icon name="pencil" label="Has a note" />
          </span>
        )}
      </span>
      <span class="block-line block-what">
        {booked.service_name}
        {booked.vehicle !== null && ` · ${booked.vehicle}`}
        {goesOn && ' · goes on the next day'}
      </span>
    </>
  );
}

/** The classes of a block by how its appointment stands. */
export function blockClass(booked: Booked): string {
  const classes = ['block', `block-${booked.status}`];
  if (isUnconfirmed(booked)) classes.push('block-unconfirmed');
  if (booked.test) classes.push('block-test');
  return classes.join(' ');
}
