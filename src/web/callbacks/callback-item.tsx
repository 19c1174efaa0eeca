import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { CallBack } from '../shell/answers.js';
import { overtakenBy } from '../shell/changes.js';
import { maskedNumber, sentenceCase, whenSeen } from '../shell/format.js';
import { changeCallback } from '../shell/open-callbacks.js';
import { CallerNumber } from '../shell/parts/caller-number.js';
import { Icon } from '../shell/parts/icon.js';
import { Fault } from '../shell/parts/notice.js';
import { TextArea } from '../shell/parts/text-field.js';
import { sending, useWork } from '../shell/work.js';

const REASONS: Readonly<Record<string, string>> = {
  requested: 'Asked for it',
  no_person_answered: 'Nobody picked up',
  dropped_off: 'Was not served',
  unconfirmed_booking: 'Booking not confirmed',
  failed: 'The call failed',
} satisfies Record<CallBack['reason'], string>;

interface CallbackItemProps {
  readonly callback: CallBack;
  readonly onChange: (changed: CallBack) => void;
  /** A note on it is being written, or no longer. */
  readonly onNoting?: (isNoting: boolean) => void;
}

/** One caller to ring: who, why, what was said, and what staff noted. */
export function CallbackItem({ callback, onChange, onNoting }: CallbackItemProps) {
  const { fault, run } = useWork();
  const isNoting = useSignal(false);
  const isDone = callback.status === 'done';
  const note = (value: boolean) => {
    isNoting.value = value;
    onNoting?.(value);
  };
  const change = (fields: Partial<Pick<CallBack, 'status' | 'note'>>) =>
    run(async () => {
      onChange(await changeCallback(callback.id, fields));
      note(false);
    });
  return (
    <li class={`panel callback${isDone ? ' is-done' : ''}${callback.urgent ? ' is-urgent' : ''}`}>
      <div class="callback-text">
        <p class="callback-who">
          <CallerNumber number={callback.caller_phone} />
          {callback.urgent && <span class="tag bad">Urgent</span>}
          <span class="tag">{REASONS[callback.reason] ?? sentenceCase(callback.reason)}</span>
        </p>
        <p>{callback.summary}</p>
        <p class="callback-links muted">
          <time dateTime={callback.created_at}>{sentenceCase(whenSeen(callback.created_at))}</time>
          <a href={`/calls/${callback.call_sid}`}>The call</a>
          {callback.customer_id !== null && <a href={`/customers/${callback.customer_id}`}>The customer</a>}
        </p>
        {isNoting.value ? (
          <Note
            note={callback.note ?? ''}
            onSave={(text) => void change({ note: text.trim() === '' ? null : text })}
            onCancel={() => note(false)}
          />
        ) : (
          callback.note !== null && <p class="callback-note">{callback.note}</p>
        )}
        <Fault sentence={fault.value} />
      </div>
      <Actions callback={callback} change={change} onNote={() => note(true)} />
    </li>
  );
}

interface ActionsProps {
  readonly callback: CallBack;
  readonly change: (fields: Pick<CallBack, 'status'>) => Promise<unknown>;
  readonly onNote: () => void;
}

function Actions({ callback, change, onNote }: ActionsProps) {
  const isDone = callback.status === 'done';
  const canRing = /^\+\d+$/.test(callback.caller_phone);
  const whom = maskedNumber(callback.caller_phone);
  return (
    <div class="callback-actions">
      {canRing && (
        <a
          class={isDone ? 'button' : 'button primary'}
          href={`tel:${callback.caller_phone}`}
          aria-label={`Ring ${whom}`}
        >
          <Icon name="phone" /> Ring
        </a>
      )}
      <button
        type="button"
        aria-label={isDone ? `Open ${whom} again` : `Done with ${whom}`}
        // The second click of a double click would take the first one back.
        onClick={({ detail }) => detail < 2 && void change({ status: isDone ? 'open' : 'done' })}
      >
        <Icon name={isDone ? 'refresh-cw' : 'check'} /> {isDone ? 'Open again' : 'Done'}
      </button>
      <button type="button" class="quiet" aria-label={`Note on ${whom}`} onClick={onNote}>
        <Icon name="pencil" /> Note
      </button>
    </div>
  );
}

interface NoteProps {
  readonly note: string;
  readonly onSave: (note: string) => void;
  readonly onCancel: () => void;
}

function Note({ note, onSave, onCancel }: NoteProps) {
  const text = useSignal(note);
  const began = useRef(note);
  const isOvertaken = ![began.current, text.value.trim()].includes(note);
  return (
    <form class="callback-noting" onSubmit={sending(() => onSave(text.value))}>
      <TextArea
        label="Note"
        hint={isOvertaken ? overtakenBy(note) : undefined}
        maxLength={1000}
        ref={(area) => area?.focus()}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <div class="buttons">
        <button type="submit" class="primary">
          Save
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
