import { dayAndTime } from '../shell/format.js';
import { Dialog } from '../shell/parts/dialog.js';
import { serviceName } from '../shell/shop.js';
import type { Booked } from '../today/day.js';

/** An appointment that has no place any more, and stays booked. */
export type Conflict = Pick<Booked, 'id' | 'date' | 'service_type' | 'bay'>;

interface ConflictsProps {
  /** What was changed, at the beginning of a sentence. */
  readonly what: string;
  readonly conflicts: readonly Conflict[];
  readonly onClose: () => void;
}

/** Says after a change whom the counter has to ring. */
export function Conflicts({ what, conflicts, onClose }: ConflictsProps) {
  return (
    <Dialog title={`${what} is saved, and somebody is booked`} onClose={onClose}>
      <p>
        {conflicts.length === 1 ? 'This appointment has' : `These ${conflicts.length} appointments have`} no
        place any more, and stay booked: ring the customers, and move or cancel.
      </p>
      <ul class="rows">
        {conflicts.map(({ id, date, service_type, bay }) => (
          <li key={id}>
            <a href={`/today?day=${date.slice(0, 10)}`}>{dayAndTime(date)}</a>
            <span>
              {serviceName(service_type)}, bay {bay}
            </span>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
