import { useSignal } from '@preact/signals';
import { useAnswer } from '../shell/answer.js';
import { ask } from '../shell/api.js';
import { gatewayNow } from '../shell/clock.js';
import { dayOf } from '../shell/format.js';
import { Icon, IconButton } from '../shell/parts/icon.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { useWork } from '../shell/work.js';
import type { Closure } from '../today/day.js';
import { closureText, shortDate } from '../today/day-words.js';
import { ClosureForm } from './closure-form.js';

/** Days on which the shop or a bay is closed, or has other hours. */
export function Closures({ bays }: { readonly bays: number }) {
  const today = dayOf(new Date(gatewayNow()));
  const { value, error, again } = useAnswer<{ readonly closures: readonly Closure[] }>(
    `/api/closures?from=${today}&limit=200`,
  );
  const { fault, run } = useWork();
  const isAdding = useSignal(false);
  const remove = async ({ id }: Closure) => {
    await ask(`/api/closures/${id}`, { method: 'DELETE' });
    await again();
  };
  return (
    <section class="panel form" aria-labelledby="closures">
      <header class="panel-head">
        <h2 id="closures">Closures and special hours</h2>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            isAdding.value = true;
          }}
        >
          <Icon name="plus" /> Add
        </button>
      </header>
      <p class="field-hint">
        No appointments are offered or made in them. Existing ones stay and are listed when you add one.
      </p>
      <Fault sentence={fault.value ?? error} />
      {value?.closures.length === 0 && <Empty>No closures are planned.</Empty>}
      <Rows
        closures={value?.closures ?? []}
        today={today}
        onRemove={(closure) => void run(() => remove(closure))}
      />
      {isAdding.value && (
        <ClosureForm
          bays={bays}
          today={today}
          onAdded={() => void again()}
          onClose={() => {
            isAdding.value = false;
          }}
        />
      )}
    </section>
  );
}

interface RowsProps {
  readonly closures: readonly Closure[];
  readonly today: string;
  readonly onRemove: (closure: Closure) => void;
}

function Rows({ closures, today, onRemove }: RowsProps) {
  return (
    <ul class="rows">
      {closures
        .toSorted((one, other) => one.from.localeCompare(other.from))
        .map((closure) => (
          <li key={closure.id}>
            <span>
              <strong>{daysText(closure, today)}</strong>
              <span class="row-more">{closureText(closure)}</span>
            </span>
            <IconButton
              icon="trash-2"
              label={`Remove: ${daysText(closure, today)}, ${closureText(closure)}`}
              onClick={() => onRemove(closure)}
            />
          </li>
        ))}
    </ul>
  );
}

function daysText({ from, to }: Closure, today: string): string {
  return from === to ? shortDate(from, today) : `${shortDate(from, today)} to ${shortDate(to, today)}`;
}
