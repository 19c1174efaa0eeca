import { useSignal } from '@preact/signals';
import type { CALENDAR } from '../../server/routes/calendar.js';
import type { AnswerOf } from '../../server/routes/operation.js';
import { useAnswer } from '../shell/answer.js';
import { ask } from '../shell/api.js';
import { FormDialog } from '../shell/parts/form-dialog.js';
import { Icon } from '../shell/parts/icon.js';
import { Fault } from '../shell/parts/notice.js';
import { Check } from '../shell/parts/text-field.js';
import { useWork } from '../shell/work.js';

type Address = AnswerOf<typeof CALENDAR.rotate>;

/** Where calendar programs find the book. */
export function CalendarAddress() {
  const { value, error, replace } = useAnswer<Address | null>('/api/calendar');
  const isAsked = useSignal(false);
  const close = () => {
    isAsked.value = false;
  };
  const rotate = async (fields: FormData) => {
    const names = fields.has('names') ? '?names=1' : '';
    replace(await ask<Address>(`/api/calendar/rotate${names}`, { method: 'POST' }));
    close();
  };
  return (
    <section class="panel form" aria-labelledby="calendar">
      <h2 id="calendar">Calendar</h2>
      <p class="field-hint">
        Subscribe to the book in a calendar app, such as the one on your phone: the past year and everything
        to come. Anyone who has the address can read it.
      </p>
      <Fault sentence={error} />
      {value && <Made address={value} />}
      <div class="buttons">
        <button
          type="button"
          disabled={value === undefined}
          onClick={() => {
            isAsked.value = true;
          }}
        >
          <Icon name="refresh-cw" /> {value ? 'A new address' : 'Make an address'}
        </button>
      </div>
      {isAsked.value && (
        <FormDialog title="A new calendar address" action="Make it" onClose={close} onSend={rotate}>
          {value && <p>Calendars that use the old address stop getting updates.</p>}
          <Check
            label="Include customers’ names and vehicles"
            name="names"
            defaultChecked={value?.names ?? false}
          />
        </FormDialog>
      )}
    </section>
  );
}

const NO_CLIPBOARD = 'The browser does not let this page copy. Select the address and copy it by hand.';

function Made({ address: { url, names } }: { readonly address: Address }) {
  const { fault, told, run } = useWork();
  const copy = () =>
    navigator.clipboard.writeText(url).catch(() => {
      throw new Error(NO_CLIPBOARD);
    });
  return (
    <>
      <div class="calendar-address">
        <input
          readOnly
          aria-label="Calendar address"
          value={url}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <button type="button" onClick={() => void run(copy, 'Copied.')}>
          <Icon name="copy" /> Copy
        </button>
      </div>
      <p class="muted">{names ? 'It includes customers’ names and vehicles.' : 'It includes no names.'}</p>
      <Fault sentence={fault.value} />
      <p class="told" role="status">
        {told.value}
      </p>
    </>
  );
}
